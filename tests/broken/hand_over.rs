//! A semaphore whose every decision can be replaced by a wrong one. With one permit it is a
//! lock.

use std::cell::Cell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

#[path = "../../chapters/11-taking-turns/line.rs"]
pub mod line;

use crate::suite::hand_over;
use line::{Line, Seat};

/// The decisions that it takes.
pub trait Parts: Sized + 'static {
    /// What becomes of permits that are given back.
    fn release(semaphore: &Semaphore<Self>, count: usize) {
        semaphore.free.set(semaphore.free.get() + count);
        semaphore.serve();
    }

    /// Whether a wait whose seat is this one is over.
    fn is_over(seat: &Rc<Seat<usize>>, _: &Semaphore<Self>, _: usize) -> bool {
        seat.is_granted()
    }

    /// Whether a new one may go on at once.
    fn may_pass(semaphore: &Semaphore<Self>, count: usize) -> bool {
        semaphore.line.first().is_none() && count <= semaphore.free.get()
    }

    /// What is done when somebody goes away whose turn it was.
    fn pass_on(semaphore: &Semaphore<Self>, count: usize) {
        Self::release(semaphore, count);
    }

    /// What is done when somebody has gone away who waited.
    fn after_leaving(semaphore: &Semaphore<Self>) {
        semaphore.serve();
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

pub struct Semaphore<P> {
    pub free: Cell<usize>,
    pub line: Line<usize>,
    parts: PhantomData<P>,
}

impl<P: Parts> hand_over::Permits for Semaphore<P> {
    fn new(permits: usize) -> Self {
        Semaphore { free: Cell::new(permits), line: Line::new(), parts: PhantomData }
    }

    fn acquire(&self, count: usize) -> hand_over::Wait<'_> {
        let wait = Wait { semaphore: self, count, seat: None };
        Box::pin(async move { Box::new(wait.await) as _ })
    }
}

impl<P> Semaphore<P> {
    /// Grants those who wait what they asked for, as far as it goes.
    pub fn serve(&self) {
        while let Some(count) = self.line.first()
            && count <= self.free.get()
        {
            self.free.set(self.free.get() - count);
            self.line.grant_first();
        }
    }
}

struct Wait<'a, P: Parts> {
    semaphore: &'a Semaphore<P>,
    count: usize,
    seat: Option<Rc<Seat<usize>>>,
}

impl<'a, P: Parts> Future for Wait<'a, P> {
    type Output = Permits<'a, P>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permits<'a, P>> {
        let waker = cx.waker().clone(); // first: a stranger's clone may release
        let Wait { semaphore, count, ref seat } = *self;
        match seat {
            Some(seat) if P::is_over(seat, semaphore, count) => self.seat = None,
            Some(seat) if !seat.is_granted() => {
                seat.wakes(waker);
                return Poll::Pending;
            }
            None if P::may_pass(semaphore, count) => {
                semaphore.free.set(semaphore.free.get() - count);
            }
            _ => {
                self.seat = Some(semaphore.line.join(count, waker));
                return Poll::Pending;
            }
        }
        Poll::Ready(Permits { semaphore, count })
    }
}

impl<P: Parts> Drop for Wait<'_, P> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.take() {
            if seat.is_granted() {
                P::pass_on(self.semaphore, self.count);
            } else {
                self.semaphore.line.leave(&seat);
                P::after_leaving(self.semaphore);
            }
        }
    }
}

struct Permits<'a, P: Parts> {
    semaphore: &'a Semaphore<P>,
    count: usize,
}

impl<P: Parts> Drop for Permits<'_, P> {
    fn drop(&mut self) {
        P::release(self.semaphore, self.count);
    }
}
