//! Rounds of measurements, each in a process of its own, as in the big comparison: within a
//! round each work is done by all of them, one right after the other, and the next round
//! begins with another.

use std::io::{IsTerminal, stderr};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use crate::meter::median;
use crate::peers::Name;
use crate::work::{WORKS, Work};

/// A work, and what each took for it.
pub struct Row {
    pub work: Work,
    pub cells: Vec<(Name, Cell)>,
}

/// A number a round, in nanoseconds, or why there is none.
pub enum Cell {
    Values(Vec<f64>),
    Failed(String),
}

impl Row {
    /// The middle of all rounds.
    pub fn nanoseconds(&self, peer: Name) -> Result<f64, &str> {
        match self.cells.iter().find(|(name, _)| *name == peer) {
            Some((_, Cell::Values(values))) => Ok(median(&mut values.clone())),
            Some((_, Cell::Failed(error))) => Err(error),
            None => Err("it was not measured"),
        }
    }
}

/// Measures all. `divisor` makes each measurement shorter.
pub fn run(rounds: usize, divisor: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = WORKS.into_iter().map(row).collect();
    for round in 0..rounds {
        for row in &mut rows {
            progress(&format!("round {} of {rounds}: {}", round + 1, row.work.name));
            let width = row.cells.len();
            for turn in 0..width {
                let at = (round + turn) % width;
                measure_again(row, at, divisor);
            }
        }
    }
    progress("");
    rows
}

fn row(work: Work) -> Row {
    let all = [Name::Yours, Name::Mainspring, Name::Tokio].into_iter();
    let all = all.chain(work.savings.iter().copied());
    let cells = all.map(|name| (name, Cell::Values(Vec::new()))).collect();
    Row { work, cells }
}

/// Adds one measurement. What has failed is not tried again, and without savings it does
/// not have to be tried with them.
fn measure_again(row: &mut Row, at: usize, divisor: usize) {
    let is_saving = row.work.savings.contains(&row.cells[at].0);
    if is_saving && matches!(row.cells[0].1, Cell::Failed(_)) {
        return;
    }
    let (peer, cell) = &mut row.cells[at];
    if let Cell::Values(values) = cell {
        match measure(row.work.name, *peer, row.work.count / divisor) {
            Ok(value) => values.push(value),
            Err(error) => *cell = Cell::Failed(error),
        }
    }
}

/// Runs this program again for one number.
fn measure(work: &str, peer: Name, count: usize) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program)
        .args(["--measure", work, peer.text(), &count.to_string()])
        .env("RUST_BACKTRACE", "0")
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.signal() == Some(libc::SIGALRM) {
        return Err("it does not come to an end".into());
    }
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        // Of a panic the first line says where, and the second one what.
        let line = lines.find(|line| !line.contains("panicked at"));
        return Err(line.map_or(output.status.to_string(), str::to_owned));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| format!("`{}` is no number", text.trim()))
}

/// A line that the next one takes the place of.
fn progress(line: &str) {
    if stderr().is_terminal() {
        eprint!("\r\x1b[K{line}");
    }
}
