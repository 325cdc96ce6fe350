//! The check of a step: what stands in, the build, the run, and what is said of it.

use std::path::Path;

use crate::book::{read, typed};
use crate::cargo::{Built, Complaint, build};
use crate::judge::{Judged, Verdict, judge};
use crate::steps::{State, Step, Steps};
use crate::{End, Problem, keep, list, say};

/// How many errors of the compiler are shown: the rest most often follows from the first.
const ERRORS: usize = 3;

/// What a watch adds to a check.
pub struct Manner<'a> {
    /// Called before it says that a step is right.
    pub before_praise: &'a dyn Fn(),
    /// Whether the answer is not wanted any more.
    pub is_stale: &'a dyn Fn() -> bool,
}

/// `cargo run -- yours 5.1`.
pub fn check(steps: &Steps, step: &Step) -> Result<End, Problem> {
    let manner = Manner { before_praise: &|| {}, is_stale: &|| false };
    prepare(steps, step)?;
    let end = answer(steps, step, &manner)?;
    match end {
        End::Right => {
            say::print("\n");
            list::show_next(steps, step);
        }
        End::Stale => {
            say::print("It was saved while it was checked. Once more, please.\n")
        }
        End::NotYet => {}
    }
    Ok(end)
}

/// Checks it and says what came of that, without what comes next.
pub fn answer(steps: &Steps, step: &Step, manner: &Manner<'_>) -> Result<End, Problem> {
    let number = step.number.to_string();
    let written = read(&steps.file(step))?;
    let mut own = steps.own();
    if !own.contains(&&*step.module) {
        own.push(&step.module);
    }
    let waits = |seconds: u64| match seconds {
        0..2 => say::for_now(&format!("checking {number} ...")),
        _ => say::for_now(&format!("checking {number} ... {seconds} s")),
    };
    waits(0);
    let built = build(&steps.book, "check", &own, step.number.chapter)?;
    let end = match built {
        Built::Program(program) => {
            let judged = judge(&program, &number, waits, manner.is_stale)?;
            say::clear_line();
            tell(steps, step, &written, &judged, manner)?
        }
        Built::Errors(errors) => {
            say::clear_line();
            tell_errors(steps, step, &errors);
            End::NotYet
        }
        Built::Failed(said) => {
            say::clear_line();
            return Err(Problem::Fault(format!(
                "cargo could not build the check, and not because of your code. It said:\n\n{}",
                said.trim_end()
            )));
        }
    };
    if end == End::NotYet {
        say::print(&format!("\n{}", list::where_to_write(steps, step)));
    }
    Ok(end)
}

/// Brings a deleted file back, and says what stands in.
pub fn prepare(steps: &Steps, step: &Step) -> Result<(), Problem> {
    if let Some(lost) = steps.lost().first() {
        let lost = typed(lost);
        return Err(Problem::Fault(format!(
            "the file {lost} is missing, which the others need.\nThis brings it back: \
             git checkout -- {lost}"
        )));
    }
    if keep::restore(steps, step)? {
        let file = typed(&steps.file(step));
        let mut text = format!("{file} was missing. It is there again, as handed out.");
        let kept = keep::passed(steps, step);
        if kept.exists() {
            text += &format!(" Your last one that passed is {}.", typed(&kept));
        }
        say::print(&format!("{}\n", say::wrap(&text)));
    }
    if let Some(name) = steps.changed_given().first() {
        let file = typed(&steps.book.yours("src").join(name));
        let text = format!(
            "{file} is given, and you have changed it. This puts it back: git checkout -- {file}"
        );
        say::print(&format!("{}\n", say::wrap(&text)));
    }
    if let Some(text) = who_stands_in(steps, step) {
        say::print(&format!("{}\n", say::wrap(&say::dim(&text))));
    }
    Ok(())
}

/// The earlier steps that are not the reader's, in a sentence.
fn who_stands_in(steps: &Steps, step: &Step) -> Option<String> {
    let earlier = steps.all.iter().take_while(|other| other.number < step.number);
    let left: Vec<&Step> = earlier.filter(|other| !steps.is_done(other)).collect();
    let changed = left.iter().filter(|other| steps.state(other) == State::Changed);
    let changed: Vec<String> = changed.map(|other| other.number.to_string()).collect();
    let text = match left[..] {
        [] => return None,
        [one] => format!("{} is not done; its solution stands in.", one.number),
        _ => format!("{} are not done; their solutions stand in.", ranges(steps, &left)),
    };
    Some(match &changed[..] {
        [] => text,
        [one] => format!("{text} (You have changed {one} since it was done.)"),
        _ => format!("{text} (You have changed {} since.)", changed.join(", ")),
    })
}

