//! A crawl of which each decision can be another.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::marker::PhantomData;

use mainspring::join::{Either, select};
use mainspring::sync::{CancelToken, Queue};
use mainspring::{join, join_all};

/// The right ones.
pub trait Decisions {
    /// An item is seen when it is added, not when it is visited.
    const SEEN_WHEN_ADDED: bool = true;
    /// What a visit has led to is added before it is done.
    const LINKS_FIRST: bool = true;
    /// A visit that has failed is done.
    const FAILURES_ARE_DONE: bool = true;
    /// A place that is passed on stays taken.
    const PASSED_ON_IS_TAKEN: bool = true;
    /// A place that nobody waits for is free again.
    const PLACES_COME_BACK: bool = true;
    /// A visit that is under way is dropped when the crawl is stopped.
    const STOPS_VISITS: bool = true;
    /// Who is dropped is among those that are left.
    const NOTES_THE_DROPPED: bool = true;
    /// Those in line at a host are left, too.
    const EMPTIES_THE_LINES: bool = true;
}

pub struct Sound;

impl Decisions for Sound {}

pub struct Limits {
    pub width: usize,
    pub per_host: usize,
}

#[derive(Default)]
pub struct Report {
    pub failed: Vec<(usize, usize)>,
    pub left: Vec<usize>,
}

struct Crawl<'a, D, F> {
    per_host: usize,
    host_of: F,
    stop: &'a CancelToken,
    seen: RefCell<HashSet<usize>>,
    hosts: RefCell<HashMap<usize, (usize, VecDeque<usize>)>>,
    ready: Queue<usize>,
    report: RefCell<Report>,
    decisions: PhantomData<D>,
}

pub async fn crawl<D: Decisions>(
    first: Vec<usize>,
    limits: Limits,
    host_of: impl Fn(&usize) -> usize,
    stop: &CancelToken,
    visit: impl AsyncFn(&usize) -> Result<Vec<usize>, usize>,
) -> Report {
    let crawl = Crawl::<D, _> {
        per_host: limits.per_host,
        host_of,
        stop,
        seen: RefCell::default(),
        hosts: RefCell::default(),
        ready: Queue::unbounded(),
        report: RefCell::default(),
        decisions: PhantomData,
    };
    first.into_iter().for_each(|item| crawl.add(item));
    let workers = (0..limits.width).map(|_| crawl.work(&visit));
    let end = async {
        crawl.ready.join().await;
        crawl.ready.close();
    };
    join((join_all(workers), end)).await;
    crawl.report.into_inner()
}

impl<D: Decisions, F: Fn(&usize) -> usize> Crawl<'_, D, F> {
    fn add(&self, item: usize) {
        let is_seen = self.seen.borrow().contains(&item);
        if is_seen {
            return;
        }
        if D::SEEN_WHEN_ADDED {
            self.seen.borrow_mut().insert(item);
        }
        let mut hosts = self.hosts.borrow_mut();
        let (taken, line) = hosts.entry((self.host_of)(&item)).or_default();
        if *taken == self.per_host {
            line.push_back(item);
        } else {
            *taken += 1;
            // The machine whose `join` comes too early has a closed queue.
            let _ = self.ready.try_put(item);
        }
    }

    fn pass_on(&self, item: usize) {
        let mut hosts = self.hosts.borrow_mut();
        let (taken, line) = hosts.get_mut(&(self.host_of)(&item)).unwrap();
        match line.pop_front() {
            Some(_) if self.stop.is_cancelled() && !D::EMPTIES_THE_LINES => {}
            Some(next) => {
                if !D::PASSED_ON_IS_TAKEN {
                    *taken = taken.saturating_sub(1);
                }
                let _ = self.ready.try_put(next);
            }
            None if D::PLACES_COME_BACK => *taken = taken.saturating_sub(1),
            None => {}
        }
    }

    /// Visits an item, unless the crawl is stopped.
    async fn visited(
        &self,
        item: usize,
        visit: &impl AsyncFn(&usize) -> Result<Vec<usize>, usize>,
    ) -> Option<Result<Vec<usize>, usize>> {
        if !D::STOPS_VISITS {
            return if self.stop.is_cancelled() {
                None
            } else {
                Some(visit(&item).await)
            };
        }
        match select(self.stop.cancelled(), visit(&item)).await {
            Either::Left(()) => None,
            Either::Right(result) => Some(result),
        }
    }

    async fn work(&self, visit: &impl AsyncFn(&usize) -> Result<Vec<usize>, usize>) {
        while let Some(item) = self.ready.get().await {
            self.seen.borrow_mut().insert(item);
            let result = self.visited(item, visit).await;
            if !D::LINKS_FIRST {
                self.ready.task_done();
                mainspring::task::yield_now().await;
            }
            let has_failed = matches!(result, Some(Err(_)));
            match result {
                Some(Ok(found)) => found.into_iter().for_each(|one| self.add(one)),
                Some(Err(error)) => self.report.borrow_mut().failed.push((item, error)),
                None if D::NOTES_THE_DROPPED => self.report.borrow_mut().left.push(item),
                None => {}
            }
            self.pass_on(item);
            if D::LINKS_FIRST && (!has_failed || D::FAILURES_ARE_DONE) {
                self.ready.task_done();
            }
        }
    }
}
