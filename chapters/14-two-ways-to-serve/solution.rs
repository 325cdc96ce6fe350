//! What `exercise.rs` and `repair.rs` can become.

/// What `exercise.rs` can become, and `repair.rs` too: there a connection is accepted before
/// there is a place for it, and is dropped with `accept_all` if the stop comes meanwhile. Here
/// the place comes first, and nothing is awaited with a connection in hand.
#[path = "serve.rs"]
mod sound;

pub use sound::{Limits, serve};
