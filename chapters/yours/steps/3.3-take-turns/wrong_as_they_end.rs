//! Wrong: the results come in the order of the ends.

use std::collections::VecDeque;
use std::pin::Pin;

use mainspring::generator::{Coroutine, CoroutineState};

pub fn take_turns<G>(
    games: Vec<G>,
    mut moved: impl FnMut(usize, G::Yield),
) -> Vec<G::Return>
where
    G: Coroutine<()> + Unpin,
{
    let mut returned = Vec::new();
    let mut line: VecDeque<(usize, G)> = games.into_iter().enumerate().collect();
    while let Some((number, mut game)) = line.pop_front() {
        match Pin::new(&mut game).resume(()) {
            CoroutineState::Yielded(what) => {
                moved(number, what);
                line.push_back((number, game));
            }
            CoroutineState::Complete(result) => returned.push(result),
        }
    }
    returned
}
