//! Chapter 08, solved: what `repair.rs` can become.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::mem;
use std::task::{Poll, Waker};

use crate::suite::stream::{Direction, Event, Operation, Source};

/// The repair: what has been heard once is not forgotten. The kernel may tell of the last bytes
/// and of the end by one edge, and there is no second. It is noted whether or not anybody waits,
/// and before anybody is woken, who may read in the very wake.
#[derive(Default)]
pub struct Thrifty {
    read: Side,
    write: Side,
    heard_end: Cell<bool>,
}

/// One direction of the socket.
#[derive(Default)]
struct Side {
    /// An attempt has said `WouldBlock`, and no edge has come since.
    drained: Cell<bool>,
    /// Those who wait, in the order in which they came: their numbers, and their wakers.
    waiting: RefCell<Vec<(u64, Waker)>>,
}

impl Side {
    /// Waits, in the place that it has, if it has one.
    fn wait(&self, number: u64, waker: &Waker) {
        // To clone a waker is code of others, and so is to drop the one before: it is in
        // `waker` at the end, which is dropped after the borrow.
        let mut waker = waker.clone();
        let mut waiting = self.waiting.borrow_mut();
        match waiting.iter_mut().find(|(other, _)| *other == number) {
            Some((_, latest)) => mem::swap(latest, &mut waker),
            None => waiting.push((number, waker)),
        }
    }
}

impl Thrifty {
    fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        }
    }

    /// Whether a read that got so much shows that nothing is left to hear.
    fn is_all(&self, operation: &Operation<'_>, count: usize) -> bool {
        let is_short = 0 < count && count < operation.room;
        operation.short_is_all && is_short && !self.heard_end.get()
    }
}

impl Source for Thrifty {
    const SPARES: bool = true;

    fn note(&self, event: Event) {
        if event.end {
            self.heard_end.set(true);
        }
        for direction in [Direction::Read, Direction::Write] {
            if event.is_for(direction) {
                let side = self.side(direction);
                side.drained.set(false);
                let waiting = side.waiting.take();
                waiting.into_iter().for_each(|(_, waker)| waker.wake());
            }
        }
    }

    fn attempt(&self, operation: &mut Operation<'_>) -> Poll<io::Result<usize>> {
        let side = self.side(operation.direction);
        while !side.drained.get() {
            match operation.call() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    side.drained.set(true);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(count) if self.is_all(operation, count) => {
                    side.drained.set(true);
                    return Poll::Ready(Ok(count));
                }
                result => return Poll::Ready(result),
            }
        }
        side.wait(operation.number, operation.waker);
        Poll::Pending
    }

    fn leave(&self, direction: Direction, number: u64) {
        let mut waiting = self.side(direction).waiting.borrow_mut();
        let place = waiting.iter().position(|(other, _)| *other == number);
        let gone = place.map(|place| waiting.remove(place));
        drop(waiting);
        drop(gone);
    }
}
