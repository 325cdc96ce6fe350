//! Help by degrees: a hint, a second one, the solution. And back to where a step began.

use crate::book::typed;
use crate::steps::{Step, Steps};
use crate::{End, Problem, keep, list, say};

/// One more hint than the last time; then all of them.
pub fn hint(steps: &Steps, step: &Step) -> Result<End, Problem> {
    let number = step.number;
    let given = keep::hints(steps, step).min(step.hints.len());
    if given < step.hints.len() {
        keep::remember_hints(steps, step, given + 1)?;
    }
    let shown = (given + 1).min(step.hints.len());
    let heading = format!("{number} {}", step.name());
    say::print(&format!("{}\n\n", say::bold(&heading)));
    // Those that were given before are shown with the last.
    for (at, hint) in step.hints[..shown].iter().enumerate() {
        let place = format!("hint {} of {}", at + 1, step.hints.len());
        say::print(&format!("{}\n{}\n", say::dim(&place), say::markdown(hint, 2)));
    }
    let text = match (step.hints.len(), shown) {
        (0, _) => "There is no hint for this one. The solution:",
        (all, shown) if shown < all => "Try it with that. One more hint:",
        _ => "That was the last hint. Next is the solution, which stands in for yours:",
    };
    let wish = if shown < step.hints.len() { "--hint" } else { "--solution" };
    say::print(&say::wrap(text));
    say::print(&format!("  cargo run -- yours {number} {wish}\n"));
    Ok(End::Right)
}

/// Puts the solution in, after a copy of what was there.
pub fn solution(steps: &Steps, step: &Step) -> Result<End, Problem> {
    let copy = keep::keep_draft(steps, step)?;
    keep::lay(steps, step, "solution")?;
    keep::remember_the_solution(steps, step)?;
    let file = typed(&steps.file(step));
    let mut text =
        format!("The solution of {} is in {file}, and stands in.", step.number);
    if let Some(copy) = copy {
        text += &format!(" What you wrote is kept: {}.", typed(&copy));
    }
    say::print(&say::wrap(&text));
    let text =
        format!("To write it yourself: cargo run -- yours {} --again", step.number);
    say::print(&format!("{}\n", say::wrap(&text)));
    list::show_next(steps, step);
    Ok(End::Right)
}

/// Puts back what the reader wrote before, after a copy of what is there.
pub fn mine(steps: &Steps, step: &Step) -> Result<End, Problem> {
    let number = step.number;
    let Some(last) = keep::last_copy(steps, step) else {
        return Err(Problem::Fault(format!(
            "nothing else of yours is kept of {number}. `--solution` and `--again` keep what \
             they replace."
        )));
    };
    let copy = keep::keep_draft(steps, step)?;
    keep::lay_copy(steps, step, &last)?;
    let file = typed(&steps.file(step));
    let mut text = format!("{file} is what you wrote before, from {}.", typed(&last));
    if let Some(copy) = copy {
        text += &format!(" What was there is kept: {}.", typed(&copy));
    }
    say::print(&say::wrap(&text));
    say::print(&format!("\n  cargo run -- yours {number}\n"));
    Ok(End::Right)
}

/// Hands it out again, after a copy of what was there.
pub fn again(steps: &Steps, step: &Step) -> Result<End, Problem> {
    let copy = keep::keep_draft(steps, step)?;
    keep::lay(steps, step, "handed_out")?;
    if keep::has_seen_the_solution(steps, step) {
        keep::remember_hints(steps, step, step.hints.len())?;
    }
    let file = typed(&steps.file(step));
    let mut text = format!("{file} is as it was handed out.");
    if let Some(copy) = copy {
        text += &format!(" What you wrote is kept: {}.", typed(&copy));
    }
    if keep::last_copy(steps, step).is_some() {
        text +=
            &format!(" To have yours again: cargo run -- yours {} --mine", step.number);
    }
    say::print(&format!("{}\n", say::wrap(&text)));
    say::print(&list::describe(steps, step, ""));
    say::print(&format!("\n{}", list::commands(steps, step)));
    Ok(End::Right)
}
