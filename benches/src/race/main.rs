//! The reader's executor beside the library and tokio, at the same work: `cargo run -- yours
//! race`.

#![deny(unsafe_op_in_unsafe_fn)]

#[path = "../../../chapters/00-introduction/cli.rs"]
mod cli;
// Of what it shares with the big comparison it needs a part.
#[allow(dead_code)]
#[path = "../epoll.rs"]
mod epoll;
#[allow(dead_code)]
#[path = "../meter.rs"]
mod meter;
#[allow(dead_code)]
mod peers;
mod runner;
mod screen;
#[allow(dead_code)]
mod work;

/// The pieces, and once more for each saving. What could be said of the reader's is not the
/// race's to say.
#[allow(unused, clippy::all)]
mod yours {
    include!(concat!(env!("OUT_DIR"), "/yours.rs"));
}

use std::process::ExitCode;

use peers::Name;
use screen::wrapped;

const HELP: &str = "\
Your executor beside the library and tokio, at the same work.

  cargo run -- yours race            about half a minute
  cargo run -- yours race --quick    a few seconds, and less exact
";

const SAVINGS: &str = "\
Where your executor spends its time: with the savings of the workshops, each on top of those \
above it, at the work for which it matters. What changes by less than a twentieth may be the \
machine's other work.";

/// No measurement takes so many seconds, unless somebody hangs.
const LONGEST: u32 = 10;

fn main() -> ExitCode {
    let arguments = cli::arguments();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words[..] {
        [] => race(9, 1),
        ["--quick"] => race(3, 4),
        ["--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        // What this program asks of itself, in processes of their own.
        ["--measure", work, peer, count] => measure(work, peer, count),
        ["--serve", "echo", peer] => serve(peer),
        [word, ..] => {
            eprint!("unknown argument `{word}`\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn race(rounds: usize, divisor: usize) -> Result<(), String> {
    if cfg!(debug_assertions) {
        return Err("this build is not optimised: run it with `--release`".into());
    }
    let width = screen::width();
    let pieces = match env!("YOURS_PIECES").split_once(" of ") {
        Some(("0", _)) => "The solutions stand in for all of its pieces.".to_owned(),
        Some((own, all)) if own == all => format!("All its {all} pieces are yours."),
        _ => format!(
            "{} pieces are yours, the solutions stand in for the others.",
            env!("YOURS_PIECES")
        ),
    };
    let about = format!(
        "Your executor beside the library and tokio. {pieces} Processor time of one \
         operation, the median of {rounds} rounds, and how many times the library's it is. \
         Shorter is better."
    );
    println!("{}", wrapped(&about, width));
    let rows = runner::run(rounds, divisor);
    print!("{}", screen::race(&rows, width));
    if rows.iter().any(|row| row.nanoseconds(Name::Yours).is_err()) {
        let text =
            "Is a piece not done? `cargo run -- yours` shows them, and checks each.";
        println!("{}", wrapped(text, width));
    }
    let savings = screen::savings(&rows, width);
    if !savings.is_empty() {
        println!("{}", wrapped(SAVINGS, width));
        print!("{savings}");
        let told = "Each is told, by these words, on a page of its chapter:";
        print!("{}{}", wrapped(told, width), screen::pages());
    }
    Ok(())
}

/// Measures one of them at one work in this process, and prints a number.
fn measure(work: &str, peer: &str, count: &str) -> Result<(), String> {
    let work = work::WORKS.into_iter().find(|other| other.name == work);
    let work = work.ok_or("there is no such work")?;
    let peer = Name::parse(peer).ok_or("nobody is called so")?;
    let count = count.parse().map_err(|_| "how often is a number")?;
    meter::give_up_after(LONGEST);
    println!("{}", (work.measure)(peer, count)?);
    Ok(())
}

/// Runs a server in this process, for as long as it is measured.
fn serve(peer: &str) -> Result<(), String> {
    meter::give_up_after(LONGEST);
    work::serve(Name::parse(peer).ok_or("nobody is called so")?)
}
