//! Chapter 13, yours to write: a crawl by workers and a queue.

// You will need them:
#[allow(unused_imports)]
use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

/// Visits the first items, and whatever the visits lead to, each item once and at most `width`
/// at once. It is over when nothing is left, and gives those that failed.
pub async fn crawl<T: Clone + Eq + Hash, E>(
    first: Vec<T>,
    width: usize,
    visit: impl AsyncFn(&T) -> Result<Vec<T>, E>,
) -> Vec<(T, E)> {
    let _ = width;
    let mut seen: HashSet<T> = first.iter().cloned().collect();
    let mut to_do = VecDeque::from(first);
    let mut failed = Vec::new();
    while let Some(item) = to_do.pop_front() {
        match visit(&item).await {
            Ok(found) => {
                to_do.extend(found.into_iter().filter(|one| seen.insert(one.clone())))
            }
            Err(error) => failed.push((item, error)),
        }
    }
    failed // yours to write: it visits one after the other
}
