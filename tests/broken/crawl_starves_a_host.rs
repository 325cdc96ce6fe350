//! Never gives back the place of a visit that has failed: its host has one less, and at last none.

use super::crawl::Decisions;

pub struct Bug;

impl Decisions for Bug {
    const FAILURES_PASS_ON: bool = false;
}
