//! 5.1 Place: where a timer stands in the wheel.

/// The place of a timer. With the hand at 16, one for 28 stands in slot 2 of the tens, so
/// its place is 12.
///
/// The hand is not past the deadline.
pub fn place(deadline: u64, hand: u64) -> usize {
    let (mut level, mut deadline, mut hand) = (0, deadline, hand);
    while deadline / 10 != hand / 10 {
        (level, deadline, hand) = (level + 1, deadline / 10, hand / 10);
    }
    level * 10 + (deadline % 10) as usize
}
