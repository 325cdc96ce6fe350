//! HTTP for a thread: the same as for a task, where each wait keeps the thread.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::app::Response;
use crate::head::{self, Limits, Request};

/// Serves a connection until it ends, or its client is too slow, or the server is told to stop.
/// Where threads are few, it `closes` after each answer: who comes next waits for the thread.
pub fn serve(
    mut stream: &TcpStream,
    limits: &Limits,
    stop: &AtomicBool,
    closes: bool,
    app: impl Fn(&str) -> Response,
) -> io::Result<()> {
    stream.set_write_timeout(Some(limits.slow))?;
    let mut bytes = Vec::new();
    loop {
        let request = match next_request(stream, &mut bytes, limits) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(error) => {
                if let Some(apology) = head::apology(&error) {
                    stream.write_all(&apology)?;
                }
                return Err(error);
            }
        };
        let response = app(&request.path);
        let keeps_alive = request.keeps_alive && !closes && !stop.load(Ordering::Relaxed);
        stream.write_all(&head::of(&response, keeps_alive))?;
        if !keeps_alive {
            return Ok(());
        }
    }
}

fn next_request(
    stream: &TcpStream,
    bytes: &mut Vec<u8>,
    limits: &Limits,
) -> io::Result<Option<Request>> {
    if bytes.is_empty() {
        match read(stream, bytes, limits.idle) {
            Ok(count) if count > 0 => {}
            _ => return Ok(None),
        }
    }
    let deadline = Instant::now() + limits.slow;
    loop {
        if let Some(request) = head::take(bytes, limits)? {
            return Ok(Some(request));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        if read(stream, bytes, left)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Reads some more.
fn read(
    mut stream: &TcpStream,
    bytes: &mut Vec<u8>,
    longest: Duration,
) -> io::Result<usize> {
    stream.set_read_timeout(Some(longest))?;
    let mut piece = [0; 4096];
    let count = stream.read(&mut piece)?;
    bytes.extend(&piece[..count]);
    Ok(count)
}
