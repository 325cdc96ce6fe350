//! What the arguments ask for.

use std::ffi::OsString;

use lexopt::Arg::{Long, Short};
use lexopt::{Parser, ValueExt};

pub const USAGE: &str = "\
Builds the book into target/book and serves it on this machine, until Ctrl-C.
The alias `cargo book` works in the root of the repository, the folder that holds book.toml.

Usage: cargo book [--open] [--watch] [--port N]
       cargo book --build

  --open     open the book in the browser
  --watch    build it anew when a file of it changes, and reload its pages
  --port N   listen at port N, or the next one that is free; without it 3000
  --build    only build the book, for scripts: print its first page's path alone
  --help     print this text
";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    Help,
    Build,
    Serve(Options),
}

/// How to serve the book.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Where to listen, or where to begin to look for a port that is free.
    pub port: u16,
    pub open: bool,
    pub watch: bool,
}

impl Default for Options {
    /// The port is that of stock mdBook.
    fn default() -> Self {
        Self { port: 3000, open: false, watch: false }
    }
}

/// Reads the arguments, which begin after the program's name.
///
/// # Errors
///
/// What is wrong with them, as a sentence.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Task, String> {
    let mut arguments = Parser::from_args(arguments);
    let mut options = Options::default();
    let mut builds = false;
    while let Some(argument) = arguments.next().map_err(sentence)? {
        match argument {
            Long("help") | Short('h') => return Ok(Task::Help),
            Long("build") => builds = true,
            Long("open") => options.open = true,
            Long("watch") => options.watch = true,
            Long("port") => options.port = port(&mut arguments).map_err(sentence)?,
            other => return Err(sentence(other.unexpected())),
        }
    }
    match builds {
        false => Ok(Task::Serve(options)),
        true if options == Options::default() => Ok(Task::Build),
        true => Err("`--build` serves nothing and goes with nothing.".to_owned()),
    }
}

fn port(arguments: &mut Parser) -> Result<u16, lexopt::Error> {
    arguments.value()?.parse()
}

fn sentence(error: lexopt::Error) -> String {
    match error {
        lexopt::Error::UnexpectedOption(option) => format!("I do not know `{option}`."),
        lexopt::Error::UnexpectedArgument(word) => {
            format!("I do not know `{}`.", word.to_string_lossy())
        }
        error => format!("I do not understand that: {error}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn every_argument_has_its_task() {
        let plain = Options::default();
        assert_eq!(parse_words(""), Ok(Task::Serve(plain)));
        let all = Options { port: 80, open: true, watch: true };
        assert_eq!(parse_words("--watch --port 80 --open"), Ok(Task::Serve(all)));
        assert_eq!(
            parse_words("--port=0"),
            Ok(Task::Serve(Options { port: 0, ..plain }))
        );
        assert_eq!(parse_words("--build"), Ok(Task::Build));
        assert_eq!(parse_words("--help"), Ok(Task::Help));
        assert_eq!(parse_words("--open -h"), Ok(Task::Help));
    }

    #[test]
    fn an_argument_that_makes_no_sense_is_named() {
        let complaint = |line| parse_words(line).expect_err(line);
        assert_eq!(complaint("--opne"), "I do not know `--opne`.");
        assert_eq!(complaint("open"), "I do not know `open`.");
        assert!(complaint("--open --build").contains("--build"));
        assert!(complaint("--port 65536").contains("65536"));
        assert!(complaint("--port").contains("--port"));
        assert!(complaint("--open=yes").contains("--open"));
    }
}
