//! Tasks that are spawned, run once, and are joined.

use std::hint::black_box;

use crate::meter::{cpu, cpu_each};
use crate::peers::Peer;

/// One after the other: spawn a task, wait for its output.
pub fn one_by_one<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(async move {
        alone::<P>(count / 10).await;
        let start = cpu();
        alone::<P>(count).await;
        cpu_each(start, count)
    })
}

async fn alone<P: Peer>(count: usize) {
    for number in 0..count {
        let number = black_box(number);
        let output = P::join(P::spawn(async move { number })).await;
        assert_eq!(black_box(output), number);
    }
}

/// In batches: spawn so many, then wait for all.
pub fn in_batches<P: Peer, const BATCH: usize>(count: usize) -> Result<f64, String> {
    P::run(async move {
        let mut handles = Vec::with_capacity(BATCH);
        batch::<P>(&mut handles).await;
        let batches = (count / BATCH).max(1);
        let start = cpu();
        for _ in 0..batches {
            batch::<P>(&mut handles).await;
        }
        cpu_each(start, batches * BATCH)
    })
}

/// Fills the vector with tasks, then joins them.
async fn batch<P: Peer>(handles: &mut Vec<P::Handle<usize>>) {
    for number in 0..handles.capacity() {
        let number = black_box(number);
        handles.push(P::spawn(async move { number }));
    }
    for (number, handle) in handles.drain(..).enumerate() {
        assert_eq!(black_box(P::join(handle).await), number);
    }
}
