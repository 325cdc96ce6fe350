//! Aborts its losers, and does not wait for that: each is dropped at its next turn, when the
//! race is over.

use std::time::Duration;

use mainspring::join::{AsCompleted, as_completed};
use mainspring::spawn;
use mainspring::task::AbortHandle;
use mainspring::time::timeout;

use crate::suite::staggered::Attempt;

struct Race {
    running: AsCompleted<Result<u64, u64>>,
    aborts: Vec<AbortHandle>,
}

impl Race {
    fn begin(&mut self, attempt: Attempt) {
        let task = spawn(attempt);
        self.aborts.push(task.abort_handle());
        self.running.push(task);
    }
}

impl Drop for Race {
    fn drop(&mut self) {
        for attempt in &self.aborts {
            attempt.abort();
        }
    }
}

pub async fn staggered(delay: Duration, attempts: Vec<Attempt>) -> Result<u64, Vec<u64>> {
    let mut race = Race { running: as_completed([]), aborts: vec![] };
    let mut errors = Vec::new();
    for attempt in attempts {
        race.begin(attempt);
        match timeout(delay, race.running.next()).await {
            Ok(Some(Ok((_, Ok(Ok(value)))))) => return Ok(value),
            Ok(Some(Ok((_, Ok(Err(error)))))) => errors.push(error),
            _ => {}
        }
    }
    while let Some(Ok((_, Ok(result)))) = race.running.next().await {
        match result {
            Ok(value) => return Ok(value),
            Err(error) => errors.push(error),
        }
    }
    Err(errors)
}
