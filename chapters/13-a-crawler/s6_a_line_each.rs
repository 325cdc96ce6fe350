//! A hundred pages of a slow host, and one of another: who waits for whom?

use std::cell::Cell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use mainspring::group::TaskGroup;
use mainspring::runtime::Runtime;
use mainspring::sync::{CancelToken, Semaphore};
use mainspring::time::{Instant, sleep};
use mainspring::{join, task_group};

use crawl::{Limits, crawl};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod crawl;

/// A host, and which of its pages.
type Page = (&'static str, u32);

const FIRST: Page = ("slow", 0);
const LIMITS: Limits = Limits { width: 10, per_host: 2 };
const A_WHILE: Duration = Duration::from_millis(50);

/// When somebody has seen enough, with `--stop`.
const ENOUGH: Duration = Duration::from_millis(980);

/// The first page leads to a hundred of its own host, and then to one of another.
async fn visit(page: Page, start: Instant) -> Result<Vec<Page>, Infallible> {
    if page.0 == "other" {
        println!("  the other host is visited after {:.2} s", seconds_since(start));
    }
    sleep(A_WHILE).await;
    let of_first = (1..=100).map(|number| ("slow", number)).chain([("other", 0)]);
    Ok(if page == FIRST { of_first.collect() } else { Vec::new() })
}

fn seconds_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}

fn semaphores() -> HashMap<&'static str, Semaphore> {
    let new = || Semaphore::new(LIMITS.per_host);
    HashMap::from([("slow", new()), ("other", new())])
}

/// A worker waits at the host, with the page in its hands.
async fn with_semaphores(start: Instant) {
    let hosts = semaphores();
    let visit = async |page: &Page| {
        let _permit = hosts[page.0].acquire().await;
        visit(*page, start).await
    };
    let limits = Limits { per_host: usize::MAX, ..LIMITS };
    crawl([FIRST], limits, |page| page.0, &CancelToken::new(), visit).await;
}

struct Crowd {
    hosts: HashMap<&'static str, Semaphore>,
    start: Instant,
    /// How many tasks there were at once, at most.
    most: Cell<usize>,
}

/// Gives a page a task, which waits at the host.
fn begin(crowd: &Rc<Crowd>, group: &TaskGroup<Infallible>, page: Page) {
    let (own, inner) = (Rc::clone(crowd), group.clone());
    drop(group.spawn(async move {
        let permit = own.hosts[page.0].acquire().await;
        let found = visit(page, own.start).await?;
        drop(permit);
        found.into_iter().for_each(|page| begin(&own, &inner, page));
        Ok(())
    }));
    crowd.most.set(crowd.most.get().max(group.len()));
}

/// A task for each page, and no worker.
async fn with_tasks(start: Instant) {
    let crowd = Rc::new(Crowd { hosts: semaphores(), start, most: Cell::new(0) });
    let crawl = task_group(async |group| {
        begin(&crowd, &group, FIRST);
        Ok(())
    });
    assert!(crawl.await.is_ok());
    println!("  there are {} tasks at once", crowd.most.get());
}

/// A page waits at the host, and no worker with it.
async fn with_lines(start: Instant) {
    let visit = async |page: &Page| visit(*page, start).await;
    let report = crawl([FIRST], LIMITS, |page| page.0, &CancelToken::new(), visit).await;
    assert!(report.failed.is_empty() && report.left.is_empty());
}

/// The same, and somebody stops it.
async fn with_lines_until_stopped(start: Instant) {
    let (stop, visited) = (CancelToken::new(), Cell::new(0));
    let visit = async |page: &Page| {
        let found = visit(*page, start).await;
        visited.set(visited.get() + 1);
        found
    };
    let crawl = crawl([FIRST], LIMITS, |page| page.0, &stop, visit);
    let stopped = async {
        sleep(ENOUGH).await;
        println!("  {} pages are visited when it is stopped", visited.get());
        stop.cancel();
    };
    let (report, ()) = join((crawl, stopped)).await;
    println!("  {} pages are visited, and {} are left", visited.get(), report.left.len());
}

fn main() -> io::Result<()> {
    let stops = !cli::options(&["--stop"]).is_empty();
    // The virtual clock: all pauses are exact, and nobody waits for them.
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    runtime.block_on(async {
        if stops {
            println!("a line for each host, and a stop:");
            let start = Instant::now();
            with_lines_until_stopped(start).await;
            println!("  all is over after {:.2} s", seconds_since(start));
            return;
        }
        println!("a semaphore for each host:");
        let start = Instant::now();
        with_semaphores(start).await;
        println!("  all is over after {:.2} s", seconds_since(start));
        println!("a line for each host:");
        let start = Instant::now();
        with_lines(start).await;
        println!("  all is over after {:.2} s", seconds_since(start));
        println!("a task for each page, a semaphore for each host:");
        let start = Instant::now();
        with_tasks(start).await;
        println!("  all is over after {:.2} s", seconds_since(start));
    });
    Ok(())
}
