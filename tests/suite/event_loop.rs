//! Parking, in every order in which threads can take their steps; and shutting down, with
//! tasks that make trouble when they are dropped.
//!
//! A race can be told as a story if its threads are coroutines: each pauses before each
//! thing it does to what is shared, and somebody decides who goes on. So one thread runs
//! them all, and tries every order that switches from a thread that could go on to
//! another at most four times, those with few switches first. What it finds is found every
//! time, and no shorter story has fewer switches.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Counterexample, Outcome, Story, Watched, explore};

/// What the suite tests: how a loop goes to sleep, and how other threads wake it.
///
/// Everything that is done to [`Shared`] is awaited: at each `await` another thread may
/// come in between.
#[allow(async_fn_in_trait, reason = "nothing here is ever sent to a thread")]
pub trait Parking {
    /// Leaves a letter. Called by other threads.
    async fn deliver(shared: &Shared);

    /// Takes the letters out, and says how many they were. Called by the loop.
    async fn take(shared: &Shared) -> u32 {
        mem::take(&mut shared.lock().await.letters)
    }

    /// Called by the loop after it has taken the letters and dealt with them: sleeps, or
    /// returns at once if there is another.
    async fn park(shared: &Shared);
}

/// What the loop and the other threads share.
pub struct Shared {
    inbox: RefCell<Inbox>,
    holder: Cell<Option<Holder>>,
    mail: Cell<bool>,
    rung: Cell<bool>,
    rings: Cell<u32>,
    sleeps: Cell<u32>,
    /// The thread that runs.
    thread: Cell<usize>,
    /// What each thread waits for.
    needs: RefCell<Vec<Need>>,
    story: RefCell<Story>,
}

/// What is behind the lock.
#[derive(Clone, Copy, PartialEq, Default)]
pub struct Inbox {
    /// How many letters there are.
    pub letters: u32,
    /// The loop sleeps, or is about to.
    pub parked: bool,
}

impl fmt::Display for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.letters {
            0 => write!(f, "no letter")?,
            1 => write!(f, "1 letter")?,
            many => write!(f, "{many} letters")?,
        }
        f.write_str(if self.parked { ", parked" } else { "" })
    }
}

/// Who has the lock, and how many steps the story had when that was told.
#[derive(Clone, Copy)]
struct Holder {
    thread: usize,
    steps: usize,
}

/// What a thread needs for its next step.
#[derive(Clone, Copy, PartialEq)]
enum Need {
    Nothing,
    Lock,
    Ring,
}

/// The inbox, locked.
pub struct Guard<'a> {
    shared: &'a Shared,
    before: Inbox,
    now: Inbox,
}

impl Deref for Guard<'_> {
    type Target = Inbox;

    fn deref(&self) -> &Inbox {
        &self.now
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Inbox {
        &mut self.now
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.now != self.before {
            self.shared.note(format!("unlocks it: {}", self.now));
        }
        self.shared.inbox.replace(self.now);
        self.shared.holder.set(None);
    }
}

impl Shared {
    fn new(threads: usize, story: Story) -> Rc<Self> {
        Rc::new(Self {
            inbox: RefCell::default(),
            holder: Cell::new(None),
            mail: Cell::new(false),
            rung: Cell::new(false),
            rings: Cell::new(0),
            sleeps: Cell::new(0),
            thread: Cell::new(0),
            needs: RefCell::new(vec![Need::Nothing; threads]),
            story: RefCell::new(story),
        })
    }

