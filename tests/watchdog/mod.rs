//! A watchdog for the tests. A bug in a loop often fails no assertion: a wake is lost, or a
//! turn never ends, and the test waits forever. Then the watchdog says which test hangs and
//! what it was doing, and ends the process with an error.
//!
//! A test hangs if it has come no further for a minute. `MAINSPRING_HANG=600` in front of
//! the command makes that ten, `MAINSPRING_HANG=0` has nobody watched. It is no measure of
//! speed: the minute is made of naps that the watchdog has slept, so that a process that
//! was stopped, by Ctrl-Z or in a debugger, is not late.

// Each test binary uses the part it needs.
#![allow(dead_code)]

use std::cell::RefCell;
use std::fmt::{self, Display};
use std::io::{self, Write};
use std::panic::Location;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use mainspring::runtime::{Builder, Runtime};

/// How many seconds are too long when the reader does not say.
const DEFAULT_SECONDS: u32 = 60;

/// In how many naps the watchdog sleeps through them.
const NAPS: u32 = 60;

/// With what the process ends: what failed tests end with.
const EXIT_CODE: i32 = 101;

/// What a test is doing, in sentences, for the case that it hangs.
type Doing = Arc<dyn Display + Send + Sync>;

/// Watches its thread until it is dropped.
pub struct Watch(Arc<Watched>);

struct Watched {
    thread: Option<String>,
    state: Mutex<State>,
}

struct State {
    doing: Doing,
    /// How many naps have gone by since it began with that.
    naps: u32,
}

impl Watch {
    pub fn new(doing: Doing) -> Self {
        let watched = Arc::new(Watched {
            thread: thread::current().name().map(str::to_owned),
            state: Mutex::new(State { doing, naps: 0 }),
        });
        if let Some(all) = all() {
            lock(all).push(Arc::clone(&watched));
        }
        Self(watched)
    }

    /// What was watched has come to its end, and something else begins.
    pub fn begin(&self, doing: Doing) {
        *lock(&self.0.state) = State { doing, naps: 0 };
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(all) = all() {
            lock(all).retain(|watched| !Arc::ptr_eq(watched, &self.0));
        }
    }
}

/// Watches the test that calls this, until its thread ends or calls it again. For the
/// helpers that tests begin with: most need no line of their own.
#[track_caller]
pub fn watch() {
    thread_local!(static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) });
    let doing = Arc::new(Since(Location::caller()));
    WATCH.with_borrow_mut(|watch| match watch {
        Some(watch) => watch.begin(doing),
        None => *watch = Some(Watch::new(doing)),
    });
}

/// `mainspring::block_on`, watched.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    watch();
    mainspring::block_on(future)
}

/// `Runtime::new`, watched.
#[track_caller]
pub fn runtime() -> Runtime {
    watch();
    Runtime::new().expect("two descriptors are left")
}

/// `Runtime::builder`, watched.
#[track_caller]
pub fn builder() -> Builder {
    watch();
    Runtime::builder()
}

/// A line of a test that was the last to call [`watch`].
struct Since(&'static Location<'static>);

impl Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "It has come to {}:{} and has not ended.",
            self.0.file(),
            self.0.line()
        )
    }
}

/// All that are watched; none if nobody is to be. The first call wakes the watchdog.
fn all() -> Option<&'static Mutex<Vec<Arc<Watched>>>> {
    static ALL: OnceLock<Option<Mutex<Vec<Arc<Watched>>>>> = OnceLock::new();
    let mut seconds = None;
    let all = ALL.get_or_init(|| {
        seconds = seconds_to_wait();
        seconds.map(|_| Mutex::default())
    });
    let all = all.as_ref()?;
    if let Some(seconds) = seconds {
        thread::spawn(move || keep_watch(all, seconds));
    }
    Some(all)
}

/// Under Miri time is nobody's, and a thread that stays is an error.
fn seconds_to_wait() -> Option<u32> {
    let seconds = match std::env::var("MAINSPRING_HANG") {
        Ok(word) => word.parse().unwrap_or_else(|_| {
            panic!("MAINSPRING_HANG has to be a whole number of seconds, it is `{word}`")
        }),
        Err(_) => DEFAULT_SECONDS,
    };
    (seconds > 0 && !cfg!(miri)).then_some(seconds)
}

fn keep_watch(all: &Mutex<Vec<Arc<Watched>>>, seconds: u32) {
    loop {
        thread::sleep(Duration::from_secs(seconds.into()) / NAPS);
        let mut report = String::new();
        for watched in lock(all).iter() {
            let mut state = lock(&watched.state);
            state.naps += 1;
            if state.naps >= NAPS {
                let test = watched.thread.as_deref().unwrap_or("a test");
                report +=
                    &format!("\n`{test}` hangs, for {seconds} s now.\n{}", state.doing);
            }
        }
        if !report.is_empty() {
            report += "\nThat ends all tests of this run. MAINSPRING_HANG=600 in front of the \
                       command waits longer.\n";
            // Not by `eprintln!`, whose output the test harness keeps until the test ends.
            let _ = io::stderr().write_all(report.as_bytes());
            process::exit(EXIT_CODE);
        }
    }
}

/// A test that panics leaves nothing half done under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
