//! Who waits, in their order, and what each has been given.
//!
//! A waiter comes with a *request* (so many permits; an item that wants a place in a queue)
//! and waits in line until it is *granted* something (nothing more than its turn; an item out
//! of a queue). Then it leaves the line, is woken, and what it was given lies in its seat until its task
//! runs. So a turn is handed over and not announced: nobody else can take it in between.
//!
//! A future that is dropped leaves the list. Had it been given something, that is handed
//! back, for whoever made the list to pass it on: nothing gets lost.
//!
//! Seats lie in a slab, and those in line are linked to each other by their numbers, as the
//! timers of a wheel are: to join, to be first, and to leave from the middle are a few steps each,
//! however many there are.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use crate::task::{Note, Sleeper, context};

/// No seat: the link of the line's ends.
const NONE: usize = usize::MAX;

/// Those who wait for something, first in, first out.
pub(super) struct Waiters<R, G>(RefCell<Line<R, G>>);

struct Line<R, G> {
    seats: Slab<Seat<R, G>>,
    first: usize,
    last: usize,
    len: usize,
}

/// A seat is in line, or has been granted something.
struct Seat<R, G> {
    /// None when it is not in line.
    waiter: Option<(R, Sleeper)>,
    /// What it was given, until its future takes it.
    grant: Option<G>,
    previous: usize,
    next: usize,
}

impl<R, G> Waiters<R, G> {
    pub(super) const fn new() -> Self {
        Self(RefCell::new(Line { seats: Slab::new(), first: NONE, last: NONE, len: 0 }))
    }

    /// How many are in line.
    pub(super) fn len(&self) -> usize {
        self.0.borrow().len
    }

    /// Looks at the request of the first in line, if there is one.
    pub(super) fn first<A>(&self, look: impl FnOnce(&R) -> A) -> Option<A> {
        let line = self.0.borrow();
        let (request, _) = line.seats.get(line.first)?.waiter.as_ref()?;
        Some(look(request))
    }

    /// Grants the first in line what `grant` makes of its request, and wakes it. False if
    /// nobody is in line; then `grant` is not called.
    pub(super) fn grant_first(&self, grant: impl FnOnce(R) -> G) -> bool {
        let first = self.0.borrow_mut().grant_first(grant);
        first.map(Sleeper::wake).is_some() // with nothing borrowed
    }

    /// Grants everybody who is in line at this moment, and wakes them when all have it.
    pub(super) fn grant_all(&self, grant: impl Fn(R) -> G) {
        let mut sleepers = Vec::new();
        while let Some(sleeper) = self.0.borrow_mut().grant_first(&grant) {
            sleepers.push(sleeper);
        }
        sleepers.into_iter().for_each(Sleeper::wake);
    }

    /// Waits for a turn.
    ///
    /// `take` says whether there is one already, which needs no waiting; it may take the
    /// request for that. `waits_on` is for lists of tasks. `gone` is called if the future is dropped in
    /// between, with what it had been granted, for that to be passed on.
    pub(super) async fn wait(
        &self,
        request: R,
        take: impl Fn(&mut Option<R>) -> Option<G>,
        waits_on: impl Fn() -> Note,
        gone: impl Fn(Option<G>),
    ) -> G {
        let mut request = Some(request);
        let mut place = Place { waiters: self, seat: None, gone };
        poll_fn(|cx| {
            place.waiters.poll(&mut place.seat, &mut request, &take, &waits_on, cx)
        })
        .await
    }

