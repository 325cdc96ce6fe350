//! 3.3 Take turns: your first executor. One keeper, many games, a move of each in turn.

#[allow(unused_imports, reason = "you may need it")]
use std::collections::VecDeque;

use mainspring::generator::Coroutine;
#[allow(unused_imports, reason = "you will need it")]
use mainspring::generator::CoroutineState;

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
    let _ = (games, &mut moved); // Yours.
    Vec::new()
}
