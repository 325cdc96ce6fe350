//! Wrong: it tells of those alone that can be read.

use std::io;
use std::time::Duration;

use mainspring::reactor::{Reactor, Readiness};

pub fn look<S: Clone>(
    reactor: &mut Reactor<S>,
    timeout: Option<Duration>,
) -> io::Result<Vec<(S, Readiness)>> {
    reactor.wait(timeout)?;
    let mut events = Vec::new();
    while let Some((token, readiness)) = reactor.next_event() {
        if !readiness.readable {
            continue;
        }
        if let Some(source) = reactor.get(token) {
            events.push((source.clone(), readiness));
        }
    }
    Ok(events)
}
