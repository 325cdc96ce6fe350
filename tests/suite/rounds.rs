//! Games that take turns: one keeper, a move of each in turn, against a list on paper.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use mainspring::generator::{Coroutine, CoroutineState};
use proptest::collection::vec;

use super::{Outcome, explore};

/// What the suite tests.
pub trait Keeper {
    /// Resumes the games in turn until all have ended; tells each move, and gives what they
    /// returned.
    fn take_turns(games: Vec<Game>, moved: impl FnMut(usize, u32)) -> Vec<u32>;
}

/// A game of some moves. It returns ten times its number and the moves.
pub struct Game {
    number: usize,
    moves: u32,
    made: Option<u32>,
    log: Rc<RefCell<Vec<String>>>,
}

impl Coroutine<()> for Game {
    type Yield = u32;
    type Return = u32;

    fn resume(self: Pin<&mut Self>, (): ()) -> CoroutineState<u32, u32> {
        let this = self.get_mut();
        let name = name(this.number);
        let Some(made) = this.made.take() else {
            this.log.borrow_mut().push(format!("{name} is resumed after its end"));
            return CoroutineState::Complete(0);
        };
        if made == this.moves {
            this.log.borrow_mut().push(format!("{name} ends"));
            return CoroutineState::Complete(result(this.number, this.moves));
        }
        this.made = Some(made + 1);
        CoroutineState::Yielded(made + 1)
    }
}

fn name(number: usize) -> char {
    ['A', 'B', 'C', 'D'].get(number).copied().unwrap_or('?')
}

fn result(number: usize, moves: u32) -> u32 {
    u32::try_from(number).expect("few games") * 10 + moves
}

/// What should happen, and what the games return.
fn paper(games: &[u32]) -> Vec<String> {
    let mut lines = Vec::new();
    for round in 1..=games.iter().max().map_or(0, |most| most + 1) {
        for (number, moves) in games.iter().enumerate() {
            if round <= *moves {
                lines.push(format!("{} makes move {round}", name(number)));
            } else if round == moves + 1 {
                lines.push(format!("{} ends", name(number)));
            }
        }
    }
    lines
}

/// Each makes a move in turn, and nobody is forgotten.
pub fn take_turns<K: Keeper>() -> Outcome {
    let sentence =
        "games take turns, a move each, and give what they return in their order";
    explore(sentence, &vec(0..4_u32, 0..4), |moves, story| {
        for (number, moves) in moves.iter().enumerate() {
            let plural = if *moves == 1 { "" } else { "s" };
            story.step(format!("{} is a game of {moves} move{plural}", name(number)));
        }
        let log = Rc::<RefCell<Vec<String>>>::default();
        let game = |(number, moves): (usize, &u32)| Game {
            number,
            moves: *moves,
            made: Some(0),
            log: Rc::clone(&log),
        };
        let games = moves.iter().enumerate().map(game).collect();
        let returned = K::take_turns(games, |number, made| {
            log.borrow_mut().push(format!("{} makes move {made}", name(number)));
            // A keeper that never ends has to be stopped: no case has so many moves.
            assert!(log.borrow().len() < 100, "a hundred moves, and no end");
        });
        let expected = paper(moves);
        for (index, happened) in log.take().iter().enumerate() {
            story.step(happened.clone());
            if expected.get(index) != Some(happened) {
                let next = expected.get(index).cloned();
                let next = next.unwrap_or_else(|| "all have ended".to_owned());
                return story.broken(next, happened.clone());
            }
        }
        story.step("take_turns returns");
        let happened = expected.get(story.steps() - moves.len() - 1);
        if let Some(next) = happened {
            return story.broken(next.clone(), "it returns");
        }
        let all = moves.iter().enumerate();
        let all: Vec<u32> = all.map(|(number, moves)| result(number, *moves)).collect();
        if returned == all {
            return Ok(());
        }
        story.broken(results(&all, &all), results(&returned, &all))
    })
}

/// Whose results these are.
fn results(some: &[u32], all: &[u32]) -> String {
    let whose = some.iter().map(|result| match all.iter().position(|it| it == result) {
        Some(number) => name(number).to_string(),
        None => "nobody".to_owned(),
    });
    let whose: Vec<String> = whose.collect();
    match whose.len() {
        0 => "no results".to_owned(),
        _ => format!("the results of {}", whose.join(", ")),
    }
}
