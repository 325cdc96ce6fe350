//! Semaphores and queues against others on paper: who has which turn, and who is woken.
//!
//! The model is a line of names and what each of them has. A script polls, drops and gives as
//! it likes, each time with another waker ([`permits`], [`items`]). Then the same is done by
//! tasks in a runtime whose seed shuffles them ([`permits_in_tasks`], [`items_in_tasks`]):
//! the model is told of each poll and each drop in the moment in which it happens.
//!
//! Machines are trait objects, so that this is compiled once.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::task::{AbortHandle, JoinHandle, yield_now};
use mainspring::time::{sleep, timeout};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore, quietly};

type Wait<T> = Pin<Box<dyn Future<Output = T>>>;

/// Some permits. Dropping it gives them back.
pub type Permit = Box<dyn Any>;

/// What the first half of the suite tests: a semaphore, or a mutex, which has one permit.
pub trait Permits {
    fn acquire(self: Rc<Self>, count: usize) -> Wait<Permit>;
    fn try_acquire(self: Rc<Self>, count: usize) -> Option<Permit>;
    fn add(&self, count: usize);
}

/// What the second half tests: a queue. What is refused comes back.
pub trait Items {
    fn put(self: Rc<Self>, item: u32) -> Wait<Result<(), u32>>;
    fn try_put(&self, item: u32) -> Result<(), u32>;
    fn get(self: Rc<Self>) -> Wait<Option<u32>>;
    fn try_get(&self) -> Option<u32>;
    fn close(&self);
}

/// Who waits, or has something. A name is used again when both are over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Name(u8);

const NAMES: u8 = 4;

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(b'A' + self.0))
    }
}

fn name() -> impl Strategy<Value = Name> {
    (0..NAMES).prop_map(Name)
}

// Permits on paper.

/// Where somebody is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    InLine(usize),
    Granted(usize),
    Holds(usize),
}

#[derive(Default)]
struct PermitsOnPaper {
    permits: usize,
    line: VecDeque<Name>,
    places: BTreeMap<Name, Place>,
    /// Who has been woken since this was looked at.
    woken: Vec<Name>,
}

impl PermitsOnPaper {
    fn new(permits: usize) -> Self {
        Self { permits, ..Self::default() }
    }

    /// Whether it has its permits after that.
    fn poll(&mut self, name: Name, count: usize) -> bool {
        let place = match self.places.get(&name).copied() {
            Some(Place::Granted(count)) => Place::Holds(count),
            Some(place) => place,
            None if self.take(count) => Place::Holds(count),
            None => {
                self.line.push_back(name);
                Place::InLine(count)
            }
        };
        self.places.insert(name, place);
        matches!(place, Place::Holds(_))
    }

    fn take(&mut self, count: usize) -> bool {
        let may = self.line.is_empty() && self.permits >= count;
        if may {
            self.permits -= count;
        }
        may
    }

    fn drop(&mut self, name: Name) {
        match self.places.remove(&name) {
            Some(Place::Granted(count) | Place::Holds(count)) => self.add(count),
            _ => {
                self.line.retain(|other| *other != name);
                self.add(0);
            }
        }
    }

    fn add(&mut self, count: usize) {
        self.permits += count;
        while let Some(first) = self.line.front().copied()
            && let Some(Place::InLine(count)) = self.places.get(&first).copied()
            && self.permits >= count
        {
            self.permits -= count;
            self.line.pop_front();
            self.places.insert(first, Place::Granted(count));
            self.woken.push(first);
        }
    }
}

// Items on paper.

#[derive(Clone, PartialEq, Eq, Debug)]
enum Hand {
    Getting,
    /// None: the queue is closed.
    Given(Option<u32>),
    Putting(u32),
    In,
    Refused(u32),
}

#[derive(Default)]
struct ItemsOnPaper {
    capacity: usize,
    is_closed: bool,
    /// Items are numbers in the order in which they are let in.
    items: VecDeque<(u32, u32)>,
    let_in: u32,
    getters: VecDeque<Name>,
    putters: VecDeque<Name>,
    hands: BTreeMap<Name, Hand>,
    /// The number of what somebody was given.
    numbers: BTreeMap<u32, u32>,
    woken: Vec<Name>,
}

