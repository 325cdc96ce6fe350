//! A megabyte for a peer whose line is slow, and who says a word in the middle of it.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[path = "../00-introduction/cli.rs"]
mod cli;
// With `exercise.rs` in the next line it runs your `Outbox`.
#[path = "solution.rs"]
#[allow(dead_code, reason = "the other exercises are in the same file")]
mod written;
use written::{Outbox, poll};

const MEGABYTE: usize = 1 << 20;
const PIECE: usize = MEGABYTE / 16;
const PAUSE: Duration = Duration::from_millis(20);

/// What a server has done: its polls, and when it heard the peer's word.
type Served = (usize, Instant);

fn write_all(mut socket: UnixStream) -> io::Result<Served> {
    socket.write_all(&[0; MEGABYTE])?;
    socket.read_exact(&mut [0])?;
    let heard = Instant::now();
    socket.read_to_end(&mut Vec::new())?;
    Ok((0, heard))
}

fn by_outbox(mut socket: UnixStream, asks_always: bool) -> io::Result<Served> {
    socket.set_nonblocking(true)?;
    let mut outbox = Outbox::new();
    outbox.push(&[0; MEGABYTE]);
    let (mut polls, mut heard) = (0, None);
    loop {
        let is_full = match outbox.flush(&mut socket) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => true,
            outcome => outcome.map(|()| false)?,
        };
        let room = if is_full || asks_always { libc::POLLOUT } else { 0 };
        wait(&socket, libc::POLLIN | room)?;
        polls += 1;
        match socket.read(&mut [0]) {
            Ok(0) => return Ok((polls, heard.expect("it has said its word"))),
            Ok(_) => heard = Some(Instant::now()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// Sleeps until the socket has something of this.
fn wait(socket: &UnixStream, events: i16) -> io::Result<()> {
    poll(&mut [libc::pollfd { fd: socket.as_raw_fd(), events, revents: 0 }])
}

/// Takes a piece after each pause, says a word in the middle, and stays for ten pauses.
fn peer(mut socket: UnixStream) -> JoinHandle<io::Result<Instant>> {
    thread::spawn(move || {
        let mut said = Instant::now();
        for piece in 1..=16 {
            thread::sleep(PAUSE);
            socket.read_exact(&mut [0; PIECE])?;
            if piece == 8 {
                said = Instant::now();
                socket.write_all(b"!")?;
            }
        }
        thread::sleep(10 * PAUSE);
        Ok(said)
    })
}

fn row(
    name: &str,
    serve: impl FnOnce(UnixStream) -> io::Result<Served>,
) -> io::Result<()> {
    let (near, far) = UnixStream::pair()?;
    let peer = peer(far);
    let (polls, heard) = serve(near)?;
    let said = peer.join().expect("the peer does not panic")?;
    let late = heard.saturating_duration_since(said).as_millis();
    println!("{name:<20} {polls:>8} {late:>6} ms");
    Ok(())
}

fn rows() -> io::Result<()> {
    println!("{:<20} {:>8} {:>9}", "", "polls", "late");
    row("write_all", write_all)?;
    row("room if it is full", |socket| by_outbox(socket, false))?;
    row("room always", |socket| by_outbox(socket, true))
}

fn main() -> ExitCode {
    cli::options(&[]);
    match rows() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::fail(1, &format!("the sockets failed: {error}")),
    }
}
