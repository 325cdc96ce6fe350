//! 3.3 Take turns: your first executor. One keeper, many games, a move of each in turn.

use std::collections::VecDeque;

use mainspring::generator::{Coroutine, CoroutineState};

/// Resumes the games one after the other, each up to its next `yield`, and round again,
/// until all have ended. Calls `moved` with the number of the game and what it yielded.
/// Returns what the games returned, in the order in which the games were given.
///
/// It never resumes a game that has ended.
pub fn take_turns<G>(
    games: Vec<G>,
    mut moved: impl FnMut(usize, G::Yield),
) -> Vec<G::Return>
where
    G: Coroutine<()> + Unpin,
{
    let mut returned: Vec<Option<G::Return>> = games.iter().map(|_| None).collect();
    let mut line: VecDeque<(usize, G)> = games.into_iter().enumerate().collect();
    while let Some((number, mut game)) = line.pop_front() {
        match game.send(()) {
            CoroutineState::Yielded(what) => {
                moved(number, what);
                line.push_back((number, game));
            }
            CoroutineState::Complete(result) => returned[number] = Some(result),
        }
    }
    returned.into_iter().flatten().collect()
}
