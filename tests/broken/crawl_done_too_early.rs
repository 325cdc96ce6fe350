//! Says that a visit is done before what it has led to is in the queue: at that moment nothing is left.

use super::crawl::Decisions;

pub struct Bug;

impl Decisions for Bug {
    const LINKS_FIRST: bool = false;
}
