//! Letters from another thread, and two tasks that wait for them with one waker's room.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use fold::fold;
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::yield_now;

#[path = "../00-introduction/cli.rs"]
mod cli;
#[path = "../07-event-loop/fold.rs"]
mod fold;

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

async fn receive(name: &str, post: Post<u32>) {
    println!("{name} has letter {}", post.receive().await);
}

async fn office() {
    let post = Post::default();
    let ada = spawn(receive("Ada", post.clone()));
    let ben = spawn(receive("Ben", post.clone()));
    yield_now().await; // both wait
    let bank = thread::spawn(move || [1, 2].map(|letter| post.send(letter)));
    bank.join().unwrap();
    ben.await.unwrap();
    ada.await.unwrap();
}

/// Prints what a panic says, with short lines and without this folder's name.
fn print(panic: &PanicHookInfo<'_>) {
    if let Some(message) = panic.payload().downcast_ref::<String>() {
        eprintln!("{}", fold(&message.replace("chapters/11-taking-turns/", "")));
    }
}

fn main() -> std::io::Result<()> {
    panic::set_hook(Box::new(print));
    cli::options(&[]);
    Runtime::builder().virtual_clock().build()?.block_on(office());
    Ok(())
}
