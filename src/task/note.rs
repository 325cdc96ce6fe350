//! What a task was seen to wait on, for lists of tasks and for the report of a deadlock.
//!
//! Mostly that is known when the task begins to wait. Not so with a mutex: who holds it may
//! change while others wait, and it would take long to tell each of them. So what is noted
//! is where to look.

use std::cell::Cell;
use std::rc::Rc;

use super::info::{Holder, WaitsOn};

/// What a task waits on, or where to look for it.
pub(crate) enum Note {
    Is(WaitsOn),
    /// A mutex, which keeps here who holds it.
    HeldBy(Rc<Cell<Option<Holder>>>),
}

impl Note {
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self, Self::Is(WaitsOn::Unknown))
    }

    pub(crate) fn read(&self) -> WaitsOn {
        match self {
            Self::Is(what) => *what,
            Self::HeldBy(holder) => holder.get().map_or(WaitsOn::Unknown, WaitsOn::Mutex),
        }
    }
}

impl From<&'static str> for Note {
    fn from(what: &'static str) -> Self {
        Self::Is(WaitsOn::Other(what))
    }
}

impl From<WaitsOn> for Note {
    #[inline]
    fn from(what: WaitsOn) -> Self {
        Self::Is(what)
    }
}

impl Default for Note {
    #[inline]
    fn default() -> Self {
        Self::Is(WaitsOn::Unknown)
    }
}
