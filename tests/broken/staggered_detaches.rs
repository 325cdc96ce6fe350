//! Spawns its attempts, and lets go of the losers: they run on.

use std::time::Duration;

use mainspring::join::as_completed;
use mainspring::spawn;
use mainspring::time::timeout;

use crate::suite::staggered::Attempt;

pub async fn staggered(delay: Duration, attempts: Vec<Attempt>) -> Result<u64, Vec<u64>> {
    let mut running = as_completed([]);
    let mut errors = Vec::new();
    for attempt in attempts {
        running.push(spawn(attempt));
        match timeout(delay, running.next()).await {
            Ok(Some(Ok((_, Ok(Ok(value)))))) => return Ok(value),
            Ok(Some(Ok((_, Ok(Err(error)))))) => errors.push(error),
            _ => {}
        }
    }
    while let Some(Ok((_, Ok(result)))) = running.next().await {
        match result {
            Ok(value) => return Ok(value),
            Err(error) => errors.push(error),
        }
    }
    Err(errors)
}
