//! Wrong: where a game ends, the next one loses its move.

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
    let mut line: Vec<(usize, G)> = games.into_iter().enumerate().collect();
    while !line.is_empty() {
        let mut place = 0;
        while place < line.len() {
            let number = line[place].0;
            match Pin::new(&mut line[place].1).resume(()) {
                CoroutineState::Yielded(what) => moved(number, what),
                CoroutineState::Complete(result) => {
                    returned[number] = Some(result);
                    line.remove(place);
                }
            }
            place += 1;
        }
    }
    returned.into_iter().flatten().collect()
}
