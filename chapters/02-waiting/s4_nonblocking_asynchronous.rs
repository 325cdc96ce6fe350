//! Non-blocking and asynchronous: goes on, comes back, and needs to be told when.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsRawFd;
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
    until_next_time: impl Fn(&UnixStream) -> io::Result<()>,
) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    while !ask(&mut socket, desk)? {
        if !desk.work() {
            until_next_time(&socket)?;
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

/// Sleeps until the kernel has something for us to read from the socket.
fn poll(socket: &UnixStream) -> io::Result<()> {
    let mut waiting =
        libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: the pointer is to one pollfd of ours, and 1 is how many there are.
    while unsafe { libc::poll(&raw mut waiting, 1, -1) } == -1 {
        let error = io::Error::last_os_error();
        if error.kind() != ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok(())
}

pub(crate) fn rows(times: Times) -> io::Result<()> {
    measure::heading("4 non-blocking, asynchronous")?;
    measure::row("no pause", times, |socket, desk| wait(socket, desk, |_| Ok(())))?;
    let pause = Duration::from_millis(30);
    let name = format!("every {} ms", pause.as_millis());
    measure::row(&name, times, |socket, desk| {
        wait(socket, desk, |_| {
            thread::sleep(pause);
            Ok(())
        })
    })?;
    measure::row("after poll", times, |socket, desk| wait(socket, desk, poll))
}

fn main() -> ExitCode {
    measure::table(rows)
}
