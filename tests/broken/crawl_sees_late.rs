//! Marks as seen what is visited, and not what is added: two pages that lead to one lead to it twice.

use super::crawl::Decisions;

pub struct Bug;

impl Decisions for Bug {
    const SEEN_WHEN_ADDED: bool = false;
}
