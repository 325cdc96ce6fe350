//! Mainspring beside tokio, smol and monoio: the same work, in one run.

#![deny(unsafe_op_in_unsafe_fn)]

mod epoll;
mod goal;
mod meter;
mod options;
mod peers;
mod runner;
mod table;
mod work;

use std::process::ExitCode;

use options::{Command, Options};
use peers::Name;

/// No measurement takes so many seconds, unless a runtime hangs.
const LONGEST: u32 = 60;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match options::parse(&arguments) {
        Ok(Command::Help) => {
            print!("{}", options::HELP);
            list();
            Ok(())
        }
        Ok(Command::Compare(options)) => compare(&options),
        Ok(Command::Measure { row, peer, count }) => measure(&row, peer, count),
        Ok(Command::Serve { peer, server }) => serve(peer, &server),
        Err(error) => Err(format!("{error}\n`--help` lists rows and options")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn list() {
    for row in work::rows() {
        println!("  {:<19} {} ({})", row.name, row.title, row.unit);
    }
}

/// Measures one cell of the table in this process, and prints a number.
fn measure(row: &str, peer: Name, count: usize) -> Result<(), String> {
    let rows = work::rows();
    let row = rows.iter().find(|other| other.name == row);
    let row = row.ok_or("there is no such row")?;
    meter::give_up_after(LONGEST);
    println!("{}", (row.measure)(peer, count)?);
    Ok(())
}

/// Runs a server in this process, for as long as it is measured.
fn serve(peer: Name, server: &str) -> Result<(), String> {
    meter::give_up_after(LONGEST);
    work::serve(peer, server)
}

/// Measures all, and prints the table.
fn compare(options: &Options) -> Result<(), String> {
    if cfg!(debug_assertions) {
        return Err(
            "this build is not optimised and its numbers would mean nothing: run it \
                    with `--release`"
                .into(),
        );
    }
    let table = runner::run(options)?;
    print!("{}", table.text());
    let files = [(&options.json, table.json()), (&options.markdown, table.markdown())];
    for (path, content) in files {
        if let Some(path) = path {
            std::fs::write(path, content).map_err(|error| format!("{path}: {error}"))?;
            eprintln!("written: {path}");
        }
    }
    Ok(())
}
