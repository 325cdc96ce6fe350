//! Wrong: the lowest digit that differs is taken.

pub fn place(deadline: u64, hand: u64) -> usize {
    let (mut level, mut deadline, mut hand) = (0, deadline, hand);
    while deadline % 10 == hand % 10 && deadline != hand {
        (level, deadline, hand) = (level + 1, deadline / 10, hand / 10);
    }
    level * 10 + (deadline % 10) as usize
}
