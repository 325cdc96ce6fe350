//! Chapter 08, yours to write: what is kept with a socket, so that tasks can wait for it.

use std::cell::{Cell, RefCell};
use std::io;
use std::task::{Poll, Waker};

use crate::suite::stream::{Direction, Event, Operation, Source};

/// The exercise: a socket that loses no event, and forgets nobody.
///
/// Epoll tells each edge once, to `note`. A task that reads or writes comes to `attempt` at
/// each of its polls. An operation that is over, or was dropped, says so to `leave`.
#[derive(Default)]
pub struct Readiness {
    read: Side,
    write: Side,
}

/// One direction of the socket.
#[derive(Default)]
struct Side {
    /// An attempt has said `WouldBlock`, and no edge has come since.
    drained: Cell<bool>,
    /// Those who wait, in the order in which they came: their numbers, and their wakers.
    waiting: RefCell<Vec<(u64, Waker)>>,
}

impl Readiness {
    fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        }
    }
}

impl Source for Readiness {
    fn note(&self, event: Event) {
        for direction in [Direction::Read, Direction::Write] {
            if event.is_for(direction) {
                let _side = self.side(direction);
                // Yours: each attempt is worth it again, and whoever waits is woken.
            }
        }
    }

    fn attempt(&self, operation: &mut Operation<'_>) -> Poll<io::Result<usize>> {
        let side = self.side(operation.direction);
        if !side.drained.get() {
            // Yours: `operation.call()` asks the kernel. What it says is the result, but for
            // two kinds of errors: `Interrupted` means to ask again, and `WouldBlock` that
            // there is nothing until the next edge.
        }
        // Yours: wait, by `operation.number`, with a clone of `operation.waker`. Who waits
        // already keeps its place, and has the new waker woken.
        Poll::Pending
    }

    fn leave(&self, direction: Direction, _number: u64) {
        let _waiting = &self.side(direction).waiting;
        // Yours: it waits no longer.
    }
}
