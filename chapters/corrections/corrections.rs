//! The points that the notes got wrong, as they are in Rust where they have a meaning there.
//!
//! `cargo run --example corrections` shows all of them, with names behind `--` those alone.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use mainspring::join::{self, ReturnWhen};
use mainspring::runtime::Runtime;
use mainspring::task::{self, JoinHandle};
use mainspring::{block_on, spawn, spawn_blocking, task_group, time};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[path = "../dictionary/entries.rs"]
mod entries;

const SECOND: Duration = Duration::from_millis(100);

/// Says when it is done.
async fn report(name: &str, delay: Duration) -> Result<(), String> {
    time::sleep(delay).await;
    println!("{name} is done");
    Ok(())
}

async fn fail(text: &str, delay: Duration) -> Result<(), String> {
    time::sleep(delay).await;
    Err(text.to_owned())
}

async fn pause(delay: Duration) -> Result<(), String> {
    time::sleep(delay).await;
    Ok(())
}

/// A task with a name.
fn named<F: Future + 'static>(name: &str, future: F) -> JoinHandle<F::Output> {
    task::Builder::new().name(name).spawn(future)
}

fn names<T>(tasks: &[JoinHandle<T>]) -> String {
    let names: Vec<String> = tasks.iter().map(JoinHandle::name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

async fn they_run_on() {
    let tasks = [spawn(report("Anna", 2 * SECOND)), spawn(fail("no tea", SECOND))];
    if join::try_join_tasks(tasks).await.is_err() {
        println!("try_join_tasks is over");
    }
    time::sleep(2 * SECOND).await;

    let ben = spawn(report("Ben", 2 * SECOND));
    let mut completed = join::as_completed([ben]).timeout(SECOND);
    if let Some(Err(_)) = completed.next().await {
        println!("as_completed is over");
    }
    time::sleep(2 * SECOND).await;
}

async fn failed_is_done() {
    use ReturnWhen::{AllCompleted, FirstCompleted, FirstException};
    for when in [AllCompleted, FirstCompleted, FirstException] {
        let anna = named("Anna", pause(2 * SECOND));
        let tea = named("tea", fail("no tea", SECOND));
        let (done, pending) = join::wait_try([anna, tea], when).await;
        println!("{when:?}: done {}; pending {}", names(&done), names(&pending));
    }
}

async fn what_a_timeout_cancels() {
    let limited = time::timeout(SECOND, async {
        drop(spawn(report("Anna", 2 * SECOND)));
        report("Ben", 2 * SECOND).await
    });
    if limited.await.is_err() {
        println!("too late");
    }
    time::sleep(SECOND).await;
}

async fn exception_is_not_set() {
    let mut anna = spawn(report("Anna", SECOND));
    println!("{:?}", anna.try_result());
    time::sleep(2 * SECOND).await;
    println!("{:?}", anna.try_result());
}

/// Says when it is dropped.
struct Guest(&'static str);

impl Drop for Guest {
    fn drop(&mut self) {
        println!("{} is dropped", self.0);
    }
}

async fn earlier_ones_too() {
    let visit = |name| async move {
        let _guest = Guest(name);
        time::sleep(2 * SECOND).await;
        Ok(())
    };
    let group = task_group(async |group| {
        group.spawn(visit("Anna"));
        group.spawn(fail("no tea", SECOND));
        group.spawn(visit("Ben"));
        Ok(())
    });
    if group.await.is_err() {
        println!("the group is over");
    }
}

async fn a_tie() {
    if time::timeout(2 * SECOND, report("Anna", 2 * SECOND)).await.is_err() {
        println!("too late");
    }
}

fn threads_do_both() {
    fn burn() -> u64 {
        (0..200_000_000).fold(0, |sum, n| black_box(sum ^ n))
    }
    block_on(async {
        let job = spawn_blocking(burn);
        time::sleep(SECOND / 10).await;
        println!(
            "the loop {}",
            if job.is_finished() { "stood still" } else { "went on" }
        );
    });
}

async fn same_order() {
    async fn steps(name: &str, log: Rc<RefCell<Vec<String>>>) {
        for step in 0..2 {
            log.borrow_mut().push(format!("{name}{step}"));
            task::yield_now().await;
        }
    }
    let mut orders = BTreeSet::new();
    for _ in 0..1000 {
        let log = Rc::new(RefCell::new(Vec::new()));
        let tasks = ["a", "b", "c"].map(|name| spawn(steps(name, Rc::clone(&log))));
        join::join_all(tasks).await;
        orders.insert(log.take().join(" "));
    }
    println!("{orders:?}");
}

/// A runtime for one point, whose clock jumps to the next deadline when nothing is ready.
fn call(point: impl Future) {
    Runtime::builder().virtual_clock().build().unwrap().block_on(point);
}

fn main() {
    entries::call(&[
        ("they_run_on", || call(they_run_on())),
        ("failed_is_done", || call(failed_is_done())),
        ("what_a_timeout_cancels", || call(what_a_timeout_cancels())),
        ("exception_is_not_set", || call(exception_is_not_set())),
        ("earlier_ones_too", || call(earlier_ones_too())),
        ("a_tie", || call(a_tie())),
        ("threads_do_both", threads_do_both),
        ("same_order", || call(same_order())),
    ]);
}
