//! Who drops a future: the thread that owns it, or whoever has the last waker.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures_task::ArcWake;
use mainspring::runtime::Runtime;
use mainspring::task::yield_now;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Says on which thread it is dropped.
struct Guest;

impl Drop for Guest {
    fn drop(&mut self) {
        let thread = thread::current();
        println!("  the future is dropped on `{}`", thread.name().unwrap_or("?"));
    }
}

/// Gives its waker away, and waits for good.
async fn visit(give: Sender<Waker>) {
    let _guest = Guest;
    poll_fn(|cx| {
        let _ = give.send(cx.waker().clone());
        Poll::Pending
    })
    .await
}

/// A task that its wakers own, as in many first executors. Its future has to be `Send`.
struct Task {
    future: Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl ArcWake for Task {
    fn wake_by_ref(_: &Arc<Self>) {}
}

fn the_waker_owns() -> Waker {
    let (give, wakers) = mpsc::channel();
    let task = Arc::new(Task { future: Mutex::new(Box::pin(visit(give))) });
    let waker = futures_task::waker(Arc::clone(&task));
    let mut cx = Context::from_waker(&waker);
    let _ = task.future.lock().unwrap().as_mut().poll(&mut cx);
    wakers.recv().expect("the future has given its waker")
}

fn the_executor_owns() -> Waker {
    let (give, wakers) = mpsc::channel();
    let mut runtime = Runtime::new().expect("there are descriptors left");
    drop(runtime.spawn(visit(give)));
    runtime.block_on(yield_now());
    wakers.recv().expect("the future has given its waker")
}

fn main() {
    cli::options(&[]);
    for (name, executor) in [
        ("the waker owns the task", the_waker_owns as fn() -> Waker),
        ("the executor owns the task", the_executor_owns),
    ] {
        println!("{name}:");
        let last = executor();
        println!("  the executor is gone");
        let helper = thread::Builder::new().name("helper".into()).spawn(move || {
            println!("  the helper drops the last waker");
            drop(last);
        });
        helper.expect("there is room for a thread").join().expect("the helper is fine");
    }
}
