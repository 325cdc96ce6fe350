//! Chapter 03, solved: what `exercise.rs` and `repair.rs` can become.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::{mem, vec};

use mainspring::generator::{Coroutine, CoroutineState};

use crate::suite::generator::{Diary, Guard, Line, Player, Script, Step, append};

/// Exercise 1: a variant for each way to be paused.
pub enum Play {
    Start(Script, Diary),
    /// At a yield of its own.
    Yielding(Frame),
    /// Inside the one it delegates to, which stands first because it is dropped first.
    Delegating(Box<Play>, Frame),
    Done,
}

/// The variables that live across every pause.
pub struct Frame {
    steps: vec::IntoIter<Step>,
    history: u64,
    diary: Diary,
    _guard: Guard,
}

impl Player for Play {
    fn new(script: Script, diary: Diary) -> Self {
        Play::Start(script, diary)
    }
}

impl Coroutine<u64> for Play {
    type Yield = Line;
    type Return = u64;

    fn resume(self: Pin<&mut Self>, sent: u64) -> CoroutineState<Line, u64> {
        let this = self.get_mut();
        match mem::replace(this, Play::Done) {
            Play::Start(script, diary) => {
                let guard = diary.begin(script.name);
                let steps = script.steps.into_iter();
                this.run(Frame { steps, history: sent, diary, _guard: guard })
            }
            Play::Yielding(mut frame) => {
                frame.history = append(frame.history, sent);
                this.run(frame)
            }
            Play::Delegating(inner, frame) => this.delegate(inner, frame, sent),
            Play::Done => panic!("this coroutine has ended"),
        }
    }
}

impl Play {
    /// Runs steps up to the next pause.
    fn run(&mut self, mut frame: Frame) -> CoroutineState<Line, u64> {
        match frame.steps.next() {
            None => CoroutineState::Complete(frame.history),
            Some(Step::Yield(number)) => {
                let line = (number, frame.history);
                *self = Play::Yielding(frame);
                CoroutineState::Yielded(line)
            }
            Some(Step::Delegate(script)) => {
                let inner = Box::new(Play::new(script, frame.diary.clone()));
                let first = frame.history;
                self.delegate(inner, frame, first)
            }
        }
    }

    /// Hands what was sent to the inner machine, and what comes back to the caller.
    fn delegate(
        &mut self,
        mut inner: Box<Play>,
        mut frame: Frame,
        sent: u64,
    ) -> CoroutineState<Line, u64> {
        match inner.send(sent) {
            CoroutineState::Yielded(line) => {
                *self = Play::Delegating(inner, frame);
                CoroutineState::Yielded(line)
            }
            CoroutineState::Complete(history) => {
                frame.history = history;
                self.run(frame)
            }
        }
    }
}

/// Exercise 2: what the machine and its body share. The body is not in it: it holds the
/// cell, and a cell that held the body would keep both alive for ever.
#[derive(Default)]
struct Shared {
    sent: Option<u64>,
    yielded: Option<Line>,
}

type Body = Pin<Box<dyn Future<Output = u64>>>;

/// The body's end.
#[derive(Clone)]
struct Co(Rc<RefCell<Shared>>);

impl Co {
    async fn yield_(&self, line: Line) -> u64 {
        self.0.borrow_mut().yielded = Some(line);
        self.receive().await
    }

    async fn receive(&self) -> u64 {
        poll_fn(|_| match self.0.borrow_mut().sent.take() {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        })
        .await
    }
}

/// A machine whose body is an `async` block. It alone owns its body.
pub struct Repaired {
    body: Option<Body>,
    shared: Rc<RefCell<Shared>>,
}

impl Player for Repaired {
    fn new(script: Script, diary: Diary) -> Self {
        let co = Co(Rc::default());
        let shared = Rc::clone(&co.0);
        let body = async move {
            let first = co.receive().await;
            play(&co, script, first, &diary).await
        };
        Repaired { body: Some(Box::pin(body)), shared }
    }
}

impl Coroutine<u64> for Repaired {
    type Yield = Line;
    type Return = u64;

    fn resume(self: Pin<&mut Self>, sent: u64) -> CoroutineState<Line, u64> {
        let this = self.get_mut();
        let mut body = this.body.take().expect("this coroutine has ended");
        this.shared.borrow_mut().sent = Some(sent);
        match body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(history) => CoroutineState::Complete(history),
            Poll::Pending => {
                this.body = Some(body);
                let line = this.shared.borrow_mut().yielded.take();
                CoroutineState::Yielded(line.expect("a body pauses only to yield"))
            }
        }
    }
}

/// Plays a script. It delegates by `await`, in a box because it calls itself.
async fn play(co: &Co, script: Script, first: u64, diary: &Diary) -> u64 {
    let _guard = diary.begin(script.name);
    let mut history = first;
    for step in script.steps {
        match step {
            Step::Yield(number) => {
                let answer = co.yield_((number, history)).await;
                history = append(history, answer);
            }
            Step::Delegate(inner) => {
                history = Box::pin(play(co, inner, history, diary)).await;
            }
        }
    }
    history
}
