//! Running user code: a panic comes back as a value.
//!
//! Polls, drops, wakes and callbacks are the user's, and any of them may panic. A panic is
//! caught where that code is called, so that it ends what it belongs to and nothing else.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// How many payloads in a row may panic when they are dropped, before one is leaked. A
/// payload whose drop panics with another of its own kind would go on for ever.
const MOST_PAYLOADS: usize = 16;

/// Runs user code: a panic comes back as what it carries.
#[inline]
pub(crate) fn contain<R>(f: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(f))
}

/// Runs user code whose panic is nobody's. What a panic carries is user code too when it is
/// dropped, and may panic in its turn.
pub(crate) fn quietly(f: impl FnOnce()) {
    let mut outcome = contain(f);
    for _ in 0..MOST_PAYLOADS {
        match outcome {
            Ok(()) => return,
            Err(payload) => outcome = contain(|| drop(payload)),
        }
    }
    mem::forget(outcome);
}
