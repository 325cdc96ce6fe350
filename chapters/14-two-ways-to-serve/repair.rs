//! Chapter 14, yours to repair: a server whose shutdown loses a client.
//!
//! `cargo test --test exercises serve::repair -- --ignored` tells its story. The tests have
//! a copy of it: your repair does not change the stories they tell.

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use mainspring::group::TaskGroup;
use mainspring::join::select;
use mainspring::sync::{CancelToken, Semaphore};
use mainspring::task_group;
use mainspring::time::timeout;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub at_once: usize,
    pub patience: Duration,
}

pub async fn serve<C, F: Future<Output = ()> + 'static>(
    accept: impl AsyncFn() -> io::Result<C>,
    stop: &CancelToken,
    limits: Limits,
    handler: impl Fn(C) -> F,
) -> io::Result<usize> {
    let served = task_group(async move |group| {
        let room = Rc::new(Semaphore::new(limits.at_once));
        select(stop.cancelled(), accept_all(accept, &handler, &room, &group)).await;
        let drained = timeout(limits.patience, room.acquire_many(limits.at_once)).await;
        let left = if drained.is_ok() { 0 } else { group.len() };
        group.abort_all();
        Ok(left)
    });
    served.await.map_err(|_| io::Error::other("a task of the server panicked"))
}

/// Accepts for ever. Whoever stops it drops it.
async fn accept_all<C, F: Future<Output = ()> + 'static>(
    accept: impl AsyncFn() -> io::Result<C>,
    handler: &impl Fn(C) -> F,
    room: &Rc<Semaphore>,
    group: &TaskGroup<io::Error>,
) -> io::Result<()> {
    loop {
        let connection = accept().await?;
        let place = Rc::clone(room).acquire_owned().await;
        let work = contained(handler(connection));
        drop(group.spawn(async move {
            work.await;
            drop(place);
            Ok(())
        }));
    }
}

/// Runs `work` to its end, which a panic is too.
async fn contained(work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    poll_fn(|cx| {
        let poll = AssertUnwindSafe(|| work.as_mut().poll(cx));
        catch_unwind(poll).unwrap_or(Poll::Ready(()))
    })
    .await;
}
