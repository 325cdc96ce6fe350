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

use crate::runtime::extensions::Extension;

/// A thread that has had nothing to do for so long ends.
const LONGEST_IDLE: Duration = Duration::from_secs(10);

pub(super) type Job = Box<dyn FnOnce() + Send>;

/// The pool of one runtime.
#[derive(Default)]
pub(super) struct Pool {
    shared: Arc<Shared>,
    most_threads: usize,
    threads: RefCell<Vec<JoinHandle<()>>>,
    /// What is to be done when they have ended.
    at_end: RefCell<Vec<Box<dyn FnOnce()>>>,
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
    jobs: VecDeque<Job>,
    /// Threads that live, and those of them that wait for a job.
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Pool {
    pub(super) fn new(most_threads: usize) -> Self {
        Self { most_threads, ..Self::default() }
    }

    /// Puts a job in line, and sees to it that there is a thread for it. Fails if there is
    /// none, and the system refuses one.
    pub(super) fn submit(&self, job: Job) -> io::Result<()> {
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
                job();
            }
        };
        let mut threads = self.threads.borrow_mut();
        threads.retain(|thread| !thread.is_finished());
        threads.push(builder.spawn(work)?);
        Ok(())
    }

    /// Has `f` called when the threads have ended, or have had their time.
    pub(super) fn at_end(&self, f: impl FnOnce() + 'static) {
        self.at_end.borrow_mut().push(Box::new(f));
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
        self.at_end.take().into_iter().for_each(|f| f());
    }
}

impl Shared {
    /// The next job. None when a thread is to end: the pool is closed, or has had nothing to
    /// do for long.
    fn next(&self) -> Option<Job> {
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
