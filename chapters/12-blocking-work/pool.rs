//! A pool of threads without its two decisions, which [`Rules`] takes: when there has to be
//! one more thread, and what a thread does next.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

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

    /// Puts a job's work into a slot. The pool to repair has slots of its own.
    fn slot(work: Work) -> Job {
        Arc::new(Slot { stage: Mutex::new(Stage::Waits(work)), done: Condvar::new() })
    }
}

/// What the threads and the owner of a pool share.
#[derive(Default)]
pub struct Shared {
    pub line: Mutex<Line>,
    /// There is a job in line, or the pool is closed. Threads wait for it.
    pub news: Condvar,
    /// A thread has ended. The shutdown waits for it.
    pub ended: Condvar,
}

#[derive(Default)]
pub struct Line {
    pub jobs: VecDeque<Job>,
    /// How many threads there are.
    pub threads: usize,
    /// How many of them wait for news.
    pub idle: usize,
    /// No job comes any more. Whoever sets it empties the line under the same lock.
    pub closed: bool,
}

/// What lies in line: the slot of a job.
pub type Job = Arc<dyn AnySlot>;

/// What lies between the owner of a job and the thread that does it.
pub trait AnySlot: Send + Sync {
    /// Does the work, unless it was taken back.
    fn run(&self);

    /// Takes the work back and drops it; false if it has begun.
    fn revoke(&self) -> bool;

    /// Waits for the end.
    fn join(&self) -> End;
}

struct Slot {
    stage: Mutex<Stage>,
    done: Condvar,
}

enum Stage {
    Waits(Work),
    Runs,
    Over(End),
}

impl Slot {
    fn end(&self, end: End) {
        *self.stage.lock().unwrap() = Stage::Over(end); // what ran is nowhere any more
        self.done.notify_all();
    }
}

impl AnySlot for Slot {
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

    fn revoke(&self) -> bool {
        let mut stage = self.stage.lock().unwrap();
        if !matches!(*stage, Stage::Waits(_)) {
            return false;
        }
        let work = mem::replace(&mut *stage, Stage::Over(End::Cancelled));
        drop(stage);
        self.done.notify_all();
        drop(work); // somebody else's code: under no lock, and last, as it may panic
        true
    }

    fn join(&self) -> End {
        let mut stage = self.stage.lock().unwrap();
        loop {
            match *stage {
                Stage::Over(end) => return end,
                _ => stage = self.done.wait(stage).unwrap(),
            }
        }
    }
}

pub struct Pool<R> {
    shared: Arc<Shared>,
    bound: usize,
    rules: PhantomData<R>,
}

/// What each thread of the pool does.
fn work_on<R: Rules>(shared: &Shared) {
    while let Some(job) = R::next(shared) {
        job.run();
    }
    shared.line.lock().unwrap().threads -= 1;
    shared.ended.notify_all();
}

impl<R: Rules> Pool<R> {
    pub fn new(bound: usize) -> Self {
        Self { shared: Arc::default(), bound, rules: PhantomData }
    }

    /// Puts jobs in line, all under one lock: no thread comes in between.
    pub fn submit_all(&mut self, jobs: Vec<Work>) -> Vec<Job> {
        let mut line = self.shared.line.lock().unwrap();
        jobs.into_iter().map(|work| self.submit(&mut line, work)).collect()
    }

    fn submit(&self, line: &mut Line, work: Work) -> Job {
        let job = R::slot(work);
        line.jobs.push_back(Arc::clone(&job));
        if R::needs_thread(line, self.bound) {
            line.threads += 1;
            let shared = Arc::clone(&self.shared);
            thread::spawn(move || work_on::<R>(&shared));
        } else {
            self.shared.news.notify_one();
        }
        job
    }

    /// How many threads there are, and how many of them wait for news.
    pub fn threads(&self) -> (usize, usize) {
        let line = self.shared.line.lock().unwrap();
        (line.threads, line.idle)
    }

    pub fn abort(&mut self, job: &Job) -> bool {
        job.revoke()
    }

    pub fn join(&mut self, job: &Job) -> End {
        job.join()
    }

    /// Drops what is in line and waits for what runs; false if that takes longer.
    pub fn shut_down(self, longest: Duration) -> bool {
        self.close();
        let line = self.shared.line.lock().unwrap();
        let some_left = |line: &mut Line| line.threads > 0;
        let waited = self.shared.ended.wait_timeout_while(line, longest, some_left);
        !waited.unwrap().1.timed_out()
    }
}

impl<R> Pool<R> {
    fn close(&self) {
        let mut line = self.shared.line.lock().unwrap();
        line.closed = true;
        let left = mem::take(&mut line.jobs);
        self.shared.news.notify_all();
        drop(line);
        for job in left {
            job.revoke();
        }
    }
}

/// Its threads end by themselves.
impl<R> Drop for Pool<R> {
    fn drop(&mut self) {
        self.close();
    }
}

thread_local! {
    static OTHERS: RefCell<Box<dyn FnMut()>> = RefCell::new(Box::new(|| ()));
}

/// Nobody knows which threads come first at a lock. A test says it, by [`amid`]; else this
/// does nothing.
pub fn others_first() {
    OTHERS.with_borrow_mut(|others| others());
}

/// Has `others` happen at each [`others_first`] while `f` runs.
pub fn amid<T>(others: Box<dyn FnMut()>, f: impl FnOnce() -> T) -> T {
    OTHERS.set(others);
    let result = f();
    OTHERS.set(Box::new(|| ()));
    result
}
