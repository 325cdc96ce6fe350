//! What the programs of this chapter share: their options, their errors, their output.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::process::ExitCode;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Why a program ends early.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// It was called in a way it does not know; exit code 2.
    Usage(String),
    /// Something that it needs could not be had; exit code 1.
    Failed(String),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Problem::Failed(error.to_string())
    }
}

/// The options that the user gave: `--name value`, in any order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options(BTreeMap<String, String>);

impl Options {
    /// Reads `--name value` pairs; `known` are the names that there are.
    ///
    /// # Errors
    ///
    /// A word that is no known option, an option without its value, or one given twice.
    pub fn parse(
        args: impl IntoIterator<Item = String>,
        known: &[&str],
    ) -> Result<Self, Problem> {
        let mut given = BTreeMap::new();
        let mut args = args.into_iter();
        while let Some(word) = args.next() {
            let Some(name) = word.strip_prefix("--").filter(|name| known.contains(name))
            else {
                return Err(Problem::Usage(format!("unknown argument `{word}`")));
            };
            let Some(value) = args.next() else {
                return Err(Problem::Usage(format!("`{word}` needs a value")));
            };
            if given.insert(name.to_owned(), value).is_some() {
                return Err(Problem::Usage(format!("`{word}` is given twice")));
            }
        }
        Ok(Options(given))
    }

    /// The value of an option, if it was given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of an option as a whole number, or its default.
    ///
    /// # Errors
    ///
    /// The value is no whole number or not in the range.
    pub fn number(
        &self,
        name: &str,
        default: u32,
        range: RangeInclusive<u32>,
    ) -> Result<u32, Problem> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            let (least, most) = range.into_inner();
            Problem::Usage(format!(
                "`--{name}` takes a whole number from {least} to {most}, not `{text}`"
            ))
        })
    }
}

/// Runs a program: reads its options, and turns a problem into a message and an exit code.
pub fn run(
    usage: &str,
    known: &[&str],
    program: impl FnOnce(&Options) -> Result<(), Problem>,
) -> ExitCode {
    let args = cli::arguments();
    let outcome = if args.iter().any(|word| word == "--help" || word == "-h") {
        print(&format!("{usage}\n"))
    } else {
        Options::parse(args, known).and_then(|options| program(&options))
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Problem::Usage(text)) => cli::fail(2, &format!("{text}\n\n{usage}")),
        Err(Problem::Failed(text)) => cli::fail(1, &text),
    }
}

/// Prints to stdout, where a reader who has seen enough (`| head -3`) is no error.
///
/// # Errors
///
/// Stdout cannot be written to for another reason.
pub fn print(text: &str) -> Result<(), Problem> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
