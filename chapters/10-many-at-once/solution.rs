//! What `exercise.rs` and `repair.rs` can become.

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::vec;

use futures_task::{ArcWake, waker_ref};
use mainspring::join::{TaskError, as_completed};
use mainspring::task_group;
use mainspring::time::timeout;

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

pub async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut join = Join::new(futures);
    poll_fn(|cx| join.poll_woken(cx)).await;
    join.outputs.into_iter().flatten().collect()
}

/// Each attempt is a child of a group. For the group to end when one of them succeeds, a
/// success is its error.
pub async fn staggered<T: 'static, E: 'static>(
    delay: Duration,
    attempts: Vec<impl Future<Output = Result<T, E>> + 'static>,
) -> Result<T, Vec<E>> {
    let group = task_group(async |group| {
        let mut running = as_completed([]);
        let mut errors = Vec::new();
        for attempt in attempts {
            running.push(group.spawn(async {
                match attempt.await {
                    Ok(value) => Err(value),
                    Err(error) => Ok(error),
                }
            }));
            if let Ok(Some(Ok((_, Ok(error))))) = timeout(delay, running.next()).await {
                errors.push(error);
            }
        }
        while let Some(Ok((_, Ok(error)))) = running.next().await {
            errors.push(error);
        }
        Ok(errors)
    });
    match group.await {
        Ok(errors) => Err(errors),
        Err(mut won) => match won.errors.swap_remove(0) {
            TaskError::Failed(value) => Ok(value),
            TaskError::Join(panic) => {
                panic!("an attempt ended without a result: {panic}")
            }
        },
    }
}

/// Joins futures of which so many at most are at work.
struct Within<F: Future> {
    waiting: vec::IntoIter<F>,
    width: usize,
    /// Those that have begun, each with its number.
    running: Vec<(usize, Pin<Box<F>>)>,
    outputs: Vec<Option<F::Output>>,
}

impl<F: Future> Within<F> {
    /// Begins as many as there is room for.
    fn begin(&mut self) {
        let room = self.width - self.running.len();
        for future in self.waiting.by_ref().take(room) {
            self.running.push((self.outputs.len(), Box::pin(future)));
            self.outputs.push(None);
        }
    }

    /// Polls all that are at work, and drops those that are done.
    fn poll_running(&mut self, cx: &mut Context<'_>) {
        let outputs = &mut self.outputs;
        self.running.retain_mut(|(number, future)| match future.as_mut().poll(cx) {
            Poll::Pending => true,
            Poll::Ready(output) => {
                outputs[*number] = Some(output);
                false
            }
        });
    }

    /// Whoever begins is polled in the same call: nobody else is going to.
    fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.begin();
            let at_work = self.running.len();
            self.poll_running(cx);
            if self.running.is_empty() && self.waiting.len() == 0 {
                return Poll::Ready(());
            }
            if self.running.len() == at_work {
                return Poll::Pending;
            }
        }
    }
}

pub async fn join_within<F: Future>(width: usize, futures: Vec<F>) -> Vec<F::Output> {
    let waiting = futures.into_iter();
    let mut within = Within { waiting, width, running: vec![], outputs: vec![] };
    poll_fn(|cx| within.poll_all(cx)).await;
    within.outputs.into_iter().flatten().collect()
}