impl ItemsOnPaper {
    fn new(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    fn put(&mut self, item: u32) -> Option<Result<(), u32>> {
        if self.is_closed {
            return Some(Err(item));
        }
        if self.getters.is_empty() && self.items.len() >= self.capacity {
            return None;
        }
        self.let_in(item);
        Some(Ok(()))
    }

    fn let_in(&mut self, item: u32) {
        self.let_in += 1;
        self.numbers.insert(item, self.let_in);
        self.bring(item);
    }

    /// To who waits, or to its place.
    fn bring(&mut self, item: u32) {
        if let Some(getter) = self.getters.pop_front() {
            self.hands.insert(getter, Hand::Given(Some(item)));
            self.woken.push(getter);
        } else {
            let number = self.numbers[&item];
            let place = self.items.iter().position(|(other, _)| *other > number);
            self.items.insert(place.unwrap_or(self.items.len()), (number, item));
        }
    }

    fn get(&mut self) -> Option<Option<u32>> {
        let item = self.items.pop_front().map(|(_, item)| item);
        let item = item.or_else(|| {
            let item = self.next_putter()?;
            self.let_in += 1;
            self.numbers.insert(item, self.let_in);
            Some(item)
        });
        while self.items.len() < self.capacity
            && let Some(item) = self.next_putter()
        {
            self.let_in(item);
        }
        if item.is_some() || self.is_closed { Some(item) } else { None }
    }

    fn next_putter(&mut self) -> Option<u32> {
        let putter = self.putters.pop_front()?;
        let Some(Hand::Putting(item)) = self.hands.insert(putter, Hand::In) else {
            unreachable!("{putter:?} is in line")
        };
        self.woken.push(putter);
        Some(item)
    }

    fn poll_put(&mut self, name: Name, item: u32) -> Option<Result<(), u32>> {
        match self.hands.get(&name).cloned() {
            Some(Hand::In) => self.done(name, Ok(())),
            Some(Hand::Refused(item)) => self.done(name, Err(item)),
            Some(_) => None,
            None => {
                let done = self.put(item);
                if done.is_none() {
                    self.putters.push_back(name);
                    self.hands.insert(name, Hand::Putting(item));
                }
                done
            }
        }
    }

    fn poll_get(&mut self, name: Name) -> Option<Option<u32>> {
        match self.hands.get(&name).cloned() {
            Some(Hand::Given(Some(item))) => self.done(name, Some(item)),
            Some(Hand::Given(None)) => {
                let item = self.get().flatten();
                self.done(name, item)
            }
            Some(_) => None,
            None => {
                let done = self.get();
                if done.is_none() {
                    self.getters.push_back(name);
                    self.hands.insert(name, Hand::Getting);
                }
                done
            }
        }
    }

    fn done<T>(&mut self, name: Name, result: T) -> Option<T> {
        self.hands.remove(&name);
        Some(result)
    }

    fn drop(&mut self, name: Name) {
        self.getters.retain(|other| *other != name);
        self.putters.retain(|other| *other != name);
        if let Some(Hand::Given(Some(item))) = self.hands.remove(&name) {
            self.bring(item);
        }
    }

    fn close(&mut self) {
        self.is_closed = true;
        for putter in std::mem::take(&mut self.putters) {
            if let Some(Hand::Putting(item)) = self.hands.remove(&putter) {
                self.hands.insert(putter, Hand::Refused(item));
            }
            self.woken.push(putter);
        }
        for getter in std::mem::take(&mut self.getters) {
            self.hands.insert(getter, Hand::Given(None));
            self.woken.push(getter);
        }
    }
}

// By hand.

/// A waker of its own for each poll.
#[derive(Default)]
struct Bell(AtomicU32);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Who waits, by name, with the wakers of all polls; only the last is to be woken.
struct Waits<T> {
    waits: BTreeMap<Name, (Wait<T>, Vec<Arc<Bell>>)>,
}

impl<T> Waits<T> {
    fn new() -> Self {
        Self { waits: BTreeMap::new() }
    }

