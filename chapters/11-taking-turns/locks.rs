//! Two locks for the same scenes: the one that announces, and the library's.

#[path = "announced.rs"]
mod announced;

use mainspring::sync::{Mutex, MutexGuard};

pub use announced::Lock as Announced;

/// The library's, with nothing in it.
pub type Handed = Mutex<()>;

pub trait Lock: Default + 'static {
    type Guard<'a>;
    async fn lock(&self) -> Self::Guard<'_>;
    fn is_locked(&self) -> bool;
}

impl Lock for Announced {
    type Guard<'a> = announced::Guard<'a>;

    async fn lock(&self) -> Self::Guard<'_> {
        self.lock().await
    }

    fn is_locked(&self) -> bool {
        self.is_locked()
    }
}

impl Lock for Handed {
    type Guard<'a> = MutexGuard<'a, ()>;

    async fn lock(&self) -> Self::Guard<'_> {
        self.lock().await
    }

    fn is_locked(&self) -> bool {
        self.is_locked()
    }
}
