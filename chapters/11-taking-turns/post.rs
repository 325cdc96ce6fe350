//! What is on its way from other threads to a task, with room for one waker.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

pub struct Post<T>(Arc<Mutex<Bag<T>>>);

struct Bag<T> {
    letters: VecDeque<T>,
    waker: Option<Waker>,
}

impl<T> Post<T> {
    pub fn send(&self, letter: T) {
        let mut bag = self.0.lock().unwrap();
        bag.letters.push_back(letter);
        let waker = bag.waker.take();
        drop(bag);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub async fn receive(&self) -> T {
        poll_fn(|cx| {
            let waker = cx.waker().clone();
            let mut bag = self.0.lock().unwrap();
            if let Some(letter) = bag.letters.pop_front() {
                return Poll::Ready(letter);
            }
            let before = bag.waker.replace(waker);
            drop(bag);
            drop(before);
            Poll::Pending
        })
        .await
    }
}

impl<T> Clone for Post<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Post<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Bag { letters: VecDeque::new(), waker: None })))
    }
}
