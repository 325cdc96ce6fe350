//! Chapter 14, yours to write: a server that stops well.
//!
//! `cargo test --test exercises serve::exercise -- --ignored` says what is missing.

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use mainspring::sync::CancelToken;
use mainspring::task_group;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many connections are served at once; the others wait in the kernel.
    pub at_once: usize,
    /// How long those at work may go on when the server is told to stop.
    pub patience: Duration,
}

/// Accepts until `stop` is cancelled, and has each connection served in a task of its own, at
/// most `at_once` of them. Then it drops `accept`, which has the listener, and waits for those at
/// work; it cuts those that need longer than `patience`, and returns how many it cut. A panic of
/// one is the end of no other.
pub async fn serve<C, F: Future<Output = ()> + 'static>(
    accept: impl AsyncFn() -> io::Result<C>,
    stop: &CancelToken,
    limits: Limits,
    handler: impl Fn(C) -> F,
) -> io::Result<usize> {
    let _ = (stop, limits); // yours to write: it never stops
    let served = task_group(async move |group| {
        loop {
            let connection = accept().await?;
            let work = contained(handler(connection));
            drop(group.spawn(async {
                work.await;
                io::Result::Ok(())
            }));
        }
    });
    let served: Result<usize, _> = served.await;
    served.map_err(|_| io::Error::other("the listener is broken"))
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
