//! The threads, and the line of jobs before them.
//!
//! All that is shared is one [`Line`] under one lock. A job is put in its end; a thread that
//! has nothing to do counts itself idle and waits, on the condition variable, for a job. A
//! new thread is made when there are more jobs in line than idle threads: each idle thread
//! is promised one job, however long it takes to wake up.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::job::Job;
use crate::runtime::extensions::Extension;
use crate::task::{JoinError, Label, Place, context};

/// A thread that has had nothing to do for so long ends.
const LONGEST_IDLE: Duration = Duration::from_secs(10);

/// The pool of one runtime.
pub(super) struct Pool {
    shared: Arc<Shared>,
    most_threads: usize,
    threads: RefCell<Vec<JoinHandle<()>>>,
    /// Jobs whose tasks the shutdown has dropped, for what they leave.
    left: RefCell<Vec<(Label, Arc<dyn Job>)>>,
}

/// What the threads of a pool and its owner share.
#[derive(Default)]
struct Shared {
    line: Mutex<Line>,
    /// There is a job in line, or will never be one again.
    news: Condvar,
    /// A thread has ended.
    ended: Condvar,
}

#[derive(Default)]
struct Line {
    jobs: VecDeque<Arc<dyn Job>>,
    /// Threads that live, and those of them that wait for a job.
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Pool {
    pub(super) fn new(most_threads: usize) -> Self {
        Self {
            shared: Arc::default(),
            most_threads,
            threads: RefCell::default(),
            left: RefCell::default(),
        }
    }

    /// Puts a job in line, and sees to it that there is a thread for it. Fails if there is
    /// none, and the system refuses one.
    pub(super) fn submit(&self, job: Arc<dyn Job>) -> io::Result<()> {
        let mut line = self.shared.lock();
        line.jobs.push_back(job);
        if line.jobs.len() <= line.idle {
            drop(line); // or it wakes up to wait for the lock
            self.shared.news.notify_one();
        } else if line.threads < self.most_threads {
            match self.start() {
                Ok(()) => line.threads += 1,
                Err(_) if line.threads > 0 => {} // one of those takes it
                Err(error) => {
                    line.jobs.pop_back(); // the caller has it too: nothing is dropped here
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Starts a thread. It waits for the lock, which the caller has.
    fn start(&self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let builder = thread::Builder::new().name("mainspring-pool".to_owned());
        let work = move || {
            while let Some(job) = shared.next() {
                job.run();
            }
        };
        let mut threads = self.threads.borrow_mut();
        threads.retain(|thread| !thread.is_finished());
        threads.push(builder.spawn(work)?);
        Ok(())
    }

    /// Keeps a job whose task is dropped until it is over: what it leaves is dropped by this
    /// thread, in the name of the task.
    pub(super) fn leave(&self, job: Arc<dyn Job>) {
        let label = context::expect("the shutdown").current_label();
        self.left.borrow_mut().push((label, job));
    }
}

impl Extension for Pool {
    /// No job begins from here on. Those in line are dropped with their tasks.
    fn close(&self) {
        let mut line = self.shared.lock();
        line.closed = true;
        line.jobs.clear();
        drop(line);
        self.shared.news.notify_all();
    }

    /// Waits until the threads have ended, and drops what their jobs have left. Jobs that
    /// take longer drop it themselves.
    fn wait(&self, longest: Duration) {
        let line = self.shared.lock();
        let waited =
            self.shared.ended.wait_timeout_while(line, longest, |line| line.threads > 0);
        let (line, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(line);
        let threads = self.threads.take();
        if !timeout.timed_out() {
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
        let executor = context::expect("the shutdown");
        for (label, job) in self.left.take() {
            let in_panic =
                |payload| JoinError::panic(label.clone(), Place::Poll, payload);
            if let Some(result) = job.result() {
                executor.discard(label.clone(), result.map_err(in_panic));
            }
        }
    }
}

impl Shared {
    /// The next job. None when a thread is to end: the pool is closed, or has had nothing to
    /// do for long.
    fn next(&self) -> Option<Arc<dyn Job>> {
        let mut line = self.lock();
        line.idle += 1;
        let nothing = |line: &mut Line| line.jobs.is_empty() && !line.closed;
        let waited = self.news.wait_timeout_while(line, LONGEST_IDLE, nothing);
        let (mut line, _) = waited.unwrap_or_else(PoisonError::into_inner);
        line.idle -= 1;
        let job = line.jobs.pop_front();
        if job.is_none() {
            line.threads -= 1;
            self.ended.notify_all();
        }
        job
    }

    /// Nothing that can panic runs under this lock.
    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
