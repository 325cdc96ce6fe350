//! A semaphore: so many at a time, and no more.

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use super::waiters::Waiters;

/// A number of permits. Whoever holds one may go on; who finds too few waits until enough
/// are given back.
///
/// First in, first out: a request for many permits holds back requests for few that came
/// later, so that it has its turn, too.
///
/// # Examples
///
/// Ten downloads, three at a time:
///
/// ```
/// use std::rc::Rc;
/// use std::time::Duration;
/// use mainspring::join::join_all;
/// use mainspring::sync::Semaphore;
/// use mainspring::time::sleep;
///
/// mainspring::block_on(async {
///     let places = Semaphore::new(3);
///     let download = async |_| {
///         let _place = places.acquire().await;
///         assert!(places.available_permits() < 3);
///         sleep(Duration::from_micros(10)).await;
///     };
///     join_all((0..10).map(download)).await;
///     assert_eq!(places.available_permits(), 3);
/// });
/// ```
#[derive(Debug)]
pub struct Semaphore {
    permits: Cell<usize>,
    /// Who waits, for how many.
    waiters: Waiters<usize, ()>,
}

impl Semaphore {
    /// A semaphore with so many permits.
    #[must_use]
    pub const fn new(permits: usize) -> Self {
        Self { permits: Cell::new(permits), waiters: Waiters::new() }
    }

    /// Waits for a permit, and takes it. It is given back when it is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early gives the place in line up; no permit gets lost.
    pub async fn acquire(&self) -> SemaphorePermit<'_> {
        self.acquire_many(1).await
    }

    /// Waits for so many permits, and takes them together. None at all need no waiting; for more than there
    /// will ever be it waits forever, and so does whoever comes after it.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early gives the place in line up; no permit gets lost.
    pub async fn acquire_many(&self, count: usize) -> SemaphorePermit<'_> {
        self.wait(count).await;
        Permit { semaphore: self, count }
    }

    /// [`acquire`](Self::acquire), with a permit that may be given to another task:
    /// `Rc::clone(&semaphore).acquire_owned()`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early gives the place in line up; no permit gets lost.
    pub async fn acquire_owned(self: Rc<Self>) -> OwnedSemaphorePermit {
        self.acquire_many_owned(1).await
    }

    /// [`acquire_many`](Self::acquire_many), with permits that may be given to another task.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early gives the place in line up; no permit gets lost.
    pub async fn acquire_many_owned(
        self: Rc<Self>,
        count: usize,
    ) -> OwnedSemaphorePermit {
        self.wait(count).await;
        Permit { semaphore: self, count }
    }

    /// A permit, if there is one and nobody waits.
    pub fn try_acquire(&self) -> Option<SemaphorePermit<'_>> {
        self.try_acquire_many(1)
    }

    /// So many permits, if there are enough and nobody waits.
    pub fn try_acquire_many(&self, count: usize) -> Option<SemaphorePermit<'_>> {
        self.take(count)?;
        Some(Permit { semaphore: self, count })
    }

    /// How many permits nobody holds.
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.permits.get()
    }

    /// Adds permits. There are never more than `usize::MAX`.
    pub fn add_permits(&self, count: usize) {
        self.permits.set(self.permits.get().saturating_add(count));
        self.serve();
    }

    async fn wait(&self, count: usize) {
        let take = |_: &mut _| self.take(count);
        let gone = |granted: Option<()>| match granted {
            Some(()) => self.add_permits(count),
            None => self.serve(), // those behind it may ask for less
        };
        self.waiters.wait(count, take, || "a semaphore's permit".into(), gone).await;
    }

    /// Takes permits, if there are enough and nobody waits.
    fn take(&self, count: usize) -> Option<()> {
        if count > 0 && self.waiters.len() > 0 {
            return None;
        }
        self.permits.set(self.permits.get().checked_sub(count)?);
        Some(())
    }

    /// Grants those who wait what they asked for, as far as it goes.
    fn serve(&self) {
        while let Some(count) = self.waiters.first(|count| *count)
            && let Some(left) = self.permits.get().checked_sub(count)
        {
            self.permits.set(left);
            self.waiters.grant_first(|_| ());
        }
    }
}

/// Permits of a semaphore, which are given back when this is dropped.
#[derive(Debug)]
#[must_use = "dropping it gives the permits back"]
pub struct Permit<S: Deref<Target = Semaphore>> {
    semaphore: S,
    count: usize,
}

/// Permits of a semaphore that is borrowed: [`Semaphore::acquire`].
pub type SemaphorePermit<'a> = Permit<&'a Semaphore>;

/// Permits that keep their semaphore alive: [`Semaphore::acquire_owned`].
pub type OwnedSemaphorePermit = Permit<Rc<Semaphore>>;

impl<S: Deref<Target = Semaphore>> Permit<S> {
    /// How many permits it is.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Does not give them back. [`Semaphore::add_permits`] can.
    pub fn forget(mut self) {
        self.count = 0;
    }
}

impl<S: Deref<Target = Semaphore>> Drop for Permit<S> {
    fn drop(&mut self) {
        self.semaphore.add_permits(self.count);
    }
}
