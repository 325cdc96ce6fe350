//! The dictionary: an operation in several dialects, a line each. Each line stands in the
//! function of its entry, in the program of its dialect, and the programs print the same,
//! unless the entry says what each of them prints.
//!
//! ```text
//! ### wait_for(0)
//!
//! - **asyncio**: `said = await asyncio.wait_for(quick(), 0)` → `too late`
//! - **mainspring**: `let outcome = timeout(Duration::ZERO, quick).await;` → `no need to wait`
//! - **tokio**: none. What one does instead.
//! ```
//!
//! Lines are compared without their spaces; a piece of code may be several lines of the
//! program that follow one another. An arrow has a piece for each line that is printed.

use std::collections::{BTreeMap, HashSet};
use std::process;

use crate::output::{is_wanted, profile, run_to_end};
use crate::page::Page;
use crate::project::{Project, Setup};
use crate::python;
use crate::report::Report;

const PAGE: &str = "chapters/dictionary/README.md";

/// A dialect, and the program with its lines.
struct Dialect {
    name: &'static str,
    path: &'static str,
}

const DIALECTS: [Dialect; 3] = [
    Dialect { name: "asyncio", path: "chapters/dictionary/in_asyncio.py" },
    Dialect { name: "mainspring", path: "chapters/dictionary/in_mainspring.rs" },
    Dialect { name: "tokio", path: "chapters/dictionary/in_tokio.rs" },
];

/// Where the dialects stand in `DIALECTS`.
const ASYNCIO: usize = 0;
const MAINSPRING: usize = 1;
const TOKIO: usize = 2;

/// An operation.
struct Entry {
    /// The name of the function that shows it: the heading in small letters, each run of
    /// other signs as `_`.
    name: String,
    line: usize,
    /// What it is in each dialect, if the page says so.
    says: [Option<Says>; DIALECTS.len()],
}

/// What the page says of an operation in one dialect.
struct Says {
    line: usize,
    /// None if the dialect has no such operation.
    code: Vec<String>,
    /// What the function prints, if that is not the same in all dialects.
    prints: Option<Vec<String>>,
}

/// What a program prints, entry by entry.
type Printed = BTreeMap<String, Vec<String>>;

/// Holds the page against the three programs, and runs the one that this crate has.
pub fn check(project: &Project, report: &mut Report) {
    let Some(page) = project.pages.get(PAGE) else { return };
    let entries = entries(page, report);
    check_entries(&entries, report);
    check_operations(project, &entries, report);
    for (dialect, file) in DIALECTS.iter().enumerate() {
        let Some(text) = project.text(file.path, report) else { continue };
        for entry in &entries {
            check_code(project, &text, dialect, entry, report);
        }
    }
    if is_wanted(project, page) {
        run(project, &entries, &[MAINSPRING], report);
    }
}

/// Runs all three programs, and compares what they print.
pub fn check_dialects(project: &Project, report: &mut Report) {
    let page = project.pages.get(PAGE);
    let Some(page) = page.filter(|page| is_wanted(project, page)) else { return };
    // What is wrong with the page itself, the other check says.
    let entries = entries(page, &mut Report::default());
    run(project, &entries, &[ASYNCIO, MAINSPRING, TOKIO], report);
}

/// Reads the entries: headings of the third level, each with a list of the dialects.
fn entries(page: &Page, report: &mut Report) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut is_inside = false;
    let lines: Vec<&str> = page.text.lines().collect();
    for (n, line) in lines.iter().enumerate() {
        if let Some(heading) = line.strip_prefix("### ") {
            is_inside = true;
            let name = function_name(heading);
            entries.push(Entry { name, line: n + 1, says: Default::default() });
        } else if line.starts_with('#') {
            is_inside = false;
        }
        let Some(item) = line.strip_prefix("- ").filter(|_| is_inside) else { continue };
        let Some(entry) = entries.last_mut() else { continue };
        // An item goes on in lines that are further in.
        let rest = lines[n + 1..].iter().take_while(|line| line.starts_with("  "));
        let rest: String = rest.map(|line| format!(" {}", line.trim())).collect();
        match says(n + 1, &format!("{item}{rest}")) {
            Some((dialect, says)) if entry.says[dialect].is_none() => {
                entry.says[dialect] = Some(says);
            }
            _ => {
                let names = DIALECTS.map(|dialect| format!("`- **{}**: `", dialect.name));
                let text = format!(
                    "An entry's list has one item a dialect, which begins with {}.",
                    names.join(", ")
                );
                report.fail(PAGE, n + 1, text);
            }
        }
    }
    entries
}

