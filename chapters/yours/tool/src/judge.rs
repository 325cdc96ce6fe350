//! Runs the check of a step, for a while at most, and reads from its end what that means.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::system;

/// A case that has not ended by then never will: the watchdog of the suites ends it.
const CASE: u64 = 10;
/// All cases together.
const ALL: Duration = Duration::from_secs(60);
const MEMORY: u64 = 2 << 30;
/// How much is kept of what it prints.
const MOST: usize = 64 << 10;
/// In the last part of a case that hangs: was it at work?
const LOOK_BACK: Duration = Duration::from_secs(4);

pub enum Verdict {
    Right,
    Wrong {
        story: String,
    },
    Panic {
        message: String,
        file: String,
        line: String,
    },
    Hangs {
        so_far: String,
        was_busy: Option<bool>,
    },
    TooSlow,
    StackOverflow,
    OutOfMemory,
    Signal(i32),
    Odd(String),
    /// Nobody wants to know any more.
    Stale,
}

/// What a check did: how it ended, and what the reader's own lines printed meanwhile.
pub struct Judged {
    pub verdict: Verdict,
    pub printed: String,
}

/// Runs the check of a step. Each second it `waits`; it ends when its answer `is_stale`.
pub fn judge(
    program: &Path,
    step: &str,
    waits: impl Fn(u64),
    is_stale: &dyn Fn() -> bool,
) -> Result<Judged, String> {
    let mut command = Command::new(program);
    command.arg(step);
    command.env("MAINSPRING_HANG", CASE.to_string()).env("RUST_BACKTRACE", "0");
    command.env("MAINSPRING_LOCATIONS", "1"); // a story says where a panic was
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    system::limit(&mut command, MEMORY);
    system::end_with_us(&mut command);
    let mut running = command
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let stdout = read_the_end(running.stdout.take().expect("it is a pipe"));
    let stderr = read_the_end(running.stderr.take().expect("it is a pipe"));
    let ended = wait(&mut running, waits, is_stale);
    let (stdout, stderr) = (collect(stdout), collect(stderr));
    Ok(match ended.map_err(|error| format!("cannot wait: {error}"))? {
        (Ended::ByItself(status), was_busy) => read(status, stdout, stderr, was_busy),
        (Ended::ByUs(verdict), _) => Judged { verdict, printed: stdout },
    })
}

enum Ended {
    ByItself(ExitStatus),
    ByUs(Verdict),
}

/// Waits for its end, and ends it when its time is over. Also whether it was at work to the
/// last, or slept.
fn wait(
    running: &mut Child,
    waits: impl Fn(u64),
    is_stale: &dyn Fn() -> bool,
) -> io::Result<(Ended, Option<bool>)> {
    let began = Instant::now();
    let mut seconds = 0;
    let mut samples: VecDeque<(Duration, bool)> = VecDeque::new();
    loop {
        let age = began.elapsed();
        if let Some(status) = running.try_wait()? {
            return Ok((Ended::ByItself(status), was_busy(&samples)));
        }
        if age.as_secs() > seconds {
            seconds = age.as_secs();
            waits(seconds);
        }
        let is_stale = is_stale();
        if is_stale || age > ALL {
            running.kill()?;
            running.wait()?;
            let verdict = if is_stale { Verdict::Stale } else { Verdict::TooSlow };
            return Ok((Ended::ByUs(verdict), None));
        }
        if samples.back().is_none_or(|(last, _)| age - *last > Duration::from_millis(200))
        {
            samples.extend(is_at_work(running.id()).map(|work| (age, work)));
            while samples.front().is_some_and(|(first, _)| age - *first > LOOK_BACK) {
                samples.pop_front();
            }
        }
        let nap = if age < Duration::from_secs(1) { 3 } else { 30 };
        thread::sleep(Duration::from_millis(nap));
    }
}

/// Whether it was at work in most of the samples.
fn was_busy(samples: &VecDeque<(Duration, bool)>) -> Option<bool> {
    let busy = samples.iter().filter(|(_, is_at_work)| *is_at_work).count();
    (!samples.is_empty()).then_some(2 * busy > samples.len())
}

/// Whether some thread of a process runs, or would if a processor was free, by /proc.
fn is_at_work(process: u32) -> Option<bool> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let states = threads.flatten().filter_map(|thread| {
        let line = fs::read_to_string(thread.path().join("stat")).ok()?;
        line.rsplit_once(')')?.1.trim_start().chars().next()
    });
    Some(states.into_iter().any(|state| state == 'R'))
}

type Reading = thread::JoinHandle<Vec<u8>>;

/// Reads it all, so that the other end never waits, and keeps the end.
fn read_the_end(mut pipe: impl Read + Send + 'static) -> Reading {
    thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            kept.extend_from_slice(&buffer[..length]);
            if kept.len() > 2 * MOST {
                kept.drain(..kept.len() - MOST);
            }
        }
        kept
    })
}

fn collect(reading: Reading) -> String {
    String::from_utf8_lossy(&reading.join().unwrap_or_default()).into_owned()
}

/// What an end means. A story stands at the end of what was printed.
fn read(
    status: ExitStatus,
    stdout: String,
    stderr: String,
    was_busy: Option<bool>,
) -> Judged {
    let judged = |verdict, printed: String| Judged { verdict, printed };
    if status.success() {
        return match stdout.strip_suffix("All cases were tried.\n") {
            Some(printed) => judged(Verdict::Right, printed.to_owned() + &stderr),
            None => judged(
                Verdict::Odd(
                    "your code ended the process, as `std::process::exit` does.".into(),
                ),
                stdout + &stderr,
            ),
        };
    }
    if status.code() == Some(1) {
        let at = stdout.rfind("It should hold that").unwrap_or(0);
        let story = stdout[at..].to_owned();
        return judged(Verdict::Wrong { story }, stdout[..at].to_owned() + &stderr);
    }
    if let Some(at) = stderr.find(" hangs, for ") {
        let (printed, report) = stderr.split_at(stderr[..at].rfind('\n').unwrap_or(0));
        let report = report.trim_start().split_once('\n').map_or("", |(_, rest)| rest);
        let so_far = report.split("\nThat ends all tests").next().unwrap_or_default();
        let verdict = Verdict::Hangs { so_far: so_far.to_owned(), was_busy };
        return judged(verdict, stdout + printed);
    }
    if stderr.contains("has overflowed its stack") {
        return judged(Verdict::StackOverflow, stdout);
    }
    if stderr.contains("memory allocation of") {
        return judged(Verdict::OutOfMemory, stdout);
    }
    if let Some((at, panic)) = last_panic(&stderr) {
        return judged(panic, stdout + &stderr[..at]);
    }
    let verdict = match status.signal() {
        Some(signal) => Verdict::Signal(signal),
        None => Verdict::Odd(format!("{status}\n{stderr}")),
    };
    judged(verdict, stdout)
}

/// The panic at the end of it, and where it begins: `thread 'main' (7) panicked at
/// src/place.rs:9:5:` and the message below.
fn last_panic(stderr: &str) -> Option<(usize, Verdict)> {
    let (before, report) = stderr.rsplit_once(" panicked at ")?;
    let begin = before.rfind("\nthread '").map_or(0, |at| at + 1);
    let (place, message) = report.split_once('\n')?;
    let mut place = place.trim_end_matches(':').rsplitn(3, ':');
    let line = place.nth(1).unwrap_or_default().to_owned();
    let file = place.next().unwrap_or_default().to_owned();
    let message = message.split("\nnote: ").next().unwrap_or_default().trim().to_owned();
    Some((begin, Verdict::Panic { message, file, line }))
}
