//! A pool of threads against one on paper: which jobs run and when, what comes of them, what
//! an abort, a dropped handle and a shutdown leave of them.
//!
//! Jobs end when the test says so. After each step the test waits until the pool has done
//! what it should by then, and its threads are idle again; a machine that never does is
//! broken. That patience is a choice of the machine: a sound one has much, and a broken one
//! little, so that its story is found soon. Whatever was found is tried once more at the end,
//! with much patience: a slow computer is no bug.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, Watched, explore};

/// What a job does: it may return, panic, or be dropped uncalled.
pub type Work = Box<dyn FnOnce() -> u32 + Send>;

/// What became of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Returned(u32),
    Panicked,
    Cancelled,
}

/// What the suite tests: threads that do jobs, for an owner who holds a handle of each.
pub trait Pool {
    /// Who drops it lets the job be.
    type Handle;

    /// How long a step may take at most.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// The same, where it is said while the tests run.
    fn patience() -> Duration {
        Self::PATIENCE
    }

    /// How long a step is watched for what should not happen.
    const CAUTION: Duration = Duration::ZERO;

    /// A pool of at most so many threads, and none yet.
    fn new(bound: usize) -> Self;

    /// Puts jobs in line, and no thread comes in between. A job begins as soon as there may
    /// be a thread for it.
    fn submit(&mut self, jobs: Vec<Work>) -> Vec<Self::Handle>;

    /// Takes a job back, if it has not begun; false if it has. What was taken back is
    /// dropped uncalled, before this returns.
    fn abort(&mut self, handle: &Self::Handle) -> bool;

    /// The same, and `others` is called each time before the job's lock is taken. A pool
    /// that has no place for that only aborts.
    fn abort_amid(&mut self, handle: &Self::Handle, others: Box<dyn FnMut()>) -> bool {
        drop(others);
        self.abort(handle)
    }

    /// Waits for the end of a job.
    fn join(&mut self, handle: Self::Handle) -> End;

    /// What threads it has; none if it does not tell.
    fn threads(&self) -> Option<Threads> {
        None
    }

    /// Has the threads that are idle end; false if it cannot be asked to.
    fn lull(&mut self) -> bool {
        false
    }

    /// Drops the jobs that are in line, and waits for those that run; false if they have not
    /// ended after so long.
    fn shut_down(self, longest: Duration) -> bool;
}

/// The threads of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Threads {
    pub all: usize,
    pub idle: usize,
}

/// A job, as the story calls it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name(u32);

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job {}", self.0)
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many jobs, one right after the other.
    Submit(u32),
    /// The job of this index, among those that run, comes to its end.
    Finish {
        index: usize,
        panics: bool,
    },
    /// Of the handles that are left.
    Abort(usize),
    Join(usize),
    Drop(usize),
    Lull,
}

fn step() -> impl Strategy<Value = Step> {
    let index = || 0..8_usize;
    prop_oneof![
        4 => (1..=3_u32).prop_map(Step::Submit),
        4 => (index(), prop::bool::weighted(0.2))
            .prop_map(|(index, panics)| Step::Finish { index, panics }),
        2 => index().prop_map(Step::Abort),
        2 => index().prop_map(Step::Join),
        1 => index().prop_map(Step::Drop),
        1 => Just(Step::Lull),
    ]
}

/// What the jobs write down, on their threads, and what they wait for.
#[derive(Default)]
struct Board {
    notes: Mutex<Notes>,
    news: Condvar,
}

#[derive(Default)]
struct Notes {
    state: State,
    /// Who is told to end, and whether in a panic.
    told: BTreeMap<Name, bool>,
}

/// What has happened so far; on paper, what should have.
#[derive(Clone, PartialEq, Eq, Default)]
struct State {
    begun: BTreeSet<Name>,
    ended: BTreeSet<Name>,
    dropped_uncalled: BTreeSet<Name>,
    threads: Option<Threads>,
}

/// "1, 2, 3".
fn list<'a>(names: impl IntoIterator<Item = &'a Name>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.0.to_string()).collect();
    names.join(", ")
}

/// "a pool of at most 2 threads".
fn at_most(bound: usize) -> String {
    let threads =
        if bound == 1 { "one thread".into() } else { format!("{bound} threads") };
    format!("a pool of at most {threads}")
}

