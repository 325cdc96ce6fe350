//! The programs of the chapters are those of the manifests, and every command that the
//! prose names runs something.

use std::rc::Rc;

use crate::command::{self, Command, Test};
use crate::manifest::{Manifest, WEB};
use crate::page::{Block, Located};
use crate::project::{Project, is_further_page};
use crate::report::Report;
use crate::source::Source;

pub fn check(project: &Project, report: &mut Report) {
    check_chapters(project, report);
    for path in project.files(&["chapters"], "rs") {
        if let Some(name) = example_of(&path) {
            check_program(project, &path, &name, report);
        }
    }
    let Manifest { examples, bins, heavy } = &project.manifest;
    let light = examples.iter().chain(bins).map(|program| ("Cargo.toml", program));
    let web = format!("{WEB}/Cargo.toml");
    for (manifest, program) in light.chain(heavy.iter().map(|it| (web.as_str(), it))) {
        if !project.has_file(&program.path) {
            let text = format!("`{}`: there is no {}.", program.name, program.path);
            report.fail(manifest, program.line, text);
        }
    }
    for page in project.prose() {
        let blocks =
            page.blocks.iter().filter(|block| block.info.as_deref() == Some("sh"));
        let lines: Vec<Located> = blocks.flat_map(commands).collect();
        for Located { line, text } in &lines {
            if !command::is_known(text) {
                let text = format!(
                    "`{text}` is no command that the book uses; mend it, or add it to \
                     `KNOWN` in tests/book/command.rs."
                );
                report.fail(&page.path, *line, text);
            }
        }
        for Located { line, text } in lines.into_iter().chain(page.spans.iter().cloned())
        {
            if let Err(error) = check_command(project, &text) {
                report.fail(&page.path, line, format!("`{text}`: {error}."));
            }
        }
    }
}

/// Every page stands in `SUMMARY.md`, and every chapter on the map of `README.md`.
fn check_chapters(project: &Project, report: &mut Report) {
    // What a step of the reader's executor is about is told in the terminal.
    let is_step = |path: &str| path.ends_with("/step.md");
    let in_book = |path: &&String| path.starts_with("chapters/") && !is_step(path);
    for path in project.pages.keys().filter(in_book) {
        if path != "chapters/SUMMARY.md" && !project.chapters.contains(path) {
            let text = "The page stands in no line of chapters/SUMMARY.md; add it there.";
            report.fail(path, 1, text);
        }
    }
    let Some(readme) = project.pages.get("README.md") else { return };
    let links: Vec<&str> = readme.links.iter().map(|link| link.target.as_str()).collect();
    for path in project.chapters.iter().filter(|path| !is_further_page(path)) {
        let folder = path.trim_end_matches("README.md");
        let folders = [folder, folder.trim_end_matches('/'), path];
        if !links.iter().any(|link| folders.contains(link)) {
            report.fail(
                "README.md",
                1,
                format!("The map lacks a link to {path}; add it."),
            );
        }
    }
}

/// The name of the program that a file of a chapter has to be: `ch03` for
/// `chapters/03-generators/main.rs`, `ch03-s1` for `s1_by_hand.rs`; none for other files.
fn example_of(path: &str) -> Option<String> {
    let (folder, file) = path.strip_prefix("chapters/")?.split_once('/')?;
    let number: u32 = folder.split_once('-')?.0.parse().ok()?;
    if file == "main.rs" {
        return Some(format!("ch{number:02}"));
    }
    let (stage, _) = file.strip_suffix(".rs")?.split_once('_')?;
    stage.strip_prefix('s')?.parse::<u32>().ok()?;
    Some(format!("ch{number:02}-{stage}"))
}

fn check_program(project: &Project, path: &str, name: &str, report: &mut Report) {
    let is_bin = project.manifest.bins.iter().any(|bin| bin.path == path);
    match project.manifest.program(name) {
        _ if is_bin => {}
        Some(program) if program.path == path => {}
        Some(program) => report.fail(
            path,
            1,
            format!("The program `{name}` of Cargo.toml is another file, {}.", program.path),
        ),
        None => report.fail(
            path,
            1,
            format!(
                "The program is not in Cargo.toml; add\n\n      [[example]]\n      name = \
                 \"{name}\"\n      path = \"{path}\"\n\n      there, or a [[bin]] in \
                 {WEB}/Cargo.toml if it needs crates of others."
            ),
        ),
    }
    let Some(source) = project.sources.get(path) else { return };
    let first = source.lines.first().map_or("", String::as_str);
    let sentence = first.strip_prefix("//! ").unwrap_or_default();
    if !sentence.ends_with(['.', '?']) {
        let text =
            "The first line is `//! ` and one whole sentence, which the map prints.";
        report.fail(path, 1, text);
    }
}

/// The commands of a block, each at its first line. One that goes on ends in a backslash.
fn commands(block: &Block) -> Vec<Located> {
    let mut commands = Vec::<Located>::new();
    let mut goes_on = false;
    for (n, text) in block.text.lines().enumerate() {
        let (text, more) = match text.strip_suffix('\\') {
            Some(text) => (text.trim_end(), true),
            None => (text, false),
        };
        match commands.last_mut() {
            Some(last) if goes_on => last.text += &format!(" {}", text.trim_start()),
            _ => {
                commands.push(Located { line: block.line + 1 + n, text: text.to_owned() })
            }
        }
        goes_on = more;
    }
    commands
}

fn check_command(project: &Project, line: &str) -> Result<(), String> {
    match command::parse(line)? {
        Command::Run(run) => run.program(project).map(drop),
        Command::Test(test) => check_test(project, &test),
        Command::Python(words) => match words.first() {
            Some(file) if !project.has_file(file) => Err(format!("there is no {file}")),
            _ => Ok(()),
        },
        Command::Other => Ok(()),
    }
}

/// The files of tests exist, and each filter is part of a name in them.
fn check_test(project: &Project, test: &Test) -> Result<(), String> {
    let mut places = Vec::new();
    for target in &test.targets {
        let path = format!("tests/{target}.rs");
        if !project.sources.contains_key(&path) {
            return Err(format!("there is no {path}"));
        }
        places.push(path);
    }
    if places.is_empty() {
        places.extend(["src/".to_owned(), "tests/".to_owned()]);
    } else {
        // A test's modules lie in folders beside it.
        let folders = |path: &&String| path.matches('/').count() > 1;
        places.extend(project.sources.keys().filter(folders).cloned());
    }
    let searched = |source: &&Rc<Source>| {
        places.iter().any(|place| source.path.starts_with(place.as_str()))
    };
    for filter in &test.filters {
        let names = filter.split("::").filter(|name| !name.is_empty());
        for name in names {
            let mut sources = project.sources.values().filter(searched);
            let mentions = |source: &Rc<Source>| {
                source.path.contains(name)
                    || source.code.iter().any(|&n| source.lines[n - 1].contains(name))
            };
            if !sources.any(mentions) {
                return Err(format!("no test there has `{name}` in its name"));
            }
        }
    }
    Ok(())
}
