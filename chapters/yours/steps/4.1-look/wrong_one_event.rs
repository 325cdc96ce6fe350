//! Wrong: it tells one event.

use std::io;
use std::time::Duration;

use mainspring::reactor::{Reactor, Readiness};

pub fn look<S: Clone>(
    reactor: &mut Reactor<S>,
    timeout: Option<Duration>,
) -> io::Result<Vec<(S, Readiness)>> {
    reactor.wait(timeout)?;
    let mut events = Vec::new();
    if let Some((token, readiness)) = reactor.next_event()
        && let Some(source) = reactor.get(token)
    {
        events.push((source.clone(), readiness));
    }
    Ok(events)
}
