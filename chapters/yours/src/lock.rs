//! A lock that can be looked through: std's, and before it is taken a check may let another
//! thread come in. And how a flag is cleared. It is given.

use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

thread_local! {
    /// What a check does before the next lock is taken.
    static BEFORE: RefCell<Option<Box<dyn FnMut()>>> = const { RefCell::new(None) };
    /// How many locks this thread holds.
    static HELD: Cell<u32> = const { Cell::new(0) };
}

/// A lock around a value.
#[derive(Default)]
pub struct Lock<T>(Mutex<T>);

/// Whoever has it has the value. It gives the lock back when it is dropped.
pub struct Guard<'a, T>(MutexGuard<'a, T>);

impl<T> Lock<T> {
    pub fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    /// Waits for the lock, and takes it.
    pub fn lock(&self) -> Guard<'_, T> {
        let before = BEFORE.take();
        if let Some(mut before) = before {
            before();
            BEFORE.set(Some(before));
        }
        HELD.set(HELD.get() + 1);
        Guard(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
    }
}

/// Clears a flag, and acquires what was done before it was set.
pub fn clear(flag: &AtomicBool) {
    flag.swap(false, Ordering::AcqRel); // a store would acquire nothing
}

/// For a check: from now on `before` is called each time before this thread takes a lock.
pub fn before_each(before: Option<Box<dyn FnMut()>>) {
    BEFORE.set(before);
}

/// For a check: how many locks this thread holds.
pub fn held() -> u32 {
    HELD.get()
}
