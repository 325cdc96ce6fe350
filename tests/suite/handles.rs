//! A handle and its task: whoever waits for a task hears of its end, and gets its output once.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What the suite tests.
pub trait Handles {
    type Handle: Future<Output = Value> + Unpin;
    /// The work of a task, and what waits for its output.
    fn with_handle(future: Pin<Box<dyn Future<Output = Value>>>) -> (Work, Self::Handle);
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

struct Bell(AtomicU32);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Polls the handle with the waker of this number.
    Poll(usize),
    DropHandle,
    PollTask,
    /// From now on the task ends at its next poll.
    End,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..2_usize).prop_map(Step::Poll),
        1 => Just(Step::DropHandle),
        2 => Just(Step::PollTask),
        1 => Just(Step::End),
    ]
}

/// One case: a task, its handle, and two who may wait.
struct Case<H: Handles> {
    work: Option<Work>,
    handle: Option<H::Handle>,
    bells: [Arc<Bell>; 2],
    /// Who polled the handle last, and has not been woken.
    waits: Option<usize>,
    may_end: Rc<Cell<bool>>,
    alive: Rc<Cell<i32>>,
    ended: bool,
    fetched: bool,
}

impl<H: Handles> Case<H> {
    fn new() -> Self {
        let (may_end, alive) = (Rc::new(Cell::new(false)), Rc::default());
        let (end, count) = (Rc::clone(&may_end), Rc::clone(&alive));
        let (work, handle) = H::with_handle(Box::pin(poll_fn(move |_| {
            if end.get() { Poll::Ready(Value::new(&count)) } else { Poll::Pending }
        })));
        Case {
            work: Some(work),
            handle: Some(handle),
            bells: [(); 2].map(|()| Arc::new(Bell(AtomicU32::new(0)))),
            waits: None,
            may_end,
            alive,
            ended: false,
            fetched: false,
        }
    }

    fn take(&mut self, step: Step, story: &mut Story) -> Result<(), Broken> {
        match step {
            Step::Poll(who) if !self.fetched => {
                let Some(handle) = &mut self.handle else { return Ok(()) };
                story.step(format!("the handle is polled, with waker {}", who + 1));
                let waker = Waker::from(Arc::clone(&self.bells[who]));
                let polled = Pin::new(handle).poll(&mut Context::from_waker(&waker));
                self.fetched = polled.is_ready();
                self.waits = (!self.fetched).then_some(who);
                agree(self.ended, self.fetched, story)?;
            }
            Step::DropHandle if self.handle.is_some() => {
                story.step("the handle is dropped");
                self.handle = None;
                self.waits = None;
            }
            Step::PollTask => {
                let Some(work) = &mut self.work else { return Ok(()) };
                story.step("the task is polled");
                let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                self.ended = self.may_end.get();
                agree(self.ended, polled.is_ready(), story)?;
                if self.ended {
                    self.work = None;
                    if let Some(who) = self.waits.take() {
                        let told = self.bells[who].0.load(Ordering::Relaxed) > 0;
                        let waker = format!("waker {} is woken", who + 1);
                        if !told {
                            return story.broken(waker, "it is not");
                        }
                    }
                }
            }
            Step::End if !self.may_end.get() => {
                story.step("what the task waits for is there");
                self.may_end.set(true);
            }
            _ => {}
        }
        let expected = i32::from(self.ended && !self.fetched && self.handle.is_some());
        // Between its end and the drop of the last share it may be kept by either.
        if self.alive.get() > expected {
            return story
                .broken("the output is dropped, for nobody can fetch it", "it is kept");
        }
        Ok(())
    }
}

fn agree(expected: bool, happened: bool, story: &mut Story) -> Result<(), Broken> {
    if expected == happened {
        Ok(())
    } else {
        story.broken(said(expected), said(happened))
    }
}

fn said(ready: bool) -> &'static str {
    if ready { "Ready" } else { "Pending" }
}

/// A handle hears of the end, whoever polls it, and the output is given once.
pub fn hear_of_the_end<H: Handles>() -> Outcome {
    let sentence = "whoever waits for a task is woken at its end, and gets its output";
    explore(sentence, &vec(step(), 0..8), |steps, story| {
        let mut case = Case::<H>::new();
        for step in steps {
            case.take(*step, story)?;
        }
        story.step("both are dropped");
        let alive = Rc::clone(&case.alive);
        drop(case);
        match alive.get() {
            0 => Ok(()),
            _ => story.broken("the output is dropped", "it is kept"),
        }
    })
}
