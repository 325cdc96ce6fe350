//! Blocks that show what a program prints: the program is run, and has to print that.
//!
//! To run the heavy programs is a test of its own, since it compiles the crates of others.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{self, Child, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::Duration;
use std::{io, thread};

use crate::caption::{self, Shows};
use crate::command::{self, Command, Run};
use crate::manifest::WEB;
use crate::measured::shape;
use crate::page::{Block, Page};
use crate::project::{Project, Setup};
use crate::quote::{file_of, rewrite};
use crate::report::Report;

/// A block that shows what a program prints.
struct Recorded<'a> {
    page: &'a Page,
    block: &'a Block,
    /// The line of the caption.
    line: usize,
    command: String,
    run: Run,
    program: Option<String>,
    measured: bool,
    fails: bool,
}

impl Recorded<'_> {
    /// How it is run to be checked: what is measured has the same shape without the wait
    /// for an optimised build.
    fn quick(&self) -> Run {
        Run { release: self.run.release && !self.measured, ..self.run.clone() }
    }
}

/// Runs every program whose output is recorded and that is no heavy one, and holds the
/// record against it.
pub fn check(project: &mut Project, report: &mut Report) {
    let setup = project.setup.clone();
    if let Some(number) = &setup.only
        && !project.chapters.iter().any(|path| is_of_chapter(path, number))
    {
        let text =
            format!("`CHAPTER={number}` names no chapter; the book has none such.");
        report.fail("chapters/SUMMARY.md", 1, text);
    }
    check_kind(project, false, report);
}

/// The same of the heavy ones.
pub fn check_heavy(project: &mut Project, report: &mut Report) {
    check_kind(project, true, report);
}

fn check_kind(project: &mut Project, heavy: bool, report: &mut Report) {
    let setup = project.setup.clone();
    let mut edits = Vec::new();
    let mut runner = Runner { setup: &setup, heavy, done: HashMap::new() };
    let mut recorded = recorded(project, report);
    let is_heavy = |name: &String| project.manifest.is_heavy(name);
    recorded.retain(|one| one.program.as_ref().is_some_and(is_heavy) == heavy);
    if let Err(error) = runner.build(&recorded) {
        report.fail("Cargo.toml", 1, error);
        return;
    }
    if !setup.bless {
        runner.run_ahead(&recorded);
    }
    for record in &recorded {
        match check_record(record, &mut runner) {
            Ok(None) => {}
            Ok(Some(Mend::Edit(range, text))) => {
                edits.push((record.page.path.clone(), range, text));
            }
            Ok(Some(Mend::Differs(line, text))) => {
                report.fail_blessable(&record.page.path, line, text);
            }
            Err(error) => {
                let text = format!("`{}` {error}", record.command);
                report.fail(&record.page.path, record.line, text);
            }
        }
    }
    for (page, range, text) in edits {
        project.edit(&page, range, text);
    }
}

/// What is to be done about a record that differs.
enum Mend {
    Edit(Range<usize>, String),
    /// The line of the page where it first differs, and how.
    Differs(usize, String),
}

/// Runs the program of one record. The error is the end of a sentence that begins with
/// the command.
fn check_record(
    record: &Recorded<'_>,
    runner: &mut Runner<'_>,
) -> Result<Option<Mend>, String> {
    let Recorded { block, run, measured, fails, .. } = record;
    // What is written into the book is measured as the command says.
    let quick = record.quick();
    let printed = runner.print(&quick, *fails)?;
    let Some((n, there)) = differs(block, &printed, *measured) else { return Ok(None) };
    if runner.setup.bless {
        if run.release && !quick.release {
            runner.build_programs(record.program.as_deref(), true)?;
        }
        let printed = runner.print(run, *fails)?;
        let cannot = |error| format!("cannot be recorded. {error}");
        let (range, text) = rewrite(block, printed.lines()).map_err(cannot)?;
        return Ok(Some(Mend::Edit(range, text)));
    }
    let (line, text) = tell(block, &record.command, n, &there);
    Ok(Some(Mend::Differs(line, text)))
}

/// Says that a record differs in its line `n`, counted from zero; and which line of the page
/// that is.
pub fn tell(block: &Block, command: &str, n: usize, there: &str) -> (usize, String) {
    let here = block.text.lines().nth(n).unwrap_or("(the block ends)");
    let text = format!(
        "`{command}` prints something else.\n      recorded: {here}\n      printed:  {there}"
    );
    (block.line + 1 + n, text)
}

