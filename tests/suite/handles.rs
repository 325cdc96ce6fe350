//! A handle and its task: whoever waits for a task hears of its end, and gets its output once.
//!
//! Wakers here are strangers: they look at the handle when they are woken, or poll the task when
//! they are cloned or dropped, and it may end there. (The handle they cannot poll then: it is in
//! the middle of a poll.) So nothing may be borrowed meanwhile, and the clone comes before the
//! look.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;

use super::stranger::{Event, Stranger};
use super::{Broken, Outcome, Story, explore};

pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What the suite tests.
pub trait Handles: 'static {
    type Handle: Future<Output = Value> + Unpin + 'static;
    /// The work of a task, and what waits for its output.
    fn with_handle(future: Pin<Box<dyn Future<Output = Value>>>) -> (Work, Self::Handle);
    /// The output, if the task has ended and nobody has it yet.
    fn fetch(handle: &Self::Handle) -> Option<Value>;
}

/// An output that counts how many of it there are.
pub struct Value(Rc<Cell<i32>>);

impl Value {
    fn new(alive: &Rc<Cell<i32>>) -> Self {
        alive.set(alive.get() + 1);
        Value(Rc::clone(alive))
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// What a waker does besides being woken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Quiet,
    /// It polls the handle when it is woken.
    Eager,
    /// It fetches the output when it is woken, and polls the handle, which has none left.
    Greedy,
    /// It polls the task when it is cloned.
    Cloned,
    /// It polls the task when it is dropped.
    Dropped,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Quiet => "",
            Kind::Eager => ", which polls it in the wake",
            Kind::Greedy => ", which fetches the output in the wake, and polls once more",
            Kind::Cloned => ", which polls the task when it is cloned",
            Kind::Dropped => ", which polls the task when it is dropped",
        })
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Polls the handle with a new waker.
    Poll(Kind),
    DropHandle,
    PollTask,
    /// From now on the task ends at its next poll.
    End,
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![
        4 => Just(Kind::Quiet),
        2 => Just(Kind::Eager),
        1 => Just(Kind::Greedy),
        1 => Just(Kind::Cloned),
        1 => Just(Kind::Dropped),
    ];
    prop_oneof![
        4 => kind.prop_map(Step::Poll),
        1 => Just(Step::DropHandle),
        2 => Just(Step::PollTask),
        1 => Just(Step::End),
    ]
}

/// A task and its handle, where wakers can reach them.
struct World<H: Handles> {
    work: RefCell<Option<Work>>,
    handle: RefCell<Option<H::Handle>>,
    may_end: Rc<Cell<bool>>,
    alive: Rc<Cell<i32>>,
    ended: Cell<bool>,
    fetched: Cell<bool>,
    /// What a poll was, ready or not, if it should have been the other.
    wrong: Cell<Option<bool>>,
}

impl<H: Handles> World<H> {
    fn new() -> Rc<Self> {
        let (may_end, alive) = (Rc::new(Cell::new(false)), Rc::default());
        let (end, count) = (Rc::clone(&may_end), Rc::clone(&alive));
        let (work, handle) = H::with_handle(Box::pin(poll_fn(move |_| {
            if end.get() { Poll::Ready(Value::new(&count)) } else { Poll::Pending }
        })));
        Rc::new(World {
            work: RefCell::new(Some(work)),
            handle: RefCell::new(Some(handle)),
            may_end,
            alive,
            ended: Cell::new(false),
            fetched: Cell::new(false),
            wrong: Cell::new(None),
        })
    }

    /// Polls the task, unless it is over or is being polled.
    fn poll_task(&self) {
        let work = self.work.take();
        let Some(mut work) = work else { return };
        let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.agree(self.may_end.get(), polled.is_ready());
        if self.may_end.get() {
            self.ended.set(true);
            drop(work);
        } else {
            self.work.replace(Some(work));
        }
    }

    /// Looks at the handle in the wake, unless it is gone or is being polled.
    fn look(&self, kind: Kind) {
        let Ok(mut handle) = self.handle.try_borrow_mut() else { return };
        let Some(handle) = &mut *handle else { return };
        if self.fetched.get() {
            return;
        }
        let cx = &mut Context::from_waker(Waker::noop());
        let ready = match kind {
            Kind::Greedy => H::fetch(handle).is_some(),
            _ => Pin::new(&mut *handle).poll(cx).is_ready(),
        };
        self.fetched.set(ready);
        self.agree(true, ready);
        if kind == Kind::Greedy {
            // It has nothing left, and leaves word: that is all it can do.
            let _ = Pin::new(handle).poll(cx);
        }
    }

