//! What the program says, to somebody who may have gone.

use std::io::{self, ErrorKind, Write};

use anyhow::Result;

/// Prints to stdout, where a reader who has seen enough (`| head -1`) is no error.
///
/// # Errors
///
/// What else is wrong with stdout.
pub fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says on stderr what went wrong, also when nobody reads it.
pub fn complain(problem: &str) {
    let _ = writeln!(io::stderr(), "{problem}");
}
