//! Tries again what may pass, later and later, and not all at the same moment.

use std::time::Duration;

use mainspring::time::sleep;

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
    let mut pause = FIRST_PAUSE;
    for left in (0..=times).rev() {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(Failure::MayPass(_, asked))
                if left > 0 && asked.unwrap_or_default() <= LONGEST_PAUSE =>
            {
                // Between half of it and all of it: a hundred who failed at the same moment,
                // or were told the same time, do not come back at the same moment.
                let jittered = pause.mul_f64(0.5 + chance() / 2.0);
                sleep(asked.unwrap_or_default() + jittered).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(Failure::Final(error) | Failure::MayPass(error, _)) => return Err(error),
        }
    }
    unreachable!("the last attempt returns")
}
