//! A pool of threads without its two decisions, which [`Rules`] takes: when there has to be
//! one more thread, and what a thread does next.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

pub type Work = Box<dyn FnOnce() -> u32 + Send>;

/// What became of a job.
#[derive(Clone, Copy, Debug)]
pub enum End {
    Returned(u32),
    Panicked,
    Cancelled,
}

/// The decisions of a pool.
pub trait Rules: 'static {
    /// A job has been put in line. Whether a new thread is started for it; else one that
    /// waits for news is woken.
    fn needs_thread(line: &Line, bound: usize) -> bool;

    /// What a thread does next; none when it is to end.
    fn next(shared: &Shared) -> Option<Job>;
}

/// What the threads and the owner of a pool share.
#[derive(Default)]
pub struct Shared {
    pub line: Mutex<Line>,
    /// There is a job in line, or the pool is closed.
    pub news: Condvar,
    /// A thread has ended.
    pub ended: Condvar,
}

#[derive(Default)]
pub struct Line {
    pub jobs: VecDeque<Job>,
    /// How many threads there are.
    pub threads: usize,
    /// How many of them wait for news.
    #[allow(dead_code)] // until the exercise is solved
    pub idle: usize,
    pub closed: bool,
}

pub type Job = Arc<Slot>;

pub struct Slot {
    stage: Mutex<Stage>,
    done: Condvar,
}

enum Stage {
    Waits(Work),
    Runs,
    Over(End),
}

impl Slot {
    fn run(&self) {
        let mut stage = self.stage.lock().unwrap();
        match mem::replace(&mut *stage, Stage::Runs) {
            Stage::Waits(work) => {
                drop(stage);
                let end = catch_unwind(AssertUnwindSafe(work));
                self.end(end.map_or(End::Panicked, End::Returned));
            }
            over => *stage = over, // it was taken back
        }
    }

    fn end(&self, end: End) {
        let before = mem::replace(&mut *self.stage.lock().unwrap(), Stage::Over(end));
        drop(before);
        self.done.notify_all();
    }

    fn revoke(&self) -> bool {
        let waits = matches!(*self.stage.lock().unwrap(), Stage::Waits(_));
        if waits {
            self.end(End::Cancelled);
        }
        waits
    }
}

pub struct Pool<R> {
    shared: Arc<Shared>,
    bound: usize,
    rules: PhantomData<R>,
}

impl<R: Rules> Pool<R> {
    pub fn new(bound: usize) -> Self {
        Self { shared: Arc::default(), bound, rules: PhantomData }
    }

    pub fn submit(&mut self, work: Work) -> Job {
        let stage = Mutex::new(Stage::Waits(work));
        let job = Arc::new(Slot { stage, done: Condvar::new() });
        let mut line = self.shared.line.lock().unwrap();
        line.jobs.push_back(Arc::clone(&job));
        if R::needs_thread(&line, self.bound) {
            line.threads += 1;
            let shared = Arc::clone(&self.shared);
            thread::spawn(move || {
                while let Some(job) = R::next(&shared) {
                    job.run();
                }
                shared.line.lock().unwrap().threads -= 1;
                shared.ended.notify_all();
            });
        } else {
            self.shared.news.notify_one();
        }
        job
    }

    pub fn abort(&mut self, job: &Job) -> bool {
        job.revoke()
    }

    pub fn join(&mut self, job: &Job) -> End {
        let mut stage = job.stage.lock().unwrap();
        loop {
            match *stage {
                Stage::Over(end) => return end,
                _ => stage = job.done.wait(stage).unwrap(),
            }
        }
    }

    pub fn shut_down(self) {
        let mut line = self.close();
        let left: Vec<Job> = line.jobs.drain(..).collect();
        drop(line);
        for job in left {
            job.revoke();
        }
        let line = self.shared.line.lock().unwrap();
        drop(self.shared.ended.wait_while(line, |line| line.threads > 0).unwrap());
    }
}

impl<R> Pool<R> {
    fn close(&self) -> std::sync::MutexGuard<'_, Line> {
        let mut line = self.shared.line.lock().unwrap();
        line.closed = true;
        self.shared.news.notify_all();
        line
    }
}

/// Its threads end by themselves.
impl<R> Drop for Pool<R> {
    fn drop(&mut self) {
        drop(self.close());
    }
}
