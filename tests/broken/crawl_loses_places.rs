//! Never gives back a place for which nobody waits: who comes later waits for ever.

use super::crawl::Decisions;

pub struct Bug;

impl Decisions for Bug {
    const PLACES_COME_BACK: bool = false;
}
