//! Values go in as well, and the compiler writes the enum: two cells between them.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use mainspring::generator::CoroutineState;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// What the machine and its body share: a value on its way in, and one on its way out.
struct Shared<Y, S> {
    sent: Cell<Option<S>>,
    yielded: Cell<Option<Y>>,
}

/// The body's end.
struct Co<Y, S>(Rc<Shared<Y, S>>);

impl<Y, S> Co<Y, S> {
    async fn yield_(&self, value: Y) -> S {
        self.0.yielded.set(Some(value));
        self.receive().await
    }

    async fn receive(&self) -> S {
        poll_fn(|_| match self.0.sent.take() {
            Some(value) => Poll::Ready(value),
            None => Poll::Pending,
        })
        .await
    }
}

/// The caller's end.
struct Routine<'a, Y, S, R> {
    body: Pin<Box<dyn Future<Output = R> + 'a>>,
    shared: Rc<Shared<Y, S>>,
}

impl<Y, S, R> Routine<'_, Y, S, R> {
    fn send(&mut self, value: S) -> CoroutineState<Y, R> {
        self.shared.sent.set(Some(value));
        match self.body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => {
                let value = self.shared.yielded.take();
                CoroutineState::Yielded(value.expect("a body pauses only to yield"))
            }
            Poll::Ready(result) => CoroutineState::Complete(result),
        }
    }
}

fn coroutine<'a, Y: 'a, S: 'a, R>(
    closure: impl AsyncFnOnce(&Co<Y, S>, S) -> R + 'a,
) -> Routine<'a, Y, S, R> {
    let shared = Rc::new(Shared { sent: Cell::new(None), yielded: Cell::new(None) });
    let co = Co(Rc::clone(&shared));
    let body = Box::pin(async move {
        let first = co.receive().await;
        closure(&co, first).await
    });
    Routine { body, shared }
}

fn main() {
    cli::options(&[]);
    let mut average = coroutine(async |co, mut value: Option<f64>| {
        let (mut sum, mut count) = (0.0, 0);
        while let Some(number) = value {
            (sum, count) = (sum + number, count + 1);
            value = co.yield_(sum / f64::from(count)).await;
        }
        count
    });
    for value in [Some(10.0), Some(20.0), Some(60.0), None] {
        println!("send({value:?}) gives {:?}", average.send(value));
    }
}
