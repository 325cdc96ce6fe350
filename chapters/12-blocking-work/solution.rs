//! What `exercise.rs` and `repair.rs` can become.

#[path = "pool.rs"]
pub mod pool;

use pool::{Job, Line, Rules, Shared};

pub struct Solution;

impl Rules for Solution {
    /// Each idle thread is as good as promised to one of the jobs in line.
    fn needs_thread(line: &Line, bound: usize) -> bool {
        line.jobs.len() > line.idle && line.threads < bound
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
