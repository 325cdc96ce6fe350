//! Commands that the prose names: what they would run.

use std::fs;

use crate::manifest::WEB;
use crate::project::Project;

/// The programs that a reader is told to run.
const KNOWN: &[&str] = &[
    "cargo", "git", "cd", "echo", "curl", "nc", "ulimit", "taskset", "chrt", "python3",
    "bash", "setpriv", "strace",
];

/// A `cargo run`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    pub release: bool,
    pub example: Option<String>,
    /// What follows `--`.
    pub args: Vec<String>,
}

/// A `cargo test`.
#[derive(Debug, Default, PartialEq)]
pub struct Test {
    /// What follows `--test`.
    pub targets: Vec<String>,
    /// The part of a name that chooses tests.
    pub filters: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub enum Command {
    Run(Run),
    Test(Test),
    /// What follows `python3`.
    Python(Vec<String>),
    /// A command that is not looked into.
    Other,
}

/// Reads a command as it stands in prose: variables before it and pipes after it do not
/// count.
pub fn parse(line: &str) -> Result<Command, String> {
    let line = line.trim().trim_start_matches("$ ");
    let end = line.find(['|', '>', '<', ';', '&', '#']).unwrap_or(line.len());
    let words: Vec<&str> =
        line[..end].split_whitespace().skip_while(is_variable).collect();
    // What is in capitals, or left open by dots, stands for something else.
    let stands_for = |word: &&str| {
        word.contains(['…', '['])
            || word.contains("...")
            || word.chars().all(|c| c.is_ascii_uppercase())
    };
    if words.iter().any(stands_for) || words.contains(&"--manifest-path") {
        return Ok(Command::Other);
    }
    match words.as_slice() {
        ["cargo", "run" | "r", rest @ ..] => parse_run(rest).map(Command::Run),
        ["cargo", "test" | "t", rest @ ..] => Ok(Command::Test(parse_test(rest))),
        ["python3", rest @ ..] => {
            let words = rest.iter().map(|word| (*word).to_owned());
            Ok(Command::Python(words.collect()))
        }
        _ => Ok(Command::Other),
    }
}

/// Whether a line of a shell begins with a program that the book uses, behind variables;
/// or is empty, or a comment.
pub fn is_known(line: &str) -> bool {
    let first = line.split_whitespace().find(|word| !is_variable(word));
    first.is_none_or(|word| word.starts_with('#') || KNOWN.contains(&word))
}

/// Whether a word sets a variable: `CASES=3`.
fn is_variable(word: &&str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

fn parse_run(words: &[&str]) -> Result<Run, String> {
    let mut run = Run::default();
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        match word {
            "--" => {
                run.args = words.map(|word| (*word).to_owned()).collect();
                break;
            }
            "--release" | "-r" => run.release = true,
            "--quiet" | "-q" => {}
            "--example" => run.example = words.next().map(|word| (*word).to_owned()),
            _ => return Err(format!("`cargo run` is not known to take `{word}`")),
        }
    }
    Ok(run)
}

fn parse_test(words: &[&str]) -> Test {
    let mut test = Test::default();
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        match word {
            "--" => break,
            "--test" => test.targets.extend(words.next().map(|word| (*word).to_owned())),
            "--features" | "-p" | "--package" | "--example" | "--bin" => {
                let _ = words.next();
            }
            word if word.starts_with('-') => {}
            word => test.filters.push(word.to_owned()),
        }
    }
    // Behind `--` stand more filters, and options of the test runner.
    let filters = words.filter(|word| !word.starts_with('-'));
    test.filters.extend(filters.map(|word| (*word).to_owned()));
    test
}

impl Run {
    /// The program that this runs, none for the map of the book, and the file of the
    /// program.
    pub fn program(&self, project: &Project) -> Result<(Option<String>, String), String> {
        let name = match (&self.example, self.args.first().map(String::as_str)) {
            (Some(name), _) if project.manifest.is_heavy(name) => {
                return Err(format!(
                    "`{name}` is a program of {WEB}; run it by its number"
                ));
            }
            (Some(name), _) => name.clone(),
            (None, None | Some("-h" | "--help" | "help" | "0" | "00")) => {
                let bin = project.manifest.bins.first();
                let bin = bin.ok_or("Cargo.toml has no [[bin]] for `cargo run`")?;
                return Ok((None, bin.path.clone()));
            }
            (None, Some("yours")) => return self.step(project),
            (None, Some(chapter)) => {
                let number: u32 = chapter
                    .parse()
                    .map_err(|_| format!("`{chapter}` is no number of a chapter"))?;
                match self.args.get(1).filter(|word| is_stage(word)) {
                    Some(stage) => format!("ch{number:02}-{stage}"),
                    None => format!("ch{number:02}"),
                }
            }
        };
        let program = project.manifest.program(&name);
        let program =
            program.ok_or_else(|| format!("Cargo.toml has no example `{name}`"))?;
        Ok((Some(name), program.path.clone()))
    }

    /// The reader's own executor: a step that is named has to be there.
    fn step(&self, project: &Project) -> Result<(Option<String>, String), String> {
        let words = self.args.iter().map(String::as_str);
        let named =
            words.skip(1).find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let steps = project.setup.root.join("chapters/yours/steps");
        let mut folders = fs::read_dir(steps).into_iter().flatten().flatten();
        match named {
            Some(step)
                if !folders.any(|folder| {
                    is_step(&folder.file_name().to_string_lossy(), step)
                }) =>
            {
                Err(format!("the reader's executor has no step `{step}`"))
            }
            _ => Ok((None, "chapters/yours/tool/src/main.rs".to_owned())),
        }
    }
}

/// Whether a folder of `steps` is that of a step: `5.1-place` of 5.1.
fn is_step(folder: &str, step: &str) -> bool {
    folder.strip_prefix(step).is_some_and(|name| name.starts_with('-'))
}

/// Whether a word names a stage, as the launcher sees it; any other is the program's.
fn is_stage(word: &str) -> bool {
    word.strip_prefix('s').is_some_and(|digits| digits.parse::<u32>().is_ok())
}
