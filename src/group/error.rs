//! All that went wrong in a group.

use std::error::Error;
use std::fmt;

use crate::join::TaskError;

/// What failed in a [`task_group`](super::task_group).
#[derive(Debug)]
pub struct GroupError<E> {
    /// At least one error: those of the children in the order of time, and that of the
    /// body last. Children that were aborted are not among them.
    pub errors: Vec<TaskError<E>>,
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    /// `2 errors in a task group: out of tea; Task-4 panicked: out of milk`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors: Vec<String> = self.errors.iter().map(ToString::to_string).collect();
        let noun = if errors.len() == 1 { "error" } else { "errors" };
        write!(f, "{} {noun} in a task group: {}", errors.len(), errors.join("; "))
    }
}

impl<E: Error> Error for GroupError<E> {}
