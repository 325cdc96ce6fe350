//! What runs on the reader's executor: `programs --list`, `programs NAME [ARGUMENTS]`.

#![allow(dead_code, unused_imports, reason = "each program needs its own part")]

use std::process::ExitCode;
use std::time::Duration;
use std::{env, io, panic, process, thread};

// The pieces.
include!(concat!(env!("OUT_DIR"), "/pieces.rs"));

#[path = "../../../00-introduction/cli.rs"]
mod cli;

/// A program ends well, or says why not.
type End = Result<(), String>;

struct Program {
    name: &'static str,
    /// The steps that it stands on.
    needs: &'static str,
    /// Its source: the first line says what it is about.
    source: &'static str,
    run: fn(&[String]) -> End,
}

macro_rules! programs {
    ($($name:ident $needs:literal)*) => {
        mod programs {
            $(pub mod $name;)*
        }

        const PROGRAMS: &[Program] = &[$(Program {
            name: stringify!($name),
            needs: $needs,
            source: include_str!(concat!("programs/", stringify!($name), ".rs")),
            run: programs::$name::run,
        }),*];
    };
}

programs! {
    exhibition "3.3"
    thinking "3.3"
    callbacks "4.1 4.2"
    alarms "5.1 5.2 5.3"
    kettles "6.1 6.2 6.3"
    greetings "4.1 4.2 5.1 5.2 5.3 6.1 6.2 6.3 7.1 7.2 7.3 7.4"
    chess "4.1 4.2 5.1 5.2 5.3 6.1 6.2 6.3 7.1 7.2 7.3 7.4"
    echo "4.1 4.2 5.1 5.2 5.3 6.1 6.2 6.3 7.1 7.2 7.3 7.4 8.1"
    many "4.1 4.2 5.1 5.2 5.3 6.1 6.2 6.3 7.1 7.2 7.3 7.4 10.1"
    crawl "4.1 4.2 5.1 5.2 5.3 6.1 6.2 6.3 7.1 7.2 7.3 7.4 10.1"
    tickets "4.1 4.2 5.1 5.2 5.3 6.1 6.2 6.3 7.1 7.2 7.3 7.4 10.1 11.1"
    hash "4.1 4.2 5.1 5.2 5.3 6.1 6.2 6.3 7.1 7.2 7.3 7.4 12.1"
}

/// How long a program may take; `MAINSPRING_HANG` says another number of seconds.
const LONGEST: u64 = 10;

fn main() -> ExitCode {
    let arguments = cli::arguments();
    let Some((name, arguments)) = arguments.split_first() else {
        return cli::fail(2, &format!("which program? There are:\n{}", list()));
    };
    if name == "--list" {
        print!("{}", list());
        return ExitCode::SUCCESS;
    }
    let Some(program) = PROGRAMS.iter().find(|program| program.name == name) else {
        let list = list();
        return cli::fail(
            2,
            &format!("there is no program `{name}`. There are:\n{list}"),
        );
    };
    if let Some(problem) = refusal(program, arguments) {
        return cli::fail(2, &problem);
    }
    if arguments.is_empty() {
        watch(name.clone());
    }
    match panic::catch_unwind(|| (program.run)(arguments)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(problem)) => cli::fail(1, &format!("{problem}\n{ASK}")),
        Err(_) => cli::fail(1, &format!("`{name}` has panicked.\n{ASK}")),
    }
}

/// What is wrong with a program's arguments: only the echo server takes some.
fn refusal(program: &Program, arguments: &[String]) -> Option<String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let unknown = match (program.name, &words[..]) {
        (_, []) | ("echo", ["--serve"]) => return None,
        ("echo", ["--serve", port]) if port.parse::<u16>().is_ok() => return None,
        ("echo", ["--serve", port]) => return Some(format!("`{port}` is no port")),
        ("echo", ["--serve", _, word, ..]) | (_, [word, ..]) => word,
    };
    let takes = match program.name {
        "echo" => "`--serve`, and then a port if you want to choose one",
        _ => "no arguments",
    };
    Some(format!("unknown argument `{unknown}`\n`{}` takes {takes}.", program.name))
}

const ASK: &str =
    "Is a piece that it stands on not done? `cargo run -- yours` shows them.";

/// The lines that `--list` prints: name, last step, what it is about.
fn list() -> String {
    let line = |program: &Program| {
        let about = program.source.lines().next().unwrap_or_default();
        let about = about.trim_start_matches("//! ");
        format!("{}\t{}\t{about}\n", program.name, program.needs)
    };
    PROGRAMS.iter().map(line).collect()
}

/// Ends the program if it does not end by itself.
fn watch(name: String) {
    let seconds = env::var("MAINSPRING_HANG").ok().and_then(|text| text.parse().ok());
    let seconds = seconds.unwrap_or(LONGEST);
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(seconds));
        let unit = if seconds == 1 { "second" } else { "seconds" };
        cli::note(&format!("`{name}` has not ended after {seconds} {unit}.\n{ASK}"));
        process::exit(1)
    });
}

/// Text for what the system says, in a program that cannot go on then.
fn text(error: io::Error) -> String {
    format!("the system says: {error}")
}
