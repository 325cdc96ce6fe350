//! What `exercise.rs` and `repair.rs` can become.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

/// Keeps what a non-blocking sink has not taken yet.
#[derive(Debug)]
pub struct Outbox {
    bytes: VecDeque<u8>,
}

impl Outbox {
    /// An empty outbox.
    pub fn new() -> Outbox {
        Outbox { bytes: VecDeque::new() }
    }

    /// Adds bytes behind those that are still to go.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Writes as much as the sink takes: `Ok` if nothing is left.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if the sink is full; what it has not taken is kept for the next call.
    /// `WriteZero` if it takes nothing and gives no error. Its other errors are passed on,
    /// but for `Interrupted`, after which the write is tried again.
    pub fn flush(&mut self, sink: &mut impl Write) -> io::Result<()> {
        while !self.bytes.is_empty() {
            // A deque lies in memory in two parts; the second has its turn in the next
            // round. What the sink took is gone before anything else can fail.
            let (next, _) = self.bytes.as_slices();
            match sink.write(next) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(taken) => drop(self.bytes.drain(..taken)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Sleeps until at least one of the sockets has something to read, or has come to its end,
/// and says which have: their places in the slice, in order.
///
/// # Errors
///
/// Those of `poll`.
pub fn ready(sockets: &[UnixStream]) -> io::Result<Vec<usize>> {
    let want_to_read = |socket: &UnixStream| libc::pollfd {
        fd: socket.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    let mut list: Vec<libc::pollfd> = sockets.iter().map(want_to_read).collect();
    poll(&mut list)?;
    let readable = |index: &usize| list[*index].revents & libc::POLLIN != 0;
    Ok((0..list.len()).filter(readable).collect())
}

/// `poll(2)`: sleeps until one file of the list has what is wanted of it in `events`, and
/// notes what each has in its `revents`.
///
/// # Errors
///
/// Those of the call, and `TimedOut` after a second, so that a mistake does not wait forever.
pub fn poll(list: &mut [libc::pollfd]) -> io::Result<()> {
    let length = libc::nfds_t::try_from(list.len()).expect("a list fits into memory");
    // SAFETY: the pointer is to `length` pollfds, which the call alone uses meanwhile.
    match unsafe { libc::poll(list.as_mut_ptr(), length, 1_000) } {
        -1 => Err(io::Error::last_os_error()),
        0 => Err(ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}

/// Cuts what comes from a non-blocking source into lines.
#[derive(Debug)]
pub struct LineReader {
    /// What has been read and not been looked at.
    buffer: VecDeque<u8>,
    /// The beginning of the line whose end has not come yet.
    line: Vec<u8>,
}

impl LineReader {
    /// A reader that has read nothing yet.
    pub fn new() -> LineReader {
        LineReader { buffer: VecDeque::new(), line: Vec::new() }
    }

    /// The next line without its newline, or `None` at the end of the source.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if the line is not there yet: call again later. The source's other
    /// errors are passed on, but for `Interrupted`. No error loses a byte.
    pub fn next_line(&mut self, source: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
        while let Some(byte) = self.next_byte(source)? {
            if byte == b'\n' {
                return Ok(Some(mem::take(&mut self.line)));
            }
            self.line.push(byte);
        }
        let last = mem::take(&mut self.line);
        Ok(if last.is_empty() { None } else { Some(last) })
    }

    /// The next byte, or `None` at the end; reads when the buffer is empty.
    fn next_byte(&mut self, source: &mut impl Read) -> io::Result<Option<u8>> {
        while self.buffer.is_empty() {
            let mut piece = [0; 1024];
            match source.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(length) => self.buffer.extend(&piece[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.buffer.pop_front())
    }
}
