//! A join that polls all of its children at each wake, and how often that is.

#[path = "../00-introduction/cli.rs"]
mod cli;
mod counter;
mod poll_all;

use poll_all::join_all;

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    counter::table(10_000, join_all)
}
