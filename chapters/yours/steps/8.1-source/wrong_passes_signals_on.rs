//! Wrong: a signal is an error.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::mem;
use std::task::{Poll, Waker};

use super::operation::{Direction, Operation};

#[derive(Default)]
pub struct Source {
    read: Side,
    write: Side,
}

#[derive(Default)]
struct Side {
    drained: Cell<bool>,
    waiting: RefCell<Vec<(u64, Waker)>>,
}

impl Source {
    fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        }
    }

    pub fn note(&self, direction: Direction) {
        let side = self.side(direction);
        side.drained.set(false);
        let waiting = side.waiting.take();
        waiting.into_iter().for_each(|(_, waker)| waker.wake());
    }

    pub fn attempt(&self, operation: &mut Operation<'_>) -> Poll<io::Result<usize>> {
        let side = self.side(operation.direction);
        while !side.drained.get() {
            match operation.call() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    side.drained.set(true);
                }
                result => return Poll::Ready(result),
            }
        }
        side.wait(operation.number, operation.waker);
        Poll::Pending
    }

    pub fn leave(&self, direction: Direction, number: u64) {
        let mut waiting = self.side(direction).waiting.borrow_mut();
        let place = waiting.iter().position(|(other, _)| *other == number);
        let gone = place.map(|place| waiting.remove(place));
        drop(waiting);
        drop(gone);
    }
}

impl Side {
    fn wait(&self, number: u64, waker: &Waker) {
        let mut waker = waker.clone();
        let mut waiting = self.waiting.borrow_mut();
        match waiting.iter_mut().find(|(other, _)| *other == number) {
            Some((_, latest)) => mem::swap(latest, &mut waker),
            None => waiting.push((number, waker)),
        }
        drop(waiting);
    }
}
