//! The ways to wait for something of the library's own, for tests that try each of them.

use std::pin::Pin;
use std::time::Duration;

use mainspring::spawn;
use mainspring::time::{sleep, timeout};

pub const SECOND: Duration = Duration::from_secs(1);

pub type Awaited = Pin<Box<dyn Future<Output = ()>>>;

/// How many ways of waiting there are.
pub const WAYS: usize = 3;

/// Something that ends in a second: a timer, a task, or both at once.
pub fn awaited(way: usize) -> Awaited {
    let task = spawn(sleep(SECOND));
    match way {
        0 => Box::pin(sleep(SECOND)),
        1 => Box::pin(async { task.await.unwrap() }),
        _ => Box::pin(async { timeout(2 * SECOND, task).await.unwrap().unwrap() }),
    }
}