    /// Locks the inbox, until the guard is dropped.
    pub async fn lock(&self) -> Guard<'_> {
        self.step(Need::Lock).await;
        let inbox = *self.inbox.borrow();
        self.note(format!("locks the inbox: {inbox}"));
        let (thread, steps) = (self.thread.get(), self.story.borrow().steps());
        self.holder.set(Some(Holder { thread, steps }));
        Guard { shared: self, before: inbox, now: inbox }
    }

    /// Rings the bell. It remembers: whoever listens later hears it too.
    pub async fn ring(&self) {
        self.step(Need::Nothing).await;
        self.note("rings the bell");
        self.rung.set(true);
        self.rings.set(self.rings.get() + 1);
    }

    /// Sleeps until the bell is rung.
    pub async fn listen(&self) {
        self.step(Need::Ring).await;
        self.note("hears the bell");
        self.rung.set(false);
        self.sleeps.set(self.sleeps.get() + 1);
    }

    /// A flag that can be looked at without the lock.
    pub async fn has_mail(&self) -> bool {
        self.step(Need::Nothing).await;
        self.note(if self.mail.get() { "sees the flag" } else { "sees no flag" });
        self.mail.get()
    }

    /// Sets that flag.
    pub async fn set_mail(&self, mail: bool) {
        self.step(Need::Nothing).await;
        self.note(if mail { "sets the flag" } else { "clears the flag" });
        self.mail.set(mail);
    }

    /// Puts a letter into a queue that is somebody else's: whatever lock it may have, it has
    /// let go of when this returns.
    pub async fn send(&self) {
        self.step(Need::Nothing).await;
        self.note("sends a letter");
        self.change(|inbox| inbox.letters += 1);
    }

    /// Takes all letters out of that queue, and says how many they were.
    pub async fn receive_all(&self) -> u32 {
        self.step(Need::Nothing).await;
        let letters = self.change(|inbox| mem::take(&mut inbox.letters));
        self.note(format!("receives {}", Inbox { letters, parked: false }));
        letters
    }

    /// Looks whether that queue is empty.
    pub async fn is_empty(&self) -> bool {
        self.step(Need::Nothing).await;
        let letters = self.inbox.borrow().letters;
        self.note(format!("looks: {}", Inbox { letters, parked: false }));
        letters == 0
    }

    /// Sets `parked`, as an atomic of its own, and says what it was before: in one step.
    pub async fn swap_parked(&self, parked: bool) -> bool {
        self.step(Need::Nothing).await;
        let before = self.change(|inbox| mem::replace(&mut inbox.parked, parked));
        self.note(format!("sets `parked` to {parked}: it was {before}"));
        before
    }

    fn change<R>(&self, change: impl FnOnce(&mut Inbox) -> R) -> R {
        change(&mut self.inbox.borrow_mut())
    }

    /// Pauses before a step, until it is this thread's turn and it has what it needs.
    async fn step(&self, need: Need) {
        let mut paused = false;
        poll_fn(|_| {
            if mem::replace(&mut paused, true) && self.has(need) {
                return Poll::Ready(());
            }
            self.needs.borrow_mut()[self.thread.get()] = need;
            Poll::Pending
        })
        .await;
    }

    fn has(&self, need: Need) -> bool {
        match need {
            Need::Nothing => true,
            Need::Lock => self.holder.get().is_none(),
            Need::Ring => self.rung.get(),
        }
    }

    /// Tells what the thread does. What it does under the lock is told in one step, unless
    /// somebody else comes in between.
    fn note(&self, what: impl fmt::Display) {
        let (thread, story) = (self.thread.get(), self.story.borrow());
        let locked = self.holder.get().filter(|holder| holder.thread == thread);
        match locked {
            Some(holder) if holder.steps == story.steps() => {
                story.go_on(&format!("; {what}"));
            }
            _ => story.step(format!("{} {what}", name(thread))),
        }
    }
}

fn name(thread: usize) -> &'static str {
    ["the loop", "thread A", "thread B"][thread]
}

/// How often the loop may go round with nothing to do and without sleeping.
const MOST_IDLE_ROUNDS: u32 = 2;

/// How many steps all threads may take together: more than anyone needs who sleeps.
const MOST_STEPS: usize = 100;

