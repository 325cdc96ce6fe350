//! Two runtimes on two threads that ask and answer each other.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use mainspring::block_on;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// What is on its way from one thread to a task of another.
struct Post<T>(Arc<Mutex<Bag<T>>>);

struct Bag<T> {
    letters: VecDeque<T>,
    waker: Option<Waker>,
}

impl<T> Post<T> {
    fn send(&self, letter: T) {
        let mut bag = self.0.lock().unwrap();
        bag.letters.push_back(letter);
        let waker = bag.waker.take();
        drop(bag);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn receive(&self) -> T {
        poll_fn(|cx| {
            let mut bag = self.0.lock().unwrap();
            let Some(letter) = bag.letters.pop_front() else {
                bag.waker = Some(cx.waker().clone());
                return Poll::Pending;
            };
            Poll::Ready(letter)
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

async fn bank(prices: Post<u32>, answers: Post<&'static str>) {
    for _ in 0..3 {
        let price = prices.receive().await;
        answers.send(if price < 50 { "yes" } else { "no" });
    }
}

async fn office(prices: Post<u32>, answers: Post<&'static str>) {
    for price in [20, 80, 30] {
        prices.send(price);
        println!("may I take {price}? The bank says {}", answers.receive().await);
    }
}

fn main() {
    cli::options(&[]);
    let (prices, answers) = (Post::default(), Post::default());
    let bank = bank(prices.clone(), answers.clone());
    let thread = thread::spawn(move || block_on(bank));
    block_on(office(prices, answers));
    thread.join().unwrap();
}
