//! Takes it for granted that no attempt has won while the body runs. But when nobody has polled
//! the race for a while, its body is polled once more after that.

use std::time::Duration;

use mainspring::join::{TaskError, as_completed};
use mainspring::task_group;
use mainspring::time::timeout;

use crate::suite::staggered::Attempt;

pub async fn staggered(delay: Duration, attempts: Vec<Attempt>) -> Result<u64, Vec<u64>> {
    let group = task_group(async |group| {
        let mut running = as_completed([]);
        let mut errors = Vec::new();
        for attempt in attempts {
            running.push(group.spawn(async {
                match attempt.await {
                    Ok(value) => Err(value),
                    Err(error) => Ok(error),
                }
            }));
            if let Ok(Some(Ok((_, end)))) = timeout(delay, running.next()).await {
                errors.push(end.unwrap());
            }
        }
        while let Some(Ok((_, end))) = running.next().await {
            errors.push(end.unwrap());
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
