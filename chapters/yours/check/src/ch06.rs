//! The checks of chapter 6's pieces.

use std::pin::Pin;
use std::sync::Arc;

use super::handle::{Handle, with_handle};
use super::inbox::Inbox;
use super::tasks::{Tasks, Work};
use crate::suite::handles::{self, Handles, Value};
use crate::suite::task::{self, Executor};
use crate::suite::Outcome;

pub fn check(step: &str) -> Option<Outcome> {
    Some(match step {
        "6.1" | "6.2" => task::keeps_its_seats::<Tasks>(),
        "6.3" => handles::hear_of_the_end::<Yours>(),
        _ => return None,
    })
}

impl Executor for Tasks {
    fn new() -> Self {
        Tasks::new(Arc::new(Inbox::new(|| {})))
    }

    fn spawn(&mut self, work: Work) {
        Tasks::spawn(self, work);
    }

    fn round(&mut self) {
        Tasks::round(self);
    }
}

struct Yours;

impl Handles for Yours {
    type Handle = Handle<Value>;

    fn with_handle(future: Pin<Box<dyn Future<Output = Value>>>) -> (Work, Handle<Value>) {
        with_handle(future)
    }
}
