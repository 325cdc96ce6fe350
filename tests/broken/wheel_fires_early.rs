//! Times are compared in units of 64 ticks, as if a whole slot of the second level were due
//! when the hand enters it.

use super::wheel_parts::Parts;

pub struct FiresEarly;

impl Parts for FiresEarly {
    fn is_due(earliest: u64, now: u64) -> bool {
        earliest / 64 <= now / 64
    }
}
