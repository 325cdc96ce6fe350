//! 7.2 The turn: what a loop does between two sleeps.

use super::runtime::Runtime;

/// How many polls a turn has at most, so that timers and sockets get their share.
const POLLS: u32 = 61;

impl Runtime {
    /// Polls tasks in the order of their seats (`tasks.next`, `tasks.poll`), until none is
    /// ready or 61 have been polled. Then it wakes whose timers are due (`expire`).
    ///
    /// It never goes on for ever, even if a task wakes itself in each poll.
    pub fn turn(&self) {
        let _ = POLLS; // Yours.
    }
}
