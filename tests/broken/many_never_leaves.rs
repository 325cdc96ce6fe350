//! Goes on until the line is empty, which it may never be.

use std::task::Context;

use super::many::{Join, Parts};

pub struct NeverLeaves;

impl Parts for NeverLeaves {
    fn poll(join: &mut Join<Self>, cx: &mut Context<'_>) {
        loop {
            join.leave_word(cx.waker());
            let woken = join.take_woken();
            if woken.is_empty() {
                return;
            }
            for number in woken {
                join.clear(number);
                join.poll_child(number);
            }
        }
    }
}
