//! An event loop against one on paper: programs that sleep, yield, spawn, join, abort and
//! limit their time run on a virtual clock, and everything they do has to happen in the
//! order and at the time that the paper says.
//!
//! And a doorbell against nothing but patience: a thread that waits has to hear every
//! ring of another one, also those that come while it is falling asleep.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What the suite tests: a runtime with a virtual clock that starts at zero.
pub trait Machine {
    /// A handle: its output is whether the task returned and was not aborted.
    type Task: Future<Output = bool> + Unpin + 'static;

    /// Whether the turn in which the future ends goes on to its own end.
    const ENDS_ITS_TURN: bool = false;

    /// Runs the future on a new runtime, and drops the tasks that are left.
    fn block_on(main: Work);
    fn spawn(work: Work) -> Self::Task;
    /// Has the task dropped at its next turn; false if it is done.
    fn abort(task: &Self::Task) -> bool;
    fn sleep(seconds: u64) -> Work;
    /// Whether the work was done within so many seconds.
    fn timeout(seconds: u64, work: Work) -> Pin<Box<dyn Future<Output = bool>>>;
    /// Seconds since the runtime began.
    fn now() -> u64;
}

/// A task of a case. A name is spawned once; a task spawns and joins later names only, so
/// that no two can wait for each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
struct Name(usize);

const NAMES: usize = 5;
const MAIN: Name = Name(0);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", ["main", "A", "B", "C", "D"][self.0])
    }
}

/// A step of a program.
#[derive(Clone, Copy, Debug)]
enum Act {
    Yield,
    Sleep(u64),
    Spawn(Name),
    Join(Name),
    Abort(Name),
    /// Sleeps for the second time, for the first at most.
    Limit(u64, u64),
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yield => write!(f, "yields"),
            Self::Sleep(time) => write!(f, "sleeps {time} s"),
            Self::Spawn(name) => write!(f, "spawns {name}"),
            Self::Join(name) => write!(f, "joins {name}"),
            Self::Abort(name) => write!(f, "aborts {name}"),
            Self::Limit(limit, time) => {
                write!(f, "sleeps {time} s in a timeout of {limit} s")
            }
        }
    }
}

/// One program a name.
type Programs = Vec<Vec<Act>>;

fn act(of: usize) -> impl Strategy<Value = Act> {
    let later = (of + 1).min(NAMES - 1)..NAMES;
    prop_oneof![
        2 => Just(Act::Yield),
        3 => (0..4_u64).prop_map(Act::Sleep),
        4 => later.clone().prop_map(|name| Act::Spawn(Name(name))),
        2 => later.prop_map(|name| Act::Join(Name(name))),
        1 => (1..NAMES).prop_map(|name| Act::Abort(Name(name))),
        1 => (0..4_u64, 0..4_u64).prop_map(|(limit, time)| Act::Limit(limit, time)),
    ]
}

fn programs() -> impl Strategy<Value = Programs> {
    (0..NAMES).map(|of| vec(act(of), 0..6)).collect::<Vec<_>>()
}

/// What happened: when, to whom, what.
#[derive(Clone, PartialEq, Debug)]
struct Line {
    at: u64,
    name: Name,
    what: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {} s {} {}", self.at, self.name, self.what)
    }
}

// On the machine.

/// What the tasks share.
struct World<M: Machine> {
    programs: Programs,
    log: RefCell<Vec<Line>>,
    spawned: RefCell<[bool; NAMES]>,
    handles: RefCell<[Option<M::Task>; NAMES]>,
}

impl<M: Machine> World<M> {
    fn note(&self, name: Name, what: impl Into<String>) {
        self.log.borrow_mut().push(Line { at: M::now(), name, what: what.into() });
    }
}

/// Notes when a task is dropped before its end.
struct Guard<M: Machine + 'static> {
    world: Rc<World<M>>,
    name: Name,
    ended: Cell<bool>,
}

impl<M: Machine> Drop for Guard<M> {
    fn drop(&mut self) {
        // A second panic would end the process, and nobody would be told of the first.
        if !self.ended.get() && !thread::panicking() {
            self.world.note(self.name, "is dropped");
        }
    }
}

