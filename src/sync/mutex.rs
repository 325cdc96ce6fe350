//! A mutex: one at a time, across an `.await`.

use std::cell::{Cell, RefCell, RefMut};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::rc::Rc;

use super::waiters::Waiters;
use crate::task::{Holder, Note};

/// A value that one task at a time may use, for as long as it holds the lock, also while it
/// waits for something else.
///
/// Between two `.await` no other task runs; for what is done there a
/// [`RefCell`](std::cell::RefCell) is enough.
///
/// Unlocking hands the lock over to who has waited longest. A task that locks twice waits
/// for itself, forever; under a [virtual clock](crate::runtime::Builder::virtual_clock) the
/// report of the deadlock says who holds the lock, and where it was locked. A panic of the
/// holder unlocks, and leaves the value as it is: nothing is poisoned.
///
/// # Examples
///
/// ```
/// use mainspring::join::join_all;
/// use mainspring::sync::Mutex;
/// use mainspring::task::yield_now;
///
/// mainspring::block_on(async {
///     let account = Mutex::new(100_u32);
///     let withdraw = async |amount: u32| {
///         let mut balance = account.lock().await;
///         let left = balance.checked_sub(amount)?;
///         yield_now().await; // the bank is asked, and nobody else comes in between
///         *balance = left;
///         Some(left)
///     };
///     let withdrawn = join_all([70, 70].map(withdraw)).await;
///     assert_eq!(withdrawn, [Some(30), None]);
/// });
/// ```
pub struct Mutex<T: ?Sized> {
    /// None if it is free. Lists of tasks look here, too.
    holder: Rc<Cell<Option<Holder>>>,
    waiters: Waiters<Holder, ()>,
    /// Borrowed by the guard alone, and so by one at a time.
    value: RefCell<T>,
}

impl<T> Mutex<T> {
    /// A mutex that is free.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self {
            holder: Rc::default(),
            waiters: Waiters::new(),
            value: RefCell::new(value),
        }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until the mutex is free, and locks it, until the guard is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early gives the place in line up.
    #[track_caller]
    pub fn lock(&self) -> impl Future<Output = MutexGuard<'_, T>> {
        self.lock_at(Location::caller())
    }

    pub(super) async fn lock_at(
        &self,
        location: &'static Location<'static>,
    ) -> MutexGuard<'_, T> {
        let waits_on = || Note::HeldBy(Rc::clone(&self.holder));
        let gone = |granted: Option<()>| {
            if granted.is_some() {
                self.unlock();
            }
        };
        let holder = Holder::here(location);
        self.waiters.wait(holder, |holder| self.take(holder), waits_on, gone).await;
        self.guard()
    }

    /// Locks the mutex if it is free.
    #[track_caller]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.take(&mut Some(Holder::here(Location::caller())))?;
        Some(self.guard())
    }

    /// Whether somebody holds the lock.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.holder.get().is_some()
    }

    /// The value: nobody else can have it meanwhile.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    fn take(&self, holder: &mut Option<Holder>) -> Option<()> {
        if self.is_locked() {
            return None;
        }
        self.holder.set(holder.take());
        Some(())
    }

    fn guard(&self) -> MutexGuard<'_, T> {
        MutexGuard { value: self.value.borrow_mut(), lock: Lock(self) }
    }

    /// Hands the lock over to who has waited longest. Where nobody waits it is free.
    fn unlock(&self) {
        self.holder.set(None);
        self.waiters.grant_first(|holder| self.holder.set(Some(holder)));
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mutex = f.debug_struct("Mutex");
        match self.try_lock() {
            Some(value) => mutex.field("value", &&*value), // its text is user code
            None => mutex.field("value", &format_args!("<locked>")),
        };
        mutex.finish()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// The right to use what a [`Mutex`] has in it. Dropping it unlocks.
#[must_use = "dropping it unlocks"]
pub struct MutexGuard<'a, T: ?Sized> {
    // Before `lock`: the borrow is over when the next one has the lock.
    value: RefMut<'a, T>,
    lock: Lock<'a, T>,
}

struct Lock<'a, T: ?Sized>(&'a Mutex<T>);

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Whose guard it is.
    pub(super) fn mutex(&self) -> &'a Mutex<T> {
        self.lock.0
    }
}

impl<T: ?Sized> Drop for Lock<'_, T> {
    fn drop(&mut self) {
        self.0.unlock();
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
