//! A line of those who wait, first come, first served. It is given: what a turn is, whoever
//! has a line decides.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Waker;

/// Those who wait, and what each asks for.
pub struct Line<R> {
    seats: RefCell<VecDeque<Rc<Seat<R>>>>,
}

pub struct Seat<R> {
    request: R,
    granted: Cell<bool>,
    waker: RefCell<Waker>,
}

impl<R: Copy> Line<R> {
    pub fn new() -> Self {
        Self { seats: RefCell::default() }
    }

    /// Takes a seat at the end.
    pub fn join(&self, request: R, waker: Waker) -> Rc<Seat<R>> {
        let (granted, waker) = (Cell::new(false), RefCell::new(waker));
        let seat = Rc::new(Seat { request, granted, waker });
        self.seats.borrow_mut().push_back(Rc::clone(&seat));
        seat
    }

    /// What the first asks for.
    pub fn first(&self) -> Option<R> {
        self.seats.borrow().front().map(|seat| seat.request)
    }

    /// Gives the first its turn: it leaves the line, and is woken. False if there is none.
    pub fn grant_first(&self) -> bool {
        let Some(seat) = self.seats.borrow_mut().pop_front() else { return false };
        seat.granted.set(true);
        let waker = seat.waker.replace(Waker::noop().clone());
        waker.wake(); // with nothing borrowed
        true
    }

    /// Takes a seat out of the line, wherever it stands.
    pub fn leave(&self, seat: &Rc<Seat<R>>) {
        self.seats.borrow_mut().retain(|other| !Rc::ptr_eq(other, seat));
    }
}

impl<R> Seat<R> {
    /// Whether its turn has come.
    pub fn is_granted(&self) -> bool {
        self.granted.get()
    }

    /// From now on this waker is the one to wake.
    pub fn wakes(&self, waker: Waker) {
        let before = self.waker.replace(waker);
        drop(before); // with nothing borrowed
    }
}
