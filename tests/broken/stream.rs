//! A source whose every decision can be replaced by a wrong one.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::marker::PhantomData;
use std::task::{Poll, Waker};

use crate::suite::stream::{Direction, Event, Operation, Source};

/// Who waits for a direction, in order, each by the number of its operation.
pub type Waiters = RefCell<Vec<(u64, Waker)>>;

/// One direction of a socket.
#[derive(Default)]
pub struct Side {
    /// Nothing is left, until an event says otherwise.
    pub drained: Cell<bool>,
    pub waiters: Waiters,
    /// How many operations have had a first attempt, for those who do not try at first.
    pub seen: Cell<u64>,
}

/// The decisions that a source takes, each with nothing borrowed while a waker is cloned,
/// woken or dropped.
pub trait Parts: 'static {
    /// Whether an operation is tried at all.
    fn may_try(side: &Side, _number: u64) -> bool {
        !side.drained.get()
    }

    /// Whether the kernel is asked again after such an error.
    fn tries_again(error: &io::Error) -> bool {
        error.kind() == ErrorKind::Interrupted
    }

    /// Whether so many bytes show that nothing is left. If the end has been heard of there is
    /// always something: no other event will tell.
    fn is_all(operation: &Operation<'_>, count: usize, heard_end: bool) -> bool {
        operation.short_is_all && 0 < count && count < operation.room && !heard_end
    }

    /// An edge: everybody gets another try.
    fn note(side: &Side) {
        side.drained.set(false);
        Self::wake(&side.waiters);
    }

    /// Wakes whoever waits.
    fn wake(waiters: &Waiters) {
        let waiters = waiters.take();
        waiters.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Waits, in the place that it has, if it has one.
    fn wait(waiters: &Waiters, number: u64, waker: &Waker) {
        let waker = waker.clone();
        let mut all = waiters.borrow_mut();
        let before = match all.iter_mut().find(|(other, _)| *other == number) {
            Some((_, place)) => Some(std::mem::replace(place, waker)),
            None => {
                all.push((number, waker));
                None
            }
        };
        drop(all);
        drop(before);
    }

    /// Takes along what was left.
    fn leave(waiters: &Waiters, number: u64) {
        let mut all = waiters.borrow_mut();
        let place = all.iter().position(|(other, _)| *other == number);
        let gone = place.map(|place| all.remove(place));
        drop(all);
        drop(gone);
    }

    /// The side of a direction.
    fn side(sides: &[Side; 2], direction: Direction) -> &Side {
        &sides[direction as usize]
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

/// A source that takes the decisions of `P`.
pub struct Sides<P> {
    sides: [Side; 2],
    heard_end: Cell<bool>,
    parts: PhantomData<P>,
}

impl<P> Default for Sides<P> {
    fn default() -> Self {
        Self {
            sides: Default::default(),
            heard_end: Cell::new(false),
            parts: PhantomData,
        }
    }
}

impl<P: Parts> Source for Sides<P> {
    const SPARES: bool = true;

    fn note(&self, event: Event) {
        self.heard_end.set(self.heard_end.get() || event.end);
        for direction in [Direction::Read, Direction::Write] {
            if event.is_for(direction) {
                P::note(P::side(&self.sides, direction));
            }
        }
    }

    fn attempt(&self, operation: &mut Operation<'_>) -> Poll<io::Result<usize>> {
        let side = P::side(&self.sides, operation.direction);
        while P::may_try(side, operation.number) {
            match operation.call() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    side.drained.set(true);
                    break;
                }
                Err(error) if P::tries_again(&error) => {}
                result => {
                    let count = *result.as_ref().unwrap_or(&0);
                    if P::is_all(operation, count, self.heard_end.get()) {
                        side.drained.set(true);
                    }
                    return Poll::Ready(result);
                }
            }
        }
        P::wait(&side.waiters, operation.number, operation.waker);
        Poll::Pending
    }

    fn leave(&self, direction: Direction, number: u64) {
        P::leave(&P::side(&self.sides, direction).waiters, number);
    }
}
