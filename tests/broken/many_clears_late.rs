//! Takes a child's seat after its poll: a wake in the middle of the poll is lost.

use std::task::Context;

use super::many::{Join, Parts};

pub struct ClearsLate;

impl Parts for ClearsLate {
    fn poll(join: &mut Join<Self>, cx: &mut Context<'_>) {
        join.leave_word(cx.waker());
        for number in join.take_woken() {
            join.poll_child(number);
            join.clear(number);
        }
    }
}
