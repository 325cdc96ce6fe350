//! Futures that are polled by hand, each with a waker of its own that counts.

#![allow(dead_code)] // no file needs all of it

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Counts how often it is woken.
#[derive(Default)]
pub struct Wakes(AtomicU32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A future that nobody polls but the test.
pub struct Hand<'a, T> {
    /// None when it is done.
    future: Option<Pin<Box<dyn Future<Output = T> + 'a>>>,
    wakes: Arc<Wakes>,
}

impl<'a, T> Hand<'a, T> {
    pub fn new(future: impl Future<Output = T> + 'a) -> Self {
        Self { future: Some(Box::pin(future)), wakes: Arc::default() }
    }

    /// One that waits: it was polled, and nothing came of it.
    #[track_caller]
    pub fn waits(future: impl Future<Output = T> + 'a) -> Self {
        let mut hand = Self::new(future);
        assert!(hand.poll().is_none(), "it should wait");
        hand
    }

    /// What it gives, if it is its turn, once.
    pub fn poll(&mut self) -> Option<T> {
        let waker = self.waker();
        self.poll_with(&waker)
    }

    pub fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.wakes))
    }

    pub fn poll_with(&mut self, waker: &Waker) -> Option<T> {
        match self.future.as_mut()?.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(output) => {
                self.future = None;
                Some(output)
            }
            Poll::Pending => None,
        }
    }

    /// What it gives now.
    #[track_caller]
    pub fn get(mut self) -> T {
        self.poll().expect("its turn has come")
    }

    /// How often its waker was woken.
    pub fn woken(&self) -> u32 {
        self.wakes.0.load(Ordering::Relaxed)
    }

    /// Whether somebody keeps its waker.
    pub fn is_known(&self) -> bool {
        Arc::strong_count(&self.wakes) > 1
    }
}

/// What a future gives that need not wait.
#[track_caller]
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it should not have to wait"),
    }
}
