//! An attempt to read or to write. It is given.

use std::io;
use std::task::Waker;

/// Which way the bytes go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Read,
    Write,
}

/// What a task wants of a socket.
pub struct Operation<'a> {
    pub direction: Direction,
    /// No two that wait have the same.
    pub number: u64,
    /// Wakes the task.
    pub waker: &'a Waker,
    /// The system call.
    pub call: &'a mut dyn FnMut() -> io::Result<usize>,
}

impl Operation<'_> {
    /// Asks the kernel: how many bytes it took or gave, or an error.
    pub fn call(&mut self) -> io::Result<usize> {
        (self.call)()
    }
}
