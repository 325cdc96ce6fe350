//! `cargo run -- yours`: the steps of the reader's own executor, and the check of each.

mod book;
mod cargo;
mod check;
mod diff;
mod help;
mod judge;
mod keep;
mod list;
mod programs;
mod say;
mod steps;
mod system;
mod watch;

use std::env;
use std::process::ExitCode;

use book::Book;
use steps::{Step, Steps};

const USAGE: &str = "\
usage: cargo run -- yours                   the steps, and the next one
       cargo run -- yours STEP              check a step: 5.1 (or its name: place)
       cargo run -- yours next              check the next one
       cargo run -- yours --watch [STEP]    check at each save, step after step
       cargo run -- yours STEP --hint       a hint; each time one more
       cargo run -- yours STEP --solution   the solution stands in; yours is kept
       cargo run -- yours STEP --again      as it was handed out; yours is kept
       cargo run -- yours STEP --mine       what you wrote before that, again
       cargo run -- yours --diff [STEP]     what you added, and what ours has instead
       cargo run -- yours run [PROGRAM]     run a program on your executor
       cargo run -- yours race              race it against others";

/// How a command ends: what it means to a shell is in [`main`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    Right,
    NotYet,
    /// The reader has saved something else meanwhile.
    Stale,
}

/// Why a command came to nothing.
pub enum Problem {
    /// It was typed wrong.
    Use(String),
    /// Something is not as it should be: a file that cannot be read, no cargo.
    Fault(String),
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Problem::Fault(text)
    }
}

fn main() -> ExitCode {
    match obey(env::args_os().skip(1)) {
        Ok(End::Right) => ExitCode::SUCCESS,
        Ok(End::NotYet | End::Stale) => ExitCode::from(1),
        Err(Problem::Fault(text)) => fail(1, &text),
        Err(Problem::Use(text)) => fail(2, &text),
    }
}

/// Says on stderr what went wrong, and returns the exit code to leave with.
fn fail(code: u8, problem: &str) -> ExitCode {
    say::note(&format!("yours: {problem}\n"));
    ExitCode::from(code)
}

/// What one can ask of a step, or of the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Check,
    Hint,
    Solution,
    Again,
    Mine,
    Diff,
    Watch,
}

fn obey(args: impl Iterator<Item = std::ffi::OsString>) -> Result<End, Problem> {
    let args: Vec<String> = args
        .map(|word| {
            word.into_string().map_err(|word| {
                Problem::Use(format!("the argument `{}` is not UTF-8", word.display()))
            })
        })
        .collect::<Result<_, _>>()?;
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    if let ["-h" | "--help" | "help"] = words[..] {
        say::print(&format!("{USAGE}\n"));
        return Ok(End::Right);
    }
    let steps = Steps::read(Book::find()?)?;
    match words[..] {
        [] => list::show(&steps),
        ["run", ..] => programs::run(&steps, &words[1..]),
        ["race", ..] => programs::race(&steps, &words[1..]),
        _ => {
            let (wish, word) = wish(&words)?;
            let step = match word {
                None | Some("next") => None,
                Some(word) => Some(steps.find(word)?),
            };
            grant(&steps, wish, step)
        }
    }
}

/// What is wished for, and the word that names a step: `5.1 --hint`, `--hint 5.1`, `--hint`.
fn wish<'a>(words: &[&'a str]) -> Result<(Wish, Option<&'a str>), Problem> {
    let mut wish = Wish::Check;
    let mut step = None;
    for &word in words {
        let wished = match word {
            "--hint" => Wish::Hint,
            "--solution" => Wish::Solution,
            "--again" => Wish::Again,
            "--mine" => Wish::Mine,
            "--diff" => Wish::Diff,
            "--watch" => Wish::Watch,
            _ if step.is_none() && !word.starts_with('-') => {
                step = Some(word);
                continue;
            }
            _ => {
                return Err(Problem::Use(format!("unknown argument `{word}`\n{USAGE}")));
            }
        };
        if wish != Wish::Check {
            return Err(Problem::Use(format!("one thing at a time, please\n{USAGE}")));
        }
        wish = wished;
    }
    Ok((wish, step))
}

/// Does it, for the step that was named, or for the one that comes next.
fn grant(steps: &Steps, wish: Wish, named: Option<&Step>) -> Result<End, Problem> {
    match (wish, named) {
        (Wish::Watch, _) => return watch::watch(steps, named),
        (Wish::Diff, _) => return diff::show(steps, named),
        _ => {}
    }
    let Some(step) = named.or_else(|| steps.next(None)) else {
        list::show_the_end(steps);
        return Ok(End::Right);
    };
    match wish {
        Wish::Hint => help::hint(steps, step),
        Wish::Solution => help::solution(steps, step),
        Wish::Again => help::again(steps, step),
        Wish::Mine => help::mine(steps, step),
        _ => check::check(steps, step),
    }
}
