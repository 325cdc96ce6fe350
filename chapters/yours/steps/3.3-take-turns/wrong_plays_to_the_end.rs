//! Wrong: each game is played to its end.

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
    let mut returned: Vec<Option<G::Return>> = games.iter().map(|_| None).collect();
    let mut line: VecDeque<(usize, G)> = games.into_iter().enumerate().collect();
    while let Some((number, mut game)) = line.pop_front() {
        match Pin::new(&mut game).resume(()) {
            CoroutineState::Yielded(what) => {
                moved(number, what);
                line.push_front((number, game));
            }
            CoroutineState::Complete(result) => returned[number] = Some(result),
        }
    }
    returned.into_iter().flatten().collect()
}
