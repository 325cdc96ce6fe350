//! A join that gives each of its children a waker, and polls who was woken.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_task::waker_ref;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod counter;
mod line;
mod poll_all;

use line::{ChildWaker, Line};

struct Child<F> {
    future: Option<Pin<Box<F>>>,
    waker: Arc<ChildWaker>,
}

struct Join<F: Future> {
    children: Vec<Child<F>>,
    outputs: Vec<Option<F::Output>>,
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

    /// Polls who was woken. Ready when nobody is left.
    fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let parent = cx.waker().clone();
        let mut line = self.line.lock().unwrap();
        let before = line.parent.replace(parent);
        let woken = mem::take(&mut line.woken);
        drop(line);
        drop(before);
        for number in woken {
            let child = &mut self.children[number];
            child.waker.in_line.swap(false, Ordering::Acquire); // clear before poll
            let Some(future) = &mut child.future else { continue };
            let waker = waker_ref(&child.waker);
            let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
            if let Poll::Ready(output) = polled {
                self.outputs[number] = Some(output);
                child.future = None;
                self.left -= 1;
            }
        }
        if self.left == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut join = Join::new(futures);
    poll_fn(|cx| join.poll_woken(cx)).await;
    join.outputs.into_iter().flatten().collect()
}

fn main() -> std::io::Result<()> {
    match cli::options(&["--library", "--time"]).first().map(String::as_str) {
        Some("--library") => counter::table(10_000, mainspring::join::join_all),
        Some(_) => counter::times(poll_all::join_all, join_all),
        None => counter::table(10_000, join_all),
    }
}
