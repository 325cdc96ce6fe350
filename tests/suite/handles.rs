//! A handle and its task: whoever waits for a task hears of its end, and gets its output once.

use std::cell::{Cell, RefCell};
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
    type Handle: Future<Output = Value> + Unpin + 'static;
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

/// Counts how often it was rung. The last one of a case polls the handle at once.
struct Bell {
    rung: AtomicU32,
    is_eager: bool,
}

const BELLS: usize = 3;

thread_local! {
    /// What an eager waker does: wakers can be sent, handles cannot.
    static AT_ONCE: RefCell<Option<Box<dyn FnMut()>>> = const { RefCell::new(None) };
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.fetch_add(1, Ordering::Relaxed);
        if self.is_eager
            && let Some(mut poll) = AT_ONCE.take()
        {
            poll();
        }
    }
}

fn waker(who: usize) -> String {
    let polls = if who == BELLS - 1 { ", which polls it in the wake" } else { "" };
    format!("waker {}{polls}", who + 1)
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
        4 => (0..BELLS).prop_map(Step::Poll),
        1 => Just(Step::DropHandle),
        2 => Just(Step::PollTask),
        1 => Just(Step::End),
    ]
}

/// One case: a task, its handle, and those who may wait.
struct Case<H: Handles> {
    work: Option<Work>,
    /// Where an eager waker can reach it.
    handle: Rc<RefCell<Option<H::Handle>>>,
    /// What the poll of an eager waker gave.
    at_once: Rc<Cell<Option<bool>>>,
    bells: [Arc<Bell>; BELLS],
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
            handle: Rc::new(RefCell::new(Some(handle))),
            at_once: Rc::default(),
            bells: std::array::from_fn(|who| {
                let is_eager = who == BELLS - 1;
                Arc::new(Bell { rung: AtomicU32::new(0), is_eager })
            }),
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
                let mut handle = self.handle.borrow_mut();
                let Some(handle) = &mut *handle else { return Ok(()) };
                story.step(format!("the handle is polled, with {}", waker(who)));
                let waker = Waker::from(Arc::clone(&self.bells[who]));
                let polled = Pin::new(handle).poll(&mut Context::from_waker(&waker));
                self.fetched = polled.is_ready();
                self.waits = (!self.fetched).then_some(who);
                agree(self.ended, self.fetched, story)?;
            }
            Step::DropHandle if self.handle.borrow().is_some() => {
                story.step("the handle is dropped");
                let handle = self.handle.take();
                drop(handle);
                self.waits = None;
            }
            Step::PollTask => {
                let Some(work) = &mut self.work else { return Ok(()) };
                story.step("the task is polled");
                let (handle, said) = (Rc::clone(&self.handle), Rc::clone(&self.at_once));
                AT_ONCE.set(Some(Box::new(move || {
                    let mut handle = handle.borrow_mut();
                    let Some(handle) = handle.as_mut() else { return };
                    let cx = &mut Context::from_waker(Waker::noop());
                    said.set(Some(Pin::new(handle).poll(cx).is_ready()));
                })));
                let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                drop(AT_ONCE.take());
                self.ended = self.may_end.get();
                agree(self.ended, polled.is_ready(), story)?;
                if self.ended {
                    self.work = None;
                    if let Some(who) = self.waits.take() {
                        if self.bells[who].rung.load(Ordering::Relaxed) == 0 {
                            let woken = format!("waker {} is woken", who + 1);
                            return story.broken(woken, "it is not");
                        }
                        if let Some(fetched) = self.at_once.take() {
                            story.go_on(", and wakes waker 3: the handle is polled");
                            self.fetched = fetched;
                            agree(true, fetched, story)?;
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
        let expected =
            i32::from(self.ended && !self.fetched && self.handle.borrow().is_some());
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
