//! A short read proves that nothing is left, it says, whatever the socket: the next datagram is lost.

use crate::suite::stream::{Direction, Operation};

use super::stream::Parts;

pub struct BelievesInShortReads;

impl Parts for BelievesInShortReads {
    fn is_all(operation: &Operation<'_>, count: usize, heard_end: bool) -> bool {
        let reads = operation.direction == Direction::Read;
        reads && 0 < count && count < operation.room && !heard_end
    }
}