    fn poll(&mut self, name: Name, make: impl FnOnce() -> Wait<T>) -> Option<T> {
        let (wait, bells) = self.waits.entry(name).or_insert_with(|| (make(), vec![]));
        bells.push(Arc::default());
        let waker = Waker::from(Arc::clone(bells.last().unwrap()));
        match wait.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => None,
            Poll::Ready(result) => {
                self.waits.remove(&name);
                Some(result)
            }
        }
    }

    /// Who was woken, each as often as it was; an old waker counts as its own.
    fn woken(&mut self) -> Vec<String> {
        let mut woken = Vec::new();
        for (name, (_, bells)) in &mut self.waits {
            let last = bells.len();
            for (number, bell) in bells.iter().enumerate() {
                let which = if number + 1 == last {
                    ""
                } else {
                    ", by a waker that it had before"
                };
                for _ in 0..bell.0.swap(0, Ordering::Relaxed) {
                    woken.push(format!("{name:?}{which}"));
                }
            }
        }
        woken
    }
}

fn names(mut names: Vec<Name>) -> Vec<String> {
    names.sort();
    names.into_iter().map(|name| format!("{name:?}")).collect()
}

#[derive(Clone, Debug)]
enum PermitStep {
    Acquire(Name, usize),
    Try(Name, usize),
    Drop(Name),
    Add(usize),
}

fn permit_step(most: usize) -> impl Strategy<Value = PermitStep> {
    let count = move || 1..=most;
    prop_oneof![
        6 => (name(), count()).prop_map(|(name, count)| PermitStep::Acquire(name, count)),
        2 => (name(), count()).prop_map(|(name, count)| PermitStep::Try(name, count)),
        4 => name().prop_map(PermitStep::Drop),
        u32::from(most > 1) => (1..=most).prop_map(PermitStep::Add),
    ]
}

fn run_permits(
    new: fn(usize) -> Rc<dyn Permits>,
    permits: usize,
    steps: &[PermitStep],
    story: &mut Story,
) -> Result<(), Broken> {
    story.given(format!("There are {permits} permits."));
    let (machine, mut paper) = (new(permits), PermitsOnPaper::new(permits));
    let (mut waits, mut held) = (Waits::new(), BTreeMap::new());
    for step in steps {
        match *step {
            PermitStep::Acquire(name, count) if !held.contains_key(&name) => {
                let again = waits.waits.contains_key(&name);
                let how = if again { ", again".into() } else { format!(", for {count}") };
                story.step(format!("poll {name:?}{how}"));
                let permit = waits.poll(name, || Rc::clone(&machine).acquire(count));
                let expected = paper.poll(name, count);
                story.expect(has(expected), has(permit.is_some()))?;
                held.extend(permit.map(|permit| (name, permit)));
            }
            PermitStep::Try(name, count) if !paper.places.contains_key(&name) => {
                story.step(format!("{name:?} tries to get {count}"));
                let permit = Rc::clone(&machine).try_acquire(count);
                let expected = paper.take(count);
                if expected {
                    paper.places.insert(name, Place::Holds(count));
                }
                story.expect(has(expected), has(permit.is_some()))?;
                held.extend(permit.map(|permit| (name, permit)));
            }
            PermitStep::Drop(name) if paper.places.contains_key(&name) => {
                story.step(format!("drop {name:?}, {}", which(paper.places[&name])));
                drop((held.remove(&name), waits.waits.remove(&name)));
                paper.drop(name);
            }
            PermitStep::Add(count) => {
                story.step(format!("add {count}"));
                machine.add(count);
                paper.add(count);
            }
            _ => continue,
        }
        let expected = names(std::mem::take(&mut paper.woken));
        story.expect(Woken(expected), Woken(waits.woken()))?;
    }
    Ok(())
}

fn has(has: bool) -> &'static str {
    if has { "it has them" } else { "it has none" }
}

