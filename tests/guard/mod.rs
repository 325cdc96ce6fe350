//! For tests of what must not happen: that something never ends, that it ends the process, that
//! a panic gets lost, that a descriptor stays open.

#![allow(dead_code)] // no file needs all of it

use std::any::{Any, type_name};
use std::cell::{Cell, RefCell};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use mainspring::runtime::Runtime;
use mainspring::task::{JoinError, yield_now};

/// What takes longer than this never ends. It guards against a hang and measures no speed.
const FOR_EVER: Duration = Duration::from_secs(60);

/// Calls `f` in a thread of its own. Panics if it is not over when `FOR_EVER` is.
pub fn ends<R: Send + 'static>(what: &str, f: impl FnOnce() -> R + Send + 'static) -> R {
    ends_on(2 << 20, what, f)
}

/// The same, on a stack of so many bytes.
pub fn ends_on<R: Send + 'static>(
    stack: usize,
    what: &str,
    f: impl FnOnce() -> R + Send + 'static,
) -> R {
    let (sender, result) = mpsc::channel();
    let thread = thread::Builder::new().stack_size(stack).spawn(move || {
        sender.send(catch_unwind(AssertUnwindSafe(f))).expect("somebody waits");
    });
    let result = match result.recv_timeout(FOR_EVER) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("{what}: never ends"),
        Err(RecvTimeoutError::Disconnected) => panic!("{what}: the thread is gone"),
    };
    thread.unwrap().join().unwrap();
    result.unwrap_or_else(|payload| resume_unwind(payload))
}

/// The variable that tells a process which part of a test it is for.
const PART: &str = "MAINSPRING_TEST_PART";

/// Runs `f`, a closure in the body of a test, in a process of its own: an abort ends nothing else
/// there, and no other test opens descriptors.
pub fn alone(f: impl FnOnce()) {
    run_apart(test_of(&f), [("all".to_owned(), f)]);
}

/// The same for several parts: `f` gets each in a process of its own. The test tells of every
/// one that fails.
pub fn each_alone<N: Into<String>, P>(
    parts: impl IntoIterator<Item = (N, P)>,
    f: impl Fn(P),
) {
    let f = &f;
    each_alone_in(f, parts, f);
}

/// The same for a function that is not in the test itself; `test` is a closure which is.
pub fn each_alone_in<T, N: Into<String>, P>(
    test: &T,
    parts: impl IntoIterator<Item = (N, P)>,
    f: impl Fn(P),
) {
    let f = &f;
    let parts = parts.into_iter().map(|(name, part)| (name.into(), move || f(part)));
    run_apart(test_of(test), parts);
}

/// The test that a closure stands in: its type is `file::module::test::{{closure}}`.
fn test_of<F>(_: &F) -> &'static str {
    let path = type_name::<F>().split("::{{closure}}").next().unwrap();
    path.split_once("::").expect("a closure in a test").1
}

fn run_apart<F: FnOnce()>(test: &str, parts: impl IntoIterator<Item = (String, F)>) {
    let parts = parts.into_iter();
    if cfg!(miri) {
        return parts.for_each(|(_, f)| f()); // it has no processes
    }
    if let Some(part) = std::env::var_os(PART) {
        return parts.filter(|(name, _)| **name == *part).for_each(|(_, f)| f());
    }
    let names: Vec<String> = parts.map(|(name, _)| name).collect();
    let failed: Vec<String> = names.iter().filter_map(|part| fate(test, part)).collect();
    let (bad, all) = (failed.len(), names.len());
    assert!(failed.is_empty(), "{bad} of {all} failed:\n{}", failed.join("\n"));
}

