//! 10.1 Poll who was woken: the middle of a join.

use std::mem;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use futures_task::waker_ref;

use super::join::Join;

impl<F: Future> Join<F> {
    /// Polls each child that stands in line, once, with its own waker, and keeps the outputs.
    /// Ready when nobody is left. No child is polled, and no waker dropped, under the lock.
    pub fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let parent = cx.waker().clone();
            let mut line = self.line.lock().unwrap();
            let before = line.parent.replace(parent);
            let woken = mem::take(&mut line.woken);
            drop(line);
            drop(before);
            if woken.is_empty() {
                break; // which may never be
            }
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
        }
        if self.left == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}
