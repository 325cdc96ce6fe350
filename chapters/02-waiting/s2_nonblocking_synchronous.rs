//! Non-blocking and synchronous: asks again and again, and does nothing else.

use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

#[path = "measure.rs"]
mod measure;
use measure::{Desk, Times};

fn wait(
    mut socket: UnixStream,
    desk: &mut Desk,
    pause: Option<Duration>,
) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    while !ask(&mut socket, desk)? {
        if let Some(pause) = pause {
            thread::sleep(pause);
        }
    }
    desk.answered();

    while desk.work() {}
    Ok(())
}

/// Asks for the answer and returns at once: false if it is not there yet.
fn ask(socket: &mut UnixStream, desk: &mut Desk) -> io::Result<bool> {
    desk.asks += 1;
    match socket.read_exact(&mut [0]) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}

pub(crate) fn rows(times: Times) -> io::Result<()> {
    measure::heading("2 non-blocking, synchronous")?;
    measure::row("no pause", times, |socket, desk| wait(socket, desk, None))?;
    let pause = Duration::from_millis(30);
    let name = format!("every {} ms", pause.as_millis());
    measure::row(&name, times, |socket, desk| wait(socket, desk, Some(pause)))
}

fn main() -> ExitCode {
    measure::table(rows)
}
