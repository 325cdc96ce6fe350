//! The line of a join: who was woken, by wakers that take a place in it.

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

pub struct ChildWaker {
    pub number: usize,
    pub in_line: AtomicBool,
    pub line: Arc<Mutex<Line>>,
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