/// The blocks that show what a program prints, each with a command that can be run.
fn recorded<'a>(project: &'a Project, report: &mut Report) -> Vec<Recorded<'a>> {
    let mut all = Vec::new();
    for page in project.prose().filter(|page| is_wanted(project, page)) {
        for block in &page.blocks {
            let text = block.info.as_deref() == Some("text");
            let Some(above) = block.above.as_ref().filter(|_| text) else { continue };
            let Ok(caption) = caption::parse(&above.text) else { continue };
            let Some(path) = file_of(project, page, above, &caption, report) else {
                continue;
            };
            let Shows::Output { command, measured, fails } = caption.shows else {
                continue;
            };
            let run = match command::parse(&command) {
                Ok(Command::Run(run)) => run,
                // `python` holds what these print.
                Ok(Command::Python(_)) if path.ends_with(".py") => continue,
                Ok(_) => {
                    let text =
                        format!("`{command}` is not run here; record a `cargo run`.");
                    report.fail(&page.path, above.line, text);
                    continue;
                }
                // The programs' check looks into all commands, this one among them.
                Err(_) => continue,
            };
            let Ok((program, file)) = run.program(project) else { continue };
            if file != path {
                let text = format!("`{command}` runs {file}, the link leads to {path}.");
                report.fail(&page.path, above.line, text);
                continue;
            }
            let line = above.line;
            all.push(Recorded {
                page,
                block,
                line,
                command,
                run,
                program,
                measured,
                fails,
            });
        }
    }
    all
}

/// Whether the programs of a page are to be run: all are, unless one chapter is asked for.
pub fn is_wanted(project: &Project, page: &Page) -> bool {
    match &project.setup.only {
        Some(number) => is_of_chapter(&page.path, number),
        None => true,
    }
}

/// Whether a page is one of a chapter, by its number, or an appendix, by its name.
fn is_of_chapter(path: &str, number: &str) -> bool {
    let path = path.strip_prefix("chapters/").and_then(|path| path.strip_prefix(number));
    path.is_some_and(|rest| rest.starts_with(['-', '/']))
}

/// Where a record first differs from what was printed: the line counted from zero, and
/// what was printed there.
pub fn differs(block: &Block, printed: &str, measured: bool) -> Option<(usize, String)> {
    let recorded: Vec<&str> = block.text.lines().collect();
    let printed: Vec<&str> = printed.lines().collect();
    let same = |a: &str, b: &str| a == b || (measured && shape(a) == shape(b));
    let longest = recorded.len().max(printed.len());
    let n = (0..longest).find(|&n| match (recorded.get(n), printed.get(n)) {
        (Some(a), Some(b)) => !same(a, b),
        _ => true,
    })?;
    Some((n, (*printed.get(n).unwrap_or(&"(the output ends)")).to_owned()))
}

/// Runs programs of one kind, each once.
struct Runner<'a> {
    setup: &'a Setup,
    heavy: bool,
    done: HashMap<Vec<String>, Result<Printed, String>>,
}

/// What a program printed, and how it ended.
#[derive(Clone)]
pub struct Printed {
    pub stdout: String,
    pub stderr: String,
    pub success: bool,
    pub status: String,
}

impl Runner<'_> {
    /// Builds all programs at once, each as it will be run, so that none is blamed for
    /// the time that takes.
    fn build(&self, recorded: &[Recorded<'_>]) -> Result<(), String> {
        for release in [false, true] {
            let wanted = recorded.iter().filter(|one| one.quick().release == release);
            self.build_programs(
                wanted.filter_map(|one| one.program.as_deref()),
                release,
            )?;
        }
        Ok(())
    }

    fn build_programs<'a>(
        &self,
        programs: impl IntoIterator<Item = &'a str>,
        release: bool,
    ) -> Result<(), String> {
        let programs: BTreeSet<&str> = programs.into_iter().collect();
        if programs.is_empty() {
            return Ok(());
        }
        let mut build = process::Command::new(&self.setup.cargo);
        build.args(["build", "--quiet"]).args(self.package());
        build.args((!self.heavy).then_some("--bins")).args(profile(release));
        let kind = if self.heavy { "--bin" } else { "--example" };
        build.args(programs.iter().flat_map(|program| [kind, program]));
        build.envs(unoptimised(self.setup));
        let error = match build.current_dir(&self.setup.root).output() {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
            Err(error) => error.to_string(),
        };
        Err(format!("The programs cannot be built:\n{error}"))
    }

    /// The options by which cargo finds the package of the programs, and where it builds it:
    /// as the launcher does.
    fn package(&self) -> Vec<String> {
        if !self.heavy {
            return Vec::new();
        }
        let target = self.setup.launcher.ancestors().nth(2).unwrap_or(Path::new("."));
        let target = target.join("ecosystem").to_string_lossy().into_owned();
        let manifest = format!("{WEB}/Cargo.toml");
        vec!["--manifest-path".to_owned(), manifest, "--target-dir".to_owned(), target]
    }

    /// Runs all that are only checked, three at a time: most of them sleep for most of the time.
    fn run_ahead(&mut self, recorded: &[Recorded<'_>]) {
        let all: BTreeSet<_> =
            recorded.iter().map(|one| self.words(&one.quick())).collect();
        let (left, setup) = (Mutex::new(all.into_iter()), self.setup);
        let work = || {
            let mut printed = Vec::new();
            loop {
                let next = left.lock().expect("no panic under it").next();
                let Some(words) = next else { return printed };
                let output = run_to_end(setup, &words);
                printed.push((words, output));
            }
        };
        thread::scope(|scope| {
            for worker in [(); 3].map(|()| scope.spawn(work)) {
                self.done.extend(worker.join().expect("a run does not panic"));
            }
        });
    }

    /// What a program prints: on stdout, and if it has to fail, on stderr after that. The
    /// error is the end of a sentence that begins with the command.
    fn print(&mut self, run: &Run, fails: bool) -> Result<String, String> {
        let words = self.words(run);
        let printed = self
            .done
            .entry(words.clone())
            .or_insert_with(|| run_to_end(self.setup, &words));
        let Printed { stdout, stderr, success, status } = printed.clone()?;
        match (success, fails) {
            (true, false) => Ok(stdout),
            (false, true) => Ok(stdout + &without_thread_ids(&stderr)),
            (true, true) => Err("ends well, though it is said to fail; leave out \
                                 ` · fails`, or mend the program."
                .to_owned()),
            (false, false) => Err(format!(
                "fails ({status}); mend the program, or add ` · fails` if it has to.\n{}",
                stderr.trim_end()
            )),
        }
    }

    /// The words of the command that runs a program: the launcher itself where the prose
    /// runs it as it was built for this test.
    fn words(&self, run: &Run) -> Vec<String> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let mut words = Vec::new();
        if run.example.is_some() || run.release {
            words.push(path(&self.setup.cargo));
            words.extend(["run".to_owned(), "--quiet".to_owned()]);
            words.extend(profile(run.release).map(str::to_owned));
            if let Some(name) = &run.example {
                words.extend(["--example".to_owned(), name.clone()]);
            }
            words.push("--".to_owned());
        } else {
            words.push(path(&self.setup.launcher));
        }
        words.extend(run.args.iter().cloned());
        words
    }
}

