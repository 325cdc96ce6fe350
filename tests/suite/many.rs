//! Several futures in one: who was woken has to be polled, nobody else need be, and nothing
//! may be left lying.
//!
//! The children follow programs: they wait, wake each other and end. After each step from
//! outside the join is polled, if the task that awaits it has been woken.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::iter::Peekable;
use std::mem;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use futures_task::{ArcWake, waker};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests.
pub trait Join {
    /// Waits for all of them, of which no more than `width` have begun and not ended, and
    /// gives their outputs in their order. A child begins with its first poll.
    fn join(width: usize, children: Vec<Child>) -> impl Future<Output = Vec<u32>>;
}

/// Makes a [`Join`] of a function of the book or of the reader.
macro_rules! join {
    ($name:ident, |$width:ident, $children:ident| $join:expr) => {
        struct $name;

        impl crate::suite::many::Join for $name {
            async fn join(
                $width: usize,
                $children: Vec<crate::suite::many::Child>,
            ) -> Vec<u32> {
                $join.await
            }
        }
    };
    ($name:ident, $join_all:path) => {
        crate::suite::many::join!($name, |_width, children| $join_all(children));
    };
}

pub(crate) use join;

/// The number of a child, told as a letter.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Name(usize);

const MOST: usize = 4;

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", ["A", "B", "C", "D"][self.0])
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A step of a child.
#[derive(Clone, Debug)]
enum Act {
    Wait,
    /// Wakes a child that waits, or itself.
    Wake(Name),
    /// Wakes itself at each poll, until another task has had a turn.
    GiveWay,
}

/// A step from outside.
#[derive(Clone, Debug)]
enum Step {
    Wake(Name),
    /// Another task awaits the join from now on, and polls it.
    Move,
}

#[derive(Clone, Debug)]
struct Case {
    width: usize,
    programs: Vec<Vec<Act>>,
    steps: Vec<Step>,
    /// Whether the join is dropped at the end of the steps.
    is_dropped: bool,
}

fn names() -> impl Strategy<Value = Name> {
    (0..MOST).prop_map(Name)
}

fn cases() -> impl Strategy<Value = Case> {
    cases_of(prop_oneof![2 => Just(Act::Wait), 1 => names().prop_map(Act::Wake)])
}

/// The same, with children that wait for another task, and do not sleep.
fn impatient_cases() -> impl Strategy<Value = Case> {
    let wake = names().prop_map(Act::Wake);
    cases_of(prop_oneof![1 => Just(Act::GiveWay), 2 => Just(Act::Wait), 1 => wake])
}

fn cases_of(act: impl Strategy<Value = Act>) -> impl Strategy<Value = Case> {
    let step = prop_oneof![5 => names().prop_map(Step::Wake), 1 => Just(Step::Move)];
    let programs = vec(vec(act, 0..5), 0..MOST + 1);
    (1..4_usize, programs, vec(step, 0..12), any::<bool>()).prop_map(
        |(width, programs, steps, is_dropped)| Case {
            width,
            programs,
            steps,
            is_dropped,
        },
    )
}

/// Where a child is.
#[derive(Default)]
struct State {
    waker: Option<Waker>,
    /// It was woken, or is new, and has not been polled since.
    is_due: bool,
    has_begun: bool,
    has_ended: bool,
    is_dropped: bool,
    /// How often it was polled in this poll of the join.
    polls: usize,
}

type Watched = (&'static str, Box<dyn Fn() -> bool>);

/// Says why a child that is woken may wake nobody.
type Reason = Box<dyn Fn(usize) -> Option<&'static str>>;

/// What a poll of the join may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    /// Poll anybody.
    PollAll,
    /// Poll who was woken.
    PollWoken,
    /// Poll a child once, and look again when one has ended.
    GoRoundOnce,
}

/// What the children share.
struct World {
    states: RefCell<Vec<State>>,
    /// The first thing that should not have happened: what was expected, and what came.
    fault: RefCell<Option<(String, String)>>,
    may: May,
    /// How often the other tasks had a turn: once after each poll of the join.
    turns: Cell<usize>,
    /// How many had ended when the join was polled.
    ended: Cell<usize>,
    /// What may not be while a child is polled, and whether it is.
    watched: RefCell<Option<Watched>>,
    reason: RefCell<Option<Reason>>,
}

