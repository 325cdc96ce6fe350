//! A barrier: nobody goes on before all are there.

use super::waiters::Waiters;

/// A place where so many tasks wait for each other.
///
/// # Examples
///
/// ```
/// use mainspring::join::join_all;
/// use mainspring::sync::Barrier;
///
/// mainspring::block_on(async {
///     let start = Barrier::new(3);
///     let arrived = join_all((0..3).map(|_| start.wait())).await;
///     assert_eq!(arrived.iter().filter(|arrived| arrived.is_leader()).count(), 1);
/// });
/// ```
#[derive(Debug)]
pub struct Barrier {
    size: usize,
    waiters: Waiters<(), BarrierWaitResult>,
}

impl Barrier {
    /// A barrier for so many tasks. For one, and for none, nobody waits.
    #[must_use]
    pub const fn new(size: usize) -> Self {
        Self { size, waiters: Waiters::new() }
    }

    /// Waits until so many tasks wait here. The last to come is the leader. From then on the
    /// barrier is as it was at first.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early is to leave again: one more has to come.
    pub async fn wait(&self) -> BarrierWaitResult {
        self.waiters.wait((), |_| self.open(), || "a barrier".into(), |_| ()).await
    }

    /// Lets all go on, if the one that comes is the last.
    fn open(&self) -> Option<BarrierWaitResult> {
        if self.waiters.len() + 1 < self.size {
            return None;
        }
        self.waiters.grant_all(|()| BarrierWaitResult { is_leader: false });
        Some(BarrierWaitResult { is_leader: true })
    }
}

/// What [`Barrier::wait`] gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BarrierWaitResult {
    is_leader: bool,
}

impl BarrierWaitResult {
    /// Whether this was the last to come: one of those who waited together.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.is_leader
    }
}
