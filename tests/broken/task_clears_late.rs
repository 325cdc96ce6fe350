//! The flag is cleared after the poll: a wake during the poll finds it set, and is lost.

use std::sync::atomic::{AtomicBool, Ordering};

use super::task::Parts;

pub struct ClearsLate;

impl Parts for ClearsLate {
    fn before_poll(_queued: &AtomicBool) {}

    fn after_poll(queued: &AtomicBool) {
        queued.store(false, Ordering::Release);
    }
}
