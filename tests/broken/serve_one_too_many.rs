//! One place more than allowed.

use super::serve::Parts;

pub struct OneTooMany;

impl Parts for OneTooMany {
    fn places(at_once: usize) -> usize {
        at_once + 1
    }
}