    fn agree(&self, expected: bool, happened: bool) {
        if expected != happened {
            self.wrong.set(self.wrong.get().or(Some(happened)));
        }
    }
}

/// A waker of that kind, and whether it has been woken.
fn waker<H: Handles>(world: &Rc<World<H>>, kind: Kind) -> (Stranger, Rc<Cell<bool>>) {
    let rung = Rc::new(Cell::new(false));
    let (world, rings) = (Rc::downgrade(world), Rc::clone(&rung));
    let stranger = Stranger::new(move |event| {
        rings.set(rings.get() || event == Event::Wake);
        let Some(world) = world.upgrade().filter(|_| !thread::panicking()) else {
            return;
        };
        match (event, kind) {
            (Event::Wake, Kind::Eager | Kind::Greedy) => world.look(kind),
            (Event::Clone, Kind::Cloned) | (Event::Drop, Kind::Dropped) => {
                world.poll_task();
            }
            _ => {}
        }
    });
    (stranger, rung)
}

/// One case: a task, its handle, and those who may wait.
struct Case<H: Handles> {
    world: Rc<World<H>>,
    polls: u32,
    /// The waker of the last poll, and whether it has been woken.
    waits: Option<(u32, Rc<Cell<bool>>)>,
}

impl<H: Handles> Case<H> {
    fn take(&mut self, step: Step, story: &mut Story) -> Result<(), Broken> {
        let world = Rc::clone(&self.world);
        let had_ended = world.ended.get();
        match step {
            Step::Poll(kind) if !world.fetched.get() => {
                let mut handle = world.handle.borrow_mut();
                let Some(handle) = &mut *handle else { return Ok(()) };
                self.polls += 1;
                story.step(format!(
                    "the handle is polled, with waker {}{kind}",
                    self.polls
                ));
                let (waker, rung) = waker(&world, kind);
                let polled = Pin::new(handle).poll(&mut Context::from_waker(&waker));
                world.fetched.set(polled.is_ready());
                // If it ends meanwhile both are right, if only the waker hears of it.
                if had_ended || !world.ended.get() {
                    world.agree(had_ended, polled.is_ready());
                }
                self.waits = polled.is_pending().then_some((self.polls, rung));
            }
            Step::DropHandle if world.handle.borrow().is_some() => {
                story.step("the handle is dropped");
                let handle = world.handle.take();
                drop(handle);
                self.waits = None;
            }
            Step::PollTask if world.work.borrow().is_some() => {
                story.step("the task is polled");
                world.poll_task();
            }
            Step::End if !world.may_end.get() => {
                story.step("what the task waits for is there");
                world.may_end.set(true);
            }
            _ => return Ok(()),
        }
        if let Some(ready) = world.wrong.get() {
            return story.broken(said(!ready), said(ready));
        }
        if world.ended.get()
            && let Some((number, rung)) = self.waits.take()
            && !rung.get()
        {
            return story.broken(
                format!("waker {number} is woken, for the task has ended"),
                "it is not",
            );
        }
        let can_fetch =
            world.ended.get() && !world.fetched.get() && world.handle.borrow().is_some();
        // Between its end and the drop of the last share it may be kept by either.
        if world.alive.get() > i32::from(can_fetch) {
            return story
                .broken("the output is dropped, for nobody can fetch it", "it is kept");
        }
        Ok(())
    }
}

fn said(ready: bool) -> &'static str {
    if ready { "Ready" } else { "Pending" }
}

/// A handle hears of the end, whoever polls it, and the output is given once.
pub fn hear_of_the_end<H: Handles>() -> Outcome {
    let sentence = "whoever waits for a task is woken at its end, and gets its output";
    explore(sentence, &vec(step(), 0..8), |steps, story| {
        let mut case = Case::<H> { world: World::new(), polls: 0, waits: None };
        for step in steps {
            case.take(*step, story)?;
        }
        story.step("both are dropped");
        let alive = Rc::clone(&case.world.alive);
        drop(case);
        match alive.get() {
            0 => Ok(()),
            _ => story.broken("the output is dropped", "it is kept"),
        }
    })
}