/// The name of the function behind a heading: `wait_for_0` for `wait_for(0)`.
fn function_name(heading: &str) -> String {
    let is_of_word = |c: char| c.is_ascii_alphanumeric();
    let words = heading.split(|c| !is_of_word(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_").to_lowercase()
}

/// Reads an item of an entry: which dialect it is of, and what it says.
fn says(line: usize, item: &str) -> Option<(usize, Says)> {
    let (name, rest) = item.strip_prefix("**")?.split_once("**: ")?;
    let dialect = DIALECTS.iter().position(|dialect| dialect.name == name)?;
    let (code, prints) = match rest.split_once(" → ") {
        Some((code, prints)) => (code, Some(pieces(prints))),
        None => (rest, None),
    };
    let code = if code.starts_with("none") { Vec::new() } else { pieces(code) };
    Some((dialect, Says { line, code, prints }))
}

/// What stands between backticks.
fn pieces(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Each entry has its own name and all dialects, and its arrows say a difference.
fn check_entries(entries: &[Entry], report: &mut Report) {
    let mut names = HashSet::new();
    for entry in entries {
        if !names.insert(&entry.name) {
            let text = format!("There are two entries for `{}`.", entry.name);
            report.fail(PAGE, entry.line, text);
        }
        let missing =
            (0..DIALECTS.len()).filter(|&dialect| entry.says[dialect].is_none());
        for dialect in missing {
            let name = DIALECTS[dialect].name;
            let text = format!(
                "The entry lacks {name}; if there is nothing, write `- **{name}**: none`."
            );
            report.fail(PAGE, entry.line, text);
        }
        let lines = entry.says.iter().flatten().filter(|says| !says.code.is_empty());
        let prints: Vec<_> = lines.map(|says| &says.prints).collect();
        let arrows = prints.iter().filter(|prints| prints.is_some()).count();
        if arrows > 0 && arrows < prints.len() {
            let text = "Say of each dialect what it prints (` → `), or of none.";
            report.fail(PAGE, entry.line, text);
        } else if arrows > 0 && prints.windows(2).all(|pair| pair[0] == pair[1]) {
            let text = "The arrows all say the same; leave them out.";
            report.fail(PAGE, entry.line, text);
        }
    }
}

/// Every operation of asyncio that has to be there stands in some line of it.
fn check_operations(project: &Project, entries: &[Entry], report: &mut Report) {
    let lines = entries.iter().filter_map(|entry| entry.says[ASYNCIO].as_ref());
    let code: Vec<&String> = lines.flat_map(|says| &says.code).collect();
    for operation in &project.setup.operations {
        if !code.iter().any(|code| code.contains(operation.as_str())) {
            let text = format!("No line of asyncio has `{operation}`; add an entry.");
            report.fail(PAGE, 1, text);
        }
    }
}

/// The code of an entry stands in its function.
fn check_code(
    project: &Project,
    text: &str,
    dialect: usize,
    entry: &Entry,
    report: &mut Report,
) {
    let Some(says) = entry.says[dialect].as_ref().filter(|says| !says.code.is_empty())
    else {
        return;
    };
    let path = DIALECTS[dialect].path;
    let lines: Vec<&str> = text.lines().collect();
    let function = if path.ends_with(".py") {
        python::function(text, &entry.name).map(|range| &lines[range])
    } else {
        let source = project.sources.get(path);
        source.and_then(|source| {
            let place = *source.find(&format!("fn {}", entry.name)).ok()?.first()?;
            let item = &source.items[place];
            Some(&lines[item.start - 1..item.last])
        })
    };
    let Some(mut rest) = function else {
        let text = format!("{path} has no function `{}`.", entry.name);
        report.fail(PAGE, says.line, text);
        return;
    };
    for code in &says.code {
        match after(rest, code) {
            Some(after) => rest = after,
            None => {
                let text = format!(
                    "`{code}` is no line of `{}` in {path}, or not in this order.",
                    entry.name
                );
                report.fail(PAGE, says.line, text);
            }
        }
    }
}

/// What follows the lines that this code is, spaces aside.
fn after<'a, 'b>(lines: &'b [&'a str], code: &str) -> Option<&'b [&'a str]> {
    let squeeze = |text: &str| text.split_whitespace().collect::<String>();
    let wanted = squeeze(code);
    (0..lines.len()).find_map(|from| {
        let mut found = String::new();
        (from..lines.len()).find_map(|to| {
            found.push_str(&squeeze(lines[to]));
            (found == wanted).then(|| &lines[to + 1..])
        })
    })
}

/// Runs the programs of these dialects, and holds the entries against what they print.
fn run(project: &Project, entries: &[Entry], dialects: &[usize], report: &mut Report) {
    let mut printed: [Option<Printed>; DIALECTS.len()] = Default::default();
    for &dialect in dialects {
        match print(&project.setup, dialect) {
            Ok(text) => printed[dialect] = Some(by_entry(&text)),
            Err(error) => {
                let path = DIALECTS[dialect].path;
                report.fail(path, 1, format!("The program {error}"));
            }
        }
    }
    for (dialect, printed) in printed.iter().enumerate() {
        let Some(printed) = printed else { continue };
        for entry in entries {
            check_printed(dialect, printed, entry, report);
        }
        let is_entry = |name: &String| entries.iter().any(|entry| entry.name == *name);
        for name in printed.keys().filter(|name| !is_entry(name)) {
            let text = format!("`{name}` has no entry in the dictionary.");
            report.fail(DIALECTS[dialect].path, 1, text);
        }
    }
    for entry in entries {
        compare(&printed, entry, report);
    }
}

/// Something was printed for an entry, and what its arrow says, if it has one.
fn check_printed(dialect: usize, printed: &Printed, entry: &Entry, report: &mut Report) {
    let Some(says) = &entry.says[dialect] else { return };
    let path = DIALECTS[dialect].path;
    match (printed.get(&entry.name), says.code.is_empty()) {
        (Some(_), true) => {
            let text = format!("There is something: `{}` in {path}.", entry.name);
            report.fail(PAGE, says.line, text);
        }
        (None, true) => {}
        (None, false) => {
            let text = format!("{path} prints nothing for `{}`.", entry.name);
            report.fail(PAGE, says.line, text);
        }
        (Some(there), false) => {
            if let Some(here) = says.prints.as_ref().filter(|here| *here != there) {
                let text = format!(
                    "`{}` prints something else in {path}.\n      recorded: {}\n      \
                     printed:  {}",
                    entry.name,
                    shown(here),
                    shown(there)
                );
                report.fail(PAGE, says.line, text);
            }
        }
    }
}

/// Where an entry has no arrows, every dialect prints what the first of them does.
fn compare(
    printed: &[Option<Printed>; DIALECTS.len()],
    entry: &Entry,
    report: &mut Report,
) {
    let mut first: Option<(usize, &Vec<String>)> = None;
    for (dialect, printed) in printed.iter().enumerate() {
        let Some(says) = &entry.says[dialect] else { continue };
        let Some(there) = printed.as_ref().and_then(|it| it.get(&entry.name)) else {
            continue;
        };
        match first {
            _ if says.prints.is_some() => {}
            None => first = Some((dialect, there)),
            Some((_, here)) if here == there => {}
            Some((other, here)) => {
                let text = format!(
                    "The two do not do the same; mend one, or say what they print \
                     (` → `).\n      {}: {}\n      {}: {}",
                    DIALECTS[other].name,
                    shown(here),
                    DIALECTS[dialect].name,
                    shown(there)
                );
                report.fail(PAGE, says.line, text);
            }
        }
    }
}

/// Lines as the page has them.
fn shown(lines: &[String]) -> String {
    lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join(" ")
}

/// What a program prints. The error is the end of a sentence.
fn print(setup: &Setup, dialect: usize) -> Result<String, String> {
    if dialect == ASYNCIO {
        return python::print(setup, vec![DIALECTS[ASYNCIO].path.to_owned()]);
    }
    let mut options: Vec<&str> = Vec::new();
    if dialect == TOKIO {
        // Where `.ci/run` builds that package, too.
        options.extend(["--manifest-path", "benches/Cargo.toml"]);
        options.extend(["--target-dir", "target/peers"]);
    } else {
        options.extend(profile(false));
    }
    options.extend(["--example", "dictionary"]);
    // Building takes its time; what is run may not.
    let mut build = process::Command::new(&setup.cargo);
    build.args(["build", "--quiet"]).args(&options).current_dir(&setup.root);
    let built = build.output().map_err(|error| format!("cannot be built: {error}."))?;
    if !built.status.success() {
        let error = String::from_utf8_lossy(&built.stderr);
        return Err(format!("cannot be built:\n{}", error.trim_end()));
    }
    let cargo = setup.cargo.to_string_lossy();
    let words = [&*cargo, "run", "--quiet"].into_iter().chain(options);
    let words: Vec<String> = words.map(str::to_owned).collect();
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

/// Takes apart what a program printed: `# name` stands above what an entry printed.
fn by_entry(text: &str) -> Printed {
    let mut printed = Printed::new();
    let mut name = String::new();
    for line in text.lines() {
        match line.strip_prefix("# ") {
            Some(heading) => name = heading.to_owned(),
            None => printed.entry(name.clone()).or_default().push(line.to_owned()),
        }
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_name_functions() {
        for (heading, name) in [
            ("run", "run"),
            ("wait_for(0)", "wait_for_0"),
            ("gather, an error", "gather_an_error"),
            ("except CancelledError", "except_cancellederror"),
        ] {
            assert_eq!(function_name(heading), name);
        }
    }

    #[test]
    fn code_is_whole_lines_spaces_aside() {
        let lines = ["fn a() {", "    let b = c", "        .d();", "    e();", "}"];
        let left = |code| after(&lines, code).map(<[_]>::len);
        assert_eq!(left("let b = c.d();"), Some(2));
        assert_eq!(left("e();"), Some(1));
        assert_eq!(left("let b = c.d(); e();"), Some(1));
        assert_eq!(left("let b = c"), Some(3));
        assert_eq!(left("b = c.d();"), None);
        assert_eq!(left("e()"), None);
    }
}