fn which(place: Place) -> &'static str {
    match place {
        Place::InLine(_) => "which waits",
        Place::Granted(_) => "whose turn it is",
        Place::Holds(_) => "which has them",
    }
}

/// Who is woken.
#[derive(PartialEq)]
struct Woken(Vec<String>);

impl fmt::Debug for Woken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nobody is woken");
        }
        write!(f, "woken: {}", self.0.join("; "))
    }
}

/// Any machine with permits that passes this hands them over, and loses none. `most` is how
/// many one may ask for, and how many there are at most at first.
pub fn permits(most: usize, new: fn(usize) -> Rc<dyn Permits>) -> Outcome {
    let least = usize::from(most == 1);
    let cases = (least..=most, vec(permit_step(most), 0..48));
    explore(
        "permits are handed over, first in, first out, and none is lost",
        &cases,
        |(permits, steps), story| run_permits(new, *permits, steps, story),
    )
}

#[derive(Clone, Debug)]
enum ItemStep {
    Get(Name),
    Put(Name),
    TryGet,
    TryPut,
    Drop(Name),
    Close,
}

fn item_step() -> impl Strategy<Value = ItemStep> {
    prop_oneof![
        8 => name().prop_map(ItemStep::Get),
        3 => name().prop_map(ItemStep::Put),
        2 => Just(ItemStep::TryGet),
        5 => Just(ItemStep::TryPut),
        6 => name().prop_map(ItemStep::Drop),
    ]
}

/// What is done before a queue is closed, and after that, if it is.
fn item_steps() -> impl Strategy<Value = Vec<ItemStep>> {
    let after = prop::option::of(vec(item_step(), 0..8));
    (vec(item_step(), 0..48), after).prop_map(|(mut steps, after)| {
        steps.extend(after.as_ref().map(|_| ItemStep::Close));
        steps.extend(after.into_iter().flatten());
        steps
    })
}

fn run_items(
    new: fn(usize) -> Rc<dyn Items>,
    capacity: usize,
    steps: &[ItemStep],
    story: &mut Story,
) -> Result<(), Broken> {
    story.given(format!("There is room for {capacity}."));
    let (machine, mut paper) = (new(capacity), ItemsOnPaper::new(capacity));
    let (mut getters, mut putters) = (Waits::new(), Waits::new());
    let mut items = 0..;
    for step in steps {
        match *step {
            ItemStep::Get(name) if !putters.waits.contains_key(&name) => {
                story.step(format!("poll {name:?}, which gets"));
                let got = getters.poll(name, || Rc::clone(&machine).get());
                story.expect(paper.poll_get(name), got)?;
            }
            ItemStep::Put(name) if !getters.waits.contains_key(&name) => {
                let item = items.next().unwrap();
                let what = match paper.hands.get(&name) {
                    Some(_) => ", again".into(),
                    None => format!(", which puts {item}"),
                };
                story.step(format!("poll {name:?}{what}"));
                let put = putters.poll(name, || Rc::clone(&machine).put(item));
                story.expect(paper.poll_put(name, item), put)?;
            }
            ItemStep::TryGet => {
                story.step("try to get");
                story.expect(paper.get().flatten(), machine.try_get())?;
            }
            ItemStep::TryPut => {
                let item = items.next().unwrap();
                story.step(format!("try to put {item}"));
                story.expect(
                    paper.put(item).unwrap_or(Err(item)),
                    machine.try_put(item),
                )?;
            }
            ItemStep::Drop(name) if paper.hands.contains_key(&name) => {
                story.step(format!("drop {name:?}: {:?}", paper.hands[&name]));
                drop((getters.waits.remove(&name), putters.waits.remove(&name)));
                paper.drop(name);
            }
            ItemStep::Close if !paper.is_closed => {
                story.step("close");
                machine.close();
                paper.close();
            }
            _ => continue,
        }
        let expected = names(std::mem::take(&mut paper.woken));
        let mut woken = getters.woken();
        woken.append(&mut putters.woken());
        woken.sort();
        story.expect(Woken(expected), Woken(woken))?;
    }
    Ok(())
}