/// The loop: takes letters and parks, until it has them all.
async fn go_round<P: Parking>(shared: Rc<Shared>, letters: u32) -> Result<(), String> {
    let (mut taken, mut idle, mut slept) = (0, 0, 0);
    loop {
        let new = P::take(&shared).await;
        taken += new;
        if taken >= letters {
            return Ok(());
        }
        idle = if new > 0 || shared.sleeps.get() > slept { 0 } else { idle + 1 };
        slept = shared.sleeps.get();
        if idle > MOST_IDLE_ROUNDS {
            return Err("it goes round and round, and does not sleep".to_owned());
        }
        P::park(&shared).await;
    }
}

type Thread = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// An order of steps: at each of them, which of the threads that can go on does. The
/// first is the one that went before, if it is among them.
#[derive(Default)]
struct Order {
    choices: Vec<Choice>,
}

struct Choice {
    taken: usize,
    options: usize,
    /// To take another than the first is a switch.
    costs: bool,
}

impl Order {
    /// What to do at step `at`: what was decided before, or the first option.
    fn choose(&mut self, at: usize, options: usize, costs: bool) -> usize {
        if at == self.choices.len() {
            self.choices.push(Choice { taken: 0, options, costs });
        }
        self.choices[at].taken
    }

    fn switches(&self) -> usize {
        self.choices.iter().filter(|choice| choice.costs && choice.taken > 0).count()
    }

    /// Goes on to the next order with so many switches at most; false after the last.
    fn advance(&mut self, most_switches: usize) -> bool {
        while let Some(mut last) = self.choices.pop() {
            last.taken += 1;
            let switches = self.switches() + usize::from(last.costs);
            if last.taken < last.options && switches <= most_switches {
                self.choices.push(last);
                return true;
            }
        }
        false
    }
}

/// Runs the loop, and threads that deliver so many letters each, in this order.
fn run<P: Parking + 'static>(
    senders: &[u32],
    order: &mut Order,
    story: &mut Story,
) -> Result<(), Broken> {
    let shared = Shared::new(1 + senders.len(), story.clone());
    let letters = senders.iter().sum();
    let mut threads: Vec<Option<Thread>> =
        vec![Some(Box::pin(go_round::<P>(Rc::clone(&shared), letters)))];
    for count in senders.iter().copied() {
        let shared = Rc::clone(&shared);
        threads.push(Some(Box::pin(async move {
            for _ in 0..count {
                P::deliver(&shared).await;
            }
            Ok(())
        })));
    }
    let result = interleave(&shared, &mut threads, order);
    // What the locks say when their threads are dropped is no part of it.
    drop(shared.story.take());
    if story.steps() >= MOST_STEPS {
        story.cut_short(10);
    }
    if let Err(happened) = result {
        return story.broken("the loop gets every letter, and sleeps between", happened);
    }
    let (rings, sleeps) = (shared.rings.get(), shared.sleeps.get());
    match rings <= sleeps {
        true => Ok(()),
        false => story.broken(
            "one ring for each sleep at most",
            format!("rings: {rings}, sleeps: {sleeps}"),
        ),
    }
}

fn interleave(
    shared: &Shared,
    threads: &mut [Option<Thread>],
    order: &mut Order,
) -> Result<(), String> {
    let mut last = usize::MAX;
    let mut at = 0;
    loop {
        let can_go_on = |&thread: &usize| {
            threads[thread].is_some() && shared.has(shared.needs.borrow()[thread])
        };
        let mut options: Vec<usize> = (0..threads.len()).filter(can_go_on).collect();
        let goes_on = options.contains(&last);
        options.sort_by_key(|thread| *thread != last);
        if options.is_empty() {
            return standstill(shared, threads);
        }
        if at > MOST_STEPS {
            return Err("someone goes round and round, and does not sleep".to_owned());
        }
        let choice = order.choose(at, options.len(), goes_on);
        last = options[choice];
        at += 1;
        shared.thread.set(last);
        if let Some(thread) = &mut threads[last] {
            match thread.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => {}
                Poll::Ready(Err(problem)) => return Err(problem),
                Poll::Ready(Ok(())) => threads[last] = None,
            }
        }
    }
}

