//! How a task ended, when it did not return.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};

use super::contain::Payload;
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
    /// Where it panicked, and what the panic carries; none if the task was cancelled. The
    /// mutex is never locked by two: it makes a payload that is `Send` alone `Sync` as well.
    panic: Option<(Place, Mutex<Payload>)>,
}

/// What an error says about its task.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) id: TaskId,
    pub(crate) name: Option<Box<str>>,
    pub(crate) location: &'static Location<'static>,
}

/// Which of a task's code panicked.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Poll,
    Drop,
    Callback,
    /// None of a task's: a waker that is not of this crate, woken or dropped.
    Waker,
}

impl JoinError {
    pub(crate) fn cancelled(label: Label) -> Self {
        Self(Box::new(Details { label, panic: None }))
    }

    pub(crate) fn panic(label: Label, place: Place, payload: Payload) -> Self {
        Self(Box::new(Details { label, panic: Some((place, Mutex::new(payload))) }))
    }

    /// Whether the task was aborted, or dropped by the shutdown of its runtime.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.panic.is_none()
    }

    /// Whether the task panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.0.panic.is_some()
    }

    /// What the panic carried, to be looked into or passed on by
    /// [`std::panic::resume_unwind`]. An error that is no panic is handed back.
    ///
    /// # Errors
    ///
    /// Returns the error itself if the task was cancelled.
    pub fn into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self.0.panic {
            Some((_, payload)) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            None => Err(self),
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
        if self.is_panic() { Outcome::Panicked } else { Outcome::Cancelled }
    }
}

impl Label {
    /// For what happens while no task runs: the first future of `block_on`.
    #[track_caller]
    pub(crate) fn of_nobody() -> Self {
        Self { id: TaskId::FIRST, name: None, location: Location::caller() }
    }

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
        let Details { label, panic } = &*self.0;
        let Some((place, payload)) = panic else {
            return write!(f, "{label} was cancelled");
        };
        let payload = payload.lock().unwrap_or_else(PoisonError::into_inner);
        let text = panic_text(&**payload);
        match place {
            Place::Poll => write!(f, "{label} panicked: {text}"),
            Place::Drop => write!(f, "{label} panicked in a drop: {text}"),
            Place::Callback => write!(f, "a callback of {label} panicked: {text}"),
            Place::Waker => write!(f, "a foreign waker panicked: {text}"),
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
