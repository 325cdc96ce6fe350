//! Hears that it is stopped when a visit is over, and not before.

use super::crawl::Decisions;

pub struct Bug;

impl Decisions for Bug {
    const STOPS_VISITS: bool = false;
}
