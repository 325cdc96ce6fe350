//! Wrong: the slot is that of the ones, on every level.

pub fn place(deadline: u64, hand: u64) -> usize {
    let ones = (deadline % 10) as usize;
    let (mut level, mut deadline, mut hand) = (0, deadline, hand);
    while deadline / 10 != hand / 10 {
        (level, deadline, hand) = (level + 1, deadline / 10, hand / 10);
    }
    level * 10 + ones
}
