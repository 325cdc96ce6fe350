//! Chapter 03, yours to repair: the `Routine` in another make.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use mainspring::generator::{Coroutine, CoroutineState};

use crate::suite::generator::{Diary, Line, Player, Script, Step, append};

/// What the machine and its body share.
#[derive(Default)]
struct Shared {
    sent: Option<u64>,
    yielded: Option<Line>,
    body: Option<Body>,
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

/// A machine whose body is an `async` block.
pub struct Repaired {
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
        shared.borrow_mut().body = Some(Box::pin(body));
        Repaired { shared }
    }
}

impl Coroutine<u64> for Repaired {
    type Yield = Line;
    type Return = u64;

    fn resume(self: Pin<&mut Self>, sent: u64) -> CoroutineState<Line, u64> {
        self.shared.borrow_mut().sent = Some(sent);
        let body = self.shared.borrow_mut().body.take();
        let mut body = body.expect("this coroutine has ended");
        match body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(history) => CoroutineState::Complete(history),
            Poll::Pending => {
                let mut shared = self.shared.borrow_mut();
                shared.body = Some(body);
                let line = shared.yielded.take();
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
