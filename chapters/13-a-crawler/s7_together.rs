//! Eight hundred fail at the same moment, and come back: together, or jittered?

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use mainspring::join_all;
use mainspring::runtime::Runtime;
use mainspring::time::{Instant, sleep};

use retry::{Failure, retry};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[allow(dead_code)] // nothing fails for good here
mod retry;

const CLIENTS: u32 = 800;
const AGAIN: u32 = 5;
const A_WHILE: Duration = Duration::from_millis(10);

/// Serves twenty at once, each for a while, and sends away who comes then.
#[derive(Default)]
struct Server {
    visitors: RefCell<u32>,
    /// How many were sent away at their first attempt, their second, and so on.
    sent_away: RefCell<[u32; 1 + AGAIN as usize]>,
}

impl Server {
    async fn serve(&self, attempt: usize) -> Result<(), Failure<()>> {
        if *self.visitors.borrow() == 20 {
            self.sent_away.borrow_mut()[attempt] += 1;
            return Err(Failure::MayPass((), None));
        }
        *self.visitors.borrow_mut() += 1;
        sleep(A_WHILE).await;
        *self.visitors.borrow_mut() -= 1;
        Ok(())
    }
}

/// All ask at the same moment. `chance` is drawn for each pause.
async fn all_at_once(chance: impl FnMut() -> f64) {
    let (server, start, chance) =
        (Server::default(), Instant::now(), RefCell::new(chance));
    let ends = join_all((0..CLIENTS).map(async |_| {
        let mut attempts = 0..;
        let draw = || (chance.borrow_mut())();
        let attempt =
            async || server.serve(attempts.next().expect("it has no end")).await;
        retry(AGAIN, draw, attempt).await
    }))
    .await;
    println!("  sent away {:?}", server.sent_away.borrow());
    println!("  gave up: {}", ends.iter().filter(|end| end.is_err()).count());
    println!("  all is over after {:.1} s", start.elapsed().as_secs_f64());
}

/// A number between 0 and 1, from a generator of our own: every run draws the same.
fn draws() -> impl FnMut() -> f64 {
    let mut state = 1_u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        f64::from(u32::try_from(state >> 32).expect("half of it")) / f64::from(u32::MAX)
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    runtime.block_on(async {
        println!("without jitter:");
        all_at_once(|| 1.0).await;
        println!("with jitter:");
        all_at_once(draws()).await;
    });
    Ok(())
}
