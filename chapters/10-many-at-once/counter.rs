//! Counts how often the children of a join are polled, and how long that takes.

// Each program has use for some of it.
#![allow(dead_code)]

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::{Duration, Instant};

use mainspring::runtime::Runtime;
use mainspring::time::sleep;

/// A child as the joins get it.
pub type Child = Pin<Box<dyn Future<Output = u64>>>;

/// Sleeps so many milliseconds, and counts its polls.
async fn child(millis: u64, polls: Rc<Cell<u64>>) -> u64 {
    let mut sleep = pin!(sleep(Duration::from_millis(millis)));
    poll_fn(|cx| {
        polls.set(polls.get() + 1);
        sleep.as_mut().poll(cx)
    })
    .await;
    millis
}

/// Joins children that end one after the other, more and more of them, and says how often
/// they are polled in all.
pub fn table<F: Future<Output = Vec<u64>>>(
    most: u64,
    join_all: impl Fn(Vec<Child>) -> F,
) -> io::Result<()> {
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    println!("children      polls");
    let mut n = 10;
    while n <= most {
        let polls = Rc::<Cell<u64>>::default();
        let children =
            (1..=n).map(|millis| Box::pin(child(millis, Rc::clone(&polls))) as Child);
        let outputs = runtime.block_on(join_all(children.collect()));
        assert!(
            outputs.into_iter().eq(1..=n),
            "outputs come in the order of the children"
        );
        println!("{n:>8}{:>11}", polls.get());
        n *= 10;
    }
    Ok(())
}

/// How long a join of so many children that end one after the other takes, for each child,
/// in the best of some rounds.
fn nanos<F: Future>(
    runtime: &mut Runtime,
    n: u64,
    join_all: impl Fn(Vec<Child>) -> F,
) -> u128 {
    let child = |millis| Box::pin(child(millis, Rc::default())) as Child;
    let times = 1000 / n;
    let round = |_| {
        let start = Instant::now();
        for _ in 0..times {
            runtime.block_on(join_all((1..=n).map(child).collect()));
        }
        start.elapsed().as_nanos() / u128::from(times * n)
    };
    (0..20).map(round).min().expect("there are rounds")
}

/// Compares two joins of more and more children.
pub fn times<F: Future, G: Future>(
    one_waker: impl Fn(Vec<Child>) -> F,
    a_waker_each: impl Fn(Vec<Child>) -> G,
) -> io::Result<()> {
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    println!("nanoseconds a child");
    println!("children  one waker  a waker each");
    for n in [2, 8, 32, 128, 512] {
        let one = nanos(&mut runtime, n, &one_waker);
        let each = nanos(&mut runtime, n, &a_waker_each);
        println!("{n:>8}{one:>11}{each:>14}");
    }
    Ok(())
}