/// Any queue that passes this hands items over, keeps their order, and loses none.
pub fn items(new: fn(usize) -> Rc<dyn Items>) -> Outcome {
    explore(
        "items are handed over, first in, first out, and none is lost",
        &(0..3_usize, item_steps()),
        |(capacity, steps), story| run_items(new, *capacity, steps, story),
    )
}

// By tasks.

#[derive(Clone, Debug)]
enum Deed {
    /// Waits for something, so many seconds at most, and has it for so many.
    Wait {
        count: usize,
        limit: Option<u64>,
        then: u64,
    },
    /// The other half of a queue; of permits, a try.
    Give,
    Sleep(u64),
    Yield,
    Abort(Name),
}

fn deed() -> impl Strategy<Value = Deed> {
    let limit = prop::option::of(0..3_u64);
    prop_oneof![
        6 => (1..=3_usize, limit, 0..4_u64)
            .prop_map(|(count, limit, then)| Deed::Wait { count, limit, then }),
        2 => Just(Deed::Give),
        1 => (0..3_u64).prop_map(Deed::Sleep),
        1 => Just(Deed::Yield),
        2 => name().prop_map(Deed::Abort),
    ]
}

/// What each task does, one after the other, and the seed of the runtime.
type Programs = (Vec<Vec<Deed>>, u64);

fn programs() -> impl Strategy<Value = Programs> {
    (vec(vec(deed(), 0..10), 2..=usize::from(NAMES)), 0..1000_u64)
}

/// What the tasks write down, each line in the moment in which it happens.
struct Board<P> {
    paper: RefCell<P>,
    log: RefCell<Vec<String>>,
    failure: Cell<Option<(String, String)>>,
    tasks: RefCell<Vec<AbortHandle>>,
}

impl<P> Board<P> {
    fn tell<T: fmt::Debug + PartialEq>(&self, what: String, expected: T, happened: T) {
        self.log.borrow_mut().push(what);
        if expected != happened {
            let failure = (format!("{expected:?}"), format!("{happened:?}"));
            let first = self.failure.take();
            self.failure.set(first.or(Some(failure)));
        }
    }
}

type OnPoll<P, T> = Box<dyn Fn(&Board<P>, Name, &Poll<T>)>;
type OnWait<P, T> = Rc<dyn Fn(Rc<Board<P>>, Name, usize) -> Told<P, T>>;
type OnGive<P> = Rc<dyn Fn(&Board<P>, Name)>;

/// A future whose polls and whose end the model is told of.
struct Told<P: 'static, T> {
    board: Rc<Board<P>>,
    name: Name,
    wait: Option<Wait<T>>,
    poll: OnPoll<P, T>,
    drop: fn(&Board<P>, Name),
}

impl<P, T> Future for Told<P, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let wait = self.wait.as_mut().expect("it is polled to its end");
        let polled = wait.as_mut().poll(cx);
        (self.poll)(&self.board, self.name, &polled);
        if polled.is_ready() {
            self.wait = None;
        }
        polled
    }
}

impl<P, T> Drop for Told<P, T> {
    fn drop(&mut self) {
        if self.wait.take().is_some() {
            (self.drop)(&self.board, self.name);
        }
    }
}

/// A task of the board: what it waits for, and what it gives.
struct Role<P: 'static, T: 'static> {
    wait: OnWait<P, T>,
    /// What it got is over.
    over: fn(&Board<P>, Name, T),
    give: OnGive<P>,
}

impl<P, T> Clone for Role<P, T> {
    fn clone(&self) -> Self {
        Self { wait: Rc::clone(&self.wait), over: self.over, give: Rc::clone(&self.give) }
    }
}

/// Gives back what it has also if its task is aborted.
struct Got<P: 'static, T> {
    board: Rc<Board<P>>,
    name: Name,
    what: Option<T>,
    over: fn(&Board<P>, Name, T),
}

impl<P, T> Drop for Got<P, T> {
    fn drop(&mut self) {
        if let Some(what) = self.what.take() {
            (self.over)(&self.board, self.name, what);
        }
    }
}

