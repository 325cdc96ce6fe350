//! The steps on a page: which are done, and what comes next.

use crate::book::typed;
use crate::steps::{State, Step, Steps};
use crate::{End, Problem, diff, keep, say};

/// `cargo run -- yours`.
pub fn show(steps: &Steps) -> Result<End, Problem> {
    let done = steps.done().len();
    let all = steps.all.len();
    let heading = say::bold("Your executor");
    say::print(&format!("{heading}  {}\n", progress(done, all)));
    let next = steps.next(None);
    let mut chapter = 0;
    for step in &steps.all {
        if step.number.chapter != chapter {
            chapter = step.number.chapter;
            let title = steps.book.chapter(chapter);
            say::print(&format!("\n{}", say::hang(&format!("{chapter:>3} "), 4, &title)));
        }
        let is_next = next.is_some_and(|next| next.number == step.number);
        say::print(&line(steps, step, is_next));
    }
    say::print("\n");
    match next {
        Some(next) => {
            say::print(&describe(steps, next, "Next: "));
            say::print(&format!("\n{}", commands(steps, next)));
        }
        None => show_the_end(steps),
    }
    Ok(End::Right)
}

/// `✓ 5.1 Place`, and what else there is to say of it.
fn line(steps: &Steps, step: &Step, is_next: bool) -> String {
    let (sign, note) = match steps.state(step) {
        State::Done => (say::green("✓"), ""),
        State::Changed => (say::yellow("~"), "changed since it was done"),
        State::StandsIn => (say::cyan("="), "the solution stands in"),
        State::ToDo if is_next => (say::bold("›"), ""),
        State::ToDo => (say::dim("·"), ""),
    };
    let name = if is_next { say::bold(step.name()) } else { step.name().to_owned() };
    let first = format!("    {sign} {:<4} ", step.number);
    let pad = 24_usize.saturating_sub(say::columns(&name));
    let note = match note {
        "" => String::new(),
        note if say::width() < 70 => format!(" ({note})"),
        note => format!("{:pad$}  {}", "", say::dim(note)),
    };
    if say::width() < 70 {
        say::hang(&first, 11, &format!("{name}{note}"))
    } else {
        format!("{first}{name}{note}\n")
    }
}

/// `━━━━────── 6 of 19`.
pub fn progress(done: usize, all: usize) -> String {
    if say::width() < 50 {
        return format!("{done} of {all}");
    }
    let bar = say::green(&"━".repeat(done)) + &say::dim(&"─".repeat(all - done));
    format!("{bar} {done} of {all}")
}

/// A step: its title, and what is missing.
pub fn describe(steps: &Steps, step: &Step, before: &str) -> String {
    let mut said = String::new();
    let heading = format!("{before}{} {}", step.number, step.title);
    let heading: Vec<String> = heading.split(' ').map(say::bold).collect();
    said += &say::wrap(&heading.join(" "));
    if steps.state(step) == State::Changed {
        let kept = typed(&keep::passed(steps, step));
        let text = format!("It was done, and has changed since. What passed is {kept}.");
        said += &format!("\n{}", say::wrap(&text));
    }
    if !step.missing.is_empty() {
        said += &format!("\n{}", say::markdown(&step.missing, 0));
    }
    said
}

/// Where to write, what to read, and what to type.
pub fn commands(steps: &Steps, step: &Step) -> String {
    let check = format!("cargo run -- yours {}", step.number);
    write_and_read(steps, step) + &label("check", &check)
}

/// Where to write, and what to read.
pub fn write_and_read(steps: &Steps, step: &Step) -> String {
    let mut said = label("write", &typed(&steps.file(step)));
    if let Some(section) = &step.section {
        let page = steps.book.title(&section.page);
        let page = page.map_or(String::new(), |title| format!(", in {title}"));
        said += &label("read", &format!("{}{page}", section.title));
        let path = steps.book.root.join("chapters").join(&section.page);
        said += &label("", &say::dim(&typed(&path)));
    }
    said
}

/// Where to go on, and where there is help: below what a check has found.
pub fn where_to_write(steps: &Steps, step: &Step) -> String {
    let number = step.number;
    let given = keep::hints(steps, step);
    let help = if given < step.hints.len() { "--hint" } else { "--solution" };
    label("write", &typed(&steps.file(step)))
        + &label("help", &format!("cargo run -- yours {number} {help}"))
}

/// A line of what to do; the text gets one of its own where the terminal is narrow.
fn label(name: &str, text: &str) -> String {
    let longest = text.split(' ').map(say::columns).max().unwrap_or(0);
    if 9 + longest > say::width() {
        let name =
            if name.is_empty() { name } else { &format!("  {}\n", say::dim(name)) };
        return name.to_owned() + &say::hang("    ", 4, text);
    }
    say::hang(&format!("  {} ", say::dim(&format!("{name:<6}"))), 9, text)
}

/// What comes behind a step that is right.
pub fn show_next(steps: &Steps, step: &Step) {
    match steps.next(Some(step)) {
        Some(next) => {
            say::print(&describe(steps, next, "Next: "));
            say::print(&format!("\n{}", commands(steps, next)));
        }
        None => show_the_end(steps),
    }
}

/// `6 of 19 pieces are done: 61 lines of yours.`
pub fn how_far(steps: &Steps) -> String {
    let done = steps.done();
    let lines: usize = done.iter().map(|step| diff::lines_added(steps, step)).sum();
    let are = if done.len() == 1 { "is" } else { "are" };
    let all = steps.all.len();
    format!("{} of {all} steps {are} done, with {lines} lines of yours.", done.len())
}

/// All is done: what was built.
pub fn show_the_end(steps: &Steps) {
    let done = steps.done();
    let heading = if done.len() == steps.all.len() {
        "This is your executor."
    } else {
        "No step is left to do."
    };
    say::print(&format!("{}\n\n", say::bold(&say::green(heading))));
    for step in &steps.all {
        let what = match steps.state(step) {
            State::Done => format!("{:>3}", diff::lines_added(steps, step)),
            _ => "  =".to_owned(),
        };
        let first = format!("  {} {:<5}", say::dim(&what), step.number);
        say::print(&say::hang(&first, 11, &step.title));
    }
    let mut text = how_far(steps);
    if done.len() < steps.all.len() {
        text += " Where a = stands, the solution does; `cargo run -- yours STEP --again` \
                 hands it out once more.";
    }
    say::print(&format!("\n{}\n", say::wrap(&text)));
    say::print(&label("run", "cargo run -- yours run"));
    say::print(&label("race", "cargo run -- yours race"));
}
