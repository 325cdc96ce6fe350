//! Room for one more child, and who waits for it.
//!
//! A group has no width of its own: whoever spawns says within which. The widest find room
//! first, and so those who wait stand in that order, and those of one width in the order in
//! which they came. Where the first finds no room nobody does.
//!
//! A place is taken when somebody is *called* for it, and not only when the child is there:
//! nobody passes by. Whoever gives a place back calls the next, be it a child that is gone or
//! one who was called and goes away; so no place gets lost.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll};

use crate::task::{Sleeper, context};

/// The places of a group.
#[derive(Default)]
pub(super) struct Room {
    /// How many places are taken, by children and by those who are about to spawn one.
    taken: Cell<usize>,
    /// Nobody has to wait any more: a child would be refused.
    is_over: Cell<bool>,
    /// In the order in which they are called.
    waiting: RefCell<BTreeMap<Wish, Sleeper>>,
    /// How many wishes there have been.
    wishes: Cell<u64>,
}

/// The width within which somebody wants to spawn, the widest first, and its number.
type Wish = (Reverse<usize>, u64);

impl Room {
    /// Waits until fewer than `width` places are taken, and takes one. It is given back when
    /// it is dropped.
    pub(super) async fn within(&self, width: usize) -> Place<'_> {
        let number = self.wishes.replace(self.wishes.get() + 1);
        let mut place =
            Place { room: self, wish: (Reverse(width), number), asked: false };
        poll_fn(|cx| place.poll(cx)).await;
        place
    }

    /// Takes a place, whether there is room or not.
    pub(super) fn take(&self) {
        self.taken.update(|taken| taken + 1);
    }

    /// Gives a place back, and the first who waits is called for it.
    pub(super) fn give_back(&self) {
        self.taken.update(|taken| taken - 1);
        self.call();
    }

    /// Calls everybody, since whatever they spawn is refused.
    pub(super) fn end(&self) {
        self.is_over.set(true);
        self.call();
    }

    /// Calls those who wait, as far as there is room.
    fn call(&self) {
        while let Some(sleeper) = self.call_first() {
            sleeper.wake(); // user code, maybe, with nothing borrowed
        }
    }

    fn call_first(&self) -> Option<Sleeper> {
        let mut waiting = self.waiting.borrow_mut();
        let first = waiting.first_entry()?;
        self.try_take(*first.key()).then(|| first.remove())
    }

    /// Takes a place, if there is room.
    fn try_take(&self, (Reverse(width), _): Wish) -> bool {
        let has_room = self.taken.get() < width || self.is_over.get();
        self.taken.update(|taken| taken + usize::from(has_room));
        has_room
    }
}

/// A place that somebody has, or waits for.
pub(super) struct Place<'a> {
    room: &'a Room,
    wish: Wish,
    /// It has asked. From then on it is in line, or the place is taken.
    asked: bool,
}

impl Place<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let sleeper = Sleeper::of(cx.waker()); // user code, maybe, and so before the look
        let is_taken = match mem::replace(&mut self.asked, true) {
            true => !self.room.waiting.borrow().contains_key(&self.wish),
            false => self.room.try_take(self.wish),
        };
        if is_taken {
            return Poll::Ready(());
        }
        let before = self.room.waiting.borrow_mut().insert(self.wish, sleeper);
        drop(before); // user code, maybe
        context::ask(|executor| executor.waits_on("a place in a group"));
        Poll::Pending
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let sleeper = self.room.waiting.borrow_mut().remove(&self.wish);
        if self.asked && sleeper.is_none() {
            self.room.give_back();
        }
    }
}
