//! An event: it has happened, or it has not.

use std::cell::Cell;
use std::task::{Context, Poll};

use super::waiters::Waiters;

/// A flag that tasks wait for.
///
/// # Examples
///
/// ```
/// use mainspring::join::join;
/// use mainspring::sync::Event;
///
/// mainspring::block_on(async {
///     let is_open = Event::new();
///     join((is_open.wait(), async { is_open.set() })).await;
/// });
/// ```
#[derive(Default, Debug)]
pub struct Event {
    is_set: Cell<bool>,
    waiters: Waiters<(), ()>,
}

impl Event {
    /// An event that has not happened.
    #[must_use]
    pub const fn new() -> Self {
        Self { is_set: Cell::new(false), waiters: Waiters::new() }
    }

    /// It has happened: everybody who waits at this moment is woken, also if it is cleared before they
    /// run, and nobody waits until then.
    pub fn set(&self) {
        self.is_set.set(true);
        self.waiters.grant_all(|()| ());
    }

    /// It has happened, and those who wait hear of it by [`set`](Self::set), at once.
    pub(super) fn set_silently(&self) {
        self.is_set.set(true);
    }

    /// It has not happened: who comes from now on waits.
    pub fn clear(&self) {
        self.is_set.set(false);
    }

    /// Whether it has happened.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.is_set.get()
    }

    /// Waits until it happens; not at all if it has.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing.
    pub async fn wait(&self) {
        let take = |_: &mut _| self.is_set().then_some(());
        self.waiters.wait((), take, || "an event".into(), |_| ()).await;
    }

    /// The same for a future with a name, which keeps its seat itself.
    pub(super) fn poll(
        &self,
        seat: &mut Option<usize>,
        waits_on: &'static str,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let take = |_: &mut _| self.is_set().then_some(());
        self.waiters.poll(seat, &mut Some(()), take, || waits_on.into(), cx)
    }

    pub(super) fn leave(&self, seat: &mut Option<usize>) {
        self.waiters.leave(seat);
    }
}
