//! Chapter 13, yours to repair: a crawl that spares its hosts.
//!
//! `cargo test --test exercises crawl::repaired -- --ignored` tests this file. The broken machine of
//! the same name in `tests/broken` is a copy, and stays broken.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

use mainspring::sync::Queue;
use mainspring::{join, join_all};

struct Crawl<T, H, F, E> {
    per_host: usize,
    host_of: F,
    seen: RefCell<HashSet<T>>,
    /// How many places of a host are taken, and who waits for one.
    hosts: RefCell<HashMap<H, (usize, VecDeque<T>)>>,
    /// The items that have a place at their host.
    ready: Queue<T>,
    failed: RefCell<Vec<(T, E)>>,
}

pub async fn crawl<T: Clone + Eq + Hash, H: Eq + Hash, E>(
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
        let (taken, line) = hosts.entry((self.host_of)(&item)).or_default();
        if *taken == self.per_host {
            line.push_back(item);
        } else {
            *taken += 1;
            assert!(self.ready.try_put(item).is_ok());
        }
    }

    /// Gives the place that an item had at its host to the next in line.
    fn pass_on(&self, item: &T) {
        let mut hosts = self.hosts.borrow_mut();
        let host = hosts.get_mut(&(self.host_of)(item));
        let (taken, line) = host.expect("it had a place there");
        match line.pop_front() {
            Some(next) => assert!(self.ready.try_put(next).is_ok()),
            None => *taken -= 1,
        }
    }

    async fn work(&self, visit: &impl AsyncFn(&T) -> Result<Vec<T>, E>) {
        while let Some(item) = self.ready.get().await {
            match visit(&item).await {
                Ok(found) => {
                    self.pass_on(&item);
                    found.into_iter().for_each(|one| self.add(one));
                }
                Err(error) => self.failed.borrow_mut().push((item, error)),
            }
            self.ready.task_done();
        }
    }
}
