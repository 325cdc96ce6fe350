//! 12.1 The rules of a pool: when there has to be one more thread, and what a thread does next.

use super::pool::{Job, Line, Rules, Shared};

/// The decisions of your pool.
pub struct Yours;

impl Rules for Yours {
    /// A job was put in line this moment. There may be `bound` threads at most, and none is to
    /// be started if one that is idle can do it.
    fn needs_thread(line: &Line, bound: usize) -> bool {
        line.jobs.len() > line.idle && line.threads < bound
    }

    /// Takes the next job out of the line. If there is none it waits for news, and counts as
    /// idle meanwhile. None when the pool is closed, and its line empty: then the thread ends.
    fn next(shared: &Shared) -> Option<Job> {
        let mut line = shared.line.lock().unwrap();
        line.idle += 1;
        let nothing = |line: &mut Line| line.jobs.is_empty() && !line.closed;
        line = shared.news.wait_while(line, nothing).unwrap();
        line.idle -= 1;
        line.jobs.pop_front()
    }
}
