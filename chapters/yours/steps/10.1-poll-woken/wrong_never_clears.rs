//! Wrong: a child has its place in line for ever.

use std::mem;
use std::task::{Context, Poll};

use futures_task::waker_ref;

use super::join::Join;

impl<F: Future> Join<F> {
    pub fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let parent = cx.waker().clone();
        let mut line = self.line.lock().unwrap();
        let before = line.parent.replace(parent);
        let woken = mem::take(&mut line.woken);
        drop(line);
        drop(before);
        for number in woken {
            let child = &mut self.children[number];
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
