//! Two sleeps that end while somebody computes: one that asks the clock overtakes.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mainspring::time::{Instant, Sleep, sleep};
use mainspring::{block_on, spawn};

#[path = "../00-introduction/cli.rs"]
mod cli;

const MS: Duration = Duration::from_millis(1);

/// Asks the clock, as yours does, and the library's sleep only until the deadline.
struct ByTheClock(Sleep);

impl Future for ByTheClock {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0.deadline().is_some_and(|deadline| Instant::now() >= deadline) {
            return Poll::Ready(());
        }
        Pin::new(&mut self.0).poll(cx)
    }
}

async fn race<S: Future<Output = ()> + Unpin + 'static>(sleep: fn(Duration) -> S) {
    let bell = Rc::new(RefCell::new(None::<Waker>));
    let heard = Rc::clone(&bell);
    let anna = spawn(async move {
        sleep(10 * MS).await;
        println!("  Anna, after 10 ms");
    });
    let bob = spawn(async move {
        let mut sleep = sleep(20 * MS);
        poll_fn(|cx| {
            heard.replace(Some(cx.waker().clone()));
            Pin::new(&mut sleep).poll(cx)
        })
        .await;
        println!("  Bob, after 20 ms");
    });
    let cho = spawn(async move {
        let end = Instant::now() + 50 * MS;
        while Instant::now() < end {} // she computes
        if let Some(bob) = bell.take() {
            bob.wake();
        }
    });
    for task in [anna, bob, cho] {
        task.await.expect("a task that does not panic");
    }
}

fn main() {
    cli::options(&[]);
    block_on(async {
        println!("the library's sleep");
        race(sleep).await;
        println!("a sleep that asks the clock");
        race(|time| ByTheClock(sleep(time))).await;
    });
}
