//! Forgets, when it is stopped, those who wait in line at a host.

use super::crawl::Decisions;

pub struct Bug;

impl Decisions for Bug {
    const EMPTIES_THE_LINES: bool = false;
}