    /// One look at whether a turn has come. `seat` is none before the first.
    pub(super) fn poll(
        &self,
        seat: &mut Option<usize>,
        request: &mut Option<R>,
        take: impl Fn(&mut Option<R>) -> Option<G>,
        waits_on: impl Fn() -> Note,
        cx: &mut Context<'_>,
    ) -> Poll<G> {
        let grant = match *seat {
            Some(seat) => self.poll_seat(seat, cx.waker()),
            None => take(request).or_else(|| {
                let sleeper = Sleeper::of(cx.waker()); // user code, maybe, and so:
                take(request).or_else(|| {
                    let request = request.take().expect("nothing was granted for it");
                    *seat = Some(self.0.borrow_mut().join(request, sleeper));
                    None
                })
            }),
        };
        if let Some(grant) = grant {
            self.leave(seat);
            return Poll::Ready(grant);
        }
        context::ask(|executor| executor.waits_on(waits_on()));
        Poll::Pending
    }

    /// What was granted to a seat. If nothing was, it is going to be woken by this waker.
    fn poll_seat(&self, seat: usize, waker: &Waker) -> Option<G> {
        if self.look(seat, |sleeper| sleeper.is_for(waker)) == Some(false) {
            // To clone a waker is user code, and to drop the one before.
            let mut sleeper = Sleeper::of(waker);
            self.look(seat, |waiting| mem::swap(waiting, &mut sleeper));
        }
        self.0.borrow_mut().seats[seat].grant.take()
    }

    /// Looks at whom a seat in line wakes.
    fn look<A>(&self, seat: usize, look: impl FnOnce(&mut Sleeper) -> A) -> Option<A> {
        let mut line = self.0.borrow_mut();
        let (_, sleeper) = line.seats[seat].waiter.as_mut()?;
        Some(look(sleeper))
    }

    /// Gives a seat up, if there is one. Returns what was granted to it and not taken.
    pub(super) fn leave(&self, seat: &mut Option<usize>) -> Option<G> {
        let seat = self.0.borrow_mut().remove(seat.take()?);
        seat.grant // the request and the waker are dropped here, with nothing borrowed
    }
}

impl<R, G> Default for Waiters<R, G> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R, G> fmt::Debug for Waiters<R, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} waiting", self.len())
    }
}

impl<R, G> Line<R, G> {
    /// Takes a seat at the end of the line.
    fn join(&mut self, request: R, sleeper: Sleeper) -> usize {
        let previous = self.last;
        let waiter = Some((request, sleeper));
        let seat = self.seats.insert(Seat { waiter, grant: None, previous, next: NONE });
        self.link(previous, seat);
        self.last = seat;
        self.len += 1;
        seat
    }

    /// Takes the first out of the line. It keeps its seat, with what it is granted.
    fn grant_first(&mut self, grant: impl FnOnce(R) -> G) -> Option<Sleeper> {
        let first = self.seats.get_mut(self.first)?;
        let (request, sleeper) = first.waiter.take()?;
        first.grant = Some(grant(request));
        let next = first.next;
        self.link(NONE, next);
        self.len -= 1;
        Some(sleeper)
    }

    fn remove(&mut self, seat: usize) -> Seat<R, G> {
        let seat = self.seats.remove(seat);
        if seat.waiter.is_some() {
            self.link(seat.previous, seat.next);
            self.len -= 1;
        }
        seat
    }

    /// Has one seat follow another; `NONE` stands for the ends of the line.
    fn link(&mut self, previous: usize, next: usize) {
        match self.seats.get_mut(previous) {
            Some(seat) => seat.next = next,
            None => self.first = next,
        }
        match self.seats.get_mut(next) {
            Some(seat) => seat.previous = previous,
            None => self.last = previous,
        }
    }
}

/// A place in line, for as long as a future waits.
struct Place<'a, R, G, F: Fn(Option<G>)> {
    waiters: &'a Waiters<R, G>,
    /// None before it waits, and when its turn has come.
    seat: Option<usize>,
    gone: F,
}

impl<R, G, F: Fn(Option<G>)> Drop for Place<'_, R, G, F> {
    fn drop(&mut self) {
        if self.seat.is_some() {
            let grant = self.waiters.leave(&mut self.seat);
            (self.gone)(grant);
        }
    }
}
