//! Locks and permits, each of the library that a runtime's users take.

use std::mem;
use std::rc::Rc;

use crate::meter::{cpu, cpu_each, cpu_of_each};
use crate::peers::{Mainspring, Name, Peer, Smol, Tokio};

const NO_TURN: usize = usize::MAX;

/// A mutex that nobody else wants is locked and unlocked.
pub fn alone(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => {
            let mutex = mainspring::sync::Mutex::new(0);
            Mainspring::run(cpu_of_each(count, async move || *mutex.lock().await += 1))
        }
        Name::Tokio => {
            let mutex = tokio::sync::Mutex::new(0);
            Tokio::run(cpu_of_each(count, async move || *mutex.lock().await += 1))
        }
        Name::Smol => {
            let mutex = async_lock::Mutex::new(0);
            Smol::run(cpu_of_each(count, async move || *mutex.lock().await += 1))
        }
        Name::Futures => {
            let mutex = futures_util::lock::Mutex::new(0);
            Mainspring::run(cpu_of_each(count, async move || *mutex.lock().await += 1))
        }
        _ => Err("it has no mutex".into()),
    }
}

/// Two tasks lock a mutex in turn, and give way while they hold it, so that each waits for
/// the other every time.
pub fn in_turn(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => {
            let mutex = mainspring::sync::Mutex::new(NO_TURN);
            between_two::<Mainspring>(count, async move |me| {
                let mut last = mutex.lock().await;
                change(&mut last, me);
                Mainspring::yield_now().await;
            })
        }
        Name::Tokio => {
            let mutex = tokio::sync::Mutex::new(NO_TURN);
            between_two::<Tokio>(count, async move |me| {
                let mut last = mutex.lock().await;
                change(&mut last, me);
                Tokio::yield_now().await;
            })
        }
        Name::Smol => {
            let mutex = async_lock::Mutex::new(NO_TURN);
            between_two::<Smol>(count, async move |me| {
                let mut last = mutex.lock().await;
                change(&mut last, me);
                Smol::yield_now().await;
            })
        }
        Name::Futures => {
            let mutex = futures_util::lock::Mutex::new(NO_TURN);
            between_two::<Mainspring>(count, async move |me| {
                let mut last = mutex.lock().await;
                change(&mut last, me);
                Mainspring::yield_now().await;
            })
        }
        _ => Err("it has no mutex".into()),
    }
}

/// Notes whose turn it is; the one before was the other's.
fn change(last: &mut usize, me: usize) {
    assert_ne!(mem::replace(last, me), me, "not in turn");
}

/// Two tasks, each of which does its half of `count` turns. After each it gives way once
/// more: not every mutex is handed over, and who unlocks one could lock it at once again.
fn between_two<P: Peer>(
    count: usize,
    turn: impl AsyncFn(usize) + 'static,
) -> Result<f64, String> {
    let turn = Rc::new(turn);
    let race = async move |count| {
        let runners = [0, 1].map(|me| {
            let turn = Rc::clone(&turn);
            P::spawn(async move {
                for _ in 0..count / 2 {
                    turn(me).await;
                    P::yield_now().await;
                }
            })
        });
        for runner in runners {
            P::join(runner).await;
        }
    };
    P::run(async move {
        race(count / 10).await;
        let start = cpu();
        race(count).await;
        cpu_each(start, count)
    })
}

/// A permit is taken and given back, with permits enough.
pub fn permits(peer: Name, count: usize) -> Result<f64, String> {
    const PERMITS: usize = 10;
    match peer {
        Name::Mainspring => {
            let semaphore = mainspring::sync::Semaphore::new(PERMITS);
            Mainspring::run(cpu_of_each(count, async move || {
                drop(semaphore.acquire().await);
            }))
        }
        Name::Tokio => {
            let semaphore = tokio::sync::Semaphore::new(PERMITS);
            Tokio::run(cpu_of_each(count, async move || {
                drop(semaphore.acquire().await.expect("it is not closed"));
            }))
        }
        Name::Smol => {
            let semaphore = async_lock::Semaphore::new(PERMITS);
            Smol::run(cpu_of_each(count, async move || {
                drop(semaphore.acquire().await);
            }))
        }
        _ => Err("it has no semaphore".into()),
    }
}
