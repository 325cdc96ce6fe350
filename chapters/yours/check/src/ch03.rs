//! The checks of chapter 3's pieces.

use super::take_turns::take_turns;
use super::there_and_back::ThereAndBack;
use super::up_and_down::UpAndDown;
use crate::suite::generator::{self, Climber, Lister};
use crate::suite::{Outcome, rounds};

pub fn check(step: &str) -> Option<Outcome> {
    Some(match step {
        "3.1" => generator::lists::<ThereAndBack>(),
        "3.2" => generator::climbs::<UpAndDown>(),
        "3.3" => rounds::take_turns::<Keeper>(),
        _ => return None,
    })
}

impl Lister for ThereAndBack {
    fn new(n: u32) -> Self {
        ThereAndBack::new(n)
    }
}

impl Climber for UpAndDown {
    fn new() -> Self {
        UpAndDown::new()
    }
}

struct Keeper;

impl rounds::Keeper for Keeper {
    fn take_turns(games: Vec<rounds::Game>, moved: impl FnMut(usize, u32)) -> Vec<u32> {
        take_turns(games, moved)
    }
}
