//! An executor against a run queue on paper: whatever is spawned and woken, by tasks, from
//! outside and from other threads, each round has to poll the tasks that the paper says, in
//! its order, and drop them when it should.
//!
//! The tasks follow programs: they wait, wake each other and end. The paper is a list of
//! seats. A wake gives a task a seat unless it has one; a round empties the seats that
//! were taken when it began.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests.
pub trait Executor {
    /// An executor without tasks.
    fn new() -> Self;
    /// Makes a task of the future, and seats it.
    fn spawn(&mut self, future: Pin<Box<dyn Future<Output = ()>>>);
    /// Polls each task that had a seat when the round began, once, in the order in which
    /// the seats were taken. What is woken meanwhile waits for the next round.
    fn round(&mut self);
    /// Whether it has a task, if it can tell.
    fn is_empty(&self) -> Option<bool> {
        None
    }
}

/// Names of tasks. A name is used once in a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Name(u8);

const NAMES: u8 = 4;

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(b'A' + self.0))
    }
}

/// A step of a task.
#[derive(Clone, Debug)]
enum Act {
    Wait,
    Wake(Name),
    WakeFromThread(Name),
    /// Drops the clone of its own waker, so that the executor has the only share.
    Forget,
}

/// A step from outside.
#[derive(Clone, Debug)]
enum Step {
    Spawn(Name, Vec<Act>),
    Wake(Name),
    WakeFromThread(Name),
    /// Drops the wakers of a task.
    Forget(Name),
    Round,
}

fn name() -> impl Strategy<Value = Name> {
    (0..NAMES).prop_map(Name)
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Wait),
        3 => name().prop_map(Act::Wake),
        1 => name().prop_map(Act::WakeFromThread),
        1 => Just(Act::Forget),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (name(), vec(act(), 0..5)).prop_map(|(name, acts)| Step::Spawn(name, acts)),
        3 => name().prop_map(Step::Wake),
        1 => name().prop_map(Step::WakeFromThread),
        1 => name().prop_map(Step::Forget),
        5 => Just(Step::Round),
    ]
}

/// What happens while a machine runs, in the order in which it happens.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Event {
    Polled(Name),
    Woken { name: Name, from_thread: bool },
    Ended(Name),
    Dropped(Name),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Polled(name) => write!(f, "{name} is polled"),
            Event::Woken { name, .. } => write!(f, "{name} is woken"),
            Event::Ended(name) => write!(f, "{name} ends"),
            Event::Dropped(name) => write!(f, "{name} is dropped"),
        }
    }
}

/// What the tasks share: a diary, and everyone's wakers.
#[derive(Default)]
struct World {
    diary: RefCell<Vec<Event>>,
    wakers: RefCell<[Option<Waker>; NAMES as usize]>,
}

impl World {
    fn note(&self, event: Event) {
        self.diary.borrow_mut().push(event);
    }

    /// Drops the waker of a task that is kept here. Says whether there was one.
    fn forget(&self, name: Name) -> bool {
        let waker = self.wakers.borrow_mut()[usize::from(name.0)].take();
        waker.is_some()
    }

    /// Wakes a task, if it has been polled and its waker was not forgotten. Says whether.
    fn wake(&self, name: Name, from_thread: bool) -> bool {
        let waker = self.wakers.borrow()[usize::from(name.0)].clone();
        let Some(waker) = waker else { return false };
        self.note(Event::Woken { name, from_thread });
        if from_thread {
            thread::scope(|scope| {
                scope.spawn(move || waker.wake());
            });
        } else {
            waker.wake();
        }
        true
    }
}

/// A task that follows its program.
struct Actor {
    name: Name,
    program: std::vec::IntoIter<Act>,
    world: Rc<World>,
}

impl Future for Actor {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (name, world) = (self.name, Rc::clone(&self.world));
        world.note(Event::Polled(name));
        let before =
            world.wakers.borrow_mut()[usize::from(name.0)].replace(cx.waker().clone());
        drop(before);
        for act in self.program.by_ref() {
            match act {
                Act::Wait => return Poll::Pending,
                Act::Wake(other) => world.wake(other, false),
                Act::WakeFromThread(other) => world.wake(other, true),
                Act::Forget => world.forget(name),
            };
        }
        world.note(Event::Ended(name));
        Poll::Ready(())
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        self.world.note(Event::Dropped(self.name));
    }
}

/// A seat in the run queue.
#[derive(Clone, Copy)]
struct Seat {
    name: Name,
    /// Taken by a thread in the middle of a round: the task may come anywhere in the next.
    anywhere: bool,
}

/// The run queue on paper.
#[derive(Default)]
struct Paper {
    seats: Vec<Seat>,
    alive: Vec<Name>,
}

impl Paper {
    fn spawn(&mut self, name: Name) {
        self.alive.push(name);
        self.seats.push(Seat { name, anywhere: false });
    }

    fn wake(&mut self, name: Name, anywhere: bool) {
        if self.alive.contains(&name) && self.seats.iter().all(|seat| seat.name != name) {
            self.seats.push(Seat { name, anywhere });
        }
    }

