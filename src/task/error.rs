//! How a task ended, when it did not return.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};

use super::key::TaskId;

/// How a task ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It returned a value.
    Returned,
    /// It panicked.
    Panicked,
    /// It was aborted, or dropped by the shutdown of its runtime.
    Cancelled,
}

/// Why a task has no output: it was cancelled, or it panicked.
///
/// It can be sent to other threads and turned into a `Box<dyn Error + Send + Sync>`.
///
/// # Examples
///
/// ```
/// mainspring::block_on(async {
///     let task = mainspring::spawn(async { panic!("out of tea") });
///     let error = Result::<(), _>::unwrap_err(task.await);
///     assert_eq!(error.to_string(), "Task-2 panicked: out of tea");
///     assert!(error.into_panic().unwrap().is::<&str>());
/// });
/// ```
pub struct JoinError(Box<Details>);

struct Details {
    label: Label,
    cause: Cause,
}

/// What an error says about its task.
#[derive(Clone)]
pub(crate) struct Label {
    pub(crate) id: TaskId,
    pub(crate) name: Option<Box<str>>,
    pub(crate) location: &'static Location<'static>,
}

enum Cause {
    Cancelled,
    /// The mutex is never locked by two: it is what makes a payload that is `Send` alone
    /// `Sync` as well.
    Panic(Place, Mutex<Payload>),
}

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Which of a task's code panicked.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Poll,
    Drop,
    Callback,
}

impl JoinError {
    pub(crate) fn cancelled(label: Label) -> Self {
        Self(Box::new(Details { label, cause: Cause::Cancelled }))
    }

    pub(crate) fn panic(label: Label, place: Place, payload: Payload) -> Self {
        let cause = Cause::Panic(place, Mutex::new(payload));
        Self(Box::new(Details { label, cause }))
    }

    /// Whether the task was aborted, or dropped by the shutdown of its runtime.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.cause, Cause::Cancelled)
    }

    /// Whether the task panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self.0.cause, Cause::Panic(..))
    }

    /// What the panic carried, to be looked into or passed on by
    /// [`std::panic::resume_unwind`]. An error that is no panic is handed back.
    ///
    /// # Errors
    ///
    /// Returns the error itself if the task was cancelled.
    pub fn into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self.0.cause {
            Cause::Panic(_, payload) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            Cause::Cancelled => Err(self),
        }
    }

    /// The task's id.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.0.label.id
    }

    /// The task's name: the one it was given, or `Task-N`.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.label.name()
    }

    /// Where the task was spawned.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.0.label.location
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self.0.cause {
            Cause::Cancelled => Outcome::Cancelled,
            Cause::Panic(..) => Outcome::Panicked,
        }
    }
}

impl Label {
    pub(crate) fn name(&self) -> String {
        self.name.as_ref().map_or_else(|| self.id.to_string(), ToString::to_string)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        match &self.name {
            Some(name) => write!(f, " `{name}`"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { label, cause } = &*self.0;
        match cause {
            Cause::Cancelled => write!(f, "{label} was cancelled"),
            Cause::Panic(place, payload) => {
                let payload = payload.lock().unwrap_or_else(PoisonError::into_inner);
                let text = panic_text(&**payload);
                match place {
                    Place::Poll => write!(f, "{label} panicked: {text}"),
                    Place::Drop => write!(f, "{label} panicked in a drop: {text}"),
                    Place::Callback => {
                        write!(f, "a callback of {label} panicked: {text}")
                    }
                }
            }
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl Error for JoinError {}

/// The words of a panic, if it carries any.
fn panic_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("its payload is not text")
}
