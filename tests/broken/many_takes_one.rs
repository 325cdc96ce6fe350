//! Polls one child a turn, and does not say that there are more.

use std::task::Context;

use super::many::{Join, Parts};

pub struct TakesOne;

impl Parts for TakesOne {
    fn poll(join: &mut Join<Self>, cx: &mut Context<'_>) {
        join.leave_word(cx.waker());
        if let Some(number) = join.take_first() {
            join.clear(number);
            join.poll_child(number);
        }
    }
}
