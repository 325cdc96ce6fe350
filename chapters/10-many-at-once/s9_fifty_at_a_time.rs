//! Ten thousand jobs, fifty at a time: by batches, and in a group.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use mainspring::join::join_all;
use mainspring::runtime::Runtime;
use mainspring::task_group;
use mainspring::time::{Instant, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;

const JOBS: u64 = 10_000;
const WIDTH: usize = 50;

thread_local! {
    static AT_WORK: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
    static DONE: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// A job takes a second; every fiftieth takes ten. What it has found it writes down itself.
async fn job(number: u64) {
    AT_WORK.set(AT_WORK.get() + 1);
    MOST.set(MOST.get().max(AT_WORK.get()));
    sleep(Duration::from_secs(if number.is_multiple_of(50) { 10 } else { 1 })).await;
    AT_WORK.set(AT_WORK.get() - 1);
    DONE.with_borrow_mut(|done| done.push(number));
}

async fn in_batches() {
    let jobs: Vec<u64> = (0..JOBS).collect();
    for batch in jobs.chunks(WIDTH) {
        join_all(batch.iter().map(|number| job(*number))).await;
    }
}

async fn in_a_group() {
    let group = task_group(async |group| {
        for number in 0..JOBS {
            let work = async move {
                job(number).await;
                Ok::<(), ()>(()) // no job fails
            };
            group.spawn_within(WIDTH, work).await;
        }
        Ok(())
    });
    group.await.unwrap();
}

async fn measured(name: &str, work: impl Future<Output = ()>) {
    let start = Instant::now();
    MOST.set(0);
    work.await;
    let done = DONE.take();
    println!(
        "{name}: {} jobs, {} at once, {:?}",
        done.len(),
        MOST.get(),
        start.elapsed()
    );
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    Runtime::builder().virtual_clock().build()?.block_on(async {
        measured("in batches", in_batches()).await;
        measured("in a group", in_a_group()).await;
    });
    Ok(())
}
