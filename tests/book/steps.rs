//! The steps of the reader's own executor: each has a `step.md` that says what is missing, its
//! section has the command that checks it, and the table of `chapters/yours/README.md` has
//! them all, with the lines that there are to write.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::page::{Page, line_of};
use crate::project::{Project, resolve};
use crate::report::Report;

const PAGE: &str = "chapters/yours/README.md";
const STEPS: &str = "chapters/yours/steps/";

/// Of a section that nobody has named yet.
const NONE: &str = "—";

struct Step {
    /// `5.1`
    number: String,
    /// `chapters/yours/steps/5.1-place`
    folder: String,
    /// `Place: where a timer stands in the wheel`, as the piece itself says.
    title: String,
    lines: usize,
}

pub fn check(project: &mut Project, report: &mut Report) {
    let before = report.failures.len();
    let steps = steps(project, report);
    if report.failures.len() > before {
        return; // the table would lack what cannot be read
    }
    let rows: String = steps.values().map(|step| row(project, step, report)).collect();
    let Some(page) = project.pages.get(PAGE) else { return };
    let place = table(&page.text);
    if page.text[place.clone()] == rows {
        return;
    }
    if project.setup.bless {
        project.edit(PAGE, place, rows);
        return;
    }
    let written: Vec<&str> = page.text[place.clone()].lines().collect();
    let start = line_of(&page.text, place.start);
    for (n, row) in
        rows.lines().enumerate().filter(|(n, row)| written.get(*n) != Some(row))
    {
        let text = format!("The table of the steps has to say here\n\n      {row}");
        report.fail_blessable(PAGE, start + n.min(written.len()), text);
    }
    for (n, row) in written.iter().enumerate().skip(steps.len()) {
        report.fail_blessable(PAGE, start + n, format!("There is no step for `{row}`."));
    }
}

/// The steps in their order.
fn steps(project: &Project, report: &mut Report) -> BTreeMap<(u32, u32), Step> {
    let mut steps = BTreeMap::new();
    for (path, solution) in &project.sources {
        let folder = path.strip_suffix("/solution.rs").filter(|it| it.starts_with(STEPS));
        let Some(folder) = folder else { continue };
        let number = folder[STEPS.len()..].split('-').next().unwrap_or_default();
        let order = number.split_once('.').and_then(|(chapter, step)| {
            Some((chapter.parse().ok()?, step.parse().ok()?))
        });
        let first = solution.lines.first().map_or("", String::as_str);
        let title = first
            .strip_prefix(&format!("//! {number} "))
            .and_then(|title| title.strip_suffix('.'));
        let handed_out = project.sources.get(&format!("{folder}/handed_out.rs"));
        let (Some(order), Some(title), Some(handed_out)) = (order, title, handed_out)
        else {
            let text = "A step is a folder such as 5.1-place, with a solution.rs that begins \
                        with `//! 5.1 Title.`, and a handed_out.rs.";
            report.fail(path, 1, text);
            continue;
        };
        let lines = lines_to_write(&handed_out.lines, &solution.lines);
        let (number, title) = (number.to_owned(), title.to_owned());
        steps.insert(order, Step { number, folder: folder.to_owned(), title, lines });
    }
    steps
}

/// How many lines of the solution are not there when the step is handed out. Empty lines do
/// not count.
fn lines_to_write(handed_out: &[String], solution: &[String]) -> usize {
    let mut given = BTreeMap::<&str, usize>::new();
    handed_out.iter().for_each(|line| *given.entry(line).or_default() += 1);
    let is_new = |line: &&String| match given.get_mut(line.as_str()) {
        Some(count @ 1..) => {
            *count -= 1;
            false
        }
        _ => true,
    };
    solution.iter().filter(|line| !line.trim().is_empty()).filter(is_new).count()
}

/// The step's row of the table; what its `step.md` lacks is a failure.
fn row(project: &Project, step: &Step, report: &mut Report) -> String {
    let Step { number, folder, title, lines } = step;
    let path = format!("{folder}/step.md");
    let Some(page) = project.pages.get(&path) else {
        let text = "The step has no step.md: its title, a link to its section, what is \
                    missing, and two hints.";
        report.fail(&path, 1, text);
        return format!("| {number} | {title} | {NONE} | {lines} |\n");
    };
    let own = page.titles.first().and_then(|it| it.text.strip_prefix(number.as_str()));
    let mut own = own.map_or("", str::trim_start);
    if name(own) != name(title) {
        let text = format!(
            "The piece itself says `{number} {title}`; begin the title of the step with \
             `{number} {}:`.",
            name(title)
        );
        report.fail(&path, 1, text);
        own = title;
    }
    let section = section(project, step, page, report);
    let section = section.unwrap_or_else(|| NONE.to_owned());
    format!("| {number} | {own} | {section} | {lines} |\n")
}

/// What the step is called: the title up to its colon.
fn name(title: &str) -> &str {
    title.split(':').next().unwrap_or_default()
}

/// Where the step stands on its road, as a link from the page.
fn section(
    project: &Project,
    step: &Step,
    page: &Page,
    report: &mut Report,
) -> Option<String> {
    let number = &step.number;
    if page.text.matches("\n## Hint\n").count() != 2 {
        let text = "A step has two hints, each below a heading `## Hint`.";
        report.fail(&page.path, 1, text);
    }
    let link = page.links.first();
    let place = link.and_then(|link| Some((link, link.target.split_once('#')?)));
    let Some((link, (target, anchor))) = place else {
        let text = "The step lacks the link to the section of the road where it stands.";
        report.fail(&page.path, 1, text);
        return None;
    };
    let path = resolve(page.folder(), target)?;
    let road = project.pages.get(&path)?; // or the link is a failure of its own
    let command = format!("cargo run -- yours {number}");
    let has_command = road.text.split(&command).skip(1);
    if !has_command
        .into_iter()
        .any(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    {
        let text = format!("{path} has no `{command}`, which the step says is there.");
        report.fail(&page.path, link.line, text);
    }
    let path = path.strip_prefix("chapters/")?;
    Some(format!("[{}](../{path}#{anchor})", link.text))
}

/// Where the rows are that begin with the number of a step.
fn table(text: &str) -> Range<usize> {
    let is_row = |line: &str| {
        line.strip_prefix("| ")
            .is_some_and(|row| row.starts_with(|c: char| c.is_ascii_digit()))
    };
    let mut range = text.len()..text.len();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        if is_row(line) {
            range = range.start.min(start)..end;
        } else if range.start < start {
            break;
        }
        start = end;
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn lines_that_were_there_are_not_counted() {
        let handed_out = lines("fn a() {\n    1 // Yours.\n}\n");
        let solution = lines("fn a() {\n    if b {\n        2\n    }\n\n}\n");
        assert_eq!(lines_to_write(&handed_out, &solution), 3);
        assert_eq!(lines_to_write(&solution, &solution), 0);
    }

    #[test]
    fn the_table_is_what_begins_with_a_number() {
        let text = "A\n\n| step | x |\n|---|---|\n| 3.1 | a |\n| 10.1 | b |\n\n| 4 |\n";
        assert_eq!(&text[table(text)], "| 3.1 | a |\n| 10.1 | b |\n");
        assert!(table("no table\n").is_empty());
    }
}
