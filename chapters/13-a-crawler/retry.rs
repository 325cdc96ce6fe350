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

/// Whoever asks to be left alone for longer is not asked again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Attempts something, and if that fails so many times more.
pub async fn retry<T, E>(
    times: u32,
    mut attempt: impl AsyncFnMut() -> Result<T, Failure<E>>,
) -> Result<T, E> {
    let mut pause = FIRST_PAUSE;
    for left in (0..=times).rev() {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(Failure::MayPass(_, asked))
                if left > 0 && asked.unwrap_or_default() <= LONGEST_PAUSE =>
            {
                // Between half of it and all of it: a hundred who failed at the same moment
                // do not come back at the same moment.
                let jittered = pause.mul_f64(0.5 + fastrand::f64() / 2.0);
                sleep(jittered.max(asked.unwrap_or_default())).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(Failure::Final(error) | Failure::MayPass(error, _)) => return Err(error),
        }
    }
    unreachable!("the last attempt returns")
}

#[cfg(test)]
mod tests {
    use mainspring::runtime::Runtime;
    use mainspring::time::Instant;

    use super::*;

    /// How long it takes, by the virtual clock, and how often it is attempted.
    fn play(
        times: u32,
        asked: Option<Duration>,
        ends_after: u32,
    ) -> (Duration, u32, bool) {
        let mut runtime = Runtime::builder().virtual_clock().build().unwrap();
        runtime.block_on(async {
            let (start, mut attempts) = (Instant::now(), 0);
            let result = retry(times, async || {
                attempts += 1;
                if attempts > ends_after {
                    Ok(())
                } else {
                    Err(Failure::MayPass((), asked))
                }
            });
            let is_well = result.await.is_ok();
            (start.elapsed(), attempts, is_well)
        })
    }

    #[test]
    fn pauses_grow_and_what_is_asked_for_counts() {
        let millis = Duration::from_millis;
        for _ in 0..100 {
            let (time, attempts, is_well) = play(3, None, 9);
            assert!((millis(700)..=millis(1_400)).contains(&time), "{time:?}");
            assert_eq!((attempts, is_well), (4, false));
        }
        assert_eq!(play(3, None, 0), (Duration::ZERO, 1, true));
        let (time, attempts, is_well) = play(3, Some(Duration::from_secs(2)), 1);
        assert_eq!((time, attempts, is_well), (Duration::from_secs(2), 2, true));
        assert_eq!(play(3, Some(Duration::from_secs(99)), 1), (Duration::ZERO, 1, false));
        assert_eq!(play(0, None, 1), (Duration::ZERO, 1, false));
    }
}
