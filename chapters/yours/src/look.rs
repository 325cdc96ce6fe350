//! 4.1 Look: asks the reactor what has happened.

use std::io;
use std::time::Duration;

use mainspring::reactor::{Reactor, Readiness};

/// Waits until something is ready, and for `timeout` at most; None is for ever. Returns all
/// that the wait has brought: what is kept with each source, and what it is ready for.
///
/// It never waits twice, and leaves no event behind.
///
/// # Errors
///
/// Those of the reactor.
pub fn look<S: Clone>(
    reactor: &mut Reactor<S>,
    timeout: Option<Duration>,
) -> io::Result<Vec<(S, Readiness)>> {
    let _ = (reactor, timeout); // Yours: `wait`, `next_event`, `get`.
    Ok(Vec::new())
}
