//! Work that keeps a core busy.

use std::hint::black_box;
use std::time::Duration;

/// Calculates until it has had so much time of a core: not sooner if others are on that
/// core meanwhile, because their time does not count.
pub fn burn(time: Duration) {
    let end = core_time() + time;
    let mut number = 1_u64;
    while core_time() < end {
        for round in 0..1_000 {
            number = black_box(number.rotate_left(5) ^ round);
        }
    }
}

/// How much time of a core this thread has had.
fn core_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a timespec that the kernel may write; the clock is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}
