//! Epoll, bare: for the clients of the servers, and for the server without a runtime.

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

/// How many events one wait brings at most.
const ROOM: usize = 1024;

/// Descriptors that are watched for something to read, edge-triggered, each under a number.
pub struct Epoll {
    fd: OwnedFd,
    events: Box<[libc::epoll_event]>,
}

impl Epoll {
    pub fn new() -> io::Result<Self> {
        // SAFETY: takes no memory.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd == -1 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has opened `fd` this moment, and nobody else knows it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(Self {
            fd,
            events: vec![libc::epoll_event { events: 0, u64: 0 }; ROOM].into(),
        })
    }

    pub fn watch(&self, fd: impl AsFd, number: usize) -> io::Result<()> {
        let events = (libc::EPOLLIN | libc::EPOLLRDHUP | libc::EPOLLET) as u32;
        let mut event = libc::epoll_event { events, u64: number as u64 };
        let (epoll, fd) = (self.fd.as_raw_fd(), fd.as_fd().as_raw_fd());
        // SAFETY: the kernel copies `event` before it returns.
        match unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &raw mut event) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    /// Waits, and returns the numbers of those that can be read.
    pub fn wait(&mut self) -> io::Result<impl Iterator<Item = usize>> {
        let (epoll, events) = (self.fd.as_raw_fd(), self.events.as_mut_ptr());
        // SAFETY: the kernel writes at most `ROOM` events, and there is room for as many.
        let count = unsafe { libc::epoll_wait(epoll, events, ROOM as i32, -1) };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        Ok(self.events[..count].iter().map(|event| event.u64 as usize))
    }
}
