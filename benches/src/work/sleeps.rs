//! Sleeps that come to their end.

use crate::meter::{cpu, cpu_each, scattered};
use crate::peers::Peer;

/// So many tasks, each with one sleep that ends within half a second: spawned, slept,
/// joined. Processor time for each.
pub fn crowd<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(async move {
        let start = cpu();
        let spawn = |number| P::spawn(P::sleep(scattered(number, 0, 500)));
        let handles: Vec<_> = (0..count as u64).map(spawn).collect();
        for handle in handles {
            P::join(handle).await;
        }
        cpu_each(start, count)
    })
}
