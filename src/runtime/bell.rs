//! The bell: how another thread wakes the loop from its sleep.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::watcher::Watcher;
use crate::reactor::Reactor;
use crate::sys;
use crate::task::{Executor, Unpark};

/// Hangs a bell in the reactor: an eventfd. The function that is returned rings it, from
/// any thread, and keeps it open.
///
/// Its event has nothing to say: the loop is awake, and its next turn takes the inbox. The
/// counter is not even drained, since each ring of an edge-triggered eventfd is an event of
/// its own, and it holds 2^64 of them.
pub(crate) fn hang(reactor: &mut Reactor<Rc<dyn Watcher>>) -> io::Result<Arc<Unpark>> {
    let bell = sys::eventfd()?;
    reactor.register(&bell, Rc::new(Bell))?;
    // It can be written to, which would end the loop's first sleep. It is told once: here.
    reactor.wait(Some(Duration::ZERO))?;
    reactor.next_raw_event();
    Ok(Arc::new(move || {
        sys::eventfd_ring(&bell).expect("an open eventfd can be rung");
    }))
}

struct Bell;

impl Watcher for Bell {
    fn notice(&self, _: sys::Event, _: &Executor) {}

    fn is_awaited(&self) -> bool {
        false
    }
}
