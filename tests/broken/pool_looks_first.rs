//! An abort looks under one lock and takes under another; a thread begins the job in between.

use super::pool::Parts;

pub struct LooksFirst;

impl Parts for LooksFirst {
    const LOOKS_FIRST: bool = true;
}
