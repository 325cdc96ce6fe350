//! One `sleep`, and what happens between the call and the line after its `await`.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_task::{ArcWake, waker};
use mainspring::time::{Sleep, sleep};
use mainspring::{block_on, spawn, task};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod log;

use log::Log;

/// The library's sleep, with a spy around it.
struct Spied {
    sleep: Sleep,
    waker: Option<Arc<SpyWaker>>,
    log: Log,
}

/// Passes a wake on to the task's waker, and says so.
struct SpyWaker {
    task: Waker,
    log: Log,
}

impl ArcWake for SpyWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        let who = task::current().map_or("no task".into(), |task| task.name);
        let thread = thread::current();
        let thread = thread.name().unwrap_or("another");
        this.log.say(&format!("wake is called, on {thread}, in {who}"));
        this.task.wake_by_ref();
    }
}

impl Future for Spied {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (task, log) = (cx.waker().clone(), self.log);
        let spy = Arc::clone(
            self.waker.get_or_insert_with(|| Arc::new(SpyWaker { task, log })),
        );
        log.say("poll");
        let polled =
            Pin::new(&mut self.sleep).poll(&mut Context::from_waker(&waker(spy.clone())));
        let kept = Arc::strong_count(&spy) > 2;
        log.say(&format!("  {polled:?}; the waker is kept: {kept}"));
        polled
    }
}

async fn journey(log: Log) {
    log.say("the line before");
    let sleep = sleep(Duration::from_millis(100));
    log.say("sleep(..) has returned");
    Spied { sleep, waker: None, log }.await;
    log.say("the line after");
}

fn main() {
    cli::options(&[]);
    block_on(async {
        let log = Log::begin();
        let task = spawn(journey(log));
        let another = spawn(async move {
            log.say("another task runs");
        });
        task.await.expect("a task that does not panic");
        another.await.expect("a task that does not panic");
    });
}
