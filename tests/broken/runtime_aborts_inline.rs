//! An abort drops the task at once, in the middle of whoever asked for it.

use super::runtime::Parts;

pub struct AbortsInline;

impl Parts for AbortsInline {
    fn drops_inline() -> bool {
        true
    }
}
