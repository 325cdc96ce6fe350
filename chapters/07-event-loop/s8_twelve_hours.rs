//! The chess exhibition of chapter 1, played to its end, in no time.

use std::collections::VecDeque;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::JoinError;
use mainspring::time::{Instant, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;

const BOARDS: usize = 24;
const MOVES: usize = 30;
const MASTER: Duration = Duration::from_secs(5);
const OPPONENT: Duration = Duration::from_secs(55);

/// One game after the other: at each board the master waits for the opponent.
async fn one_by_one() -> Result<(), JoinError> {
    for _ in 0..BOARDS * MOVES {
        sleep(MASTER).await;
        sleep(OPPONENT).await;
    }
    Ok(())
}

/// From board to board: the opponents think while the master goes round.
async fn going_round() -> Result<(), JoinError> {
    let mut opponents = VecDeque::new();
    for _ in 0..BOARDS * MOVES {
        if opponents.len() == BOARDS
            && let Some(opponent) = opponents.pop_front()
        {
            opponent.await?;
        }
        sleep(MASTER).await;
        opponents.push_back(spawn(sleep(OPPONENT)));
    }
    for opponent in opponents {
        opponent.await?;
    }
    Ok(())
}

/// How many seconds a game takes, on the clock of the loop.
async fn timed(game: impl Future<Output = Result<(), JoinError>>) -> u64 {
    let start = Instant::now();
    game.await.expect("opponents who do not panic");
    start.elapsed().as_secs()
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    let start = std::time::Instant::now();
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    runtime.block_on(async {
        println!("one by one   {:>6} s", timed(one_by_one()).await);
        println!("going round  {:>6} s", timed(going_round()).await);
    });
    println!("you waited   {:>6} s", start.elapsed().as_secs());
    Ok(())
}
