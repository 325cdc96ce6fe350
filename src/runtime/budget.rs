//! The budget: how long a task may go on without waiting.
//!
//! A task whose sockets always have something for it would never wait, and the others would
//! never have their turn. So each turn has a budget of input and output; when it is spent,
//! the next operation gives way once, and goes on in the task's next turn. An operation that
//! has to wait spends nothing: a task may wait for any number of things in one turn. tokio
//! does the same.

use std::cell::Cell;

/// How many operations a task may do in one turn. It is tokio's number.
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

    #[inline]
    pub(crate) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    /// An operation has been done.
    #[inline]
    pub(crate) fn spend(&self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}
