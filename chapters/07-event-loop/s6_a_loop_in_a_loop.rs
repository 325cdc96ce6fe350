//! `block_on` inside of a task: what the others do meanwhile, and when it never returns.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::{self, Thread};
use std::time::Duration;

use futures_task::ArcWake;
use mainspring::spawn;
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod fold;
#[allow(dead_code, reason = "its meter is not needed here")]
#[path = "../06-tasks-wakers/kettle.rs"]
mod kettle;

const TICK: Duration = Duration::from_millis(100);

struct Sleeper(Thread);

impl ArcWake for Sleeper {
    fn wake_by_ref(this: &Arc<Self>) {
        this.0.unpark();
    }
}

/// A `block_on` of one's own, which does not know that there is a loop around it. Polls
/// twice, waits up to a second after each, and gives up.
fn block_on<F: Future>(future: F) -> Option<F::Output> {
    let waker = futures_task::waker(Arc::new(Sleeper(thread::current())));
    let mut future = pin!(future);
    let mut cx = Context::from_waker(&waker);
    for _ in 0..2 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        thread::park_timeout(Duration::from_secs(1));
    }
    None
}

/// A task that ticks ten times a second.
fn tick() -> Rc<Cell<u32>> {
    let ticks = Rc::new(Cell::new(0));
    let counter = Rc::clone(&ticks);
    drop(spawn(async move {
        loop {
            sleep(TICK).await;
            counter.set(counter.get() + 1);
        }
    }));
    ticks
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    cli::options(&[]);
    mainspring::block_on(async {
        let ticks = tick();
        kettle::put_on(TICK * 9 / 2).await;
        println!("a kettle, awaited:   {} ticks", ticks.take());
        block_on(kettle::put_on(TICK * 9 / 2));
        println!("a kettle, block_on:  {} ticks", ticks.take());

        let answer = spawn(async { 42 });
        match block_on(answer) {
            Some(_) => println!("a task, block_on:    an answer"),
            None => println!("a task, block_on:    nobody wakes it"),
        }

        let nested = catch_unwind(AssertUnwindSafe(|| mainspring::block_on(async {})));
        if let Err(payload) = nested
            && let Some(text) = payload.downcast_ref::<&str>()
        {
            println!("{}", fold::fold(&format!("mainspring's: {text}")));
        }
    });
}
