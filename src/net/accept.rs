//! Accepting, whatever happens to one connection.
//!
//! Two kinds of errors of `accept` are no reason for a server to end. One is about a
//! connection that is gone before it was accepted. The next one may be well, so it is tried
//! at once. The other says that there is no descriptor left, or no memory. The connection
//! stays in the queue of the listener; nothing tells when there will be a descriptor, since
//! it may be any file of any process. To try again at once would be to spin, and an error
//! would have every server find that out for itself. So `accept` tries again after a while.

use std::io;
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
            Err(error) if is_exhausted(&error) => {
                if let Some(executor) = context::here() {
                    executor.waits_on(WaitsOn::FreeDescriptor);
                }
                sleep(WHILE).await;
            }
            result => return result,
        }
    }
}

/// Whether it is the error of one connection: the list is that of the manual, accept(2).
fn is_about_one(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::ECONNABORTED
                | libc::ECONNRESET
                | libc::EPERM
                | libc::EPROTO
                | libc::ENETDOWN
                | libc::ENOPROTOOPT
                | libc::EHOSTDOWN
                | libc::ENONET
                | libc::EHOSTUNREACH
                | libc::EOPNOTSUPP
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
