//! Python in pages: quotes of `.py` files are held against the files, and recorded outputs
//! against what the programs print.
//!
//! Quotes are checked with everything else. To run the programs is a test of its own,
//! since not every machine has a Python that is new enough.

use std::ops::Range;
use std::process;

use crate::caption::{self, Caption, Shows};
use crate::command::{self, Command};
use crate::output::{differs, is_wanted, run_to_end, tell};
use crate::page::{Block, Located, Page};
use crate::project::{Project, Setup};
use crate::quote::{file_of, rewrite};
use crate::report::Report;

/// The oldest Python that the book's programs are written for.
const OLDEST: (u32, u32) = (3, 11);

/// A block below a caption that names a Python file.
struct Shown<'a> {
    page: &'a Page,
    block: &'a Block,
    above: &'a Located,
    caption: Caption,
    /// The file's path from the root.
    path: String,
}

/// Holds the quotes, and says which outputs could not be held.
pub fn check(project: &mut Project, report: &mut Report) {
    let mut edits = Vec::new();
    for shown in shown(project, report) {
        let page = &shown.page.path;
        let text = match &shown.caption.shows {
            Shows::Output { command, .. } => {
                if let Err(error) = words(command, &shown.path) {
                    report.fail(page, shown.above.line, error);
                }
                continue;
            }
            shows => project.text(&shown.path, report).map(|text| quote(&text, shows)),
        };
        match text {
            None => {}
            Some(Err(error)) => {
                report.fail(page, shown.above.line, format!("{}{error}.", shown.path));
            }
            Some(Ok(text)) if text == shown.block.text => {}
            Some(Ok(text)) => match rewrite(shown.block, text.lines()) {
                Err(error) => report.fail(page, shown.block.line, error),
                Ok((range, text)) if project.setup.bless => {
                    edits.push((page.clone(), range, text));
                }
                Ok(_) => {
                    let (n, there) = first_difference(&shown.block.text, &text);
                    let text = format!(
                        "The quote is not what the file says.\n      {}: {there}",
                        shown.path
                    );
                    report.fail_blessable(page, shown.block.line + 1 + n, text);
                }
            },
        }
    }
    for (page, range, text) in edits {
        project.edit(&page, range, text);
    }
}

/// Runs the programs, and holds the recorded outputs against what they print.
pub fn check_outputs(project: &mut Project, report: &mut Report) {
    if let Err(error) = check_version(&project.setup) {
        report.fail("Cargo.toml", 1, error);
        return;
    }
    let mut edits = Vec::new();
    for shown in shown(project, report) {
        let Shows::Output { command, measured, .. } = &shown.caption.shows else {
            continue;
        };
        if !is_wanted(project, shown.page) {
            continue;
        }
        let page = &shown.page.path;
        // What is wrong with the command itself, the other check says.
        let Ok(words) = words(command, &shown.path) else { continue };
        match print(&project.setup, words) {
            Err(error) => {
                report.fail(page, shown.above.line, format!("`{command}` {error}"));
            }
            Ok(printed) => match differs(shown.block, &printed, *measured) {
                None => {}
                Some(_) if project.setup.bless => {
                    match rewrite(shown.block, printed.lines()) {
                        Ok((range, text)) => edits.push((page.clone(), range, text)),
                        Err(error) => report.fail(page, shown.block.line, error),
                    }
                }
                Some((n, there)) => {
                    let (line, text) = tell(shown.block, command, n, &there);
                    report.fail_blessable(page, line, text);
                }
            },
        }
    }
    for (page, range, text) in edits {
        project.edit(&page, range, text);
    }
}

/// What a Python program prints. The error is the end of a sentence that begins with the
/// command.
pub fn print(setup: &Setup, words: Vec<String>) -> Result<String, String> {
    let python = setup.python.to_string_lossy().into_owned();
    let words: Vec<String> = std::iter::once(python).chain(words).collect();
    let printed = run_to_end(setup, &words)?;
    if !printed.success {
        return Err(format!(
            "fails ({}).\n{}",
            printed.status,
            printed.stderr.trim_end()
        ));
    }
    Ok(printed.stdout)
}

