//! The heart of a crawler: what is visited, how many at once, and when it is over.
//!
//! Nothing in here knows what is visited. Each item belongs to a host, of which some at a time may be
//! visited, and so many in all. An item whose host has no room waits in the line of that host,
//! and not in the hands of a worker, who could do something else in that time.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

use mainspring::join::{Either, select};
use mainspring::sync::{CancelToken, Queue};
use mainspring::{join, join_all};

/// How many items are visited at once, at most: one each, if it says none.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub width: usize,
    pub per_host: usize,
}

/// What came of a crawl.
#[derive(Debug)]
pub struct Report<T, E> {
    /// What could not be visited, and why.
    pub failed: Vec<(T, E)>,
    /// What was known and not visited, because the crawl was stopped.
    pub left: Vec<T>,
}

/// Visits the first items, and whatever the visits lead to, each item once. It is over when
/// nothing is left to visit.
///
/// When `stop` is cancelled no visit begins, and those that are under way are dropped.
pub async fn crawl<T: Clone + Eq + Hash, H: Eq + Hash, E>(
    first: impl IntoIterator<Item = T>,
    limits: Limits,
    host_of: impl Fn(&T) -> H,
    stop: &CancelToken,
    visit: impl AsyncFn(&T) -> Result<Vec<T>, E>,
) -> Report<T, E> {
    let crawl = Crawl {
        per_host: limits.per_host.max(1),
        host_of,
        seen: RefCell::default(),
        hosts: RefCell::default(),
        ready: Queue::unbounded(),
        report: Report { failed: Vec::new(), left: Vec::new() }.into(),
    };
    first.into_iter().for_each(|item| crawl.add(item));
    let workers = (0..limits.width.max(1)).map(|_| crawl.work(stop, &visit));
    let end = async {
        crawl.ready.join().await;
        crawl.ready.close();
    };
    join((join_all(workers), end)).await;
    crawl.report.into_inner()
}

struct Crawl<T, H, F, E> {
    per_host: usize,
    host_of: F,
    /// What was added at any time.
    seen: RefCell<HashSet<T>>,
    /// The hosts that have somebody in a place.
    hosts: RefCell<HashMap<H, Host<T>>>,
    /// The items that have a place at their host.
    ready: Queue<T>,
    report: RefCell<Report<T, E>>,
}

/// Invariant: somebody waits only while all places are taken, so that whoever leaves a place
/// finds them.
struct Host<T> {
    taken: usize,
    line: VecDeque<T>,
}

impl<T: Clone + Eq + Hash, H: Eq + Hash, F: Fn(&T) -> H, E> Crawl<T, H, F, E> {
    /// Adds an item, unless it was seen before: to the queue if its host has a place for it,
    /// else to the line of that host.
    fn add(&self, item: T) {
        if !self.seen.borrow_mut().insert(item.clone()) {
            return;
        }
        let mut hosts = self.hosts.borrow_mut();
        let nobody = || Host { taken: 0, line: VecDeque::new() };
        let host = hosts.entry((self.host_of)(&item)).or_insert_with(nobody);
        if host.taken == self.per_host {
            host.line.push_back(item);
        } else {
            host.taken += 1;
            self.put(item);
        }
    }

    /// Gives the place that an item had at its host to the next in line.
    fn pass_on(&self, item: &T) {
        let mut hosts = self.hosts.borrow_mut();
        let name = (self.host_of)(item);
        let host = hosts.get_mut(&name).expect("it has somebody in a place");
        match host.line.pop_front() {
            Some(next) => self.put(next),
            None if host.taken == 1 => drop(hosts.remove(&name)),
            None => host.taken -= 1,
        }
    }

    fn put(&self, item: T) {
        assert!(
            self.ready.try_put(item).is_ok(),
            "it has no bound, and is open until the end"
        );
    }

    /// Visits what is ready, until the queue is closed.
    async fn work(
        &self,
        stop: &CancelToken,
        visit: &impl AsyncFn(&T) -> Result<Vec<T>, E>,
    ) {
        while let Some(item) = self.ready.get().await {
            match select(stop.cancelled(), visit(&item)).await {
                Either::Right(Ok(found)) => {
                    found.into_iter().for_each(|one| self.add(one))
                }
                Either::Right(Err(error)) => {
                    self.report.borrow_mut().failed.push((item.clone(), error));
                }
                // From now on every item takes this way: the queue empties itself.
                Either::Left(()) => self.report.borrow_mut().left.push(item.clone()),
            }
            self.pass_on(&item);
            // Last of all it counts as done: before that, whatever it has found or let in is in
            // the queue, or `join` would take a moment in which nothing is known for the end.
            self.ready.task_done();
        }
    }
}
