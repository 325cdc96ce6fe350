//! Chapter 03, yours to write: three machines by hand.

use std::pin::Pin;

use mainspring::generator::{Coroutine, CoroutineState};

use crate::suite::generator::{Climber, Diary, Line, Lister, Player, Script};
#[allow(unused_imports)] // for the third
use crate::suite::generator::{Guard, Step, append};

/// Exercise 1: `for i in 0..n { yield i }`, then `for i in (0..n).rev() { yield i }`.
///
/// Give it a variant for each place to pause at, with what lives across that pause.
pub enum ThereAndBack {
    Done,
}

impl Lister for ThereAndBack {
    fn new(_n: u32) -> Self {
        ThereAndBack::Done
    }
}

impl Iterator for ThereAndBack {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        None
    }
}

/// Exercise 2: `up_and_down`, of the chapter's first page.
///
/// It may be moved, so it takes a plain reference out of the pinned one: `self.get_mut()`.
pub enum UpAndDown {
    Done,
}

impl Climber for UpAndDown {
    fn new() -> Self {
        UpAndDown::Done
    }
}

impl Coroutine<u32> for UpAndDown {
    type Yield = u32;
    type Return = u32;

    fn resume(self: Pin<&mut Self>, _sent: u32) -> CoroutineState<u32, u32> {
        match self.get_mut() {
            UpAndDown::Done => panic!("this coroutine has ended"),
        }
    }
}

/// Exercise 3: a machine that plays any [`Script`]. What it is made of stands at the top of
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
