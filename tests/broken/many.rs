//! A join of children with a waker each, whose every decision can be replaced by a wrong one.

use std::future::poll_fn;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures_task::{ArcWake, waker_ref};

use crate::suite::many;

/// The decisions that a join takes.
pub trait Parts: Sized {
    /// A poll of the join.
    fn poll(join: &mut Join<Self>, cx: &mut Context<'_>) {
        join.leave_word(cx.waker());
        for number in join.take_woken() {
            join.clear(number);
            join.poll_child(number);
        }
    }

    /// What the join gives, of the numbers and outputs in the order of the ends.
    fn outputs(mut ended: Vec<(usize, u32)>) -> Vec<u32> {
        ended.sort_unstable();
        ended.into_iter().map(|(_, output)| output).collect()
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

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

struct Child {
    future: Option<Pin<Box<many::Child>>>,
    waker: Arc<ChildWaker>,
}

pub struct Join<P> {
    children: Vec<Child>,
    ended: Vec<(usize, u32)>,
    line: Arc<Mutex<Line>>,
    has_word: bool,
    parts: PhantomData<P>,
}

impl<P> Join<P> {
    fn new(futures: Vec<many::Child>) -> Self {
        let line = Line { woken: (0..futures.len()).collect(), parent: None };
        let line = Arc::new(Mutex::new(line));
        let child = |(number, future)| {
            let (in_line, line) = (AtomicBool::new(true), Arc::clone(&line));
            let waker = Arc::new(ChildWaker { number, in_line, line });
            Child { future: Some(Box::pin(future)), waker }
        };
        let children = futures.into_iter().enumerate().map(child).collect();
        Self { children, ended: vec![], line, has_word: false, parts: PhantomData }
    }

    /// Has this waker woken by the next who stands in line.
    pub fn leave_word(&mut self, parent: &Waker) {
        self.has_word = true;
        self.line.lock().unwrap().parent = Some(parent.clone());
    }

    pub fn has_left_word(&self) -> bool {
        self.has_word
    }

    pub fn take_woken(&self) -> Vec<usize> {
        mem::take(&mut self.line.lock().unwrap().woken)
    }

    /// Takes the first in line, and leaves the others.
    pub fn take_first(&self) -> Option<usize> {
        let woken = &mut self.line.lock().unwrap().woken;
        (!woken.is_empty()).then(|| woken.remove(0))
    }

    pub fn everybody(&self) -> Vec<usize> {
        (0..self.children.len()).collect()
    }

    /// A wake of this child counts from now on.
    pub fn clear(&self, number: usize) {
        self.children[number].waker.in_line.store(false, Ordering::Release);
    }

    pub fn poll_child(&mut self, number: usize) {
        let child = &mut self.children[number];
        let Some(future) = &mut child.future else { return };
        let waker = waker_ref(&child.waker);
        if let Poll::Ready(output) =
            future.as_mut().poll(&mut Context::from_waker(&waker))
        {
            self.ended.push((number, output));
            child.future = None;
        }
    }
}

pub async fn join_all<P: Parts>(futures: Vec<many::Child>) -> Vec<u32> {
    let mut join = Join::<P>::new(futures);
    poll_fn(|cx| {
        P::poll(&mut join, cx);
        let is_done = join.ended.len() == join.children.len();
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    P::outputs(join.ended)
}
