//! 24 opponents and their thinking: twelve hours, in a moment

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::runtime::{Runtime, current, spawn};
use crate::sleep::sleep;
use crate::{End, text};

const BOARDS: usize = 24;
const MOVES: usize = 30;
const MASTER: Duration = Duration::from_secs(5);
const OPPONENT: Duration = Duration::from_secs(55);

/// One game after the other: at each board the master waits for the opponent.
async fn one_by_one() {
    for _ in 0..BOARDS * MOVES {
        sleep(MASTER).await;
        sleep(OPPONENT).await;
    }
}

/// From board to board: the opponents think while the master goes round.
async fn going_round() {
    let mut opponents = VecDeque::new();
    for _ in 0..BOARDS * MOVES {
        if opponents.len() == BOARDS
            && let Some(opponent) = opponents.pop_front()
        {
            opponent.await;
        }
        sleep(MASTER).await;
        opponents.push_back(spawn(sleep(OPPONENT)));
    }
    for opponent in opponents {
        opponent.await;
    }
}

/// How many seconds it takes, on the clock of the loop.
async fn seconds(game: impl Future<Output = ()>) -> u64 {
    let start = current().clock.now();
    game.await;
    (current().clock.now() - start) / 1_000_000_000
}

pub fn run(_: &[String]) -> End {
    let start = Instant::now();
    let runtime = Runtime::with_virtual_clock().map_err(text)?;
    runtime.block_on(async {
        for (name, seconds) in [
            ("one by one", seconds(one_by_one()).await),
            ("going round", seconds(going_round()).await),
        ] {
            let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
            println!("{name:<12}{hours:>3} h {minutes:>2} min {:>2} s", seconds % 60);
        }
    });
    println!("you waited  {:>14} s", start.elapsed().as_secs());
    Ok(())
}