fn play<M: Machine + 'static>(world: Rc<World<M>>, name: Name) -> Work {
    let guard = Guard { world, name, ended: Cell::new(false) };
    Box::pin(async move {
        let world = &guard.world;
        for act in world.programs[name.0].clone() {
            if let Some(what) = perform(world, act).await {
                world.note(name, what);
            }
        }
        guard.ended.set(true);
        world.note(name, "ends");
    })
}

/// Takes a step; returns what is to be noted.
async fn perform<M: Machine + 'static>(world: &Rc<World<M>>, act: Act) -> Option<String> {
    match act {
        Act::Yield => {
            Yield(false).await;
            Some("has yielded".into())
        }
        Act::Sleep(time) => {
            M::sleep(time).await;
            Some(format!("has slept {time} s"))
        }
        Act::Spawn(name) => {
            if std::mem::replace(&mut world.spawned.borrow_mut()[name.0], true) {
                return None;
            }
            let task = M::spawn(play(Rc::clone(world), name));
            world.handles.borrow_mut()[name.0] = Some(task);
            None
        }
        Act::Join(name) => {
            let task = world.handles.borrow_mut()[name.0].take()?;
            let how = if task.await { "returned" } else { "aborted" };
            Some(format!("joins {name}, {how}"))
        }
        Act::Abort(name) => {
            let handles = world.handles.borrow();
            let how = if M::abort(handles[name.0].as_ref()?) {
                "aborts"
            } else {
                "is late to abort"
            };
            Some(format!("{how} {name}"))
        }
        Act::Limit(limit, time) => {
            let how = if M::timeout(limit, M::sleep(time)).await {
                "in time"
            } else {
                "too late"
            };
            Some(format!("has slept {time} s in {limit} s {how}"))
        }
    }
}

struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Runs the programs on a machine.
fn log_of<M: Machine + 'static>(
    programs: &Programs,
    block_on: impl FnOnce(Work),
) -> Vec<Line> {
    let world = Rc::new(World::<M> {
        programs: programs.clone(),
        log: RefCell::default(),
        spawned: RefCell::default(),
        handles: RefCell::new(std::array::from_fn(|_| None)),
    });
    block_on(play(Rc::clone(&world), MAIN));
    world.log.take()
}

// On paper.

/// What a task on paper waits for.
#[derive(Clone, Copy, Debug)]
enum Wait {
    Nothing,
    /// Its next poll.
    Poll,
    Timer(usize),
    End(Name),
    /// The end of the first, for the second timer at most.
    Limited(Option<usize>, usize),
}

struct Script {
    next: usize,
    wait: Wait,
    queued: bool,
    aborted: bool,
    /// Whether it returned.
    done: Option<bool>,
    awaiter: Option<Name>,
    handle: bool,
}

struct Timer {
    deadline: u64,
    name: Name,
    pending: bool,
}

struct Paper<'a> {
    programs: &'a Programs,
    tasks: Vec<Option<Script>>,
    order: Vec<Name>,
    ready: VecDeque<Name>,
    timers: Vec<Timer>,
    now: u64,
    log: Vec<Line>,
}

impl<'a> Paper<'a> {
    /// `ends_its_turn`: whether those who are ready when main ends are polled once more.
    fn log_of(programs: &'a Programs, ends_its_turn: bool) -> Vec<Line> {
        let mut paper = Self {
            programs,
            tasks: (0..NAMES).map(|_| None).collect(),
            order: vec![],
            ready: VecDeque::new(),
            timers: vec![],
            now: 0,
            log: vec![],
        };
        paper.spawn(MAIN);
        while paper.task(MAIN).done.is_none() {
            match paper.ready.pop_front() {
                Some(name) => paper.turn(name),
                None => paper.advance(),
            }
        }
        // No case has so many polls at one time that a turn would end by their number.
        while ends_its_turn && let Some(name) = paper.ready.pop_front() {
            paper.turn(name);
        }
        for name in paper.order.clone() {
            if paper.task(name).done.is_none() {
                paper.note(name, "is dropped");
            }
        }
        paper.log
    }

