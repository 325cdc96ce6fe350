//! Chapter 12: what the pool to repair can become, one whose abort keeps its word.

#[path = "pool.rs"]
pub mod pool;
#[path = "../yours/steps/12.1-rules/solution.rs"]
mod rules;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use pool::{AnySlot, End, Job, Line, Rules, Shared, Work, others_first};
use rules::Yours;

/// What lies between the owner of a job and the thread that does it.
struct Slot {
    stage: Mutex<Stage>,
    done: Condvar,
}

#[derive(Default)]
struct Stage {
    /// There as long as the job waits.
    work: Option<Work>,
    end: Option<End>,
}

impl Slot {
    /// A thread does the work, unless it was taken back.
    fn run(&self) {
        let work = self.lock().work.take();
        if let Some(work) = work {
            let end = catch_unwind(AssertUnwindSafe(work));
            self.end(end.map_or(End::Panicked, End::Returned));
        }
    }

    /// The owner takes the work back; false if it has begun.
    fn revoke(&self) -> bool {
        let work = self.lock().work.take();
        let waited = work.is_some();
        if waited {
            self.end(End::Cancelled);
            drop(work); // somebody else's code: under no lock, and last, as it may panic
        }
        waited
    }

    fn end(&self, end: End) {
        self.lock().end.get_or_insert(end);
        self.done.notify_all();
    }

    /// Other threads may come first, wherever a lock is taken. The test says when they do.
    fn lock(&self) -> MutexGuard<'_, Stage> {
        others_first();
        self.stage.lock().unwrap()
    }
}

impl AnySlot for Slot {
    fn run(&self) {
        self.run();
    }

    fn revoke(&self) -> bool {
        self.revoke()
    }

    fn join(&self) -> End {
        let pending = |stage: &mut Stage| stage.end.is_none();
        let stage = self.done.wait_while(self.lock(), pending).unwrap();
        stage.end.unwrap()
    }
}

/// The rules of 12.1, with this slot.
pub struct Solution;

impl Rules for Solution {
    fn needs_thread(line: &Line, bound: usize) -> bool {
        Yours::needs_thread(line, bound)
    }

    fn next(shared: &Shared) -> Option<Job> {
        Yours::next(shared)
    }

    fn slot(work: Work) -> Job {
        let stage = Mutex::new(Stage { work: Some(work), end: None });
        Arc::new(Slot { stage, done: Condvar::new() })
    }
}
