//! Looks who was woken, polls them, and leaves word after that: who is woken meanwhile is lost.

use std::task::Context;

use super::many::{Join, Parts};

pub struct LooksFirst;

impl Parts for LooksFirst {
    fn poll(join: &mut Join<Self>, cx: &mut Context<'_>) {
        for number in join.take_woken() {
            join.clear(number);
            join.poll_child(number);
        }
        join.leave_word(cx.waker());
    }
}
