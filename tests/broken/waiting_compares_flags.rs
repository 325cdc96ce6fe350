//! Takes the flags that `poll` notes for one number: a socket with another flag beside
//! `POLLIN`, as at its end, is never ready.

use std::io::{self, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

pub fn ready(sockets: &[UnixStream]) -> io::Result<Vec<usize>> {
    let want_to_read = |socket: &UnixStream| libc::pollfd {
        fd: socket.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    let mut list: Vec<libc::pollfd> = sockets.iter().map(want_to_read).collect();
    poll(&mut list)?;
    let readable = |index: &usize| list[*index].revents == libc::POLLIN;
    Ok((0..list.len()).filter(readable).collect())
}

pub fn poll(list: &mut [libc::pollfd]) -> io::Result<()> {
    let length = libc::nfds_t::try_from(list.len()).expect("a list fits into memory");
    // SAFETY: the pointer is to `length` pollfds, which the call alone uses meanwhile.
    match unsafe { libc::poll(list.as_mut_ptr(), length, 1_000) } {
        -1 => Err(io::Error::last_os_error()),
        0 => Err(ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}
