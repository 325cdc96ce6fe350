//! Time for hyper.
//!
//! hyper asks for sleeps that are `Send` and `Sync`, since it does not know where a connection
//! is going to run. A [`Sleep`] of mainspring is neither: its timer lies in a wheel that
//! belongs to one thread. So hyper is given a number. The sleep that it stands for lies in a
//! table of the thread, as tasks do whose wakers are numbers. A number may go anywhere, and
//! elsewhere it stands for nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use mainspring::time::{self, Sleep};

/// hyper's timer, on the clock of the runtime: under a virtual clock an hour is over at once.
///
/// hyper counts in instants of the standard library. Those of a virtual clock are as far from
/// the moment at which the timer was made as that clock has moved on since.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    /// When it was made, by the clock of the machine.
    made: Instant,
    /// The same moment by the clock of the runtime.
    origin: time::Instant,
}

impl Timer {
    /// A timer. Make it in the runtime whose time it tells.
    pub fn new() -> Self {
        Self { made: Instant::now(), origin: time::Instant::now() }
    }
}

impl Default for Timer {
    fn default() -> Self {
        Self::new()
    }
}

impl hyper::rt::Timer for Timer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Number::of(time::sleep(duration)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        self.sleep(deadline.saturating_duration_since(self.now()))
    }

    fn now(&self) -> Instant {
        self.made + self.origin.elapsed()
    }
}

thread_local! {
    /// The sleeps of this thread by their numbers.
    static SLEEPS: RefCell<HashMap<u64, Sleep>> = RefCell::default();
}

/// Stands for a sleep of the thread that has made it. Dropping it takes the sleep out.
struct Number(u64);

impl Number {
    fn of(sleep: Sleep) -> Self {
        /// Of all threads, so that no number stands for two sleeps.
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        SLEEPS.with_borrow_mut(|sleeps| sleeps.insert(number, sleep));
        Self(number)
    }
}

impl Future for Number {
    type Output = ();

    /// # Panics
    ///
    /// Panics on another thread than the one that has made it, and outside a runtime.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Outside of the table while it is polled: to clone a waker is somebody's code.
        let sleep = SLEEPS.with_borrow_mut(|sleeps| sleeps.remove(&self.0));
        let mut sleep = sleep.expect("a sleep is polled on the thread that has made it");
        let polled = Pin::new(&mut sleep).poll(cx);
        SLEEPS.with_borrow_mut(|sleeps| sleeps.insert(self.0, sleep));
        polled
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        // The table may be gone where a thread ends, and with it the sleep.
        let sleep = SLEEPS.try_with(|sleeps| sleeps.borrow_mut().remove(&self.0));
        drop(sleep); // with nothing borrowed
    }
}

impl hyper::rt::Sleep for Number {}
