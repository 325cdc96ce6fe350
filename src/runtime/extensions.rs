//! What later modules keep with a runtime: a pool of threads, a mailbox.
//!
//! The loop knows none of them by name. A module that needs one for each runtime asks for
//! it by its type, and it is made the first time; when the runtime ends, each is told.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Something that a runtime has one of.
pub(crate) trait Extension: Any {
    /// The runtime is about to drop its tasks: nothing new begins.
    fn close(&self) {}

    /// The tasks are dropped: waits for what is still at work elsewhere, for so long at most.
    fn wait(&self, _longest: Duration) {}
}

/// The extensions of a runtime, one of each type.
#[derive(Default)]
pub(crate) struct Extensions(RefCell<Vec<Rc<dyn Extension>>>);

impl Extensions {
    /// The extension of this type; made if there is none yet.
    pub(crate) fn get<T: Extension>(&self, make: impl FnOnce() -> T) -> Rc<T> {
        if let Some(found) = self.all().into_iter().find_map(downcast) {
            return found;
        }
        let made = Rc::new(make());
        self.0.borrow_mut().push(made.clone());
        made
    }

    /// All of them, to be called with nothing borrowed.
    pub(crate) fn all(&self) -> Vec<Rc<dyn Extension>> {
        self.0.borrow().clone()
    }
}

fn downcast<T: Extension>(extension: Rc<dyn Extension>) -> Option<Rc<T>> {
    let any: Rc<dyn Any> = extension;
    any.downcast().ok()
}