/// A job that does what the board says.
fn work(name: Name, board: &Arc<Board>) -> Work {
    let uncalled = Uncalled { name, board: Arc::clone(board), called: false };
    Box::new(move || uncalled.call())
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |names: &BTreeSet<Name>| match names.is_empty() {
            true => "none".to_owned(),
            false => list(names),
        };
        write!(f, "begun: {}; ended: {}; ", of(&self.begun), of(&self.ended))?;
        write!(f, "dropped uncalled: {}", of(&self.dropped_uncalled))?;
        match self.threads {
            Some(Threads { all, idle }) => write!(f, "; threads: {all}, idle: {idle}"),
            None => Ok(()),
        }
    }
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: impl FnOnce(&mut Notes)) {
        note(&mut self.lock());
        self.news.notify_all();
    }

    /// What is on the board, as soon as it is this, or when patience is over.
    fn await_state(&self, expected: &State, patience: Duration) -> State {
        let differs = |notes: &mut Notes| notes.state != *expected;
        let waited = self.news.wait_timeout_while(self.lock(), patience, differs);
        waited.unwrap_or_else(PoisonError::into_inner).0.state.clone()
    }

    /// Waits until so many jobs have begun, or patience is over.
    fn await_begun(&self, count: usize, patience: Duration) {
        let fewer = |notes: &mut Notes| notes.state.begun.len() < count;
        drop(self.news.wait_timeout_while(self.lock(), patience, fewer));
    }

    /// Waits until the jobs that should be are dropped uncalled, or patience is over.
    fn await_dropped(&self, expected: &State, patience: Duration) {
        let missing =
            |notes: &mut Notes| notes.state.dropped_uncalled != expected.dropped_uncalled;
        drop(self.news.wait_timeout_while(self.lock(), patience, missing));
    }
}

/// A job that has not been called.
struct Uncalled {
    name: Name,
    board: Arc<Board>,
    called: bool,
}

impl Uncalled {
    /// Begins, waits to be told, and ends.
    fn call(mut self) -> u32 {
        self.called = true;
        let name = self.name;
        self.board.note(|notes| {
            notes.state.begun.insert(name);
        });
        let untold = |notes: &mut Notes| !notes.told.contains_key(&name);
        let told = self.board.news.wait_while(self.board.lock(), untold);
        let panics = told.unwrap_or_else(PoisonError::into_inner).told[&name];
        self.board.note(|notes| {
            notes.state.ended.insert(name);
        });
        if panics {
            resume_unwind(Box::new("told to"));
        }
        name.0
    }
}

impl Drop for Uncalled {
    fn drop(&mut self) {
        if !self.called {
            let name = self.name;
            self.board.note(|notes| {
                notes.state.dropped_uncalled.insert(name);
            });
        }
    }
}

/// A pool beside the one on paper.
struct Both<'a, P: Pool> {
    pool: P,
    handles: Vec<(Name, P::Handle)>,
    board: Arc<Board>,
    bound: usize,
    paper: State,
    line: VecDeque<Name>,
    running: BTreeSet<Name>,
    ends: BTreeMap<Name, End>,
    threads: usize,
    last: u32,
    patience: Duration,
    story: &'a mut Story,
}

