//! A signal whose every decision can be replaced by a wrong one.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The wakers of those who wait, each in the place of its future.
pub type Wakers = Vec<Option<Waker>>;

/// The decisions that a signal takes.
pub trait Parts: 'static {
    /// What a pending poll leaves: its own waker, whichever was there before.
    fn leave(place: &mut Option<Waker>, waker: Waker) {
        *place = Some(waker);
    }

    /// Wakes everyone, with nothing borrowed.
    fn wake(wakers: &RefCell<Wakers>) {
        for waker in wakers.take().into_iter().flatten() {
            waker.wake();
        }
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
struct Inside {
    set: std::cell::Cell<bool>,
    wakers: RefCell<Wakers>,
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
        self.inside.wakers.borrow_mut().push(None);
        let place = self.inside.wakers.borrow().len() - 1;
        let inside = Rc::clone(&self.inside);
        Box::pin(std::future::poll_fn(move |cx: &mut Context<'_>| {
            if inside.set.get() {
                return Poll::Ready(());
            }
            P::leave(&mut inside.wakers.borrow_mut()[place], cx.waker().clone());
            Poll::Pending
        }))
    }

    fn set(&self) {
        self.inside.set.set(true);
        P::wake(&self.inside.wakers);
    }
}
