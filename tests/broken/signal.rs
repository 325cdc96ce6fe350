//! A signal whose every decision can be replaced by a wrong one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The wakers of those who wait, each by the number of its future.
pub type Wakers = RefCell<BTreeMap<u64, Waker>>;

/// The decisions that a signal takes, each with nothing borrowed while a waker is cloned,
/// woken or dropped.
pub trait Parts: 'static {
    /// Looks, and leaves the waker of a poll that is pending, whichever was there before. It
    /// is cloned first: whatever that does, the look has not been yet.
    fn poll(inside: &Inside, number: u64, waker: &Waker) -> Poll<()> {
        let waker = waker.clone();
        if inside.set.get() {
            return Poll::Ready(());
        }
        let before = inside.wakers.borrow_mut().insert(number, waker);
        drop(before);
        Poll::Pending
    }

    /// What a future takes along when it is dropped: its waker.
    fn go(wakers: &Wakers, number: u64) {
        let waker = wakers.borrow_mut().remove(&number);
        drop(waker);
    }

    /// Wakes everyone.
    fn wake(wakers: &Wakers) {
        let wakers = wakers.take();
        wakers.into_values().for_each(Waker::wake);
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

pub struct Signal<P> {
    inside: Rc<Inside>,
    parts: PhantomData<P>,
}

#[derive(Default)]
pub struct Inside {
    pub set: Cell<bool>,
    last_number: Cell<u64>,
    pub wakers: Wakers,
}

impl<P> Clone for Signal<P> {
    fn clone(&self) -> Self {
        Self { inside: Rc::clone(&self.inside), parts: PhantomData }
    }
}

impl<P: Parts> crate::suite::signal::Signal for Signal<P> {
    fn new() -> Self {
        Self { inside: Rc::default(), parts: PhantomData }
    }

    fn wait(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        let number = self.inside.last_number.get() + 1;
        self.inside.last_number.set(number);
        Box::pin(Wait { signal: self.clone(), number })
    }

    fn set(&self) {
        self.inside.set.set(true);
        P::wake(&self.inside.wakers);
    }
}

struct Wait<P: Parts> {
    signal: Signal<P>,
    number: u64,
}

impl<P: Parts> Future for Wait<P> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        P::poll(&self.signal.inside, self.number, cx.waker())
    }
}

impl<P: Parts> Drop for Wait<P> {
    fn drop(&mut self) {
        P::go(&self.signal.inside.wakers, self.number);
    }
}
