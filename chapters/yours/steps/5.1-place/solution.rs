//! 5.1 Place: where a timer stands in the wheel.

/// Ten times the level and the slot, where the ones are level 0. The first digit, read from
/// the left, in which `deadline` differs from `hand` names the level; the deadline's value of
/// that digit names the slot. If none differs, it is the slot of the deadline's ones.
///
/// The hand is not past the deadline.
pub fn place(deadline: u64, hand: u64) -> usize {
    let (mut level, mut deadline, mut hand) = (0, deadline, hand);
    while deadline / 10 != hand / 10 {
        (level, deadline, hand) = (level + 1, deadline / 10, hand / 10);
    }
    level * 10 + (deadline % 10) as usize
}