/// The option for the profile that this test was built in, or for the optimised one.
pub fn profile(release: bool) -> Option<&'static str> {
    (release || !cfg!(debug_assertions)).then_some("--release")
}

/// What is only checked runs as `cargo test` has built it, in the profile `test`. The
/// launcher takes no profile, so `dev` is made equal: then cargo finds all programs built.
fn unoptimised(setup: &Setup) -> Option<(&'static str, &'static str)> {
    (!setup.bless).then_some(("CARGO_PROFILE_DEV_OPT_LEVEL", "0"))
}

/// Runs a command until it ends, in an environment that is the same everywhere.
pub fn run_to_end(setup: &Setup, words: &[String]) -> Result<Printed, String> {
    let mut command = process::Command::new(&words[0]);
    command.args(&words[1..]).current_dir(&setup.root).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["COLUMNS", "LINES", "CLICOLOR_FORCE", "FORCE_COLOR", "MAINSPRING_SEED"] {
        command.env_remove(name);
    }
    command.env_remove("MAINSPRING_CASES").env_remove("BLESS");
    command.envs([("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8"), ("TERM", "dumb")]);
    command.envs([
        ("NO_COLOR", "1"),
        ("CARGO_TERM_COLOR", "never"),
        ("RUST_BACKTRACE", "0"),
    ]);
    command.envs(unoptimised(setup));
    let cannot = |error: io::Error| format!("cannot be run: {error}.");
    let child = command.spawn().map_err(cannot)?;
    let output = wait(child, setup.limit).map_err(cannot)?;
    let Some(output) = output else {
        return Err(format!(
            "did not end within {} seconds; it hangs.",
            setup.limit.as_secs()
        ));
    };
    let text = |bytes| {
        String::from_utf8(bytes).map_err(|_| "prints what is not UTF-8.".to_owned())
    };
    Ok(Printed {
        stdout: text(output.stdout)?,
        stderr: text(output.stderr)?,
        success: output.status.success(),
        status: output.status.to_string(),
    })
}

/// Waits for a child, not longer than the limit; then it and its children are killed.
fn wait(child: Child, limit: Duration) -> io::Result<Option<process::Output>> {
    let group = child.id().to_string();
    let (send, receive) = mpsc::channel();
    let waiter = thread::spawn(move || {
        // Nobody listens any more once the time is up.
        let _ = send.send(child.wait_with_output());
    });
    match receive.recv_timeout(limit) {
        Ok(output) => output.map(Some),
        Err(_) => {
            let group = format!("-{group}");
            process::Command::new("kill").args(["-KILL", "--", &group]).status()?;
            let _ = waiter.join();
            Ok(None)
        }
    }
}

/// Newer compilers name the thread's id in a panic, which is another each time: `thread
/// 'main' (123) panicked`.
fn without_thread_ids(stderr: &str) -> String {
    let lines = stderr.lines().map(|line| {
        let without = || {
            let (before, rest) = line.split_once("' (")?;
            let (id, rest) = rest.split_once(") panicked")?;
            let is_id = before.starts_with("thread '") && id.parse::<u64>().is_ok();
            is_id.then(|| format!("{before}' panicked{rest}"))
        };
        without().unwrap_or_else(|| line.to_owned()) + "\n"
    });
    lines.collect()
}
