//! The work on a thread of its own, and a future that waits for it.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use mainspring::spawn;
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod ticker;

use ticker::Ticker;

/// What lies between the thread and the task.
struct Slot<T> {
    result: Option<T>,
    waker: Option<Waker>,
}

/// Waits until the slot has a result.
struct Wait<T>(Arc<Mutex<Slot<T>>>);

impl<T> Future for Wait<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.0.lock().unwrap();
        match slot.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                slot.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Has `f` called on a new thread.
fn on_a_thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Wait<T> {
    let slot = Arc::new(Mutex::new(Slot { result: None, waker: None }));
    let theirs = Arc::clone(&slot);
    thread::spawn(move || {
        let result = f();
        let mut slot = theirs.lock().unwrap();
        slot.result = Some(result);
        let waker = slot.waker.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    });
    Wait(slot)
}

/// The same in two steps: it looks under one lock, and leaves its waker under a second one.
struct TwoLocks<T>(Wait<T>);

impl<T> Future for TwoLocks<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Wait(slot) = &self.0;
        let result = slot.lock().unwrap().result.take();
        if let Some(result) = result {
            return Poll::Ready(result);
        }
        thread::sleep(Duration::from_millis(500)); // or a very short while, once in a year
        slot.lock().unwrap().waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Runs what may never come to its end, and says how it stands a second later.
async fn watch(work: TwoLocks<&'static str>) {
    let slot = Arc::clone(&work.0.0);
    let task = spawn(work);
    sleep(Duration::from_secs(1)).await;
    println!("a second later the task is done: {}", task.is_finished());
    let slot = slot.lock().unwrap();
    println!("the slot has a result: {}", slot.result.is_some());
    println!("and a waker, which nobody calls: {}", slot.waker.is_some());
}

fn main() {
    let two_locks = !cli::options(&["--two-locks"]).is_empty();
    mainspring::block_on(async {
        let ticker = Ticker::start();
        let work = on_a_thread(|| {
            thread::sleep(Duration::from_millis(200));
            "done"
        });
        if two_locks {
            return watch(TwoLocks(work)).await;
        }
        println!("the work is {}", work.await);
        ticker.report();
    });
}
