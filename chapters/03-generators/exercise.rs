//! Chapter 03, yours to write: a machine by hand that runs others.

use std::pin::Pin;

use mainspring::generator::{Coroutine, CoroutineState};

use crate::suite::generator::{Diary, Line, Player, Script};
#[allow(unused_imports)] // you will need them
use crate::suite::generator::{Guard, Step, append};

/// Exercise 1: a machine that plays any [`Script`]. What it is made of stands at the top of
/// `tests/suite/generator.rs`: [`Step`], [`Line`], [`Diary`] and its [`Guard`], [`append`].
///
/// As a function that can pause, it would be
///
/// ```text
/// play(script, first):
///     guard = diary.begin(script.name)
///     history = first
///     for step in script.steps:
///         Yield(number):   answer = yield (number, history)
///                          history = append(history, answer)
///         Delegate(inner): history = yield from play(inner), sent history first
///     return history
/// ```
pub enum Play {
    Done,
}

impl Player for Play {
    fn new(_script: Script, _diary: Diary) -> Self {
        Play::Done
    }
}

impl Coroutine<u64> for Play {
    type Yield = Line;
    type Return = u64;

    fn resume(self: Pin<&mut Self>, _sent: u64) -> CoroutineState<Line, u64> {
        match self.get_mut() {
            Play::Done => panic!("this coroutine has ended"),
        }
    }
}
