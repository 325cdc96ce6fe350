//! The checks of chapter 8's piece.

use std::io;
use std::task::Poll;

use super::operation;
use super::source::Source;
use crate::suite::Outcome;
use crate::suite::stream::{
    self, Direction, Event, Kit, Operation, asks_when_it_is_worth_it, loses_nothing,
};

pub fn check(step: &str) -> Option<Outcome> {
    (step == "8.1").then(|| {
        loses_nothing::<Kit<Source>>()
            .and_then(|()| asks_when_it_is_worth_it::<Kit<Source>>())
    })
}

fn yours(direction: Direction) -> operation::Direction {
    match direction {
        Direction::Read => operation::Direction::Read,
        Direction::Write => operation::Direction::Write,
    }
}

impl stream::Source for Source {
    fn note(&self, event: Event) {
        for direction in [Direction::Read, Direction::Write] {
            if event.is_for(direction) {
                Source::note(self, yours(direction));
            }
        }
    }

    fn attempt(&self, operation: &mut Operation<'_>) -> Poll<io::Result<usize>> {
        let direction = yours(operation.direction);
        let (number, waker) = (operation.number, operation.waker);
        let call = &mut || operation.call();
        Source::attempt(
            self,
            &mut operation::Operation { direction, number, waker, call },
        )
    }

    fn leave(&self, direction: Direction, number: u64) {
        Source::leave(self, yours(direction), number);
    }
}