    fn task(&mut self, name: Name) -> &mut Script {
        self.tasks[name.0].as_mut().expect("spawned")
    }

    fn note(&mut self, name: Name, what: impl Into<String>) {
        self.log.push(Line { at: self.now, name, what: what.into() });
    }

    fn spawn(&mut self, name: Name) {
        self.tasks[name.0] = Some(Script {
            next: 0,
            wait: Wait::Nothing,
            queued: true,
            aborted: false,
            done: None,
            awaiter: None,
            handle: true,
        });
        self.order.push(name);
        self.ready.push_back(name);
    }

    fn wake(&mut self, name: Name) {
        let task = self.task(name);
        if !std::mem::replace(&mut task.queued, true) {
            self.ready.push_back(name);
        }
    }

    fn arm(&mut self, name: Name, time: u64) -> usize {
        self.timers.push(Timer { deadline: self.now + time, name, pending: true });
        self.timers.len() - 1
    }

    /// Time passes: the timers of the next deadline fire, in the order they were set.
    fn advance(&mut self) {
        let pending = self.timers.iter().filter(|timer| timer.pending);
        self.now =
            pending.map(|timer| timer.deadline).min().expect("no deadlock on paper");
        for index in 0..self.timers.len() {
            let timer = &mut self.timers[index];
            if timer.pending && timer.deadline == self.now {
                timer.pending = false;
                let name = timer.name;
                self.wake(name);
            }
        }
    }

    fn turn(&mut self, name: Name) {
        let task = self.task(name);
        task.queued = false;
        if task.done.is_some() {
            return;
        }
        if !task.aborted {
            return self.poll(name);
        }
        for timer in self.timers.iter_mut().filter(|timer| timer.name == name) {
            timer.pending = false;
        }
        self.note(name, "is dropped");
        self.end(name, false);
    }

    fn end(&mut self, name: Name, returned: bool) {
        self.task(name).done = Some(returned);
        if let Some(awaiter) = self.task(name).awaiter
            && self.task(awaiter).done.is_none()
        {
            self.wake(awaiter);
        }
    }

    fn poll(&mut self, name: Name) {
        loop {
            let index = self.task(name).next;
            if let Some(what) = self.result(name, index) {
                self.task(name).wait = Wait::Nothing;
                self.task(name).next += 1;
                if !what.is_empty() {
                    self.note(name, what);
                }
            } else if let Wait::Nothing = self.task(name).wait {
                match self.programs[name.0].get(index) {
                    Some(act) => {
                        self.begin(name, *act);
                        // Only a task that is joined can be done already.
                        if !matches!(self.task(name).wait, Wait::Nothing | Wait::End(_)) {
                            return;
                        }
                    }
                    None => {
                        self.note(name, "ends");
                        return self.end(name, true);
                    }
                }
            } else {
                return;
            }
        }
    }

    /// What the step that a task waits in has come to; none if it waits on, or for nothing.
    fn result(&mut self, name: Name, index: usize) -> Option<String> {
        let fired = |timer: usize| !self.timers[timer].pending;
        let act = *self.programs[name.0].get(index)?;
        let task = self.tasks[name.0].as_ref()?;
        let done = match task.wait {
            Wait::Nothing => false,
            Wait::Poll => true,
            Wait::Timer(timer) => fired(timer),
            Wait::End(other) => self.tasks[other.0].as_ref()?.done.is_some(),
            Wait::Limited(sleep, limit) => sleep.is_none_or(fired) || fired(limit),
        };
        if !done {
            return None;
        }
        Some(match (act, task.wait) {
            (Act::Yield, _) => "has yielded".into(),
            (Act::Sleep(time), _) => format!("has slept {time} s"),
            (Act::Join(other), _) => {
                let returned = self.tasks[other.0].as_ref()?.done?;
                format!(
                    "joins {other}, {}",
                    if returned { "returned" } else { "aborted" }
                )
            }
            (Act::Limit(limit, time), Wait::Limited(sleep, timer)) => {
                let how = if sleep.is_none_or(fired) { "in time" } else { "too late" };
                self.timers[timer].pending = false;
                if let Some(sleep) = sleep {
                    self.timers[sleep].pending = false;
                }
                format!("has slept {time} s in {limit} s {how}")
            }
            _ => String::new(),
        })
    }