impl World {
    fn look<R>(&self, name: Name, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.states.borrow_mut()[name.0])
    }

    fn count(&self, is_it: impl Fn(&State) -> bool) -> usize {
        self.states.borrow().iter().filter(|state| is_it(state)).count()
    }

    fn names(&self) -> impl Iterator<Item = Name> + use<> {
        (0..self.states.borrow().len()).map(Name)
    }

    fn fault(&self, expected: impl Into<String>, happened: impl Into<String>) {
        self.fault.borrow_mut().get_or_insert((expected.into(), happened.into()));
    }

    /// The join is polled: a round begins.
    fn begin_round(&self) {
        self.states.borrow_mut().iter_mut().for_each(|state| state.polls = 0);
        self.ended.set(self.count(|state| state.has_ended));
    }

    /// Whether a child that is polled for the so-manieth time comes round again, though
    /// nobody has ended.
    fn is_round_again(&self, polls: usize) -> bool {
        let ended = self.count(|state| state.has_ended) - self.ended.get();
        self.may == May::GoRoundOnce && polls > 1 + ended
    }

    /// Whether there is such a child, and it has been polled.
    fn has_waker(&self, name: Name) -> bool {
        self.states.borrow().get(name.0).is_some_and(|state| state.waker.is_some())
    }

    /// Wakes a child, if it has a waker.
    fn wake(&self, name: Name) {
        if self.has_waker(name) {
            let waker = self.look(name, |state| {
                state.is_due = !state.has_ended;
                state.waker.clone()
            });
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

/// A child of the join, which follows its program.
pub struct Child {
    name: Name,
    program: Peekable<std::vec::IntoIter<Act>>,
    /// The turn of the others in which it began to give way.
    gives_way: Option<usize>,
    world: Rc<World>,
}

impl Child {
    /// From now on this may not be when a child is polled: this one, or another of the case.
    pub fn watch(&self, what: &'static str, is_so: impl Fn() -> bool + 'static) {
        self.world.watched.replace(Some((what, Box::new(is_so))));
    }

    /// Says why a child, by its number, may have been woken for nothing.
    pub fn explain(&self, why: impl Fn(usize) -> Option<&'static str> + 'static) {
        self.world.reason.replace(Some(Box::new(why)));
    }
}

impl Future for Child {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        let (name, world) = (self.name, Rc::clone(&self.world));
        let before = world.look(name, |state| {
            (state.has_begun, state.polls) = (true, state.polls + 1);
            let was_due = mem::take(&mut state.is_due);
            let waker = state.waker.replace(cx.waker().clone());
            (was_due, state.has_ended, state.polls, waker)
        });
        match before {
            (_, true, ..) => {
                world.fault("nobody is polled after the end", format!("{name} is"));
            }
            (false, ..) if world.may == May::PollWoken => world.fault(
                format!("{name} is polled when somebody has woken it"),
                format!("{name} is polled, and nobody has"),
            ),
            (_, _, polls, _) if world.is_round_again(polls) => {
                world.fault(
                    "the join returns when each in line has been polled once",
                    format!("{name} is polled again, and no other task has a turn"),
                );
                return Poll::Pending; // it might go round for ever
            }
            _ => {}
        }
        if let Some((what, is_so)) = &*world.watched.borrow()
            && is_so()
        {
            let happened = format!("{name} is polled while {what}");
            world.fault("no child is polled under the lock", happened);
            return Poll::Pending; // a wake would wait for itself
        }
        while let Some(act) = self.program.peek() {
            match *act {
                Act::Wait => {
                    self.program.next();
                    return Poll::Pending;
                }
                Act::Wake(other) => world.wake(other),
                Act::GiveWay => {
                    let now = world.turns.get();
                    if *self.gives_way.get_or_insert(now) == now {
                        world.wake(name);
                        return Poll::Pending;
                    }
                    self.gives_way = None;
                }
            }
            self.program.next();
        }
        world.look(name, |state| (state.has_ended, state.is_due) = (true, false));
        Poll::Ready(u32::try_from(name.0).expect("there are few"))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.world.look(self.name, |state| state.is_dropped = true);
    }
}

/// The task that awaits the join, and whether it has been woken.
#[derive(Default)]
struct Task(AtomicBool);

impl ArcWake for Task {
    fn wake_by_ref(this: &Arc<Self>) {
        this.0.store(true, Ordering::Release);
    }
}

impl Task {
    fn is_woken(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A join, and the task that has it.
struct Awaited<'a, J> {
    join: Pin<&'a mut J>,
    task: Arc<Task>,
    width: usize,
    world: Rc<World>,
}

impl<J: Future<Output = Vec<u32>>> Awaited<'_, J> {
    /// Polls the join, and again for as long as it wakes the task. True if it is over.
    fn poll(&mut self, story: &mut Story) -> Result<bool, Broken> {
        loop {
            self.task.0.store(false, Ordering::Release);
            let waker = waker(Arc::clone(&self.task));
            self.world.begin_round();
            let polled = self.join.as_mut().poll(&mut Context::from_waker(&waker));
            self.world.turns.update(|turns| turns + 1);
            self.check(polled.is_ready(), story)?;
            if let Poll::Ready(outputs) = polled {
                let expected: Vec<Name> = self.world.names().collect();
                let in_order = outputs.into_iter().map(|number| Name(number as usize));
                story.expect(expected, in_order.collect())?;
                return Ok(true);
            }
            if !self.task.is_woken() {
                return Ok(false);
            }
            story.go_on(", and wakes its task");
        }
    }

    /// Holds what a poll has left against what it should have.
    fn check(&self, is_ready: bool, story: &mut Story) -> Result<(), Broken> {
        let world = &self.world;
        if let Some((expected, happened)) = world.fault.take() {
            return story.broken(expected, happened);
        }
        let states = world.states.borrow();
        let find = |is_it: fn(&State) -> bool| states.iter().position(is_it).map(Name);
        if let Some(name) = find(|it| it.has_ended && !it.is_dropped) {
            return story.broken(format!("{name} is dropped at its end"), "it is kept");
        }
        if let Some(name) = find(|it| it.is_dropped && !it.has_ended) {
            return story.broken(format!("{name} is kept"), "it is dropped");
        }
        drop(states);
        let at_work = world.count(|it| it.has_begun && !it.has_ended);
        let left = world.count(|it| !it.has_ended);
        if is_ready {
            return story.expect(0, left);
        }
        if left == 0 {
            return story
                .broken("the join is ready", "it is pending, and nobody is left");
        }
        if at_work > self.width {
            return story.broken(
                format!("{} at most have begun, and not ended", self.width),
                format!("{at_work} have"),
            );
        }
        let states = world.states.borrow();
        let find = |is_it: fn(&State) -> bool| states.iter().position(is_it).map(Name);
        let (text, left_lying) = if at_work < self.width.min(left) {
            let text = if self.width < MOST {
                "for which there is room, is polled"
            } else {
                "which is new, is polled"
            };
            (text, find(|it| !it.has_begun))
        } else {
            ("which was woken, is polled", find(|it| it.has_begun && it.is_due))
        };
        match left_lying {
            Some(name) if !self.task.is_woken() => story.broken(
                format!("{name}, {text}"),
                "nobody polls it, and the task sleeps",
            ),
            _ => Ok(()),
        }
    }
}

/// Any join that passes this loses no wake.
pub fn polls_who_was_woken<J: Join>() -> Outcome {
    explore(
        "a join polls each child that was woken, and is ready when all are",
        &cases(),
        |case, story| run::<J>(case, MOST, May::PollAll, story),
    )
}

/// Any join that passes this does no more polls than there are wakes.
pub fn polls_nobody_else<J: Join>() -> Outcome {
    explore(
        "a join polls a child when that was woken, and not when another was",
        &cases(),
        |case, story| run::<J>(case, MOST, May::PollWoken, story),
    )
}

/// Any join that passes this lets other tasks have their turns.
pub fn goes_round_once<J: Join>() -> Outcome {
    explore(
        "a join polls a child once, and lets other tasks have a turn",
        &impatient_cases(),
        |case, story| run::<J>(case, MOST, May::GoRoundOnce, story),
    )
}

/// Any join that passes this keeps to its width, and leaves no place empty.
pub fn keeps_its_width<J: Join>() -> Outcome {
    explore(
        "a join of bounded width has as many children at work as it may",
        &cases(),
        |case, story| run::<J>(case, case.width, May::PollAll, story),
    )
}

fn run<J: Join>(
    case: &Case,
    width: usize,
    may: May,
    story: &mut Story,
) -> Result<(), Broken> {
    if width < MOST {
        story.given(format!("at most {width} at a time"));
    }
    let states: Vec<State> = case.programs.iter().map(|_| State::default()).collect();
    let (states, fault) = (RefCell::new(states), RefCell::default());
    let (watched, reason) = (RefCell::default(), RefCell::default());
    let (turns, ended) = (Cell::default(), Cell::default());
    let world = Rc::new(World { states, fault, may, turns, ended, watched, reason });
    let children = world.names().zip(&case.programs).map(|(name, program)| {
        story.given(format!("{name} {}", tell(program)));
        world.look(name, |state| state.is_due = true);
        let program = program.clone().into_iter().peekable();
        Child { name, program, gives_way: None, world: Rc::clone(&world) }
    });
    {
        let mut join = pin!(J::join(width, children.collect()));
        let task = Arc::default();
        let world = Rc::clone(&world);
        let mut join = Awaited { join: join.as_mut(), task, width, world };
        story.step("the join is polled");
        if play(&mut join, case, story)? {
            return Ok(());
        }
        story.step("the join is dropped");
    }
    match world.names().find(|name| !world.look(*name, |state| state.is_dropped)) {
        Some(name) => story.broken(format!("{name} is dropped"), "it is kept"),
        None => {
            world.names().for_each(|name| world.wake(name));
            Ok(())
        }
    }
}

/// True if the join comes to its end.
fn play<J: Future<Output = Vec<u32>>>(
    join: &mut Awaited<'_, J>,
    case: &Case,
    story: &mut Story,
) -> Result<bool, Broken> {
    if join.poll(story)? {
        return Ok(true);
    }
    let everybody: Vec<Step> = join.world.names().map(Step::Wake).collect();
    let rounds = if case.is_dropped { 0 } else { MOST * 5 };
    let to_the_end = (0..rounds).flat_map(|_| &everybody);
    for step in case.steps.iter().chain(to_the_end) {
        match step {
            Step::Wake(name) => {
                if !join.world.has_waker(*name) {
                    continue;
                }
                story.step(format!("{name} is woken"));
                join.world.wake(*name);
                let is_due = join.world.look(*name, |state| state.is_due);
                if join.task.is_woken() {
                    story.go_on(", and the task; the join is polled");
                } else if is_due {
                    let reason = join.world.reason.borrow();
                    let why = reason.as_ref().and_then(|reason| reason(name.0));
                    let why =
                        why.map(|why| format!(": {name} {why}")).unwrap_or_default();
                    return story
                        .broken("the task is woken", format!("it sleeps on{why}"))
                        .map(|()| false);
                }
            }
            Step::Move => {
                story.step("another task has the join, and polls it");
                join.task = Arc::new(Task(AtomicBool::new(true)));
            }
        }
        if join.task.is_woken() && join.poll(story)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn tell(program: &[Act]) -> String {
    let acts = program.iter().map(|act| match act {
        Act::Wait => "waits".to_owned(),
        Act::Wake(name) => format!("wakes {name}"),
        Act::GiveWay => "gives way until another task has had a turn".to_owned(),
    });
    let acts: Vec<String> = acts.chain(["ends".to_owned()]).collect();
    acts.join(", ")
}
