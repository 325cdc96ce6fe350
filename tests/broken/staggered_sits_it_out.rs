//! Sits the delay out when an attempt has failed before it is over.

use std::time::Duration;

use mainspring::join::TaskError;
use mainspring::task_group;
use mainspring::time::sleep;

use crate::suite::staggered::Attempt;

pub async fn staggered(delay: Duration, attempts: Vec<Attempt>) -> Result<u64, Vec<u64>> {
    let group = task_group(async |group| {
        let mut running = Vec::new();
        for attempt in attempts {
            running.push(group.spawn(async {
                match attempt.await {
                    Ok(value) => Err(value),
                    Err(error) => Ok(error),
                }
            }));
            sleep(delay).await;
        }
        let mut errors = Vec::new();
        for attempt in running {
            errors.extend(attempt.await);
        }
        Ok(errors)
    });
    match group.await {
        Ok(errors) => Err(errors),
        Err(mut won) => match won.errors.swap_remove(0) {
            TaskError::Failed(value) => Ok(value),
            TaskError::Join(panic) => panic!("{panic}"),
        },
    }
}
