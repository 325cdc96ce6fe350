//! 8.1 The source: what is kept with a socket, so that tasks can wait for it.

use std::cell::{Cell, RefCell};
use std::io;
use std::task::{Poll, Waker};

use super::operation::{Direction, Operation};

/// Both directions of a socket.
#[derive(Default)]
pub struct Source {
    read: Side,
    write: Side,
}

/// One direction.
#[derive(Default)]
struct Side {
    /// An attempt has said `WouldBlock`, and no edge has come since.
    drained: Cell<bool>,
    /// Those who wait, in the order in which they came: their numbers, and their wakers.
    waiting: RefCell<Vec<(u64, Waker)>>,
}

impl Source {
    fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        }
    }

    /// The kernel has told an edge. Each attempt is worth it again, and whoever waits is woken,
    /// in order.
    ///
    /// It borrows nothing while it wakes: who is woken may come back at once.
    pub fn note(&self, direction: Direction) {
        let _ = &self.side(direction).drained; // Yours.
    }

    /// Asks the kernel, if that is worth it (`operation.call()`), and again if the call was
    /// `Interrupted`. On `WouldBlock` the operation waits, and Pending promises that it is woken.
    ///
    /// Who waits already keeps its place, and its latest waker is the one to wake.
    pub fn attempt(&self, operation: &mut Operation<'_>) -> Poll<io::Result<usize>> {
        let side = self.side(operation.direction);
        if !side.drained.get() {
            // Yours: `operation.call()`.
        }
        Poll::Pending // Yours: and who waits?
    }

    /// The operation is over, or was dropped: it waits no longer.
    pub fn leave(&self, direction: Direction, number: u64) {
        let _ = (&self.side(direction).waiting, number); // Yours.
    }
}
