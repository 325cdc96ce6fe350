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
        loop {
            self.turn();
            if let Some(output) = main.fetch() {
                return output;
            }
            if self.tasks.any_ready() {
                self.wait(Some(Duration::ZERO));
            } else if self.tasks.inbox.park() {
                self.wait(self.until_next());
            }
        }
    }
}
