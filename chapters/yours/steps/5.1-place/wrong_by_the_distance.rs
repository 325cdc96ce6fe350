//! Wrong: the level is that of the time that is left.

pub fn place(deadline: u64, hand: u64) -> usize {
    let (mut level, mut deadline, mut left) = (0, deadline, deadline - hand);
    while left > 9 {
        (level, deadline, left) = (level + 1, deadline / 10, left / 10);
    }
    level * 10 + (deadline % 10) as usize
}
