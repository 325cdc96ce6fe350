//! The budget: how long a task may go on without waiting.
//!
//! A task whose sockets always have something for it would never wait, and the others would
//! never have their turn. So each turn has a budget of input and output; when it is spent,
//! the next operation gives way once, and goes on in the task's next turn. tokio does the
//! same, and so does the idea of a time slice in an operating system.

use std::cell::Cell;
use std::task::{Context, Poll};

/// How many operations a task may do in one turn. tokio's number too: some hundred
/// system calls, which take about as long as a timer may be late.
const OPERATIONS: u32 = 128;

/// What is left to the task that runs.
#[derive(Default)]
pub(crate) struct Budget(Cell<u32>);

impl Budget {
    /// A task's turn begins.
    #[inline]
    pub(crate) fn renew(&self) {
        self.0.set(OPERATIONS);
    }

    /// Spends one operation; if none is left, the task goes to the end of the queue first.
    pub(crate) fn poll_spend(&self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(left) = self.0.get().checked_sub(1) else {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        };
        self.0.set(left);
        Poll::Ready(())
    }
}
