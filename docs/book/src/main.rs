//! `cargo book`: builds the book into `target/book` and opens it.
//!
//! The book is a stock mdBook, and `mdbook build` makes the same pages. This program is here so that a reader has to
//! install nothing, and so that no warning of mdBook goes unread: any of them fails the build.

mod book;
mod browser;
mod warnings;

use std::env;
use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "\
Builds the book into target/book. Run it in the root of the repository.

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
        print!("{USAGE}");
        return Ok(());
    }
    let first_page = book::build(&env::current_dir()?)?;
    let place = first_page.display();
    match task {
        Task::Build => println!("{place}"),
        Task::Open => {
            // First, because it is true whatever becomes of the browser.
            println!("The book is built:\n{place}");
            browser::open(&first_page)?;
        }
        _ => println!(
            "The book is built. `cargo book --open` opens it, or open this file:\n{place}"
        ),
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let task = match parse(&arguments) {
        Ok(task) => task,
        Err(complaint) => {
            eprint!("{complaint}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
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
