//! Forgets `task_done` for a visit that has failed, and waits for it for ever.

use super::crawl::Decisions;

pub struct Bug;

impl Decisions for Bug {
    const FAILURES_ARE_DONE: bool = false;
}
