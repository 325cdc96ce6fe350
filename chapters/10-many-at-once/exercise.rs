//! Chapter 10, yours to write: a join that polls who was woken, and attempts of which the
//! first to succeed is enough.
//!
//! `cargo test --test exercises many -- --ignored` says what is missing.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_task::ArcWake;

/// Who was woken, and whom that wakes in turn.
#[derive(Default)]
struct Line {
    woken: Vec<usize>,
    parent: Option<Waker>,
}

struct ChildWaker {
    number: usize,
    in_line: AtomicBool,
    line: Arc<Mutex<Line>>,
}

impl ArcWake for ChildWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        if this.in_line.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut line = this.line.lock().unwrap();
        line.woken.push(this.number);
        let parent = line.parent.take();
        drop(line);
        if let Some(parent) = parent {
            parent.wake();
        }
    }
}

struct Child<F> {
    /// None when it is done.
    future: Option<Pin<Box<F>>>,
    waker: Arc<ChildWaker>,
}

struct Join<F: Future> {
    children: Vec<Child<F>>,
    outputs: Vec<Option<F::Output>>,
    /// How many are not done.
    left: usize,
    line: Arc<Mutex<Line>>,
}

impl<F: Future> Join<F> {
    /// Everyone stands in line: the first poll of each is due.
    fn new(futures: Vec<F>) -> Self {
        let left = futures.len();
        let line = Line { woken: (0..left).collect(), parent: None };
        let line = Arc::new(Mutex::new(line));
        let child = |(number, future)| {
            let (in_line, line) = (AtomicBool::new(true), Arc::clone(&line));
            let waker = Arc::new(ChildWaker { number, in_line, line });
            Child { future: Some(Box::pin(future)), waker }
        };
        let children = futures.into_iter().enumerate().map(child).collect();
        let outputs = (0..left).map(|_| None).collect();
        Self { children, outputs, left, line }
    }

    /// Polls who was woken, each once. Ready when nobody is left; else `line.parent` is going
    /// to be woken.
    fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx;
        if self.left == 0 { Poll::Ready(()) } else { Poll::Pending } // yours to write
    }
}

pub async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut join = Join::new(futures);
    poll_fn(|cx| join.poll_woken(cx)).await;
    join.outputs.into_iter().flatten().collect()
}

/// Begins with the first attempt. When one has failed, or `delay` has passed since the last
/// began, it begins the next. The first to succeed ends it: the others are dropped before this
/// returns. If all fail it gives their errors, in the order of time. Whoever drops it early
/// leaves no attempt at work.
pub async fn staggered<T: 'static, E: 'static>(
    delay: Duration,
    attempts: Vec<impl Future<Output = Result<T, E>> + 'static>,
) -> Result<T, Vec<E>> {
    let _ = delay;
    let mut errors = Vec::new();
    for attempt in attempts {
        match attempt.await {
            Ok(value) => return Ok(value),
            Err(error) => errors.push(error),
        }
    }
    Err(errors) // yours to write: it asks one after the other
}
