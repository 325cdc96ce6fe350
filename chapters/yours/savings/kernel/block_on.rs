//! A saving: a busy loop asks the kernel only if it watches something beside its bell.

use std::rc::Rc;
use std::time::Duration;

use super::runtime::Runtime;

impl Runtime {
    /// Runs a future as a task, and all that it spawns, until it has ended. Returns its output;
    /// what is left then is dropped.
    ///
    /// Turn after turn: if nobody is ready after one, it parks (`tasks.inbox.park`) and waits
    /// until the next deadline (`wait`, `until_next`). If somebody is ready it never sleeps, but
    /// still has a look at the sockets: `wait(Some(Duration::ZERO))`.
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
                let watched = self.reactor.borrow().len();
                if watched > 1 {
                    self.wait(Some(Duration::ZERO));
                }
            } else if self.tasks.inbox.park() {
                self.wait(self.until_next());
            }
        }
    }
}
