//! 3.2 Up and down: a machine that is told something each time it goes on.
//!
//! ```text
//! def up_and_down(step):               # the first value that is sent
//!     place, count = 0, 0
//!     while step > 0:
//!         place, count = place + step, count + 1
//!         step = yield place
//!     while place > 0:
//!         place, count = place - 1, count + 1
//!         yield place                  # whatever is sent then is of no use
//!     return count
//! ```

use std::pin::Pin;

use mainspring::generator::{Coroutine, CoroutineState};

/// A variant for each `yield`, and one for the end.
pub enum UpAndDown {
    // Yours.
    Done,
}

impl UpAndDown {
    pub fn new() -> Self {
        UpAndDown::Done
    }
}

impl Coroutine<u32> for UpAndDown {
    type Yield = u32;
    type Return = u32;

    fn resume(self: Pin<&mut Self>, sent: u32) -> CoroutineState<u32, u32> {
        let this = self.get_mut();
        let _ = sent; // Yours.
        match *this {
            UpAndDown::Done => panic!("this coroutine has ended"),
        }
    }
}
