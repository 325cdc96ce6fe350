//! Leaves word at its first poll, and not again.

use std::task::Context;

use super::many::{Join, Parts};

pub struct LeavesWordOnce;

impl Parts for LeavesWordOnce {
    fn poll(join: &mut Join<Self>, cx: &mut Context<'_>) {
        if !join.has_left_word() {
            join.leave_word(cx.waker());
        }
        for number in join.take_woken() {
            join.clear(number);
            join.poll_child(number);
        }
    }
}