/// `3.1 to 4.2 and 5.1`: those that follow one another by the first and the last.
pub fn ranges(steps: &Steps, some: &[&Step]) -> String {
    let is_in = |step: &Step| some.iter().any(|other| other.number == step.number);
    let mut ranges: Vec<Vec<&Step>> = vec![Vec::new()];
    for step in &steps.all {
        let last = ranges.last_mut().expect("there is one");
        match is_in(step) {
            true => last.push(step),
            false if last.is_empty() => {}
            false => ranges.push(Vec::new()),
        }
    }
    let words: Vec<String> = ranges
        .iter()
        .flat_map(|range| match range[..] {
            [] => vec![],
            [first, _, .., last] => vec![format!("{} to {}", first.number, last.number)],
            _ => range.iter().map(|step| step.number.to_string()).collect(),
        })
        .collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    }
}

fn tell_errors(steps: &Steps, step: &Step, errors: &[Complaint]) {
    for error in errors.iter().take(ERRORS) {
        say::print(&format!("{}\n", error.text));
    }
    let heading = format!("{} does not compile yet", step.number);
    let first = &errors[0];
    let mut text = String::new();
    match errors.len().saturating_sub(ERRORS) {
        0 => {}
        1 => text += "There is one more error. ",
        more => text += &format!("There are {more} more errors. "),
    }
    let own = steps.file(step);
    if errors.iter().all(|error| error.file != own) {
        text += &format!(
            "The error is not in {}, but in {}: perhaps something there was changed that \
             others need as it was.",
            typed(&own),
            typed(&first.file)
        );
    } else if errors.len() > 1 {
        text += "The first error is the one to begin with.";
    }
    say::print(&format!("{}\n", say::bold(&say::yellow(&heading))));
    if !text.is_empty() {
        say::print(&format!("\n{}", say::wrap(&text)));
    }
}

/// Says what the check said; keeps what passed.
fn tell(
    steps: &Steps,
    step: &Step,
    written: &str,
    judged: &Judged,
    manner: &Manner<'_>,
) -> Result<End, Problem> {
    let number = step.number;
    if let Verdict::Right = judged.verdict {
        if read(&steps.file(step))? != written {
            return Ok(End::Stale);
        }
        let stands_in = steps.state(step) == State::StandsIn;
        if !stands_in {
            keep::keep_passed(steps, step)?;
        }
        (manner.before_praise)();
        tell_right(steps, step, stands_in);
        return Ok(End::Right);
    }
    if let Verdict::Stale = judged.verdict {
        return Ok(End::Stale);
    }
    let (heading, text) = heading_and_text(step, &judged.verdict);
    say::print(&printed(steps, &judged.printed));
    say::print(&format!("{}\n", say::bold(&say::yellow(&format!("{number} {heading}")))));
    if !text.is_empty() {
        say::print(&format!("\n{}", say::wrap(&text)));
    }
    match &judged.verdict {
        Verdict::Wrong { story } => {
            let (story, place) = story_and_place(story);
            say::print(&format!("\n{}", story_in_lines(story)));
            if let Some((_, message)) = story.split_once("\n  happened: a panic: ") {
                let text = panic_in_words(message.trim()) + &place;
                say::print(&format!("\n{}", say::wrap(&text)));
            }
        }
        Verdict::Hangs { so_far, .. } => {
            say::print(&format!("\n{}", story_in_lines(so_far)));
        }
        _ => {}
    }
    Ok(End::NotYet)
}

fn tell_right(steps: &Steps, step: &Step, stands_in: bool) {
    let number = step.number;
    let heading = say::bold(&say::green(&format!("✓ {number} is right")));
    say::print(&format!("{heading}\n\n"));
    if stands_in {
        say::print(&say::wrap(&format!(
            "That is the solution, which stands in for yours. To write it yourself: \
             cargo run -- yours {number} --again"
        )));
        return;
    }
    if !step.now.is_empty() {
        say::print(&format!("{}\n", say::markdown(&step.now, 0)));
    }
    say::print(&say::wrap(&list::how_far(steps)));
}

