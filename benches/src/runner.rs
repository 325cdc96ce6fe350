//! Rounds of measurements, each in a process of its own.
//!
//! A process of its own, because much outlives a runtime: what the allocator keeps, the
//! threads and thread-locals of a runtime, what the branch predictor has learnt of another
//! one's code. Rounds, because the machine's other work comes and goes: within a round
//! each row is measured on every peer, one right after the other, and the next round
//! begins with another peer, so that a slow second hits all of them alike.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use crate::options::Options;
use crate::peers::Name;
use crate::table::{Cell, Line, Table};
use crate::work::Row;

pub fn run(options: &Options) -> Result<Table, String> {
    let mut lines: Vec<Line> =
        options.rows.iter().map(|row| line(row, options)).collect();
    for round in 0..options.rounds {
        for (line, row) in lines.iter_mut().zip(&options.rows) {
            eprint!("\r\x1b[Kround {} of {}: {}", round + 1, options.rounds, row.name);
            let width = line.cells.len();
            for turn in 0..width {
                let (peer, cell) = &mut line.cells[(round + turn) % width];
                fill(cell, row, *peer, options.divisor);
            }
        }
    }
    eprintln!("\r\x1b[K{} rounds done", options.rounds);
    Ok(Table { lines, rounds: options.rounds, divisor: options.divisor })
}

fn line(row: &Row, options: &Options) -> Line {
    let has = |peer: &Name| row.columns.contains(peer);
    let peers = options.peers.iter().copied().filter(has);
    Line {
        name: row.name,
        title: row.title,
        unit: row.unit,
        goal: row.goal,
        cells: peers.map(|peer| (peer, Cell::Values(Vec::new()))).collect(),
    }
}

/// Adds one measurement. A peer that cannot be measured is not tried again.
fn fill(cell: &mut Cell, row: &Row, peer: Name, divisor: usize) {
    if let Cell::Values(values) = cell {
        match measure(row.name, peer, (row.count / divisor).max(1)) {
            Ok(value) => values.push(value),
            Err(error) => {
                eprintln!("\r\x1b[K{} on {}: {error}", row.name, peer.text());
                *cell = Cell::Failed(error);
            }
        }
    }
}

/// Runs this program again for one cell of the table.
fn measure(row: &str, peer: Name, count: usize) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program)
        .args(["--measure", row, peer.text(), &count.to_string()])
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.signal() == Some(libc::SIGALRM) {
        return Err("it does not come to an end".into());
    }
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let first = text.lines().find(|line| !line.trim().is_empty());
        return Err(first.map_or(output.status.to_string(), |line| line.trim().into()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| format!("`{}` is no number", text.trim()))
}
