//! Chapter 13: one way to solve `exercise.rs` and `repair.rs`. What `retry` can become is
//! `retry.rs`.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

use mainspring::sync::Queue;
use mainspring::{join, join_all};

/// Visits the first items, and whatever the visits lead to, each item once and at most `width`
/// at once. It is over when nothing is left, and gives those that failed.
pub async fn crawl<T: Clone + Eq + Hash, E>(
    first: Vec<T>,
    width: usize,
    visit: impl AsyncFn(&T) -> Result<Vec<T>, E>,
) -> Vec<(T, E)> {
    let (seen, failed) = (RefCell::new(HashSet::new()), RefCell::new(Vec::new()));
    let to_do = Queue::unbounded();
    let add = |item: T| {
        if seen.borrow_mut().insert(item.clone()) {
            assert!(to_do.try_put(item).is_ok());
        }
    };
    first.into_iter().for_each(add);
    let work = async || {
        while let Some(item) = to_do.get().await {
            match visit(&item).await {
                Ok(found) => found.into_iter().for_each(add),
                Err(error) => failed.borrow_mut().push((item, error)),
            }
            to_do.task_done();
        }
    };
    let end = async {
        to_do.join().await;
        to_do.close();
    };
    join((join_all((0..width).map(|_| work())), end)).await;
    failed.into_inner()
}

struct Crawl<T, H, F, E> {
    per_host: usize,
    host_of: F,
    seen: RefCell<HashSet<T>>,
    /// The hosts that have somebody in a place.
    hosts: RefCell<HashMap<H, Host<T>>>,
    /// The items that have a place at their host.
    ready: Queue<T>,
    failed: RefCell<Vec<(T, E)>>,
}

/// How many places of a host are taken, and who waits for one.
struct Host<T> {
    taken: usize,
    line: VecDeque<T>,
}

/// The second crawl of `exercise.rs`, and that of `repair.rs`: a place is passed on, on every
/// way out.
pub async fn polite<T: Clone + Eq + Hash, H: Eq + Hash, E>(
    first: Vec<T>,
    width: usize,
    per_host: usize,
    host_of: impl Fn(&T) -> H,
    visit: impl AsyncFn(&T) -> Result<Vec<T>, E>,
) -> Vec<(T, E)> {
    let crawl = Crawl {
        per_host,
        host_of,
        seen: RefCell::default(),
        hosts: HashMap::new().into(),
        ready: Queue::unbounded(),
        failed: RefCell::default(),
    };
    first.into_iter().for_each(|item| crawl.add(item));
    let workers = join_all((0..width).map(|_| crawl.work(&visit)));
    let end = async {
        crawl.ready.join().await;
        crawl.ready.close();
    };
    join((workers, end)).await;
    crawl.failed.into_inner()
}

impl<T: Clone + Eq + Hash, H: Eq + Hash, F: Fn(&T) -> H, E> Crawl<T, H, F, E> {
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
        assert!(self.ready.try_put(item).is_ok(), "it has no bound, and is open");
    }

    async fn work(&self, visit: &impl AsyncFn(&T) -> Result<Vec<T>, E>) {
        while let Some(item) = self.ready.get().await {
            match visit(&item).await {
                Ok(found) => found.into_iter().for_each(|one| self.add(one)),
                Err(error) => self.failed.borrow_mut().push((item.clone(), error)),
            }
            self.pass_on(&item);
            self.ready.task_done();
        }
    }
}
