//! Wrong: a game that has ended is resumed again.

use std::pin::Pin;

use mainspring::generator::{Coroutine, CoroutineState};

pub fn take_turns<G>(
    mut games: Vec<G>,
    mut moved: impl FnMut(usize, G::Yield),
) -> Vec<G::Return>
where
    G: Coroutine<()> + Unpin,
{
    let mut returned: Vec<Option<G::Return>> = games.iter().map(|_| None).collect();
    while returned.iter().any(Option::is_none) {
        for (number, game) in games.iter_mut().enumerate() {
            match Pin::new(game).resume(()) {
                CoroutineState::Yielded(what) => moved(number, what),
                CoroutineState::Complete(result) => returned[number] = Some(result),
            }
        }
    }
    returned.into_iter().flatten().collect()
}
