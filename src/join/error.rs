//! Why a task that may fail has failed.

use std::error::Error;
use std::fmt;

use crate::task::JoinError;

/// Why there is no value of a task that returns a `Result`.
///
/// # Examples
///
/// ```
/// use mainspring::join::{TaskError, try_join_tasks};
///
/// mainspring::block_on(async {
///     let task = mainspring::spawn(async { "seven".parse::<u8>() });
///     let error = try_join_tasks([task]).await.unwrap_err();
///     assert!(matches!(&error, TaskError::Failed(error) if error.to_string().contains("digit")));
/// });
/// ```
#[derive(Debug)]
pub enum TaskError<E> {
    /// It returned this error.
    Failed(E),
    /// It returned nothing: it panicked, or was cancelled.
    Join(JoinError),
}

impl<E: fmt::Display> fmt::Display for TaskError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Join(error) => error.fmt(f),
        }
    }
}

impl<E: Error> Error for TaskError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Join(error) => error.source(),
        }
    }
}
