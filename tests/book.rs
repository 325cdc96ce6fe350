//! The prose against the code.
//!
//! Every quote in the book is what the file says, every recorded output is what the
//! program prints, every line of `src/` stands in a chapter, every link leads somewhere.
//! `docs/writing.md` describes how pages are written; this test holds them to it.
//!
//! ```sh
//! cargo test --test book                 # check
//! cargo test --test book -- --nocapture  # check, and say how much of src/ the book shows
//! BLESS=1 cargo test --test book         # rewrite the quotes and outputs that differ
//! CHAPTER=3 cargo test --test book       # run the programs of chapter 3 alone
//! cargo test --test book asyncio -- --ignored # run the Python in it, and its dictionary
//! cargo test --test book heavy -- --ignored   # run the programs of chapters/web
//! ```

#[path = "book/caption.rs"]
mod caption;
#[path = "book/command.rs"]
mod command;
#[path = "book/coverage.rs"]
mod coverage;
#[path = "book/dictionary.rs"]
mod dictionary;
#[path = "book/fences.rs"]
mod fences;
#[path = "book/figures.rs"]
mod figures;
#[path = "book/glossary.rs"]
mod glossary;
#[path = "book/held.rs"]
mod held;
#[path = "book/html.rs"]
mod html;
#[path = "book/links.rs"]
mod links;
#[path = "book/manifest.rs"]
mod manifest;
#[path = "book/measured.rs"]
mod measured;
#[path = "book/minutes.rs"]
mod minutes;
#[path = "book/modules.rs"]
mod modules;
#[path = "book/output.rs"]
mod output;
#[path = "book/page.rs"]
mod page;
#[path = "book/programs.rs"]
mod programs;
#[path = "book/project.rs"]
mod project;
#[path = "book/prose.rs"]
mod prose;
#[path = "book/python.rs"]
mod python;
#[path = "book/quote.rs"]
mod quote;
#[path = "book/report.rs"]
mod report;
#[path = "book/road.rs"]
mod road;
#[path = "book/self_test.rs"]
mod self_test;
#[path = "book/source.rs"]
mod source;
#[path = "book/steps.rs"]
mod steps;
#[path = "book/titles.rs"]
mod titles;

use project::{Project, Setup};
use report::Report;

/// The modules of `src/` whose chapters are still to be written. A module may not stay on
/// this list once a chapter shows it.
const UNWRITTEN: &[&str] = &[];

/// The operations of asyncio that the notes have, which this book grew from: each has its
/// entry in the dictionary.
const OPERATIONS: &[&str] = &[
    "asyncio.run(",
    "asyncio.sleep(",
    "asyncio.create_task(",
    "asyncio.TaskGroup(",
    "asyncio.gather(",
    "return_exceptions=True",
    "asyncio.as_completed(",
    "asyncio.as_completed(tasks, timeout=",
    "asyncio.wait(",
    "asyncio.wait(tasks, timeout=",
    "asyncio.ALL_COMPLETED",
    "asyncio.FIRST_COMPLETED",
    "asyncio.FIRST_EXCEPTION",
    "asyncio.wait_for(",
    "asyncio.timeout(",
    "asyncio.timeout_at(",
    "asyncio.all_tasks(",
    "asyncio.to_thread(",
    ".done()",
    ".cancelled()",
    ".result()",
    ".exception()",
    ".add_done_callback(",
    ".cancel()",
    ".get_name()",
    "@async_timed",
];

/// Checks a project, and says everything that is wrong with it.
fn check(setup: Setup) -> Report {
    let mut report = Report::default();
    let mut project = Project::read(setup, &mut report);
    fences::check(&project, &mut report);
    let shown = quote::check(&mut project, &mut report);
    coverage::check(&project, &shown, &mut report);
    modules::check(&project, &shown, &mut report);
    titles::check(&project, &mut report);
    road::check(&project, &mut report);
    minutes::check(&mut project, &mut report);
    html::check(&project, &mut report);
    links::check(&project, &mut report);
    glossary::check(&project, &mut report);
    figures::check(&project, &mut report);
    programs::check(&project, &mut report);
    prose::check(&project, &mut report);
    python::check(&mut project, &mut report);
    dictionary::check(&project, &mut report);
    held::check(&project, &mut report);
    steps::check(&mut project, &mut report);
    output::check(&mut project, &mut report);
    project.write_edits(&mut report);
    report
}

/// Runs what the book has of Python and of tokio, and says where it is not so.
fn check_peers(setup: Setup) -> Report {
    let mut report = Report::default();
    let mut project = Project::read(setup, &mut report);
    python::check_outputs(&mut project, &mut report);
    dictionary::check_dialects(&project, &mut report);
    project.write_edits(&mut report);
    report
}

/// Runs the programs that need crates of others.
fn check_heavy(setup: Setup) -> Report {
    let mut report = Report::default();
    let mut project = Project::read(setup, &mut report);
    output::check_heavy(&mut project, &mut report);
    project.write_edits(&mut report);
    report
}

/// Tests begin in the order of their names, and this one, which waits for programs for most of
/// its time, is to begin first.
#[test]
fn book_and_code_agree() {
    let operations = OPERATIONS.iter().map(|operation| (*operation).to_owned());
    let setup = Setup::from_environment(UNWRITTEN);
    let report = check(Setup { operations: operations.collect(), ..setup });
    println!("{report}");
    assert!(report.failures.is_empty(), "the book differs from the code, as said above");
}

#[test]
#[ignore = "it needs a Python and builds tokio: `.ci/run dictionary`"]
fn the_book_is_what_asyncio_and_tokio_are() {
    let report = check_peers(Setup::from_environment(UNWRITTEN));
    println!("{report}");
    assert!(report.failures.is_empty(), "the book says what is not so, as said above");
}

#[test]
#[ignore = "it compiles crates of others: `.ci/run heavy`"]
fn the_book_is_what_the_heavy_programs_print() {
    let report = check_heavy(Setup::from_environment(UNWRITTEN));
    println!("{report}");
    assert!(report.failures.is_empty(), "the book differs from what they print");
}
