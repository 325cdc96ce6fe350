//! A task that was aborted ends in silence: whoever awaits it waits forever.

use super::runtime::Parts;

pub struct ForgetsTheAwaiter;

impl Parts for ForgetsTheAwaiter {
    fn tells_of_abort() -> bool {
        false
    }
}
