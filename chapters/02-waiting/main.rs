//! Four ways to wait for one answer, and what each costs.

#![allow(
    clippy::duplicate_mod,
    dead_code,
    reason = "each stage is a whole program with its own `measure` and its own `main`"
)]

use std::process::ExitCode;

#[path = "measure.rs"]
mod measure;
#[path = "s1_blocking_synchronous.rs"]
mod s1;
#[path = "s2_nonblocking_synchronous.rs"]
mod s2;
#[path = "s3_blocking_asynchronous.rs"]
mod s3;
#[path = "s4_nonblocking_asynchronous.rs"]
mod s4;

fn main() -> ExitCode {
    measure::table(|times| {
        s1::rows(times)?;
        s2::rows(times)?;
        s3::rows(times)?;
        s4::rows(times)
    })
}