async fn play<P, T>(board: Rc<Board<P>>, name: Name, deeds: Vec<Deed>, role: Role<P, T>) {
    let seconds = Duration::from_secs;
    for deed in deeds {
        match deed {
            Deed::Wait { count, limit, then } => {
                let wait = (role.wait)(Rc::clone(&board), name, count);
                let what = match limit {
                    Some(limit) => timeout(seconds(limit), wait).await.ok(),
                    None => Some(wait.await),
                };
                let over = role.over;
                let got = Got { board: Rc::clone(&board), name, what, over };
                sleep(seconds(then)).await;
                drop(got);
            }
            Deed::Give => (role.give)(&board, name),
            Deed::Sleep(time) => sleep(seconds(time)).await,
            Deed::Yield => yield_now().await,
            Deed::Abort(other) => {
                let task = board.tasks.borrow();
                let task = task.get(usize::from(other.0)).filter(|_| other != name);
                if task.is_some_and(|task| task.abort()) {
                    board.log.borrow_mut().push(format!("{name:?} aborts {other:?}"));
                }
            }
        }
    }
}

/// Runs the programs, and what it takes for all of them to come to their end.
fn schedule<P, T>(
    (programs, seed): &Programs,
    paper: P,
    role: &Role<P, T>,
    end: impl AsyncFn(&Board<P>, Vec<JoinHandle<()>>),
    story: &mut Story,
) -> Result<(), Broken> {
    story.given(format!(
        "Tasks, in a runtime of `Runtime::builder().virtual_clock().seed({seed})`, which runs \
         them in this order each time."
    ));
    let board = Rc::new(Board {
        paper: RefCell::new(paper),
        log: RefCell::default(),
        failure: Cell::default(),
        tasks: RefCell::default(),
    });
    let mut runtime =
        Runtime::builder().virtual_clock().seed(*seed).build().expect("two descriptors");
    let outcome = quietly(|| {
        runtime.block_on(async {
            let mut tasks = Vec::new();
            for (name, deeds) in (0..NAMES).map(Name).zip(programs) {
                let task = play(Rc::clone(&board), name, deeds.clone(), role.clone());
                tasks.push(mainspring::spawn(task));
                board.tasks.borrow_mut().push(tasks[tasks.len() - 1].abort_handle());
            }
            end(&board, tasks).await;
        });
    });
    board.tasks.take();
    let _ = quietly(|| drop(runtime));
    board.log.take().into_iter().for_each(|line| story.step(line));
    if let Some((expected, happened)) = board.failure.take() {
        return story.broken(expected, happened);
    }
    let end =
        outcome.err().map(|text| text.lines().next().unwrap_or_default().to_owned());
    story.expect(None, end)
}

fn permits_role(machine: &Rc<dyn Permits>, most: usize) -> Role<PermitsOnPaper, Permit> {
    let (own, also) = (Rc::clone(machine), Rc::clone(machine));
    Role {
        wait: Rc::new(move |board, name, count| {
            let count = count.min(most);
            let poll = move |board: &Board<PermitsOnPaper>, name, polled: &Poll<_>| {
                let expected = board.paper.borrow_mut().poll(name, count);
                let what = format!("poll {name:?}, for {count}");
                board.tell(what, has(expected), has(polled.is_ready()));
            };
            let drop = |board: &Board<PermitsOnPaper>, name| {
                board.log.borrow_mut().push(format!("{name:?} gives up"));
                board.paper.borrow_mut().drop(name);
            };
            let wait = Some(Rc::clone(&own).acquire(count));
            Told { board, name, wait, poll: Box::new(poll), drop }
        }),
        over: |board, name, permit| {
            board.log.borrow_mut().push(format!("{name:?} gives back"));
            drop(permit);
            board.paper.borrow_mut().drop(name);
        },
        give: Rc::new(move |board, name| {
            let permit = Rc::clone(&also).try_acquire(1);
            let mut paper = board.paper.borrow_mut();
            let expected = paper.take(1);
            if expected {
                paper.add(1);
            }
            drop(paper);
            board.tell(format!("{name:?} tries"), has(expected), has(permit.is_some()));
        }),
    }
}