    /// Begins a step. One that is over at once is noted here.
    fn begin(&mut self, name: Name, act: Act) {
        let mut wait = Wait::Nothing;
        match act {
            Act::Yield | Act::Sleep(0) => {
                self.wake(name);
                wait = Wait::Poll;
            }
            Act::Sleep(time) => wait = Wait::Timer(self.arm(name, time)),
            Act::Spawn(other) => {
                if self.tasks[other.0].is_none() {
                    self.spawn(other);
                }
            }
            Act::Join(other) => {
                if self.tasks[other.0].as_ref().is_some_and(|task| task.handle) {
                    self.task(other).handle = false;
                    self.task(other).awaiter = Some(name);
                    wait = Wait::End(other);
                }
            }
            Act::Abort(other) => self.abort(name, other),
            Act::Limit(limit, time) => {
                let sleep = if time == 0 {
                    self.wake(name);
                    None
                } else {
                    Some(self.arm(name, time))
                };
                if limit == 0 {
                    if let Some(sleep) = sleep {
                        self.timers[sleep].pending = false;
                    }
                    self.note(name, format!("has slept {time} s in 0 s too late"));
                } else {
                    wait = Wait::Limited(sleep, self.arm(name, limit));
                }
            }
        }
        self.task(name).wait = wait;
        if let Wait::Nothing = wait {
            self.task(name).next += 1;
        }
    }

    fn abort(&mut self, name: Name, other: Name) {
        if self.tasks[other.0].as_ref().is_none_or(|task| !task.handle) {
            return;
        }
        if self.task(other).done.is_some() {
            return self.note(name, format!("is late to abort {other}"));
        }
        self.task(other).aborted = true;
        self.wake(other);
        self.note(name, format!("aborts {other}"));
    }
}

/// Tells the programs that are reachable.
fn tell(programs: &Programs, story: &mut Story) {
    let mut told = [false; NAMES];
    told[MAIN.0] = true;
    for of in 0..NAMES {
        if told[of] {
            let acts: Vec<String> =
                programs[of].iter().map(ToString::to_string).collect();
            let acts = if acts.is_empty() { "ends".to_owned() } else { acts.join(", ") };
            story.step(format!("{} {acts}", Name(of)));
            for act in &programs[of] {
                if let Act::Spawn(name) = act {
                    told[name.0] = true;
                }
            }
        }
    }
}

/// Holds one log against another, to the first line that differs.
fn compare(
    expected: &[Line],
    happened: &[Line],
    story: &mut Story,
) -> Result<(), Broken> {
    let same = expected.iter().zip(happened).take_while(|(a, b)| a == b).count();
    if same == expected.len() && same == happened.len() {
        return Ok(());
    }
    let line =
        |log: &[Line]| log.get(same).map_or("nothing more".to_owned(), Line::to_string);
    story.broken(line(expected), line(happened))
}

/// Any loop that passes this runs tasks in order and keeps its time.
pub fn agrees_with_paper<M: Machine + 'static>() -> Outcome {
    explore(
        "programs run in the order and at the times that a loop on paper gives",
        &programs(),
        |programs, story| {
            tell(programs, story);
            let happened = log_of::<M>(programs, M::block_on);
            compare(&Paper::log_of(programs, M::ENDS_ITS_TURN), &happened, story)
        },
    )
}

/// A machine whose order can be shuffled by a seed.
pub trait Seeded: Machine {
    fn block_on_with(seed: u64, main: Work);
}

