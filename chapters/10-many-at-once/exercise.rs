//! Chapter 10, yours to write: attempts of which the first to succeed is enough.
//!
//! `cargo test --test exercises many -- --ignored` says what is missing.

use std::time::Duration;

/// Begins with the first attempt. When one has failed, or `delay` has passed since the last
/// began, it begins the next. The first to succeed ends it: the others are dropped before this
/// returns. If all fail it gives their errors, in the order of time. Whoever drops it early
/// leaves no attempt at work.
pub async fn staggered<T: 'static, E: 'static>(
    delay: Duration,
    attempts: Vec<impl Future<Output = Result<T, E>> + 'static>,
) -> Result<T, Vec<E>> {
    let _ = delay;
    let mut errors = Vec::new();
    for attempt in attempts {
        match attempt.await {
            Ok(value) => return Ok(value),
            Err(error) => errors.push(error),
        }
    }
    Err(errors) // yours to write: it asks one after the other
}
