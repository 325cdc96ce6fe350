//! Accepting, whatever happens to one connection.
//!
//! Two kinds of errors of `accept` are no reason for a server to end. One is about a
//! connection that is gone before it was accepted. The next one may be well, so it is tried
//! at once. The other says that there is no descriptor left, or no memory. The connection
//! stays in the queue of the listener; nothing tells when there will be a descriptor, since
//! any file of the process, or of the machine, may be the one that closes. To try again at once would be to spin, and an error
//! would have every server find that out for itself. So `accept` tries again after a while.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::time::Duration;

use crate::io::Async;
use crate::task::{WaitsOn, context};
use crate::time::sleep;

/// How long it takes to try again when there was no descriptor.
const WHILE: Duration = Duration::from_millis(20);

/// Accepts the next connection that is well.
pub(super) async fn accept<L, C>(
    listener: &Async<L>,
    accept: impl Fn(&L) -> io::Result<C>,
) -> io::Result<C> {
    loop {
        match listener.read_with(&accept).await {
            Err(error) if is_about_one(&error) => {}
            Err(error) if is_exhausted(&error) => wait_for_descriptor().await,
            result => return result,
        }
    }
}

/// Waits a while. A list of tasks says what for.
async fn wait_for_descriptor() {
    let mut nap = pin!(sleep(WHILE));
    poll_fn(|cx| {
        if let Some(executor) = context::here() {
            executor.waits_on(WaitsOn::FreeDescriptor);
        }
        nap.as_mut().poll(cx)
    })
    .await;
}

/// Whether it is the error of one connection: the list is that of the manual, accept(2), but
/// for two. `EPERM` is what a filter of system calls says, and `EOPNOTSUPP` a socket that
/// cannot listen; they say so each time, and to try again would be to spin.
fn is_about_one(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::ECONNABORTED
                | libc::ECONNRESET
                | libc::EPROTO
                | libc::ENETDOWN
                | libc::ENOPROTOOPT
                | libc::EHOSTDOWN
                | libc::ENONET
                | libc::EHOSTUNREACH
                | libc::ENETUNREACH
                | libc::ETIMEDOUT
        )
    )
}

/// Whether the process or the machine has too little of something.
fn is_exhausted(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM)
    )
}
