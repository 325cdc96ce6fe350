//! A semaphore for each host: a worker waits for its permit with the page in its hands, while
//! pages of other hosts wait for a worker.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use mainspring::join::{Either, select};
use mainspring::sync::{CancelToken, Queue, Semaphore};
use mainspring::{join, join_all};

use super::crawl::{Limits, Report};

pub async fn crawl(
    first: Vec<usize>,
    limits: Limits,
    host_of: impl Fn(&usize) -> usize,
    stop: &CancelToken,
    visit: impl AsyncFn(&usize) -> Result<Vec<usize>, usize>,
) -> Report {
    let (seen, to_do) = (RefCell::new(HashSet::new()), Queue::unbounded());
    let hosts = RefCell::new(HashMap::new());
    let report = RefCell::new(Report::default());
    let add = |item| {
        if seen.borrow_mut().insert(item) {
            to_do.try_put(item).unwrap();
        }
    };
    first.into_iter().for_each(add);
    let permits = limits.per_host.min(1_000);
    let host = |item: &usize| {
        let mut hosts = hosts.borrow_mut();
        let host = hosts.entry(host_of(item));
        Rc::clone(host.or_insert_with(|| Rc::new(Semaphore::new(permits))))
    };
    let work = async || {
        while let Some(item) = to_do.get().await {
            let visit = async {
                let _permit = host(&item).acquire_owned().await;
                visit(&item).await
            };
            match select(stop.cancelled(), visit).await {
                Either::Right(Ok(found)) => found.into_iter().for_each(add),
                Either::Right(Err(error)) => {
                    report.borrow_mut().failed.push((item, error))
                }
                Either::Left(()) => report.borrow_mut().left.push(item),
            }
            to_do.task_done();
        }
    };
    let end = async {
        to_do.join().await;
        to_do.close();
    };
    join((join_all((0..limits.width).map(|_| work())), end)).await;
    report.into_inner()
}
