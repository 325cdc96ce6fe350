//! `cargo book`, the command.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use cargo_book::options::{self, Task, USAGE};
use cargo_book::say::{complain, print};
use cargo_book::{book, live};

fn run(task: Task) -> Result<()> {
    let root = || Ok::<_, anyhow::Error>(root_above(&env::current_dir()?));
    match task {
        Task::Help => print(USAGE),
        Task::Build => {
            let book = book::build(&root()?)?;
            print(&format!("{}\n", book.first_page().display()))
        }
        Task::Serve(options) => live::serve(&root()?, options),
    }
}

/// The nearest folder that holds a book: this one, or one above it. If there is none, this one.
fn root_above(folder: &Path) -> PathBuf {
    let root = folder.ancestors().find(|folder| folder.join("book.toml").is_file());
    root.unwrap_or(folder).to_owned()
}

/// Says what went wrong and returns the exit code to leave with.
fn fail(code: u8, problem: &str) -> ExitCode {
    complain(problem);
    ExitCode::from(code)
}

fn main() -> ExitCode {
    let task = match options::parse(env::args_os().skip(1)) {
        Ok(task) => task,
        Err(complaint) => return fail(2, &format!("{complaint}\n\n{USAGE}")),
    };
    match run(task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &format!("error: {error:#}")),
    }
}
