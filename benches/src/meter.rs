//! What is measured by: processor time, the clock, resident memory.

use std::time::Duration;

/// The processor time that this process has used, user and system, all threads: what
/// `getrusage` sums up, in nanoseconds.
pub fn cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one `timespec`, which is there.
    let result =
        unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(result, 0, "every Linux has this clock");
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs().try_into().unwrap_or(0),
    )
}

/// Nanoseconds of processor time for each of `count` operations since `start`.
pub fn cpu_each(start: Duration, count: usize) -> f64 {
    (cpu() - start).as_nanos() as f64 / count as f64
}

/// Bytes of this process that lie in memory.
pub fn resident() -> Result<f64, String> {
    let text = std::fs::read_to_string("/proc/self/statm")
        .map_err(|error| format!("/proc/self/statm: {error}"))?;
    let pages: f64 = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .ok_or("/proc/self/statm has no second number")?;
    // SAFETY: takes no memory.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    Ok(pages * page as f64)
}

/// Ends this process by `SIGALRM` after so many seconds.
pub fn give_up_after(seconds: u32) {
    // SAFETY: takes no memory.
    unsafe { libc::alarm(seconds) };
}

/// The middle of some numbers; not a number if there are none.
pub fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}

/// The number below which a share of all lies.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    if values.is_empty() {
        return f64::NAN;
    }
    let place = share * (values.len() - 1) as f64;
    let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

/// Numbers that look random and are the same for every peer: SplitMix64.
pub fn scatter(seed: u64) -> u64 {
    let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A time between two numbers of milliseconds, to the nanosecond.
pub fn scattered(number: u64, from: u64, to: u64) -> Duration {
    let range = (to - from) * 1_000_000;
    Duration::from_nanos(from * 1_000_000 + scatter(number) % range)
}
