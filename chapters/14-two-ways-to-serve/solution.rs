//! What `exercise.rs` and `repair.rs` can become.

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use mainspring::group::TaskGroup;
use mainspring::join::{Either, TaskError, select};
use mainspring::sync::{CancelToken, Semaphore};
use mainspring::task_group;
use mainspring::time::timeout;

/// What a server lets its clients have.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many connections are served at once; the others wait in the kernel.
    pub at_once: usize,
    /// How long those at work may go on when the server is told to stop.
    pub patience: Duration,
}

/// The `serve` of this chapter, with one thing more: as soon as `now` is cancelled, nobody is
/// accepted any more, whether it was told to stop before or not, and those at work are cut, and
/// counted.
pub async fn serve<C, F: Future<Output = ()> + 'static>(
    accept: impl AsyncFn() -> io::Result<C>,
    stop: &CancelToken,
    now: &CancelToken,
    limits: Limits,
    handler: impl Fn(C) -> F,
) -> io::Result<usize> {
    let served = task_group(async move |group| {
        let room = Rc::new(Semaphore::new(limits.at_once));
        let ended = accept_all(accept, stop, now, &handler, &room, &group).await;
        let cut = drain(&room, now, limits, &group).await;
        ended.map(|()| cut)
    });
    served.await.map_err(|mut failed| match failed.errors.swap_remove(0) {
        TaskError::Failed(error) => error,
        TaskError::Join(panic) => io::Error::other(panic.to_string()),
    })
}

/// Accepts until it is told to stop, each connection when there is a place for it. Then
/// `accept` goes, and with it the listener: who comes now is refused, and need not wait.
async fn accept_all<C, F: Future<Output = ()> + 'static>(
    accept: impl AsyncFn() -> io::Result<C>,
    stop: &CancelToken,
    now: &CancelToken,
    handler: &impl Fn(C) -> F,
    room: &Rc<Semaphore>,
    group: &TaskGroup<io::Error>,
) -> io::Result<()> {
    let next = async || {
        let place = Rc::clone(room).acquire_owned().await;
        io::Result::Ok((place, accept().await?)) // nobody waits with a connection in hand
    };
    let told = async || select(stop.cancelled(), now.cancelled()).await;
    while let Either::Right(next) = select(told(), next()).await {
        let (place, connection) = next?;
        let work = contained(handler(connection));
        drop(group.spawn(async move {
            work.await;
            drop(place);
            Ok(())
        }));
    }
    Ok(())
}

/// Waits until all places are free, but no longer than patience lasts, and cuts who is left.
async fn drain(
    room: &Semaphore,
    now: &CancelToken,
    limits: Limits,
    group: &TaskGroup<io::Error>,
) -> usize {
    let drained = timeout(limits.patience, room.acquire_many(limits.at_once));
    let drained = select(drained, now.cancelled()).await;
    let left = if let Either::Left(Ok(_)) = drained { 0 } else { group.len() };
    group.abort_all();
    left
}

/// Runs `work` to its end, which a panic is too. The hook has told of it by then.
async fn contained(work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    poll_fn(|cx| {
        let poll = AssertUnwindSafe(|| work.as_mut().poll(cx));
        catch_unwind(poll).unwrap_or(Poll::Ready(()))
    })
    .await;
}

/// What `repair.rs` can become. There a connection is accepted before there is a place for it,
/// and is dropped with `accept_all` if the stop comes meanwhile. Here the place comes first, and
/// nothing is awaited with a connection in hand.
#[path = "serve.rs"]
pub mod repaired;
