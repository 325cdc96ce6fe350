//! Blocking and synchronous: one `read`, in which the program stands still.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

#[path = "measure.rs"]
mod measure;
use measure::{Desk, Times};

fn wait(mut socket: UnixStream, desk: &mut Desk) -> io::Result<()> {
    desk.asks += 1;
    socket.read_exact(&mut [0])?;
    desk.answered();

    while desk.work() {}
    Ok(())
}

pub(crate) fn rows(times: Times) -> io::Result<()> {
    measure::heading("1 blocking, synchronous")?;
    measure::row("in read", times, wait)
}

fn main() -> ExitCode {
    measure::table(rows)
}
