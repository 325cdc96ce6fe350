//! The tests that a document promises exist: in a table of `docs/` whose last column is
//! `held by`, each row names the tests that hold it.

use std::collections::HashSet;

use crate::project::Project;
use crate::report::Report;

pub fn check(project: &Project, report: &mut Report) {
    let tests = tests(project);
    for page in project.pages.values().filter(|page| page.path.starts_with("docs/")) {
        let mut is_held = false;
        for (n, line) in page.text.lines().enumerate() {
            let Some(cell) = last_cell(line) else {
                is_held = false;
                continue;
            };
            if cell == "held by" {
                is_held = true;
            } else if is_held && !cell.starts_with('-') {
                for error in errors(cell, &tests) {
                    report.fail(&page.path, n + 1, error);
                }
            }
        }
    }
}

/// The last cell of a table's row.
fn last_cell(line: &str) -> Option<&str> {
    let row = line.strip_prefix('|')?.trim_end().strip_suffix('|')?;
    row.rsplit('|').next().map(str::trim)
}

/// What is wrong with a cell that should name tests.
fn errors(cell: &str, tests: &HashSet<&str>) -> Vec<String> {
    let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
    if names.is_empty() {
        return vec![
            "The row names no test that holds it; name one, or write one.".into(),
        ];
    }
    let missing = names.into_iter().filter(|name| !tests.contains(name));
    missing.map(|name| format!("There is no test `{name}` in tests/.")).collect()
}

/// The names of the functions under a `#[test]` in `tests/`.
fn tests(project: &Project) -> HashSet<&str> {
    let sources = project.sources.values();
    let sources = sources.filter(|source| source.path.starts_with("tests/"));
    let lines = sources.flat_map(|source| source.lines.windows(2));
    let functions = lines.filter(|pair| pair[0].trim() == "#[test]");
    let names = functions.filter_map(|pair| pair[1].trim().strip_prefix("fn "));
    names.filter_map(|rest| rest.split('(').next()).collect()
}
