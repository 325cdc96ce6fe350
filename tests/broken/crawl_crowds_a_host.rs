//! Counts a place as free when its visitor leaves, and not as taken when the next in line gets it.

use super::crawl::Decisions;

pub struct Bug;

impl Decisions for Bug {
    const PASSED_ON_IS_TAKEN: bool = false;
}
