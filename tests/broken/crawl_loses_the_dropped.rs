//! Does not say of the visits that it drops that they are left.

use super::crawl::Decisions;

pub struct Bug;

impl Decisions for Bug {
    const NOTES_THE_DROPPED: bool = false;
}
