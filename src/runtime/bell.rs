//! The bell: how another thread wakes the loop from its sleep.

use std::fs::File;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use crate::reactor::{Reactor, Readiness};
use crate::sys;

/// Something the reactor watches. It is told of its events while nothing is borrowed.
pub(crate) trait Source {
    fn on_event(&self, readiness: Readiness);
}

/// The bell's end in the reactor. Its event has nothing to say: the loop is awake, and
/// its next turn takes the inbox. It is not even drained, since each ring of an
/// edge-triggered eventfd is an event of its own, and the counter holds 2^64 of them.
struct Bell;

impl Source for Bell {
    fn on_event(&self, _: Readiness) {}
}

/// Hangs a bell in the reactor. The function that is returned rings it, from any thread,
/// and keeps it open for as long as some waker may ring.
pub(crate) fn hang(
    reactor: &mut Reactor<Rc<dyn Source>>,
) -> io::Result<impl Fn() + Send + Sync + 'static> {
    let bell: Arc<File> = Arc::new(sys::eventfd()?);
    reactor.register(&bell, Rc::new(Bell))?;
    Ok(move || sys::eventfd_ring(&bell).expect("an open eventfd can be rung"))
}
