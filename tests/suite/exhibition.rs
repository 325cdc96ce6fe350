//! The chess exhibition of chapter 1 against its formula, on a virtual clock.

use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::Instant;

use super::{Outcome, explore};

/// How many seconds an exhibition takes: a round is as long as the master needs for all
/// boards, or as the first opponent keeps the master waiting; the last opponent answers
/// after the last round.
fn seconds(boards: u64, moves: u64, master: u64, opponent: u64) -> u64 {
    let round = (boards * master).max(master + opponent);
    (moves - 1) * round + boards * master + opponent
}

/// Any exhibition that passes this takes the time it should.
pub fn takes_its_time<F: Future<Output = ()>>(
    exhibition: impl Fn(u32, u32, Duration, Duration) -> F,
) -> Outcome {
    explore(
        "an exhibition takes as long as going round the boards takes",
        &(1..30_u32, 1..40_u32, 1..10_u32, 0..90_u32),
        |&(boards, moves, master, opponent), story| {
            story.step(format!(
                "{boards} boards, {moves} moves; {master} s for the master's, {opponent} s \
                 for the opponent's"
            ));
            let whole = |seconds: u32| Duration::from_secs(seconds.into());
            let mut runtime = Runtime::builder()
                .virtual_clock()
                .build()
                .expect("two descriptors are left");
            let took = runtime.block_on(async {
                let start = Instant::now();
                exhibition(boards, moves, whole(master), whole(opponent)).await;
                start.elapsed()
            });
            let expected =
                seconds(boards.into(), moves.into(), master.into(), opponent.into());
            story.expect(Duration::from_secs(expected), took)
        },
    )
}
