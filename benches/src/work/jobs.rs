//! A job of a pool of threads, there and back: an empty function.

use std::hint::black_box;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use crate::meter::median;
use crate::peers::{Mainspring, Name, Peer, Smol, Tokio};

/// One after the other: how long each takes, in the middle.
pub fn one_by_one(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => Mainspring::run(latency(count, async || {
            mainspring::spawn_blocking(|| black_box(1)).await.expect("it returns")
        })),
        Name::Tokio => Tokio::run(latency(count, async || {
            tokio::task::spawn_blocking(|| black_box(1)).await.expect("it returns")
        })),
        Name::Smol => {
            Smol::run(latency(count, async || blocking::unblock(|| black_box(1)).await))
        }
        Name::Limit => Ok(by_channel(count)),
        _ => Err("left out: it has a pool only if one is attached".into()),
    }
}

/// So many at once: how long all of them take, each its share.
pub fn in_batches(peer: Name, count: usize) -> Result<f64, String> {
    const CROWD: usize = 100;
    match peer {
        Name::Mainspring => Mainspring::run(share(count, async || {
            let jobs = [(); CROWD].map(|()| mainspring::spawn_blocking(|| black_box(1)));
            for job in jobs {
                job.await.expect("it returns");
            }
            CROWD
        })),
        Name::Tokio => Tokio::run(share(count, async || {
            let jobs = [(); CROWD].map(|()| tokio::task::spawn_blocking(|| black_box(1)));
            for job in jobs {
                job.await.expect("it returns");
            }
            CROWD
        })),
        Name::Smol => Smol::run(share(count, async || {
            let jobs = [(); CROWD].map(|()| blocking::unblock(|| black_box(1)));
            for job in jobs {
                job.await;
            }
            CROWD
        })),
        _ => Err("left out: it has a pool only if one is attached".into()),
    }
}

async fn latency(count: usize, job: impl AsyncFn() -> i32) -> f64 {
    job().await; // starts a thread
    let mut latencies = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        black_box(job().await);
        latencies.push(start.elapsed().as_nanos() as f64);
    }
    median(&mut latencies)
}

async fn share(count: usize, batch: impl AsyncFn() -> usize) -> f64 {
    batch().await;
    let (start, mut done) = (Instant::now(), 0);
    while done < count {
        done += batch().await;
    }
    start.elapsed().as_nanos() as f64 / done as f64
}

/// A number sent to a thread that waits for it, and back, by two channels of std.
fn by_channel(count: usize) -> f64 {
    let ((sender, receiver), (answer, answers)) = (channel(), channel());
    let thread = thread::spawn(move || {
        for number in receiver {
            if answer.send(black_box(number)).is_err() {
                break;
            }
        }
    });
    let mut latencies = Vec::with_capacity(count);
    for number in 0..count {
        let start = Instant::now();
        sender.send(number).expect("the thread waits for numbers");
        black_box(answers.recv().expect("the thread answers"));
        latencies.push(start.elapsed().as_nanos() as f64);
    }
    drop(sender);
    thread.join().expect("it returns");
    median(&mut latencies)
}
