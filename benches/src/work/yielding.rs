//! A crowd of tasks that give way to each other, each by the runtime's own `yield_now`.

use crate::meter::{cpu, cpu_each};
use crate::peers::Peer;

/// So many tasks, each of which yields as often as it takes to make `count` together.
pub fn among<P: Peer, const TASKS: usize>(count: usize) -> Result<f64, String> {
    P::run(async move {
        crowd::<P>(TASKS, 10).await;
        let each = (count / TASKS).max(10);
        let start = cpu();
        crowd::<P>(TASKS, each).await;
        cpu_each(start, TASKS * each)
    })
}

async fn crowd<P: Peer>(tasks: usize, each: usize) {
    let spawn = |_| {
        P::spawn(async move {
            for _ in 0..each {
                P::yield_now().await;
            }
        })
    };
    let handles: Vec<_> = (0..tasks).map(spawn).collect();
    for handle in handles {
        P::join(handle).await;
    }
}
