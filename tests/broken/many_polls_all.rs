//! Polls all of its children when one was woken.

use std::task::Context;

use super::many::{Join, Parts};

pub struct PollsAll;

impl Parts for PollsAll {
    fn poll(join: &mut Join<Self>, cx: &mut Context<'_>) {
        join.leave_word(cx.waker());
        join.take_woken();
        for number in join.everybody() {
            join.clear(number);
            join.poll_child(number);
        }
    }
}