/// Nobody can go on. That is well if everybody is done.
fn standstill(shared: &Shared, threads: &[Option<Thread>]) -> Result<(), String> {
    if threads.iter().all(Option::is_none) {
        return Ok(());
    }
    let sleeps = threads[0].is_some() && shared.needs.borrow()[0] == Need::Ring;
    Err(match (sleeps, shared.holder.get().is_some()) {
        (true, true) => {
            "it sleeps with the lock in its hand: nobody can deliver".to_owned()
        }
        (true, false) => format!("it sleeps forever: {}", shared.inbox.borrow()),
        (false, _) => "everybody waits for the lock, forever".to_owned(),
    })
}

/// Any parking that passes this loses no letter, sleeps when there is none, and rings for
/// sleepers only, whatever the order in which threads take their steps.
pub fn parks<P: Parking + 'static>() -> Outcome {
    try_orders::<P>().0
}

/// The same; also says how many orders went well.
pub fn try_orders<P: Parking + 'static>() -> (Outcome, u32) {
    let property = "every letter is taken, and only sleepers are rung for";
    let watched = Watched::new(property);
    let mut passed = 0;
    for most_switches in 0..=4 {
        let shortest = [&[1][..], &[2], &[1, 1]]
            .into_iter()
            .flat_map(|senders| {
                failures::<P>(senders, most_switches, &watched, &mut passed)
            })
            .min_by_key(Story::steps);
        if let Some(story) = shortest {
            return (Err(Box::new(Counterexample { property, story, passed })), passed);
        }
    }
    (Ok(()), passed)
}

/// The stories of the orders that go wrong, with so many switches at most.
fn failures<P: Parking + 'static>(
    senders: &[u32],
    most_switches: usize,
    watched: &Watched,
    passed: &mut u32,
) -> Vec<Story> {
    let mut order = Order::default();
    let mut failures = Vec::new();
    loop {
        match watched.case(|story| run::<P>(senders, &mut order, story)) {
            // Orders with fewer switches have been counted before.
            Ok(()) if order.switches() < most_switches => {}
            Ok(()) => *passed += 1,
            Err(story) => failures.push(story),
        }
        if !order.advance(most_switches) {
            return failures;
        }
    }
}

// Shutting down.

/// What the second suite tests: something that keeps tasks, until it is closed.
pub trait Shutdown: Sized + 'static {
    fn new() -> Rc<Self>;
    /// Keeps a task; drops it at once if this has been closed, or is being closed. May be
    /// called at any time, also by a task that is being dropped. Panics of tasks come out
    /// of neither this nor `close`.
    fn spawn(&self, task: Task);
    /// Drops every task, the oldest first. It is final.
    fn close(&self);
}

/// A task, as far as a shutdown is concerned: something that does things when dropped.
pub struct Task(Box<dyn FnMut()>);

