//! 5.1 Place: where a timer stands in the wheel.

/// Ten times the level and the slot, where the ones are level 0. The first digit, read from
/// the left, in which `deadline` differs from `hand` names the level; the deadline's value of
/// that digit names the slot. If none differs, it is the slot of the deadline's ones.
///
/// The hand is not past the deadline.
pub fn place(deadline: u64, hand: u64) -> usize {
    let _ = (deadline, hand);
    0 // Yours.
}