/// What the verdict is called, and what it means for a beginner.
fn heading_and_text(step: &Step, verdict: &Verdict) -> (&'static str, String) {
    match verdict {
        Verdict::Right | Verdict::Stale => ("", String::new()), // nothing is said of it here
        Verdict::Wrong { .. } => ("is not right yet", String::new()),
        Verdict::Panic { message, file, line } => {
            ("panics", panic_in_words(message) + &place_in_words(file, line))
        }
        Verdict::Hangs { was_busy, .. } => {
            let why = match was_busy {
                Some(true) => {
                    "It was busy all the time: a loop goes round and round, and what \
                               would end it never comes true."
                }
                Some(false) => {
                    "It slept all the time: something waits that nobody wakes, or a \
                                wake came while nobody was ready to hear it."
                }
                None => "A loop goes round for ever, or something waits that nobody wakes.",
            };
            ("does not come to an end", format!("It was stopped after ten seconds. {why}"))
        }
        Verdict::TooSlow => (
            "takes too long",
            "It was stopped after a minute. Each case came to its end, but slowly: perhaps \
             something is done over and over, or a sleep ends later than it should."
                .to_owned(),
        ),
        Verdict::StackOverflow => (
            "calls itself without an end",
            format!(
                "The stack overflowed: calls that have not returned yet wait there, and there \
                 was no room for one more. Most often a function calls itself, directly or by \
                 way of another; look for that in {}.rs.",
                step.module
            ),
        ),
        Verdict::OutOfMemory => (
            "asks for more and more memory",
            "It was stopped at two gigabytes. Something grows in a loop that does not end."
                .to_owned(),
        ),
        Verdict::Signal(signal) => (
            "was ended by the system",
            format!(
                "Signal {signal} ended it, in the middle of a case. Safe Rust does that only by \
                 `abort`, or by a panic while another one is under way (in a `drop`)."
            ),
        ),
        Verdict::Odd(said) => {
            ("ended without a word", format!("The check ended early: {said}"))
        }
    }
}

fn panic_in_words(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let message = message.trim_end_matches('.');
    format!("Your code panicked: it stopped in the middle, and said: {message}.")
}

fn place_in_words(file: &str, line: &str) -> String {
    format!(" It did so in {}, line {line}.", typed(Path::new(file)))
}

/// A story without the place of its panic, and that in words.
fn story_and_place(story: &str) -> (&str, String) {
    let place = story.rsplit_once(" (at ").and_then(|(story, place)| {
        story.contains("\n  happened: a panic: ").then_some(())?;
        let (file, line) = place.trim_end().strip_suffix(')')?.rsplit_once(':')?;
        Some((story, place_in_words(file, line)))
    });
    place.unwrap_or((story, String::new()))
}

/// The last lines that the reader's own `println!` or `dbg!` left.
fn printed(steps: &Steps, text: &str) -> String {
    const LAST: usize = 10;
    let root = format!("{}/", steps.book.root.display());
    let text = text.trim().replace(&root, "");
    let is_theirs = |line: &&str| !line.starts_with("note: run with `RUST_BACKTRACE");
    let lines: Vec<&str> = text.lines().filter(is_theirs).collect();
    if lines.is_empty() {
        return String::new();
    }
    let last = &lines[lines.len().saturating_sub(LAST)..];
    let heading = match lines.len() > LAST {
        true => "Your code printed a lot. The last lines:",
        false => "Your code printed:",
    };
    let lines = last.iter().map(|line| say::hang("  ", 4, line));
    format!("{}{}\n", say::wrap(heading), lines.collect::<String>())
}

/// A story, each line broken where the terminal ends.
fn story_in_lines(story: &str) -> String {
    let mut said = String::new();
    for line in story.trim_end().lines() {
        let start = line.len() - line.trim_start().len();
        let (margin, text) = line.split_at(start);
        let (first, indent, text) = match text.split_once(": ") {
            Some(("expected", text)) => {
                (format!("{margin}{} ", say::green("expected:")), start + 10, text)
            }
            Some(("happened", text)) => {
                (format!("{margin}{} ", say::red("happened:")), start + 10, text)
            }
            _ => match text.split_once(". ") {
                Some((number, step)) if number.parse::<u32>().is_ok() => {
                    let first = format!("{margin}{} ", say::dim(&format!("{number}.")));
                    (first, start + number.len() + 2, step)
                }
                _ => (margin.to_owned(), start, text),
            },
        };
        // Columns of a table, and what is short enough, stay as they are.
        if say::columns(&first) + say::columns(text) <= say::width() {
            said += &format!("{first}{text}\n");
        } else {
            said += &say::hang(&first, indent, text);
        }
    }
    said
}
