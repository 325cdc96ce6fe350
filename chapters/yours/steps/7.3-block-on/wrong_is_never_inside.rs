//! Wrong: it leaves the runtime as soon as it has entered.

use std::rc::Rc;
use std::time::Duration;

use super::runtime::Runtime;

impl Runtime {
    pub fn block_on<T: 'static>(
        self: &Rc<Self>,
        future: impl Future<Output = T> + 'static,
    ) -> T {
        let _ = self.enter();
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