impl<P: Pool> Both<'_, P> {
    fn step(&mut self, step: Step) -> Result<(), Broken> {
        match step {
            Step::Submit(count) => self.submit(count),
            Step::Finish { index, panics } => self.finish(index, panics),
            Step::Abort(index) => self.abort(index)?,
            Step::Join(index) => self.join(index)?,
            Step::Drop(index) => self.drop(index),
            Step::Lull if self.running.is_empty() && self.last > 0 => {
                self.story.step("nothing is to be done for a while");
                if self.pool.lull() {
                    self.threads = 0;
                }
            }
            Step::Lull => {}
        }
        self.compare()
    }

    fn submit(&mut self, count: u32) {
        let names: Vec<Name> = (self.last + 1..=self.last + count).map(Name).collect();
        self.last += count;
        let early = if count > 1 { ", before a thread wakes up" } else { "" };
        self.story.step(format!("submit {}{early}", list(&names)));
        let works = names.iter().map(|name| work(*name, &self.board)).collect();
        let handles = self.pool.submit(works);
        self.handles.extend(names.iter().copied().zip(handles));
        self.line.extend(names);
        self.begin();
        // No more threads than jobs have run at once.
        self.threads = self.threads.max(self.running.len());
    }

    /// On paper, as many begin as there may be threads.
    fn begin(&mut self) {
        while self.running.len() < self.bound
            && let Some(name) = self.line.pop_front()
        {
            self.running.insert(name);
            self.paper.begun.insert(name);
        }
    }

    fn finish(&mut self, index: usize, panics: bool) {
        let index = index % self.running.len().max(1);
        let Some(&name) = self.running.iter().nth(index) else { return };
        let how = if panics { "panics" } else { "returns" };
        self.story.step(format!("{name:?} {how}"));
        self.tell(name, panics);
        self.begin();
        self.board.note(|notes| {
            notes.told.insert(name, panics);
        });
    }

    fn tell(&mut self, name: Name, panics: bool) {
        self.running.remove(&name);
        self.paper.ended.insert(name);
        let end = if panics { End::Panicked } else { End::Returned(name.0) };
        self.ends.insert(name, end);
    }

    fn abort(&mut self, index: usize) -> Result<(), Broken> {
        let Some((name, handle)) = self.handles.get(self.index(index)) else {
            return Ok(());
        };
        // A second abort may say either, as long as it does nothing.
        if self.ends.get(name) == Some(&End::Cancelled) {
            return Ok(());
        }
        self.story.step(format!("abort {name:?}"));
        let waits = self.line.contains(name);
        if waits {
            self.line.retain(|other| other != name);
            self.paper.dropped_uncalled.insert(*name);
            self.ends.insert(*name, End::Cancelled);
        }
        let aborted = self.pool.abort(handle);
        self.story.expect(
            Said { by: "abort", says: waits },
            Said { by: "abort", says: aborted },
        )
    }

    fn join(&mut self, index: usize) -> Result<(), Broken> {
        let index = self.index(index);
        let Some((name, _)) = self.handles.get(index) else { return Ok(()) };
        let Some(end) = self.ends.get(name) else { return Ok(()) };
        let (name, handle) = self.handles.remove(index);
        self.story.step(format!("join {name:?}"));
        self.story.expect(*end, self.pool.join(handle))
    }

    fn drop(&mut self, index: usize) {
        let index = self.index(index);
        if index < self.handles.len() {
            let (name, handle) = self.handles.remove(index);
            self.story.step(format!("drop the handle of {name:?}"));
            drop(handle);
        }
    }

    /// One of the handles that are left, the latest first.
    fn index(&self, index: usize) -> usize {
        let count = self.handles.len().max(1);
        count - 1 - index % count
    }

    fn compare(&mut self) -> Result<(), Broken> {
        let until = Instant::now() + self.patience;
        let mut happened = self.board.await_state(&self.paper, self.patience);
        if !P::CAUTION.is_zero() && happened == self.paper {
            thread::sleep(P::CAUTION);
            happened = self.board.lock().state.clone();
        }
        let idle = self.threads - self.running.len();
        let mut expected = self.paper.clone();
        expected.threads =
            self.pool.threads().map(|_| Threads { all: self.threads, idle });
        happened.threads = self.pool.threads();
        // A thread whose job has ended is idle a moment later.
        while happened.threads != expected.threads && Instant::now() < until {
            thread::sleep(Duration::from_micros(50));
            happened.threads = self.pool.threads();
        }
        if happened.threads != expected.threads {
            let threads = happened.threads;
            happened = State { threads, ..self.board.lock().state.clone() };
        }
        self.story.expect(expected, happened)
    }

    /// Shuts down while jobs run, which end a moment after those in line were dropped: when
    /// one ended before the shutdown begins, the next in line would be right to begin.
    fn shut_down(mut self) -> Result<(), Broken> {
        if self.last == 0 {
            return Ok(());
        }
        self.story.step("shut down; what runs ends a moment later");
        self.running.clone().into_iter().for_each(|name| self.tell(name, false));
        self.paper.dropped_uncalled.extend(self.line.drain(..));
        let Self { pool, handles, board, last, patience, paper, story, .. } = self;
        thread::scope(|scope| {
            scope.spawn(|| {
                board.await_dropped(&paper, patience);
                thread::sleep(P::CAUTION.max(Duration::from_millis(1)));
                // Also to those that should not have begun.
                let told = (1..=last).map(|number| (Name(number), false));
                board.note(|notes| notes.told.extend(told));
            });
            let has_ended = pool.shut_down(patience);
            // It has waited for them: there is nothing left to be patient for.
            let happened = board.lock().state.clone();
            let result = story.expect(paper.clone(), happened).and_then(|()| {
                if has_ended {
                    return Ok(());
                }
                story.broken("all threads end", "some do not")
            });
            drop(handles);
            result
        })
    }
}

