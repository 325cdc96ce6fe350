//! A saving: there is nothing left to read until the next edge, and nobody asks.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::mem;
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
        let side = self.side(direction);
        side.drained.set(false);
        let waiting = side.waiting.take();
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Somebody has read or written all that is possible now.
    pub fn drained(&self, direction: Direction) {
        self.side(direction).drained.set(true);
    }

    /// Asks the kernel, if that is worth it (`operation.call()`), and again if the call was
    /// `Interrupted`. On `WouldBlock` the operation waits, and Pending promises that it is woken.
    ///
    /// Who waits already keeps its place, and its latest waker is the one to wake.
    pub fn attempt(&self, operation: &mut Operation<'_>) -> Poll<io::Result<usize>> {
        let side = self.side(operation.direction);
        while !side.drained.get() {
            match operation.call() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    side.drained.set(true);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        }
        side.wait(operation.number, operation.waker);
        Poll::Pending
    }

    /// The operation is over, or was dropped: it waits no longer.
    pub fn leave(&self, direction: Direction, number: u64) {
        let mut waiting = self.side(direction).waiting.borrow_mut();
        let place = waiting.iter().position(|(other, _)| *other == number);
        let gone = place.map(|place| waiting.remove(place));
        drop(waiting);
        drop(gone);
    }
}

impl Side {
    /// Waits, in the place that it has, if it has one.
    fn wait(&self, number: u64, waker: &Waker) {
        let mut waker = waker.clone();
        let mut waiting = self.waiting.borrow_mut();
        match waiting.iter_mut().find(|(other, _)| *other == number) {
            Some((_, latest)) => mem::swap(latest, &mut waker),
            None => waiting.push((number, waker)),
        }
        drop(waiting); // before the waker that was there
    }
}
