//! A condition: to wait for what others do under a lock.

use std::future::poll_fn;
use std::mem;
use std::panic::Location;
use std::pin::pin;

use super::mutex::MutexGuard;
use super::waiters::Waiters;

/// A place to wait for a change of what a [`Mutex`](super::Mutex) guards. Who waits gives the lock away
/// meanwhile, and has it again afterwards.
///
/// It may be notified with the lock or without it.
///
/// # Examples
///
/// ```
/// use mainspring::join::join;
/// use mainspring::sync::{Condition, Mutex};
///
/// mainspring::block_on(async {
///     let (ducks, changed) = (Mutex::new(0), Condition::new());
///     let keeper = async {
///         let ducks = changed.wait_while(ducks.lock().await, |ducks| *ducks < 3).await;
///         assert_eq!(*ducks, 3);
///     };
///     let pond = async {
///         *ducks.lock().await += 3;
///         changed.notify_all();
///     };
///     join((keeper, pond)).await;
/// });
/// ```
#[derive(Default, Debug)]
pub struct Condition {
    waiters: Waiters<(), ()>,
}

impl Condition {
    /// A condition that nobody waits for.
    #[must_use]
    pub const fn new() -> Self {
        Self { waiters: Waiters::new() }
    }

    /// Unlocks, waits for a notification, and locks again. What it waits for may have
    /// changed again by then: see [`wait_while`](Self::wait_while).
    ///
    /// # Cancel safety
    ///
    /// Dropping it early leaves the mutex unlocked; there is no lock to come back to. A
    /// notification that it had got goes to the next who waits.
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
    ) -> impl Future<Output = MutexGuard<'a, T>> {
        self.wait_at(guard, Location::caller())
    }

    /// Waits for as long as `is_so` says so of the value.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_while<'a, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut is_so: impl FnMut(&mut T) -> bool,
    ) -> impl Future<Output = MutexGuard<'a, T>> {
        let location = Location::caller();
        async move {
            while is_so(&mut guard) {
                guard = self.wait_at(guard, location).await;
            }
            guard
        }
    }

    async fn wait_at<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        location: &'static Location<'static>,
    ) -> MutexGuard<'a, T> {
        let mutex = guard.mutex();
        self.unlock_and_wait(guard).await;
        let notified = Notified(self);
        let guard = mutex.lock_at(location).await;
        mem::forget(notified); // it has arrived
        guard
    }

    /// Stands in line before the lock is free, so that nothing is missed.
    async fn unlock_and_wait<T: ?Sized>(&self, guard: MutexGuard<'_, T>) {
        let gone = |granted: Option<()>| {
            if granted.is_some() {
                self.notify_one();
            }
        };
        let notification = self.waiters.wait((), |_| None, || "a condition".into(), gone);
        let (mut notification, mut guard) = (pin!(notification), Some(guard));
        poll_fn(|cx| {
            let polled = notification.as_mut().poll(cx);
            drop(guard.take());
            polled
        })
        .await;
    }

    /// Wakes who has waited longest, if anybody waits.
    pub fn notify_one(&self) {
        self.waiters.grant_first(|()| ());
    }

    /// Wakes everybody who waits at this moment.
    pub fn notify_all(&self) {
        self.waiters.grant_all(|()| ());
    }
}

/// A notification on its way to who has to lock first. Dropped before that, it goes to the
/// next.
struct Notified<'a>(&'a Condition);

impl Drop for Notified<'_> {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}
