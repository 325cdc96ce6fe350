//! What is measured by: processor time, the clock, resident memory.

use std::io;
use std::mem;
use std::time::Duration;

/// The processor time that this process has used, user and system, all threads: what
/// `getrusage` sums up, in nanoseconds.
pub fn cpu() -> Duration {
    read_clock(libc::CLOCK_PROCESS_CPUTIME_ID).expect("every Linux has this clock")
}

/// The processor time that another process has used.
pub fn cpu_of(process: u32) -> io::Result<Duration> {
    let mut clock = 0;
    // SAFETY: the C library writes the number of a clock, for which there is room.
    match unsafe { libc::clock_getcpuclockid(process as libc::pid_t, &raw mut clock) } {
        0 => read_clock(clock),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

fn read_clock(clock: libc::clockid_t) -> io::Result<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one `timespec`, which is there.
    checked(unsafe { libc::clock_gettime(clock, &raw mut time) })?;
    Ok(Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}

/// The error of a system call, if it has failed.
pub fn checked(result: libc::c_int) -> io::Result<()> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Keeps this process, and those that it starts, on the processor on which it runs, and has
/// none of them interrupt another that is not done yet.
pub fn share_one_processor() -> io::Result<()> {
    // SAFETY: takes no memory.
    let here = unsafe { libc::sched_getcpu() };
    // SAFETY: a set of processors is bits, all of which may be 0.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    // SAFETY: changes one bit of the set; a number that is too great changes none.
    unsafe { libc::CPU_SET(here as usize, &mut set) };
    // SAFETY: the kernel reads one set, which is there.
    checked(unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) })?;
    let priority = libc::sched_param { sched_priority: 0 };
    // SAFETY: the kernel reads one `sched_param`, which is there.
    checked(unsafe {
        libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const priority)
    })
}

/// Nanoseconds of processor time for each of `count` operations since `start`.
pub fn cpu_each(start: Duration, count: usize) -> f64 {
    (cpu() - start).as_nanos() as f64 / count as f64
}

/// Nanoseconds of processor time for each of `count` calls, after those that warm it up.
pub async fn cpu_of_each(count: usize, operation: impl AsyncFn()) -> f64 {
    for _ in 0..count / 10 {
        operation().await;
    }
    let start = cpu();
    for _ in 0..count {
        operation().await;
    }
    cpu_each(start, count)
}

/// Lets this process, and those that it starts, open so many descriptors.
pub fn allow_descriptors(count: usize) -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel writes one `rlimit`, which is there.
    checked(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) })?;
    let count = count as libc::rlim_t;
    if count > limit.rlim_max {
        let text = format!("needs {count} descriptors, and has {}", limit.rlim_max);
        return Err(io::Error::other(text));
    }
    limit.rlim_cur = limit.rlim_cur.max(count);
    // SAFETY: the kernel reads one `rlimit`, which is there.
    checked(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) })
}

/// Bytes of this process that lie in memory.
pub fn resident() -> Result<f64, String> {
    resident_of("self")
}

/// Bytes of a process that lie in memory.
pub fn resident_of(process: &str) -> Result<f64, String> {
    let path = format!("/proc/{process}/statm");
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    let pages: f64 = text
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .ok_or("statm has no second number")?;
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
