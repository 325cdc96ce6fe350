//! Two rules about one flag, and what becomes of an executor that breaks them.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};

use futures_task::{ArcWake, waker_ref};

#[path = "../00-introduction/cli.rs"]
mod cli;

#[derive(Clone, Copy)]
struct Rules {
    one_seat: bool,
    clear_before_poll: bool,
}

struct TaskWaker {
    number: usize,
    rules: Rules,
    queued: AtomicBool,
    queue: mpsc::Sender<usize>,
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(this: &Arc<Self>) {
        let has_a_seat = this.queued.swap(true, Ordering::AcqRel);
        if !(has_a_seat && this.rules.one_seat) {
            let _ = this.queue.send(this.number);
        }
    }
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    waker: Arc<TaskWaker>,
}

impl Task {
    fn poll(&mut self, rules: Rules) -> Poll<()> {
        if rules.clear_before_poll {
            self.waker.queued.swap(false, Ordering::AcqRel);
        }
        let waker = waker_ref(&self.waker);
        let poll = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        // A wake that has come since the poll began found the flag set and went away.
        if !rules.clear_before_poll {
            self.waker.queued.swap(false, Ordering::AcqRel);
        }
        poll
    }
}

/// Runs the tasks until none is in the queue, for so many polls at most. Returns how
/// often each was polled.
fn run(futures: Vec<Pin<Box<dyn Future<Output = ()>>>>, rules: Rules) -> Vec<u32> {
    let (sender, receiver) = mpsc::channel();
    let mut tasks = Vec::new();
    for (number, future) in futures.into_iter().enumerate() {
        let (queued, queue) = (AtomicBool::new(false), sender.clone());
        let waker = Arc::new(TaskWaker { number, rules, queued, queue });
        ArcWake::wake_by_ref(&waker);
        tasks.push(Some(Task { future, waker }));
    }
    let mut polls = vec![0; tasks.len()];
    for number in receiver.try_iter() {
        let Some(task) = &mut tasks[number] else { continue };
        polls[number] += 1;
        if task.poll(rules).is_ready() {
            tasks[number] = None;
        }
    }
    polls
}

/// What Bob and Anna share: the words he has said, and whom to wake for them.
#[derive(Default)]
struct Air {
    words: Cell<u32>,
    anna: Cell<Option<Waker>>,
}

/// Says three words, lets others run, and says three more.
async fn bob(air: Rc<Air>) {
    for _ in 0..2 {
        for _ in 0..3 {
            air.words.set(air.words.get() + 1);
            if let Some(anna) = air.anna.take() {
                anna.wake_by_ref();
                air.anna.set(Some(anna));
            }
        }
        give_way().await;
    }
}

/// Listens until all six words are said.
async fn anna(air: Rc<Air>) {
    poll_fn(|cx| {
        air.anna.set(Some(cx.waker().clone()));
        if air.words.get() == 6 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await
}

/// Wakes its own task in the middle of its poll, and pauses once.
async fn give_way() {
    let mut given = false;
    poll_fn(|cx| {
        if given {
            return Poll::Ready(());
        }
        given = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

fn main() {
    cli::options(&[]);
    println!("{:<30}  Anna's  Bob's  words said", "polls");
    for (name, one_seat, clear_before_poll) in [
        ("both rules kept", true, true),
        ("a wake always takes a seat", false, true),
        ("the flag is cleared afterwards", true, false),
    ] {
        let air = Rc::new(Air::default());
        let rules = Rules { one_seat, clear_before_poll };
        let futures: Vec<Pin<Box<dyn Future<Output = ()>>>> =
            vec![Box::pin(anna(Rc::clone(&air))), Box::pin(bob(Rc::clone(&air)))];
        let polls = run(futures, rules);
        let words = air.words.get();
        println!("{name:<30}  {:>6}  {:>5}  {words} of 6", polls[0], polls[1]);
    }
}
