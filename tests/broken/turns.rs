//! A semaphore whose every decision can be replaced by a wrong one.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::suite::turns::{Permit, Permits};

#[derive(Default)]
pub struct State {
    pub permits: usize,
    pub line: VecDeque<u64>,
    pub seats: BTreeMap<u64, Seat>,
    last: u64,
}

pub struct Seat {
    pub count: usize,
    pub waker: Waker,
    pub is_granted: bool,
}

impl State {
    /// Takes who is at this place of the line out, and has its waker woken.
    pub fn grant(&mut self, place: usize) -> Waker {
        let number = self.line.remove(place).expect("somebody is there");
        let seat = self.seats.get_mut(&number).expect("it has a seat");
        self.permits -= seat.count;
        seat.is_granted = true;
        seat.waker.clone()
    }

    /// Whether there is enough for who is at this place of the line.
    pub fn suffices(&self, place: usize) -> bool {
        let number = self.line.get(place);
        number.is_some_and(|number| self.seats[number].count <= self.permits)
    }
}

/// The decisions that a semaphore takes.
pub trait Parts: 'static {
    /// Whether somebody who comes has no need to wait.
    fn may_take(state: &State, count: usize) -> bool {
        state.line.is_empty() && state.permits >= count
    }

    fn stand_in_line(state: &mut State, number: u64) {
        state.line.push_back(number);
    }

    /// A future that waits is polled again.
    fn keep(seat: &mut Seat, waker: &Waker) {
        seat.waker = waker.clone();
    }

    /// Whether the turn of who waits has come.
    fn has_turn(state: &mut State, number: u64) -> bool {
        state.seats[&number].is_granted
    }

    /// There are more permits, or others at the front of the line: whom to wake?
    fn serve(state: &mut State) -> Vec<Waker> {
        let mut woken = Vec::new();
        while state.suffices(0) {
            woken.push(state.grant(0));
        }
        woken
    }

    /// Somebody is gone whose turn had not come, or had.
    fn gone(state: &mut State, seat: &Seat) -> Vec<Waker> {
        if seat.is_granted {
            state.permits += seat.count;
        }
        Self::serve(state)
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

pub struct Semaphore<P>(RefCell<State>, PhantomData<P>);

impl<P: Parts> Semaphore<P> {
    pub fn made(permits: usize) -> Rc<dyn Permits> {
        let state = State { permits, ..State::default() };
        Rc::new(Self(RefCell::new(state), PhantomData))
    }

    fn take(&self, count: usize) -> bool {
        let mut state = self.0.borrow_mut();
        let may = P::may_take(&state, count);
        if may {
            state.permits -= count;
        }
        may
    }

    fn held(self: Rc<Self>, count: usize) -> Permit {
        Box::new(Held { semaphore: self, count })
    }
}

impl<P: Parts> Permits for Semaphore<P> {
    fn acquire(self: Rc<Self>, count: usize) -> Pin<Box<dyn Future<Output = Permit>>> {
        Box::pin(Acquire { semaphore: self, count, number: None })
    }

    fn try_acquire(self: Rc<Self>, count: usize) -> Option<Permit> {
        self.take(count).then(|| self.held(count))
    }

    fn add(&self, count: usize) {
        let woken = {
            let mut state = self.0.borrow_mut();
            state.permits += count;
            P::serve(&mut state)
        };
        woken.into_iter().for_each(Waker::wake);
    }
}

struct Held<P: Parts> {
    semaphore: Rc<Semaphore<P>>,
    count: usize,
}

impl<P: Parts> Drop for Held<P> {
    fn drop(&mut self) {
        self.semaphore.add(self.count);
    }
}

struct Acquire<P: Parts> {
    semaphore: Rc<Semaphore<P>>,
    count: usize,
    number: Option<u64>,
}

impl<P: Parts> Future for Acquire<P> {
    type Output = Box<dyn Any>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit> {
        let semaphore = Rc::clone(&self.semaphore);
        let Some(number) = self.number else {
            if semaphore.take(self.count) {
                return Poll::Ready(semaphore.held(self.count));
            }
            let mut state = semaphore.0.borrow_mut();
            state.last += 1;
            let number = state.last;
            let waker = cx.waker().clone();
            let seat = Seat { count: self.count, waker, is_granted: false };
            state.seats.insert(number, seat);
            P::stand_in_line(&mut state, number);
            self.number = Some(number);
            return Poll::Pending;
        };
        let mut state = semaphore.0.borrow_mut();
        if P::has_turn(&mut state, number) {
            state.seats.remove(&number);
            self.number = None;
            drop(state);
            return Poll::Ready(semaphore.held(self.count));
        }
        P::keep(state.seats.get_mut(&number).expect("it has a seat"), cx.waker());
        Poll::Pending
    }
}

impl<P: Parts> Drop for Acquire<P> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let woken = {
            let mut state = self.semaphore.0.borrow_mut();
            state.line.retain(|other| *other != number);
            let seat = state.seats.remove(&number).expect("it has a seat");
            P::gone(&mut state, &seat)
        };
        woken.into_iter().for_each(Waker::wake);
    }
}
