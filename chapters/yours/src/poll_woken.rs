//! 10.1 Poll who was woken: the middle of a join.

#[allow(unused_imports, reason = "you will need it")]
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

#[allow(unused_imports, reason = "you will need it")]
use futures_task::waker_ref;

use super::join::Join;

impl<F: Future> Join<F> {
    /// Polls each child that stands in line, once, with its own waker, and keeps the outputs.
    /// Ready when nobody is left. No child is polled, and no waker dropped, under the lock.
    pub fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx; // Yours.
        if self.left == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}