/// The same as [`permits`], with tasks that a seed shuffles.
pub fn permits_in_tasks(most: usize, new: fn(usize) -> Rc<dyn Permits>) -> Outcome {
    explore(
        "tasks are handed permits, first in, first out, in any schedule",
        &programs(),
        |programs, story| {
            let machine = new(most);
            let role = permits_role(&machine, most);
            let end = async |board: &Board<PermitsOnPaper>, tasks| {
                for task in tasks {
                    let _ = task.await;
                }
                let all = Rc::clone(&machine).try_acquire(most).is_some();
                board.tell("the end".into(), has(true), has(all));
            };
            schedule(programs, PermitsOnPaper::new(most), &role, end, story)
        },
    )
}

fn items_role(machine: &Rc<dyn Items>) -> Role<ItemsOnPaper, Option<u32>> {
    let (own, also) = (Rc::clone(machine), Rc::clone(machine));
    let next = Rc::new(Cell::new(0));
    let count = Rc::clone(&next);
    Role {
        wait: Rc::new(move |board, name, count| {
            let drop = |board: &Board<ItemsOnPaper>, name| {
                board.log.borrow_mut().push(format!("{name:?} gives up"));
                board.paper.borrow_mut().drop(name);
            };
            if count == 1 {
                let item = next.replace(next.get() + 1);
                let machine = Rc::clone(&own);
                let own = Rc::clone(&board);
                let wait: Wait<Option<u32>> = Box::pin(async move {
                    let mut put = machine.put(item);
                    std::future::poll_fn(|cx| {
                        let polled = put.as_mut().poll(cx);
                        let expected = own.paper.borrow_mut().poll_put(name, item);
                        let happened = match polled {
                            Poll::Ready(result) => Some(result),
                            Poll::Pending => None,
                        };
                        own.tell(format!("{name:?} puts {item}"), expected, happened);
                        polled
                    })
                    .await
                    .err()
                });
                return Told {
                    board,
                    name,
                    wait: Some(wait),
                    poll: Box::new(|_, _, _| ()),
                    drop,
                };
            }
            Told {
                board,
                name,
                wait: Some(Rc::clone(&own).get()),
                poll: Box::new(|board, name, polled| {
                    let expected = board.paper.borrow_mut().poll_get(name);
                    let happened = match polled {
                        Poll::Ready(item) => Some(*item),
                        Poll::Pending => None,
                    };
                    board.tell(format!("{name:?} gets"), expected, happened);
                }),
                drop,
            }
        }),
        over: |_, _, _| (),
        give: Rc::new(move |board, name| {
            let item = count.replace(count.get() + 1);
            let happened = also.try_put(item);
            let expected = board.paper.borrow_mut().put(item).unwrap_or(Err(item));
            board.tell(format!("{name:?} tries to put {item}"), expected, happened);
        }),
    }
}

/// The same as [`items`], with tasks that a seed shuffles.
pub fn items_in_tasks(new: fn(usize) -> Rc<dyn Items>) -> Outcome {
    explore(
        "tasks are handed items, first in, first out, in any schedule",
        &(0..3_usize, programs()),
        |(capacity, programs), story| {
            story.given(format!("There is room for {capacity}."));
            let machine = new(*capacity);
            let role = items_role(&machine);
            let end = async |board: &Board<ItemsOnPaper>, tasks| {
                sleep(Duration::from_secs(80)).await;
                machine.close();
                board.paper.borrow_mut().close();
                board.log.borrow_mut().push("close".into());
                for task in tasks {
                    let _ = task.await;
                }
                loop {
                    let (expected, item) =
                        (board.paper.borrow_mut().get().flatten(), machine.try_get());
                    board.tell("take what is left".into(), expected, item);
                    if item.is_none() {
                        break;
                    }
                }
            };
            schedule(programs, ItemsOnPaper::new(*capacity), &role, end, story)
        },
    )
}
