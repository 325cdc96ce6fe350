//! Many futures in one task, each with a waker of its own. It is given, but for the poll,
//! [`poll_woken`](super::poll_woken).

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Waker;

use futures_task::ArcWake;

/// Who was woken, and whom that wakes in turn.
#[derive(Default)]
pub struct Line {
    pub woken: Vec<usize>,
    pub parent: Option<Waker>,
}

/// Wakes one child: it takes a place in the line, and wakes the parent.
pub struct ChildWaker {
    number: usize,
    pub in_line: AtomicBool,
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

pub struct Child<F> {
    /// None when it is done.
    pub future: Option<Pin<Box<F>>>,
    pub waker: Arc<ChildWaker>,
}

pub struct Join<F: Future> {
    pub children: Vec<Child<F>>,
    pub outputs: Vec<Option<F::Output>>,
    /// How many are not done.
    pub left: usize,
    pub line: Arc<Mutex<Line>>,
}

impl<F: Future> Join<F> {
    /// Everyone stands in line: the first poll of each is due.
    pub fn new(futures: Vec<F>) -> Self {
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
}

/// Waits for all, and gives their outputs in their order.
pub async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut join = Join::new(futures);
    poll_fn(|cx| join.poll_woken(cx)).await;
    join.outputs.into_iter().flatten().collect()
}