/// The same seed gives the same run.
pub fn repeats_itself<M: Seeded + 'static>() -> Outcome {
    explore(
        "the same seed gives the same run, twice",
        &(programs(), any::<u64>()),
        |(programs, seed), story| {
            tell(programs, story);
            story.step(format!("the seed is {seed}"));
            let first = log_of::<M>(programs, |main| M::block_on_with(*seed, main));
            let second = log_of::<M>(programs, |main| M::block_on_with(*seed, main));
            compare(&first, &second, story)
        },
    )
}

/// A place where one thread waits to be woken by another.
pub trait Doorbell: Send + Sync + 'static {
    /// Whether `wait` calls `gap`.
    const SHOWS_ITS_GAP: bool;

    /// How long a thread that has been rung for may take to wake up: long, since this is no
    /// measure of speed.
    const PATIENCE: Duration = Duration::from_secs(5);

    fn new() -> Self;
    /// Called by the other thread.
    fn ring(&self);
    /// Returns when the bell has been rung since the last `wait` returned. Calls `gap` after
    /// its last look whether it was rung, before it falls asleep, if there is a line of
    /// code between the two: the suite has the bell rung there.
    fn wait(&self, gap: &dyn Fn());
}

/// When the bell is rung.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Ring {
    /// So many microseconds after the other thread has begun to wait.
    After(u64),
    InTheGap,
}

/// How long it may take when one has not woken up, and the case is made smaller.
const LESS_PATIENCE: Duration = Duration::from_millis(200);

/// Any doorbell that passes this loses no ring, whenever it comes.
///
/// A ring may also be lost by chance, and not be the next time. So a case that has failed
/// stays failed; and a ring becomes smaller by coming in the gap, where no chance is needed.
pub fn hears_every_ring<D: Doorbell>() -> Outcome {
    let failed: RefCell<Vec<(Vec<Ring>, Story)>> = RefCell::default();
    let ring =
        prop_oneof![1 => Just(Ring::InTheGap), 4 => (0..200_u64).prop_map(Ring::After)];
    let sentence = "a thread that waits is woken by the next ring";
    explore(sentence, &vec(ring, 1..12), |rings, story| {
        let mut failed = failed.borrow_mut();
        if let Some((_, told)) = failed.iter().find(|(case, _)| case == rings) {
            *story = told.clone();
            return Err(Broken);
        }
        let patience = if failed.is_empty() { D::PATIENCE } else { LESS_PATIENCE };
        let result = ring_all::<D>(rings, patience, story);
        if result.is_err() {
            failed.push((rings.clone(), story.clone()));
        }
        result
    })
}

fn ring_all<D: Doorbell>(
    rings: &[Ring],
    patience: Duration,
    story: &mut Story,
) -> Result<(), Broken> {
    let bell = Arc::new(D::new());
    let (awake, wakes) = mpsc::channel();
    let (in_gap, gaps) = mpsc::channel();
    let (rung, answers) = mpsc::channel();
    let (waiting, plan) = (Arc::clone(&bell), rings.to_vec());
    let waiter = thread::spawn(move || {
        for ring in plan {
            waiting.wait(&|| {
                if let Ring::InTheGap = ring {
                    // A bell that holds a lock here keeps the other thread from ringing:
                    // so it does not wait for it forever.
                    let _ = in_gap.send(());
                    let _ = answers.recv_timeout(Duration::from_millis(100));
                }
            });
            let _ = awake.send(());
        }
    });
    let mut result = Ok(());
    for ring in rings {
        match ring {
            Ring::After(delay) => {
                story.step(format!("ring {delay} µs after the thread began to wait"));
                spin(Duration::from_micros(*delay));
            }
            Ring::InTheGap => {
                story.step("ring between its last look and its sleep");
                if D::SHOWS_ITS_GAP {
                    let _ = gaps.recv_timeout(D::PATIENCE);
                }
            }
        }
        bell.ring();
        let _ = rung.send(());
        if wakes.recv_timeout(patience).is_err() {
            result = story.broken("it wakes up", "it sleeps on: the ring is lost");
            break;
        }
    }
    while !waiter.is_finished() {
        // Frees a thread that has lost a ring.
        bell.ring();
        thread::sleep(Duration::from_micros(100));
    }
    result
}

fn spin(time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}
