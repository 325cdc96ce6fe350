//! How every program of the book begins: it looks at its arguments, and is prepared for a
//! reader who has seen enough.

// Each program has use for some of it.
#![allow(dead_code)]

use std::io::{self, Write};
use std::process::{self, ExitCode};
use std::{env, panic};

/// For programs whose options are single words, or that have none: those that were given.
/// Any other argument ends the program.
pub fn options(known: &[&str]) -> Vec<String> {
    let given = arguments();
    if let Some(word) = given.iter().find(|word| !known.contains(&word.as_str())) {
        let accepted = match known {
            [] => "This program takes no arguments.".to_owned(),
            _ => format!("This program takes only: {}", known.join(", ")),
        };
        note(&format!("unknown argument `{word}`\n{accepted}"));
        process::exit(2);
    }
    given
}

/// For programs that read their options themselves: all arguments. One that is not UTF-8
/// ends the program.
pub fn arguments() -> Vec<String> {
    end_with_the_reader();
    let text = |word: std::ffi::OsString| {
        word.into_string().unwrap_or_else(|word| {
            note(&format!("the argument `{}` is not UTF-8", word.display()));
            process::exit(2)
        })
    };
    env::args_os().skip(1).map(text).collect()
}

/// Says on stderr what went wrong, and returns the exit code to leave with: 2 for a command
/// that was typed wrong, 1 for anything else.
pub fn fail(code: u8, problem: &str) -> ExitCode {
    note(problem);
    ExitCode::from(code)
}

/// Says something on stderr. Unlike `eprintln!` it does not panic when nobody reads it.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// `println!` panics when nobody reads stdout any more, as in `cargo run -- 3 | head -1`.
/// From now on the program ends then, which is no error, before it unwinds. Other panics
/// go to the hook that was there.
fn end_with_the_reader() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        if message.is_some_and(|text| text.starts_with(NOBODY_READS)) {
            process::exit(0);
        }
        report(panic);
    }));
}

/// How `println!` begins its complaint; tests/programs.rs holds that it still does.
const NOBODY_READS: &str = "failed printing to stdout: Broken pipe";
