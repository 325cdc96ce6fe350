//! Takes the longer of its own pause and the one that was asked for: all who were told the same
//! time come back at the same moment.

use std::time::Duration;

use mainspring::time::sleep;

pub enum Failure<E> {
    Final(E),
    MayPass(E, Option<Duration>),
}

pub async fn retry<T, E>(
    times: u32,
    mut chance: impl FnMut() -> f64,
    mut attempt: impl AsyncFnMut() -> Result<T, Failure<E>>,
) -> Result<T, E> {
    let longest = Duration::from_secs(30);
    let mut pause = Duration::from_millis(200);
    for left in (0..=times).rev() {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(Failure::MayPass(_, asked))
                if left > 0 && asked.unwrap_or_default() <= longest =>
            {
                let jittered = pause.mul_f64(0.5 + chance() / 2.0);
                sleep(jittered.max(asked.unwrap_or_default())).await;
                pause = (pause * 2).min(longest);
            }
            Err(Failure::Final(error) | Failure::MayPass(error, _)) => return Err(error),
        }
    }
    unreachable!("the last attempt returns")
}
