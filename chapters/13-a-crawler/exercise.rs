//! Chapter 13, yours to write: a crawl by workers and a queue, one that spares its hosts, and
//! attempts that are made again.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use mainspring::sync::Queue;
use mainspring::time::sleep;
use mainspring::{join, join_all};

/// Visits the first items, and whatever the visits lead to, each item once and at most `width`
/// at once. It is over when nothing is left, and gives those that failed.
pub async fn crawl<T: Clone + Eq + Hash, E>(
    first: Vec<T>,
    width: usize,
    visit: impl AsyncFn(&T) -> Result<Vec<T>, E>,
) -> Vec<(T, E)> {
    let _ = width;
    let (mut seen, mut to_do) = (HashSet::new(), VecDeque::new());
    let mut add = |items: Vec<T>, to_do: &mut VecDeque<T>| {
        to_do.extend(items.into_iter().filter(|one| seen.insert(one.clone())));
    };
    add(first, &mut to_do);
    let mut failed = Vec::new();
    while let Some(item) = to_do.pop_front() {
        match visit(&item).await {
            Ok(found) => add(found, &mut to_do),
            Err(error) => failed.push((item, error)),
        }
    }
    failed // yours to write: it visits one after the other
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
#[allow(dead_code)] // until you use it
struct Host<T> {
    taken: usize,
    line: VecDeque<T>,
}

/// The same, and at most `per_host` items of one host at once; nobody else waits for that.
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
    /// Adds an item, unless it was seen before.
    fn add(&self, item: T) {
        if self.seen.borrow_mut().insert(item.clone()) {
            self.put(item); // yours to write: first it needs a place at its host
        }
    }

    /// An item was visited: the place that it had at its host is free.
    fn pass_on(&self, item: &T) {
        let _ = (&self.hosts, self.per_host, (self.host_of)(item)); // yours to write
    }

    /// Puts an item into the queue. Whoever is put has a place at its host.
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

/// What has failed, and whether it is worth another attempt.
pub enum Failure<E> {
    Final(E),
    /// It may pass; perhaps somebody has said when.
    MayPass(E, Option<Duration>),
}

/// The pause after the first attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Whoever asks to be left alone for longer is not asked again; and no pause of ours is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Attempts something, and if that fails so many times more. `chance` draws a number between 0
/// and 1 for each pause: half of the pause is certain, the other half is multiplied by that.
pub async fn retry<T, E>(
    times: u32,
    mut chance: impl FnMut() -> f64,
    mut attempt: impl AsyncFnMut() -> Result<T, Failure<E>>,
) -> Result<T, E> {
    let _ = (times, FIRST_PAUSE, LONGEST_PAUSE, &mut chance, sleep); // for you to use
    match attempt().await {
        Ok(value) => Ok(value),
        Err(Failure::Final(error)) => Err(error),
        Err(Failure::MayPass(error, _asked)) => Err(error), // yours to write: it may pass
    }
}