    /// Holds what happened in a round against the seats.
    fn round(&mut self, diary: &[Event], story: &mut Story) -> Result<(), Broken> {
        let mut round = std::mem::take(&mut self.seats);
        for event in diary {
            match *event {
                Event::Polled(name) => {
                    let first =
                        round.iter().find(|seat| !seat.anywhere).map(|seat| seat.name);
                    let seat = round.iter().position(|seat| {
                        seat.name == name && (seat.anywhere || first == Some(name))
                    });
                    match seat {
                        Some(index) => drop(round.remove(index)),
                        None => {
                            return story
                                .broken(next_of(&round), format!("{name} is polled"));
                        }
                    }
                }
                Event::Woken { name, from_thread } => {
                    if round.iter().all(|seat| seat.name != name) {
                        self.wake(name, from_thread);
                    }
                }
                Event::Ended(name) => {
                    self.alive.retain(|other| *other != name);
                    self.seats.retain(|seat| seat.name != name);
                }
                Event::Dropped(name) => {
                    if self.alive.contains(&name) {
                        return story.broken(
                            format!("{name} is kept, since it has not ended"),
                            format!("{name} is dropped"),
                        );
                    }
                }
            }
        }
        if !round.is_empty() {
            return story.broken(next_of(&round), "the round is over");
        }
        let ended = diary.iter().filter_map(|event| match event {
            Event::Ended(name) => Some(*name),
            _ => None,
        });
        for name in ended {
            if !diary.contains(&Event::Dropped(name)) {
                return story
                    .broken(format!("{name} is dropped at its end"), "it is kept");
            }
        }
        Ok(())
    }
}

fn next_of(round: &[Seat]) -> String {
    match round.first() {
        Some(seat) => format!("{} is polled", seat.name),
        None => "the round is over".to_owned(),
    }
}

/// Runs one case.
fn run<E: Executor>(steps: &[Step], story: &mut Story) -> Result<(), Broken> {
    let world = Rc::new(World::default());
    let mut executor = E::new();
    let mut paper = Paper::default();
    let mut used = Vec::new();
    for step in steps {
        match step {
            Step::Spawn(name, program) if !used.contains(name) => {
                story.step(format!("spawn {name}, which {}", tell(program)));
                used.push(*name);
                paper.spawn(*name);
                let (program, world) = (program.clone().into_iter(), Rc::clone(&world));
                executor.spawn(Box::pin(Actor { name: *name, program, world }));
            }
            Step::Wake(name) => wake(&world, &mut paper, *name, false, story),
            Step::WakeFromThread(name) => wake(&world, &mut paper, *name, true, story),
            Step::Forget(name) => {
                if world.forget(*name) {
                    story.step(format!("forget the waker of {name}"));
                }
            }
            Step::Round => round(&mut executor, &world, &mut paper, story)?,
            Step::Spawn(..) => {}
        }
        nothing_happens(&world, story)?;
    }
    round(&mut executor, &world, &mut paper, story)?;
    finish(executor, &world, &mut paper, story)
}

fn round<E: Executor>(
    executor: &mut E,
    world: &World,
    paper: &mut Paper,
    story: &mut Story,
) -> Result<(), Broken> {
    story.step("run a round");
    executor.round();
    paper.round(&world.diary.take(), story)?;
    if paper.alive.is_empty() && executor.is_empty() == Some(false) {
        return story.broken("it has no task left, for all have ended", "it has one");
    }
    Ok(())
}

fn wake(
    world: &World,
    paper: &mut Paper,
    name: Name,
    from_thread: bool,
    story: &mut Story,
) {
    if world.wakers.borrow()[usize::from(name.0)].is_some() {
        let place = if from_thread { " from another thread" } else { "" };
        story.step(format!("wake {name}{place}"));
        world.wake(name, from_thread);
        paper.wake(name, false);
    }
}

/// Outside of rounds no task may run.
fn nothing_happens(world: &World, story: &mut Story) -> Result<(), Broken> {
    for event in world.diary.take() {
        if !matches!(event, Event::Woken { .. }) {
            return story.broken("nothing, until the next round", event.to_string());
        }
    }
    Ok(())
}

/// The end: all that is left is dropped with the executor, and wakers do nothing.
fn finish<E: Executor>(
    executor: E,
    world: &World,
    paper: &mut Paper,
    story: &mut Story,
) -> Result<(), Broken> {
    story.step("drop the executor");
    drop(executor);
    for event in world.diary.take() {
        match event {
            Event::Dropped(name) => paper.alive.retain(|other| *other != name),
            _ => return story.broken("no task runs", event.to_string()),
        }
    }
    if let Some(name) = paper.alive.first() {
        return story
            .broken(format!("{name} is dropped with it"), format!("{name} is not"));
    }
    story.step("wake everyone once more");
    for name in (0..NAMES).map(Name) {
        world.wake(name, false);
        world.wake(name, true);
    }
    nothing_happens(world, story)
}

/// A program in words.
fn tell(program: &[Act]) -> String {
    let words = program.iter().map(|act| match act {
        Act::Wait => "waits, ".to_owned(),
        Act::Wake(name) => format!("wakes {name}, "),
        Act::WakeFromThread(name) => format!("wakes {name} from another thread, "),
        Act::Forget => "drops its wakers, ".to_owned(),
    });
    words.collect::<String>() + "ends"
}

/// Any executor that passes this polls whom it should, when it should, and no one else.
pub fn keeps_its_seats<E: Executor>() -> Outcome {
    explore(
        "each round polls the tasks that had a seat when it began, in order",
        &vec(step(), 0..16),
        |steps, story| run::<E>(steps, story),
    )
}