/// The lines of a function on the first level, its decorators and the comment above it
/// among them.
pub fn function(text: &str, name: &str) -> Option<Range<usize>> {
    let lines: Vec<&str> = text.lines().collect();
    let heads = [format!("def {name}("), format!("async def {name}(")];
    let is_head = |line: &str| heads.iter().any(|head| line.starts_with(head.as_str()));
    let head = lines.iter().position(|line| is_head(line))?;
    let above = lines[..head].iter().rev();
    let above = above.take_while(|line| line.starts_with(['@', '#'])).count();
    let is_inside = |line: &&&str| line.is_empty() || line.starts_with(' ');
    let body = lines[head + 1..].iter().take_while(is_inside).count();
    let end = head + 1 + body;
    let empty = lines[head..end].iter().rev().take_while(|line| line.is_empty()).count();
    Some(head - above..end - empty)
}

/// The blocks below a caption that names a Python file.
fn shown<'a>(project: &'a Project, report: &mut Report) -> Vec<Shown<'a>> {
    let mut all = Vec::new();
    for page in project.prose() {
        for block in &page.blocks {
            let Some(above) = &block.above else { continue };
            let Ok(caption) = caption::parse(&above.text) else { continue };
            if !caption.label.ends_with(".py") {
                continue;
            }
            let path = file_of(project, page, above, &caption, report);
            if let Some(path) = path {
                all.push(Shown { page, block, above, caption, path });
            }
        }
    }
    all
}

/// What a caption promises of a file.
fn quote(text: &str, shows: &Shows) -> Result<String, String> {
    let Shows::Items(names) = shows else { return Ok(text.to_owned()) };
    let lines: Vec<&str> = text.lines().collect();
    let mut quotes = Vec::new();
    for name in names {
        let range =
            function(text, name).ok_or_else(|| format!(" has no function `{name}`"))?;
        quotes.push(lines[range].join("\n") + "\n");
    }
    Ok(quotes.join("\n"))
}

/// The line, counted from zero, where a block first differs from what it should be, and
/// what should be there.
fn first_difference(block: &str, expected: &str) -> (usize, String) {
    let (mut here, mut there) = (block.lines(), expected.lines());
    for n in 0.. {
        match (here.next(), there.next()) {
            (a, b) if a == b && a.is_some() => {}
            (_, there) => return (n, there.unwrap_or("(the quote ends)").to_owned()),
        }
    }
    unreachable!("the two differ")
}

/// What follows `python3` in the command of an output; it has to run the file that the
/// caption names.
fn words(command: &str, path: &str) -> Result<Vec<String>, String> {
    match command::parse(command) {
        Ok(Command::Python(words)) if words.first().is_some_and(|word| word == path) => {
            Ok(words)
        }
        _ => Err(format!("`{command}` does not run {path}; write `python3 {path}`.")),
    }
}

/// Whether there is a Python, and new enough.
fn check_version(setup: &Setup) -> Result<(), String> {
    let (major, minor) = OLDEST;
    let python = setup.python.display();
    let needed = format!(
        "Python {major}.{minor} or later is needed; install it, or let `PYTHON` name one"
    );
    let mut command = process::Command::new(&setup.python);
    let output = command.arg("--version").current_dir(&setup.root).output();
    let output = output.map_err(|error| format!("`{python}`: {error}. {needed}."))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let numbers = version.strip_prefix("Python ").unwrap_or_default().split('.');
    let numbers: Vec<u32> = numbers.map_while(|number| number.parse().ok()).collect();
    match numbers[..] {
        [major, minor, ..] if (major, minor) >= OLDEST => Ok(()),
        _ => Err(format!("`{python}` is `{version}`. {needed}.")),
    }
}
