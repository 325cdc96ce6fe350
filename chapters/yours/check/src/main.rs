//! Checks a step: `check 5.1`. Ends with 0 if all is well, with 1 and a story if not.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each chapter needs its own part"
)]

use std::process::ExitCode;

// The pieces, and as `chapter` the checks of one chapter.
include!(concat!(env!("OUT_DIR"), "/tree.rs"));

#[path = "../../../../tests/suite/mod.rs"]
mod suite;

fn main() -> ExitCode {
    let step = std::env::args().nth(1).unwrap_or_default();
    match chapter::check(&step) {
        Some(Ok(())) => {
            println!("All cases were tried."); // else a piece that ends the process was right
            ExitCode::SUCCESS
        }
        Some(Err(counterexample)) => {
            println!("{counterexample}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!("there is no check of step `{step}` in this build");
            ExitCode::from(2)
        }
    }
}
