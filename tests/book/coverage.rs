//! Every line of `src/` that holds code stands in some chapter.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::modules::module_path;
use crate::project::Project;
use crate::quote::Shown;
use crate::report::Report;
use crate::source::{Item, Source};

pub fn check(project: &Project, shown: &Shown, report: &mut Report) {
    let (mut all, mut standing) = (0, 0);
    let nothing = BTreeMap::new();
    let library =
        project.sources.values().filter(|source| source.path.starts_with("src/"));
    for source in library {
        let shown = shown.lines.get(&source.path).unwrap_or(&nothing);
        let missing: Vec<usize> = source
            .code
            .iter()
            .copied()
            .filter(|line| !shown.contains_key(line))
            .collect();
        all += source.code.len();
        standing += source.code.len() - missing.len();
        if !is_declared(project, &source.path) {
            let text = "No `mod` declares this file, so nothing compiles it; declare it or \
                        remove it.";
            report.fail(&source.path, 1, text);
        } else if source.code.is_empty() {
            report.fail(&source.path, 1, "The file holds no code; remove it.");
        } else if is_unwritten(project, source) {
            check_unwritten(source, shown, report);
        } else if missing.len() == source.code.len() && !missing.is_empty() {
            report.fail(
                &source.path,
                missing[0],
                "The file stands in no chapter of chapters/SUMMARY.md; quote it or its \
                 items in one.",
            );
        } else {
            report_missing(source, &missing, report);
        }
    }
    let percent = if all == 0 { 100.0 } else { 100.0 * standing as f64 / all as f64 };
    report.notes.push(format!(
        "src/ has {all} lines of code; {standing} of them, {percent:.1} %, stand in the book."
    ));
    let unwritten = &project.setup.unwritten;
    if !unwritten.is_empty() {
        report.notes.push(format!("Chapters to be written: {}.", unwritten.join(", ")));
    }
}

/// Whether the module around a file declares it.
fn is_declared(project: &Project, path: &str) -> bool {
    let module = module_path(path).unwrap_or_default();
    let Some((name, around)) = module.split_last() else { return false };
    let around = around.join("/");
    let files = match around.as_str() {
        "" => vec!["src/lib.rs".to_owned()],
        around => vec![format!("src/{around}.rs"), format!("src/{around}/mod.rs")],
    };
    let name = format!("mod {name}");
    let declares = |source: &Rc<Source>| {
        let declares = |item: &Item| item.name() == name && item.opens.is_none();
        source.items.iter().any(declares)
    };
    path == "src/lib.rs"
        || files.iter().filter_map(|file| project.sources.get(file)).any(declares)
}

fn is_unwritten(project: &Project, source: &Source) -> bool {
    let module = module_path(&source.path);
    module.is_some_and(|path| project.setup.unwritten.contains(&path[0]))
}

/// A module whose chapter is said to be unwritten stands in none.
fn check_unwritten(source: &Source, shown: &BTreeMap<usize, usize>, report: &mut Report) {
    if let Some(&line) = shown.keys().next() {
        report.fail(
            &source.path,
            line,
            "The file stands in a chapter; take its module off the list of those to be \
             written, in tests/book.rs.",
        );
    }
}

/// Reports the lines by items: an item of which nothing is shown once, without what is
/// inside.
fn report_missing(source: &Source, missing: &[usize], report: &mut Report) {
    let mut missing = missing.to_vec();
    for item in &source.items {
        let code = source.code.range(item.start..=item.last);
        let within = |line: &usize| (item.start..=item.last).contains(line);
        if missing.iter().any(within) && code.clone().all(|line| missing.contains(line)) {
            missing.retain(|line| !within(line));
            report.fail(
                &source.path,
                item.start,
                format!(
                    "`{}` stands in no chapter; quote it in one, or remove it.",
                    item.name()
                ),
            );
        }
    }
    // What is left are lines of blocks that are shown in part.
    for line in missing {
        let around = |item: &&Item| (item.start..=item.last).contains(&line);
        let name =
            source.items.iter().rfind(around).map_or("(no item)", |item| item.name());
        report.fail(
            &source.path,
            line,
            format!("This line of `{name}` stands in no chapter; quote `{name}` whole."),
        );
    }
}
