//! A whole event loop: an inbox, tasks, timers, the turn, and the sleep between.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use futures_task::{ArcWake, waker_ref};
use mainspring::wheel::Wheel;

#[path = "../00-introduction/cli.rs"]
mod cli;
#[path = "../06-tasks-wakers/kettle.rs"]
mod kettle;

/// What wakers share with the loop. The bell is the thread's own: `unpark` is remembered.
struct Inbox {
    inside: Mutex<Inside>,
    bell: Thread,
}

#[derive(Default)]
struct Inside {
    woken: Vec<usize>,
    parked: bool,
}

impl Inbox {
    fn push(&self, number: usize) {
        let mut inside = self.inside.lock().unwrap();
        inside.woken.push(number);
        let parked = mem::take(&mut inside.parked);
        drop(inside);
        if parked {
            self.bell.unpark();
        }
    }

    fn take(&self) -> Vec<usize> {
        let mut inside = self.inside.lock().unwrap();
        inside.parked = false;
        mem::take(&mut inside.woken)
    }

    fn park(&self) -> bool {
        let mut inside = self.inside.lock().unwrap();
        inside.parked = inside.woken.is_empty();
        inside.parked
    }
}

/// As in chapter 6, with the inbox in place of a channel.
struct TaskWaker {
    number: usize,
    queued: AtomicBool,
    inbox: Arc<Inbox>,
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        if !this.queued.swap(true, Ordering::AcqRel) {
            this.inbox.push(this.number);
        }
    }
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    waker: Arc<TaskWaker>,
}

/// The timers, and the time that they go by, in nanoseconds. Tasks and loop share it.
#[derive(Clone)]
struct Timers {
    start: Instant,
    wheel: Rc<RefCell<Wheel<Waker>>>,
}

impl Timers {
    fn new() -> Self {
        Self { start: Instant::now(), wheel: Rc::new(RefCell::new(Wheel::new(0))) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).expect("less than 584 years")
    }

    async fn sleep(&self, milliseconds: u64) {
        let deadline = self.now() + milliseconds * 1_000_000;
        poll_fn(|cx| {
            if self.now() >= deadline {
                return Poll::Ready(());
            }
            let waker = cx.waker().clone();
            self.wheel.borrow_mut().insert(deadline, waker);
            Poll::Pending
        })
        .await
    }

    fn fire_due(&self) {
        while let Some(waker) = self.expire() {
            waker.wake();
        }
    }

    /// One that is due. The wheel is free again when its waker is called.
    fn expire(&self) -> Option<Waker> {
        self.wheel.borrow_mut().expire(self.now()).map(|(_, waker)| waker)
    }

    /// How long it is to the next deadline, if there is one.
    fn until_next(&self) -> Option<Duration> {
        let deadline = self.wheel.borrow().next_deadline()?;
        Some(Duration::from_nanos(deadline.saturating_sub(self.now())))
    }
}

struct EventLoop {
    inbox: Arc<Inbox>,
    ready: VecDeque<usize>,
    tasks: Vec<Option<Task>>,
    timers: Timers,
    polls: u64,
    parked: u64,
}

impl EventLoop {
    fn new() -> Self {
        let inbox = Inbox { inside: Mutex::default(), bell: thread::current() };
        Self {
            inbox: Arc::new(inbox),
            ready: VecDeque::new(),
            tasks: vec![],
            timers: Timers::new(),
            polls: 0,
            parked: 0,
        }
    }

    fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        let number = self.tasks.len();
        let (queued, inbox) = (AtomicBool::new(false), Arc::clone(&self.inbox));
        let waker = Arc::new(TaskWaker { number, queued, inbox });
        ArcWake::wake_by_ref(&waker);
        self.tasks.push(Some(Task { future: Box::pin(future), waker }));
    }

    fn run(&mut self) {
        loop {
            self.turn();
            if self.tasks.iter().all(Option::is_none) {
                return;
            }
            if self.ready.is_empty() && self.inbox.park() {
                self.sleep();
            }
        }
    }

    fn turn(&mut self) {
        for _ in 0..61 {
            self.ready.extend(self.inbox.take());
            let Some(number) = self.ready.pop_front() else { break };
            self.poll(number);
        }
        self.timers.fire_due();
    }

    fn sleep(&mut self) {
        self.parked += 1;
        match self.timers.until_next() {
            Some(time) => thread::park_timeout(time),
            None => thread::park(),
        }
    }

    fn poll(&mut self, number: usize) {
        let Some(task) = &mut self.tasks[number] else { return };
        task.waker.queued.swap(false, Ordering::AcqRel);
        let waker = waker_ref(&task.waker);
        let poll = task.future.as_mut().poll(&mut Context::from_waker(&waker));
        self.polls += 1;
        if poll.is_ready() {
            self.tasks[number] = None;
        }
    }
}

fn main() {
    cli::options(&[]);
    let mut event_loop = EventLoop::new();
    let timers = event_loop.timers.clone();
    event_loop.spawn(async {
        kettle::put_on(Duration::from_millis(250)).await;
        println!("the kettle boils");
    });
    event_loop.spawn(async move {
        timers.sleep(100).await;
        println!("100 ms are over");
        timers.sleep(300).await;
        println!("400 ms are over");
    });
    kettle::measure(|| {
        event_loop.run();
        event_loop.polls
    });
    println!("parked {} times", event_loop.parked);
}
