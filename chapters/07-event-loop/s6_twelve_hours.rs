//! The chess exhibition of chapter 1, played to its end, in no time.

use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::time::{Instant, sleep};

const BOARDS: usize = 24;
const MOVES: u32 = 30;
const MASTER: Duration = Duration::from_secs(5);
const OPPONENT: Duration = Duration::from_secs(55);

/// One game after the other: at each board the master waits for the opponent.
async fn one_by_one() {
    for _ in 0..BOARDS {
        for _ in 0..MOVES {
            sleep(MASTER).await;
            sleep(OPPONENT).await;
        }
    }
}

/// From board to board: the opponents think while the master goes round.
async fn going_round() {
    let mut opponents = Vec::new();
    for _ in 0..MOVES {
        for board in 0..BOARDS {
            if board < opponents.len() {
                let answer: mainspring::task::JoinHandle<()> = opponents.remove(0);
                answer.await.expect("an opponent who does not panic");
            }
            sleep(MASTER).await;
            opponents.push(spawn(sleep(OPPONENT)));
        }
    }
    for answer in opponents {
        answer.await.expect("an opponent who does not panic");
    }
}

/// How long a future takes, on its own clock.
async fn timed(future: impl Future) -> Duration {
    let start = Instant::now();
    future.await;
    start.elapsed()
}

fn main() -> std::io::Result<()> {
    let outside = std::time::Instant::now();
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    runtime.block_on(async {
        println!("one by one   {:>6} s", timed(one_by_one()).await.as_secs());
        println!("going round  {:>6} s", timed(going_round()).await.as_secs());
    });
    println!("outside      {:>6} s", outside.elapsed().as_secs());
    Ok(())
}
