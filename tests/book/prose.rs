//! Words that the book does without.

use std::env;

use crate::page::Page;
use crate::project::Project;
use crate::report::Report;

pub fn check(project: &Project, report: &mut Report) {
    for page in project.prose() {
        for words in &page.words {
            if let Some(problem) = check_words(&words.text) {
                report.fail(&page.path, words.line, problem);
            }
        }
        for span in &page.spans {
            if is_path(project, &span.text)
                && !project.setup.root.join(&span.text).exists()
            {
                let text = format!("There is no `{}`; name what there is.", span.text);
                report.fail(&page.path, span.line, text);
            }
        }
        check_paths(project, page, report);
    }
}

/// Whether code in a line is a path of the project: not a pattern such as
/// `tests/NAME.rs`, nor a file deep in another project's `src/`.
fn is_path(project: &Project, span: &str) -> bool {
    let of_path =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-".contains(c);
    let Some((folder, _)) = span.rsplit_once('/') else { return false };
    let is_ours = match span.split('/').next() {
        Some("tests" | "chapters") => true,
        Some("src") => project.setup.root.join(folder).is_dir(),
        _ => false,
    };
    is_ours && span.trim_end_matches("README.md").chars().all(of_path)
}

/// What is wrong with a piece of text outside code.
fn check_words(text: &str) -> Option<String> {
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '-') {
        if ["simply", "just"].contains(&word.to_lowercase().as_str()) {
            return Some(format!("`{word}` says that something is easy; leave it out."));
        }
    }
    let mut ends = text.match_indices('!').filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        let after = text[at + 1..].chars().next();
        before.is_some_and(char::is_alphanumeric) && after.is_none_or(char::is_whitespace)
    });
    ends.next()
        .map(|_| "An exclamation mark ends a sentence; a full stop does.".to_owned())
}

/// No page names a folder of the machine that it was written on.
fn check_paths(project: &Project, page: &Page, report: &mut Report) {
    let home = env::var("HOME").unwrap_or_default();
    let root = project.setup.root.to_string_lossy().into_owned();
    for folder in [home, root].iter().filter(|folder| folder.len() > 1) {
        for (n, line) in page.text.lines().enumerate() {
            if line.contains(&format!("{folder}/")) {
                let text = format!("{folder} is a folder of one machine; leave it out.");
                report.fail(&page.path, n + 1, text);
            }
        }
    }
}
