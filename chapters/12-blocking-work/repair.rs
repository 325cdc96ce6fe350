//! Exercise 2: a pool to repair. `cargo test --test exercises pool -- --ignored` tells its
//! story; `tests/broken/pool_promised_twice.rs` has the same bug, for the book's own tests.

#[path = "pool.rs"]
pub mod pool;

use pool::{Job, Line, Rules, Shared};

pub struct Repair;

impl Rules for Repair {
    fn needs_thread(line: &Line, bound: usize) -> bool {
        line.idle == 0 && line.threads < bound
    }

    fn next(shared: &Shared) -> Option<Job> {
        let mut line = shared.line.lock().unwrap();
        line.idle += 1;
        let nothing = |line: &mut Line| line.jobs.is_empty() && !line.closed;
        line = shared.news.wait_while(line, nothing).unwrap();
        line.idle -= 1;
        line.jobs.pop_front()
    }
}