/// What was said, for the story.
#[derive(PartialEq)]
struct Said {
    by: &'static str,
    says: bool,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` says {}", self.by, self.says)
    }
}

fn run<P: Pool>(
    bound: usize,
    steps: &[Step],
    patience: Duration,
    story: &mut Story,
) -> Result<(), Broken> {
    story.given(at_most(bound));
    let board = Arc::<Board>::default();
    let mut both = Both {
        pool: P::new(bound),
        handles: vec![],
        board: Arc::clone(&board),
        bound,
        paper: State::default(),
        line: VecDeque::new(),
        running: BTreeSet::new(),
        ends: BTreeMap::new(),
        threads: 0,
        last: 0,
        patience,
        story,
    };
    let result = steps.iter().try_for_each(|step| both.step(*step));
    if result.is_ok() {
        return both.shut_down();
    }
    // The threads of a broken pool are not to wait for ever.
    let all = (1..=both.last).map(|number| (Name(number), false));
    board.note(|notes| notes.told.extend(all));
    result
}

thread_local! {
    /// How long a step may take of a pool of the reader's, which may not be right yet.
    static READERS: Cell<Duration> = const { Cell::new(Duration::from_secs(2)) };
}

/// From now on a pool of the reader's is one that is known to be right: on this thread, as
/// long as a slow computer may take.
pub fn be_patient() {
    READERS.set(Duration::from_secs(30));
}

/// From now on a pool of the reader's is one that is known to be broken.
pub fn be_impatient() {
    READERS.set(Duration::from_millis(500));
}

/// How long a pool of the reader's is waited for.
pub fn readers_patience() -> Duration {
    READERS.get()
}

/// How long a step may take while a story is made shorter.
const LESS_PATIENCE: Duration = Duration::from_millis(200);

/// How long a step of the shortest story may take at least, before it is told.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// Any pool that passes this does what is asked of it, in order, within its bound.
pub fn does_its_jobs<P: Pool>() -> Outcome {
    explore_patiently::<P, _>(
        "jobs begin in order, as many at once as there may be threads; no thread is started \
         while an idle one could do the job; and each job comes to its end",
        &(1..=3_usize, vec(step(), 0..14)),
        |(bound, steps), patience, story| run::<P>(*bound, steps, patience, story),
    )
}

/// Explores with little patience. If the shortest story is not one with much, the computer
/// was slow, and everything is done again with more.
fn explore_patiently<P: Pool, S: Strategy>(
    sentence: &'static str,
    cases: &S,
    property: impl Fn(&S::Value, Duration, &mut Story) -> Result<(), Broken>,
) -> Outcome
where
    S::Value: Clone,
{
    let mut slowness = 1;
    loop {
        let first = P::patience() * slowness;
        let later = LESS_PATIENCE.min(P::patience() / 5) * slowness;
        let shortest = RefCell::new(None);
        let found = explore(sentence, cases, |case: &S::Value, story| {
            let before = shortest.replace(Some(case.clone())); // also if it panics
            let patience = if before.is_none() { first } else { later };
            property(case, patience, story).inspect(|()| drop(shortest.replace(before)))
        });
        let Err(mut counterexample) = found else { return Ok(()) };
        let case = shortest.take().expect("a case that fails was noted");
        let patience = first.max(LAST_PATIENCE);
        match Watched::new(sentence).case(|story| property(&case, patience, story)) {
            Err(story) => {
                counterexample.story = story;
                return Err(counterexample);
            }
            Ok(()) => slowness *= 5,
        }
    }
}

/// A job is aborted, and before one of the locks that the abort takes, another job ends: the
/// next in line may begin then. Whatever the abort says has to be true.
pub fn an_abort_keeps_its_word<P: Pool>() -> Outcome {
    explore_patiently::<P, _>(
        "a job that an abort says true of never begins, whatever other threads do meanwhile",
        &(1..=3_usize, 0..3_usize, 1..=4_u32),
        |(bound, ends, lock), patience, story| {
            abort_amid::<P>(*bound, *ends, *lock, patience, story)
        },
    )
}

fn abort_amid<P: Pool>(
    bound: usize,
    ends: usize,
    at: u32,
    patience: Duration,
    story: &mut Story,
) -> Result<(), Broken> {
    story.given(at_most(bound));
    let board = Arc::<Board>::default();
    let mut pool = P::new(bound);
    let first = u32::try_from(bound).expect("a few threads");
    let names: Vec<Name> = (1..=first + 2).map(Name).collect();
    story.step(format!("submit {}, before a thread wakes up", list(&names)));
    let mut handles = pool.submit(names.iter().map(|name| work(*name, &board)).collect());
    let mut paper = State::default();
    paper.begun.extend(&names[..bound]);
    let tell_all =
        || board.note(|notes| notes.told.extend(names.iter().map(|name| (*name, false))));
    let begun = board.await_state(&paper, patience);
    if story.expect(paper, begun).is_err() {
        tell_all();
        return Err(Broken);
    }

    let (aborted, handle) = (names[bound], handles.remove(bound));
    story.step(format!("abort {aborted:?}"));
    let others = {
        let (board, story) = (Arc::clone(&board), story.clone());
        let (ends, mut lock) = (names[ends % bound], 0);
        move || {
            lock += 1;
            if lock == at {
                let order = ["first", "second", "third", "fourth"][at as usize - 1];
                story.go_on(&format!(
                    "; before it takes its {order} lock {ends:?} returns, and a thread \
                     takes the next"
                ));
                board.note(|notes| {
                    notes.told.insert(ends, false);
                });
                board.await_begun(bound + 1, patience);
            }
        }
    };
    let says = pool.abort_amid(&handle, Box::new(others));
    let now = board.lock().state.clone();
    tell_all();
    let (begun, dropped) =
        (now.begun.contains(&aborted), now.dropped_uncalled.contains(&aborted));
    if says && begun {
        let one = format!("one of the two: {aborted:?} begins, or `abort` says true");
        story.broken(one, "both")?;
    }
    story.expect(says, dropped).or_else(|Broken| {
        story.broken("what was taken back is dropped uncalled", format!("{now:?}"))
    })?;
    let end = if says { End::Cancelled } else { End::Returned(aborted.0) };
    story.step(format!("all others return; join {aborted:?}"));
    story.expect(end, pool.join(handle))?;
    story.step("shut down");
    if !pool.shut_down(patience) {
        return story.broken("all threads end", "some do not");
    }
    Ok(())
}

thread_local! {
    static OTHERS: RefCell<Box<dyn FnMut()>> = RefCell::new(Box::new(|| ()));
}

/// What other threads do before this one gets a lock: a broken pool says where that is.
pub fn others_first() {
    OTHERS.with_borrow_mut(|others| others());
}

/// Has it happen while `f` runs.
pub fn amid<T>(others: Box<dyn FnMut()>, f: impl FnOnce() -> T) -> T {
    OTHERS.set(others);
    let result = f();
    OTHERS.set(Box::new(|| ()));
    result
}

/// Makes a pool of the chapter's, with the rules of `$rules`, one that can be tested.
#[allow(unused_macros)]
macro_rules! chapter_pool {
    ($name:ident, $module:ident, $rules:ident) => {
        struct $name($module::pool::Pool<$module::$rules>);

        impl crate::suite::pool::Pool for $name {
            type Handle = $module::pool::Job;

            fn patience() -> std::time::Duration {
                crate::suite::pool::readers_patience()
            }

            fn new(bound: usize) -> Self {
                Self($module::pool::Pool::new(bound))
            }

            fn submit(
                &mut self,
                jobs: Vec<crate::suite::pool::Work>,
            ) -> Vec<Self::Handle> {
                self.0.submit_all(jobs)
            }

            fn threads(&self) -> Option<crate::suite::pool::Threads> {
                let (all, idle) = self.0.threads();
                Some(crate::suite::pool::Threads { all, idle })
            }

            fn abort(&mut self, job: &Self::Handle) -> bool {
                self.0.abort(job)
            }

            fn abort_amid(
                &mut self,
                job: &Self::Handle,
                others: Box<dyn FnMut()>,
            ) -> bool {
                $module::pool::amid(others, || self.0.abort(job))
            }

            fn join(&mut self, job: Self::Handle) -> crate::suite::pool::End {
                match self.0.join(&job) {
                    $module::pool::End::Returned(value) => {
                        crate::suite::pool::End::Returned(value)
                    }
                    $module::pool::End::Panicked => crate::suite::pool::End::Panicked,
                    $module::pool::End::Cancelled => crate::suite::pool::End::Cancelled,
                }
            }

            fn shut_down(self, longest: std::time::Duration) -> bool {
                self.0.shut_down(longest)
            }
        }
    };
}

#[allow(unused_imports)] // not each test binary has a pool of the chapter's
pub(crate) use chapter_pool;
