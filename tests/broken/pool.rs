//! A pool of threads whose every decision can be replaced by a wrong one.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::suite::pool::{End, Threads, Work, amid, others_first};

/// The decisions that a pool takes.
pub trait Parts: Send + Sync + 'static {
    /// How long its test waits for what may never come.
    const PATIENCE: Duration = Duration::from_millis(200);

    /// How long it watches for what should not happen.
    const CAUTION: Duration = Duration::from_millis(2);

    /// Whether one more thread is needed, and allowed.
    fn needs_thread(line: &Line, bound: usize) -> bool {
        line.jobs.len() > line.idle && line.threads < bound
    }

    /// What a thread that has nothing to do does when it ends.
    fn leave(line: &mut Line) {
        line.threads -= 1;
    }

    /// The next job.
    fn take(line: &mut Line) -> Option<Job> {
        line.jobs.pop_front()
    }

    /// Whether a job may be taken back.
    fn may_abort(stage: &Stage) -> bool {
        matches!(stage, Stage::Waits(_))
    }

    /// Whether an abort gives the lock back between the look and the deed.
    const LOOKS_FIRST: bool = false;

    /// What becomes of the jobs in line at the end.
    fn close(line: &mut Line) -> Vec<Job> {
        line.jobs.drain(..).collect()
    }

    /// Whether the end waits for this many threads.
    fn waits_for(threads: usize) -> bool {
        threads > 0
    }

    /// What a handle does to a job when it is dropped.
    fn detach(_: &Job) {}
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {
    const PATIENCE: Duration = Duration::from_secs(30);

    const CAUTION: Duration = Duration::ZERO;
}

pub type Job = Arc<Slot>;

pub struct Slot {
    pub stage: Mutex<Stage>,
    done: Condvar,
}

pub enum Stage {
    Waits(Work),
    Runs,
    Over(End),
}

#[derive(Default)]
pub struct Line {
    pub jobs: VecDeque<Job>,
    /// Threads, as far as the pool knows, and those of them that wait for a job.
    pub threads: usize,
    pub idle: usize,
    /// Threads that there are.
    alive: usize,
    closed: bool,
    /// Raised when idle threads are to end.
    lulls: u32,
}

#[derive(Default)]
struct Shared {
    line: Mutex<Line>,
    news: Condvar,
    ended: Condvar,
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub struct Pool<P> {
    shared: Arc<Shared>,
    bound: usize,
    parts: PhantomData<P>,
}

pub struct Handle<P: Parts>(Job, PhantomData<P>);

impl<P: Parts> Drop for Handle<P> {
    fn drop(&mut self) {
        P::detach(&self.0);
    }
}

impl Slot {
    fn run(&self) {
        let mut stage = lock(&self.stage);
        if !matches!(*stage, Stage::Waits(_)) {
            return;
        }
        let taken = std::mem::replace(&mut *stage, Stage::Runs);
        drop(stage);
        let Stage::Waits(work) = taken else { return };
        let end = catch_unwind(AssertUnwindSafe(work));
        self.end(end.map_or(End::Panicked, End::Returned));
    }

    /// For an abort: others may come first, as the test says.
    fn lock(&self) -> MutexGuard<'_, Stage> {
        others_first();
        lock(&self.stage)
    }

    fn end(&self, end: End) {
        let mut stage = lock(&self.stage);
        if !matches!(*stage, Stage::Over(_)) {
            let before = std::mem::replace(&mut *stage, Stage::Over(end));
            drop(stage);
            self.done.notify_all();
            drop(before);
        }
    }

    pub fn cancel(&self) {
        self.end(End::Cancelled);
    }
}

impl<P: Parts> Pool<P> {
    fn put(&self, line: &mut Line, work_: Work) -> Handle<P> {
        let stage = Mutex::new(Stage::Waits(work_));
        let job = Arc::new(Slot { stage, done: Condvar::new() });
        line.jobs.push_back(Arc::clone(&job));
        if P::needs_thread(line, self.bound) {
            line.threads += 1;
            line.alive += 1;
            let shared = Arc::clone(&self.shared);
            drop(thread::spawn(move || work::<P>(&shared)));
        }
        self.shared.news.notify_one();
        Handle(job, PhantomData)
    }
}

fn work<P: Parts>(shared: &Shared) {
    let mut line = lock(&shared.line);
    loop {
        if let Some(job) = P::take(&mut line) {
            drop(line);
            job.run();
            drop(job);
            line = lock(&shared.line);
            continue;
        }
        let lulls = line.lulls;
        line.idle += 1;
        let waits =
            |line: &mut Line| line.jobs.is_empty() && !line.closed && line.lulls == lulls;
        line =
            shared.news.wait_while(line, waits).unwrap_or_else(PoisonError::into_inner);
        line.idle -= 1;
        if line.jobs.is_empty() {
            P::leave(&mut line);
            line.alive -= 1;
            shared.ended.notify_all();
            return;
        }
    }
}

impl<P: Parts> crate::suite::pool::Pool for Pool<P> {
    type Handle = Handle<P>;

    const PATIENCE: Duration = P::PATIENCE;

    const CAUTION: Duration = P::CAUTION;

    fn new(bound: usize) -> Self {
        Self { shared: Arc::default(), bound, parts: PhantomData }
    }

    fn submit(&mut self, jobs: Vec<Work>) -> Vec<Handle<P>> {
        let mut line = lock(&self.shared.line);
        jobs.into_iter().map(|work| self.put(&mut line, work)).collect()
    }

    fn threads(&self) -> Option<Threads> {
        let line = lock(&self.shared.line);
        Some(Threads { all: line.alive, idle: line.idle })
    }

    fn abort(&mut self, handle: &Handle<P>) -> bool {
        let mut stage = handle.0.lock();
        if !P::may_abort(&stage) {
            return false;
        }
        if P::LOOKS_FIRST {
            drop(stage);
            stage = handle.0.lock();
        }
        let before = std::mem::replace(&mut *stage, Stage::Over(End::Cancelled));
        drop(stage);
        handle.0.done.notify_all();
        drop(before); // somebody else's code: under no lock, and last, as it may panic
        true
    }

    fn abort_amid(&mut self, handle: &Handle<P>, others: Box<dyn FnMut()>) -> bool {
        amid(others, || self.abort(handle))
    }

    fn join(&mut self, handle: Handle<P>) -> End {
        let mut stage = lock(&handle.0.stage);
        loop {
            if let Stage::Over(end) = *stage {
                return end;
            }
            stage = handle.0.done.wait(stage).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until all are idle, and then until they have gone.
    fn lull(&mut self) -> bool {
        let mut line = lock(&self.shared.line);
        while line.idle < line.alive {
            drop(line);
            thread::yield_now();
            line = lock(&self.shared.line);
        }
        line.lulls += 1;
        self.shared.news.notify_all();
        let is_idle = |line: &mut Line| line.idle > 0;
        drop(self.shared.ended.wait_while(line, is_idle));
        true
    }

    fn shut_down(self, longest: Duration) -> bool {
        let mut line = lock(&self.shared.line);
        line.closed = true;
        let left = P::close(&mut line);
        self.shared.news.notify_all();
        drop(line);
        left.iter().for_each(|job| job.cancel());
        let line = lock(&self.shared.line);
        let waits = |line: &mut Line| P::waits_for(line.alive);
        let waited = self.shared.ended.wait_timeout_while(line, longest, waits);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

/// Also of a pool whose test has failed.
impl<P> Drop for Pool<P> {
    fn drop(&mut self) {
        lock(&self.shared.line).closed = true;
        self.shared.news.notify_all();
    }
}