/// Runs one part in a process of its own. What it said and how it ended, unless it went well.
fn fate(test: &str, part: &str) -> Option<String> {
    let (mut said, writer) = std::io::pipe().unwrap();
    let mut command = Command::new("sh");
    // Something endless may be endless in memory, too.
    command
        .args([
            "-c",
            "ulimit -c 0; ulimit -v 4000000; ulimit -n 4096; exec \"$0\" \"$@\"",
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .env(PART, part)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(writer.try_clone().unwrap())
        .stderr(writer);
    let mut child = command.spawn().unwrap();
    drop(command); // and with it this process's ends of the pipe
    let reader = thread::spawn(move || {
        let mut bytes = vec![];
        let _ = said.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let start = Instant::now();
    let end = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if start.elapsed() > FOR_EVER => {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    let said = reader.join().unwrap();
    let how = match end {
        Some(status) if status.success() && said.contains(" 1 passed") => return None,
        Some(status) => status.to_string(),
        None => "it never ends".to_owned(),
    };
    // The end of what it said: an endless panic is told endlessly.
    let tail = said.char_indices().rev().nth(1500).map_or(0, |(at, _)| at);
    Some(format!("--- {part}: {how}\n{}", said[tail..].trim()))
}

/// Calls a function when it is dropped.
pub struct Finally<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// What is written down while a test runs.
#[derive(Clone, Default)]
pub struct Log(pub Rc<RefCell<Vec<String>>>);

impl Log {
    pub fn add(&self, line: impl Into<String>) {
        self.0.borrow_mut().push(line.into());
    }

    /// Everything so far, separated by spaces; then the log is empty.
    pub fn take(&self) -> String {
        self.0.take().join(" ")
    }

    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// How many lines have this in them.
    pub fn count(&self, text: &str) -> usize {
        self.0.borrow().iter().filter(|line| line.contains(text)).count()
    }
}

/// A number that is counted up from several places.
#[derive(Clone, Default)]
pub struct Counter(Rc<Cell<u32>>);

impl Counter {
    pub fn add(&self) {
        self.0.set(self.0.get() + 1);
    }

    pub fn get(&self) -> u32 {
        self.0.get()
    }

    /// The number so far; then it begins again.
    pub fn take(&self) -> u32 {
        self.0.take()
    }
}

/// Counts how often it is dropped.
pub struct Dropped(pub Counter);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.add();
    }
}

/// Runs the test without the noise of the panics that it causes.
pub fn quiet<R>(f: impl FnOnce() -> R) -> R {
    caught(f).unwrap_or_else(|payload| resume_unwind(payload))
}

/// The text of the panic that `f` ends in; it is not printed.
pub fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    match caught(f) {
        Ok(_) => "no panic".to_owned(),
        Err(payload) => text_of(payload),
    }
}

/// What a panic carries, if it is text; else it is leaked, since it may panic when dropped.
pub fn text_of(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => match payload.downcast::<&str>() {
            Ok(text) => (*text).to_owned(),
            Err(payload) => {
                std::mem::forget(payload);
                "no text".to_owned()
            }
        },
    }
}

fn caught<R>(f: impl FnOnce() -> R) -> thread::Result<R> {
    thread_local!(static QUIET: Cell<bool> = const { Cell::new(false) });
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // Not there any more while the thread is torn down: then it may as well be told.
            if !QUIET.try_with(Cell::get).unwrap_or(false) {
                loud(info);
            }
        }));
    });
    let before = QUIET.try_with(|quiet| quiet.replace(true));
    let result = catch_unwind(AssertUnwindSafe(f));
    if let Ok(before) = before {
        QUIET.set(before);
    }
    result
}

pub const SECOND: Duration = Duration::from_secs(1);

pub fn virtual_runtime() -> Runtime {
    Runtime::builder().virtual_clock().build().unwrap()
}

/// Runs the future under a virtual clock, which says so if a wake is lost.
pub fn virtually<F: Future>(future: F) -> F::Output {
    virtual_runtime().block_on(future)
}

/// A runtime with a virtual clock that writes down what its hook is told.
pub fn hooked() -> (Runtime, Log) {
    let log = Log::default();
    let hook = {
        let log = log.clone();
        move |error: &JoinError| log.add(format!("[{error}]"))
    };
    (Runtime::builder().virtual_clock().unhandled_panic(hook).build().unwrap(), log)
}

/// Two turns of the loop: what is ready runs, and what that has woken.
pub async fn settle() {
    yield_now().await;
    yield_now().await;
}

/// A waker that counts, and knows the time of each wake on the clock of its thread's runtime.
#[derive(Default)]
pub struct Wakes {
    count: AtomicU32,
    at: Mutex<Vec<mainspring::time::Instant>>,
}

impl Wakes {
    pub fn new() -> (Arc<Self>, Waker) {
        let wakes = Arc::new(Self::default());
        (Arc::clone(&wakes), Waker::from(wakes))
    }

    pub fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    pub fn at(&self) -> Vec<mainspring::time::Instant> {
        self.at.lock().unwrap().clone()
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.at.lock().unwrap().push(mainspring::time::Instant::now());
    }
}
