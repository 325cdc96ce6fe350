//! Who drops a future: the thread that owns it, or whoever has the last waker.

use std::pin::Pin;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::thread;

use futures_task::{ArcWake, waker};
use mainspring::runtime::Runtime;
use mainspring::task::yield_now;

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
    std::future::poll_fn(|cx| {
        let _ = give.send(cx.waker().clone());
        std::task::Poll::Pending
    })
    .await
}

/// A thread that gets a waker, and drops it when the executor is gone.
fn helper(wakers: Receiver<Waker>, executor_is_gone: Receiver<()>) {
    let helper = thread::Builder::new().name("helper".into()).spawn(move || {
        let waker = wakers.recv();
        let _ = executor_is_gone.recv();
        println!("  the helper drops the last waker");
        drop(waker);
    });
    helper.expect("there is room for a thread").join().expect("the helper is fine");
}

/// A task that its wakers own, as in many first executors. Its future has to be `Send`.
struct Task {
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

impl ArcWake for Task {
    fn wake_by_ref(_: &Arc<Self>) {}
}

fn the_waker_owns() {
    let (give, wakers) = mpsc::channel();
    let (gone, executor_is_gone) = mpsc::channel();
    let task = Arc::new(Task { future: Mutex::new(Some(Box::pin(visit(give)))) });
    if let Some(future) = &mut *task.future.lock().unwrap() {
        let waker = waker(Arc::clone(&task));
        let _ = future.as_mut().poll(&mut Context::from_waker(&waker));
    }
    drop(task);
    println!("  the executor is gone");
    drop(gone);
    helper(wakers, executor_is_gone);
}

fn the_executor_owns() {
    let (give, wakers) = mpsc::channel();
    let (gone, executor_is_gone) = mpsc::channel();
    let mut runtime = Runtime::new().expect("there are descriptors left");
    drop(runtime.spawn(visit(give)));
    runtime.block_on(yield_now());
    drop(runtime);
    println!("  the executor is gone");
    drop(gone);
    helper(wakers, executor_is_gone);
}

fn main() {
    println!("the waker owns the task:");
    the_waker_owns();
    println!("the executor owns the task:");
    the_executor_owns();
}
