//! A short read proves that nothing is left, it says, whatever it has heard of: the end, which came
//! with the last bytes, has no event of its own.

use crate::suite::stream::Operation;

use super::stream::Parts;

pub struct LosesTheEnd;

impl Parts for LosesTheEnd {
    fn is_all(operation: &Operation<'_>, count: usize, _heard_end: bool) -> bool {
        operation.short_is_all && 0 < count && count < operation.room
    }
}
