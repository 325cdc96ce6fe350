//! An hour of a server's life: a million requests, each with a limit of time, replayed.

#![allow(clippy::duplicate_mod, reason = "chapter 5's program has its own `cli`")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::time::{Instant, interval, sleep, timeout};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[path = "../05-timer-wheel/s2_binary_heap.rs"]
mod s2_binary_heap;

use s2_binary_heap::{Handle, Heap};

const REQUESTS: u32 = 1_000_000;
const LIMIT: Duration = Duration::from_secs(30);

/// What the requests come to.
#[derive(Default)]
struct Counts {
    answered: Cell<u32>,
    too_late: Cell<u32>,
    /// How many limits run, now and at most.
    armed: Cell<u32>,
    most_armed: Cell<u32>,
    heap: InAHeap,
}

/// With `--heap`: chapter 5's heap, where each limit is set and taken back too.
#[derive(Default)]
struct InAHeap {
    heap: Option<RefCell<Heap>>,
    /// Deadlines there are numbers: nanoseconds from here.
    start: Cell<Option<Instant>>,
    most: Cell<usize>,
}

impl InAHeap {
    fn set(&self, limit: Duration) -> Option<Handle> {
        let mut heap = self.heap.as_ref()?.borrow_mut();
        let now = Instant::now();
        let start = self.start.get().unwrap_or(now);
        self.start.set(Some(start));
        let deadline = (now - start + limit).as_nanos();
        // As a loop does at each turn: this throws away what is dead at the top.
        heap.next_deadline();
        let entry = heap.insert(deadline.try_into().unwrap_or(u64::MAX), 0);
        self.most.set(self.most.get().max(heap.kept()));
        Some(entry)
    }

    fn take_back(&self, entry: Option<Handle>) {
        if let (Some(heap), Some(entry)) = (&self.heap, entry) {
            heap.borrow_mut().cancel(entry);
        }
    }
}

fn add_one(count: &Cell<u32>) -> u32 {
    count.set(count.get() + 1);
    count.get()
}

/// Most take up to 200 ms. One in five thousand or so hangs for a minute.
fn latency(request: u32) -> Duration {
    let dice = request.wrapping_mul(2_654_435_761) >> 8;
    match dice % 5_000 {
        0 => Duration::from_secs(60),
        _ => Duration::from_millis(u64::from(dice % 200 + 1)),
    }
}

async fn serve(request: u32, counts: Rc<Counts>) {
    let armed = add_one(&counts.armed);
    counts.most_armed.set(counts.most_armed.get().max(armed));
    let entry = counts.heap.set(LIMIT);
    match timeout(LIMIT, sleep(latency(request))).await {
        Ok(()) => add_one(&counts.answered),
        Err(_) => add_one(&counts.too_late),
    };
    counts.heap.take_back(entry);
    counts.armed.set(counts.armed.get() - 1);
}

async fn an_hour(counts: &Rc<Counts>) {
    let mut arrival = interval(Duration::from_secs(3600) / REQUESTS);
    for request in 0..REQUESTS {
        arrival.tick().await;
        drop(spawn(serve(request, Rc::clone(counts))));
    }
    while counts.armed.get() > 0 {
        arrival.tick().await;
    }
}

fn main() -> std::io::Result<()> {
    let with_heap = !cli::options(&["--heap"]).is_empty();
    let heap = with_heap.then(|| RefCell::new(Heap::new(0)));
    let heap = InAHeap { heap, ..InAHeap::default() };
    let counts = Rc::new(Counts { heap, ..Counts::default() });
    let took = Runtime::builder().virtual_clock().build()?.block_on(async {
        let start = Instant::now();
        an_hour(&counts).await;
        start.elapsed()
    });
    println!("limits set    {REQUESTS:>9}");
    println!("answered      {:>9}", counts.answered.get());
    println!("too late      {:>9}", counts.too_late.get());
    println!("most at once  {:>9}", counts.most_armed.get());
    if with_heap {
        println!("in a heap     {:>9}", counts.heap.most.get());
    }
    println!("on the clock of the loop: {} s", took.as_secs());
    Ok(())
}
