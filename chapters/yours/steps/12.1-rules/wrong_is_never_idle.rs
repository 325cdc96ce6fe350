//! Wrong: who waits does not count as idle.

use super::pool::{Job, Line, Rules, Shared};

pub struct Yours;

impl Rules for Yours {
    fn needs_thread(line: &Line, bound: usize) -> bool {
        line.jobs.len() > line.idle && line.threads < bound
    }

    fn next(shared: &Shared) -> Option<Job> {
        let mut line = shared.line.lock().unwrap();
        let nothing = |line: &mut Line| line.jobs.is_empty() && !line.closed;
        line = shared.news.wait_while(line, nothing).unwrap();
        line.jobs.pop_front()
    }
}
