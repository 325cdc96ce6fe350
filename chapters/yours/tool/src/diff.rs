//! What the reader added: a step beside what was handed out, and beside the solution.

use std::fs;

use similar::{ChangeTag, TextDiff};

use crate::book::read;
use crate::steps::{Step, Steps};
use crate::{End, Problem, keep, say};

/// `cargo run -- yours --diff [STEP]`.
pub fn show(steps: &Steps, named: Option<&Step>) -> Result<End, Problem> {
    let Some(step) = named.or_else(|| last_done(steps)) else {
        let text =
            "No step is done yet. Of one that is not: cargo run -- yours --diff STEP";
        say::print(&say::wrap(text));
        return Ok(End::Right);
    };
    let written = read(&steps.file(step))?;
    let handed_out = read(&steps.given(step, "handed_out"))?;
    let heading = format!("{} {}", step.number, step.title);
    say::print(&format!("{}\n", say::wrap(&say::bold(&heading))));
    if written == handed_out {
        say::print("It is as it was handed out.\n");
        return Ok(End::Right);
    }
    let lines = lines_added(steps, step);
    let plural = if lines == 1 { "" } else { "s" };
    say::print(&say::wrap(&format!(
        "You added {lines} line{plural} to what was handed out:"
    )));
    say::print(&format!("\n{}", changes(&handed_out, &written)));
    if steps.is_done(step) {
        let solution = read(&steps.given(step, "solution"))?;
        if solution == written {
            say::print(&format!(
                "\n{}",
                say::wrap("The solution is the same, to the letter.")
            ));
        } else {
            let text = "What the solution has instead, which is one way of several:";
            say::print(&format!("\n{}\n", say::wrap(text)));
            say::print(&changes(&written, &solution));
        }
    }
    if named.is_none() {
        let text = "This is the step that you solved last. Another: cargo run -- yours --diff STEP";
        say::print(&format!("\n{}", say::wrap(text)));
    }
    Ok(End::Right)
}

/// The step that was solved last.
fn last_done(steps: &Steps) -> Option<&Step> {
    let when =
        |step: &&Step| fs::metadata(keep::passed(steps, step)).ok()?.modified().ok();
    steps.done().into_iter().max_by_key(when)
}

/// How many lines the reader's file has that were not handed out.
pub fn lines_added(steps: &Steps, step: &Step) -> usize {
    let written = read(&steps.file(step)).unwrap_or_default();
    let handed_out = read(&steps.given(step, "handed_out")).unwrap_or_default();
    let diff = TextDiff::from_lines(&handed_out, &written);
    let added = diff.iter_all_changes().filter(|change| {
        change.tag() == ChangeTag::Insert && !change.value().trim().is_empty()
    });
    added.count()
}

/// The lines that differ, with three around them.
fn changes(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut said = String::new();
    for (at, group) in diff.grouped_ops(3).iter().enumerate() {
        if at > 0 {
            said += &say::dim("  ...\n");
        }
        for change in group.iter().flat_map(|part| diff.iter_changes(part)) {
            let line = change.value().trim_end_matches('\n');
            let line = match change.tag() {
                ChangeTag::Delete => say::red(&format!("- {line}")),
                ChangeTag::Insert => say::green(&format!("+ {line}")),
                ChangeTag::Equal => format!("  {line}"),
            };
            said += &format!("{}\n", line.trim_end());
        }
    }
    said
}