impl Drop for Task {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// What a task does when it is dropped.
#[derive(Clone, Debug)]
struct Plan {
    spawns: Vec<Plan>,
    panics: bool,
}

fn plan() -> impl Strategy<Value = Plan> {
    let panics = prop_oneof![4 => Just(false), 1 => Just(true)];
    let leaf = panics.clone().prop_map(|panics| Plan { spawns: vec![], panics });
    leaf.prop_recursive(2, 6, 2, move |inner| {
        let panics = panics.clone();
        (vec(inner, 0..3), panics).prop_map(|(spawns, panics)| Plan { spawns, panics })
    })
}

/// What happens, in its order. Every task has a number.
#[derive(Default)]
struct Diary {
    dropped: RefCell<Vec<u32>>,
    /// What a good house keeps to itself, and what it said instead: a spawn in a drop has
    /// panicked.
    spawn_panicked: Cell<Option<(&'static str, &'static str)>>,
}

/// Makes a task of a plan, and those that it is going to spawn.
fn make<S: Shutdown>(
    plan: Plan,
    next: &mut u32,
    house: &Rc<S>,
    diary: &Rc<Diary>,
) -> Task {
    let number = *next;
    *next += 1;
    let make_child = |plan| make(plan, next, house, diary);
    let mut children: Vec<Task> = plan.spawns.into_iter().map(make_child).collect();
    let (house, diary) = (Rc::downgrade(house), Rc::clone(diary));
    Task(Box::new(move || {
        diary.dropped.borrow_mut().push(number);
        if thread::panicking() {
            return children.clear();
        }
        for child in children.drain(..) {
            let house = house.upgrade().expect("whoever drops a task is still there");
            let spawned = catch_unwind(AssertUnwindSafe(|| house.spawn(child)));
            if let Err(payload) = spawned {
                diary.spawn_panicked.set(Some(blame(&*payload)));
            }
        }
        assert!(!plan.panics, "task {number} {RUDE}");
    }))
}

/// How a task's panic ends.
const RUDE: &str = "panics when it is dropped";

/// What was expected of a spawn that has panicked, and what happened: whose panic was it?
fn blame(payload: &(dyn Any + Send)) -> (&'static str, &'static str) {
    match payload.downcast_ref::<String>() {
        Some(message) if message.ends_with(RUDE) => (
            "the panic of a task that is refused stays in `spawn`",
            "it comes out of `spawn`",
        ),
        _ => ("a task that is dropped may spawn", "`spawn` panics"),
    }
}

/// The numbers in the order in which a good shutdown drops them: a task that is spawned
/// meanwhile is dropped at once.
fn number(plan: &Plan, next: &mut u32, order: &mut Vec<u32>) {
    order.push(*next);
    *next += 1;
    for child in &plan.spawns {
        number(child, next, order);
    }
}

/// A plan in words; the first number is its task's.
fn tell(plan: &Plan, next: &mut u32) -> String {
    let me = *next;
    *next += 1;
    let children: Vec<String> =
        plan.spawns.iter().map(|child| tell(child, next)).collect();
    let mut words = format!("task {me}");
    if !children.is_empty() {
        words += &format!(", whose drop spawns {}", children.join(" and "));
    }
    if plan.panics {
        words += if children.is_empty() { ", whose drop panics" } else { ", and panics" };
    }
    words
}

/// Any shutdown that passes this leaves nothing behind.
pub fn leaves_nothing<S: Shutdown>() -> Outcome {
    explore(
        "a shutdown drops every task, the oldest first, and refuses newcomers",
        &vec(plan(), 0..4),
        |plans, story| {
            let (house, diary) = (S::new(), Rc::new(Diary::default()));
            let (mut made, mut told, mut next) = (0, 0, 0);
            let mut expected = vec![];
            for plan in plans {
                story.step(format!("spawn {}", tell(plan, &mut told)));
                number(plan, &mut next, &mut expected);
                house.spawn(make(plan.clone(), &mut made, &house, &diary));
            }
            story.expect(vec![], diary.dropped.take())?;
            story.step("shut down");
            let closed = catch_unwind(AssertUnwindSafe(|| house.close()));
            if closed.is_err() {
                return story.broken(
                    "panics of tasks stay in the shutdown",
                    "the shutdown panics",
                );
            }
            if let Some((expected, happened)) = diary.spawn_panicked.get() {
                return story.broken(expected, happened);
            }
            let dropped = diary.dropped.take();
            if dropped != expected {
                return story.broken(
                    format!("the tasks {expected:?} are dropped"),
                    format!("the tasks {dropped:?} are dropped"),
                );
            }
            story.step(format!("spawn task {next}"));
            let late = Plan { spawns: vec![], panics: false };
            house.spawn(make(late, &mut next, &house, &diary));
            match diary.dropped.take().len() {
                1 => Ok(()),
                _ => story.broken("it is dropped at once", "it is kept"),
            }
        },
    )
}
