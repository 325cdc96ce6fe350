//! `cargo book`: builds the book into `target/book` and opens it.
//!
//! The book is a stock mdBook, and `mdbook build` makes the same pages. This program is here so that a reader has to
//! install nothing, and so that no warning of mdBook goes unread: any of them fails the build.

mod book;
mod browser;
mod warnings;

use std::env;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "\
Builds the book into target/book.
The alias `cargo book` works in the root of the repository, the folder that holds book.toml.

Usage: cargo book [--open | --build]

  (nothing)  build the book and say where it is
  --open     build the book and open it in the browser
  --build    build the book, for scripts: print its first page's path alone
  --help     print this text
";

/// What the arguments ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Task {
    Tell,
    Open,
    Build,
    Help,
}

fn parse(arguments: &[String]) -> Result<Task, String> {
    match arguments {
        [] => Ok(Task::Tell),
        [one] => match one.as_str() {
            "--open" => Ok(Task::Open),
            "--build" => Ok(Task::Build),
            "--help" | "-h" => Ok(Task::Help),
            other => Err(format!("I do not know `{other}`.")),
        },
        _ => Err("One argument at a time, please.".to_owned()),
    }
}

fn run(task: Task) -> Result<()> {
    if task == Task::Help {
        return print(USAGE);
    }
    let first_page = book::build(&root_above(&env::current_dir()?))?;
    let place = first_page.display();
    match task {
        Task::Build => print(&format!("{place}\n")),
        Task::Open => {
            // First, because it is true whatever becomes of the browser.
            print(&format!("The book is built:\n{place}\n"))?;
            browser::open(&first_page)
        }
        _ => print(&format!(
            "The book is built. `cargo book --open` opens it, or open this file:\n{place}\n"
        )),
    }
}

/// The nearest folder that holds a book: this one, or one above it. If there is none, this one.
fn root_above(folder: &Path) -> PathBuf {
    let root = folder.ancestors().find(|folder| folder.join("book.toml").is_file());
    root.unwrap_or(folder).to_owned()
}

/// Prints to stdout, where a reader who has seen enough (`| head -1`) is no error.
fn print(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says on stderr what went wrong, also when nobody reads it, and returns the exit code to leave with.
fn fail(code: u8, problem: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{problem}");
    ExitCode::from(code)
}

fn main() -> ExitCode {
    let arguments = env::args_os().skip(1);
    let arguments: Vec<String> =
        arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    let task = match parse(&arguments) {
        Ok(task) => task,
        Err(complaint) => return fail(2, &format!("{complaint}\n\n{USAGE}")),
    };
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &format!("error: {error:#}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(line: &str) -> Result<Task, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn every_argument_has_its_task() {
        assert_eq!(parse_words(""), Ok(Task::Tell));
        assert_eq!(parse_words("--open"), Ok(Task::Open));
        assert_eq!(parse_words("--build"), Ok(Task::Build));
        assert_eq!(parse_words("--help"), Ok(Task::Help));
    }

    #[test]
    fn an_unknown_argument_is_named() {
        assert_eq!(parse_words("--opne"), Err("I do not know `--opne`.".to_owned()));
        assert!(parse_words("--open --build").is_err());
    }
}
