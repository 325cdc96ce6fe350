//! The property tests of the book, written once against traits.
//!
//! A suite takes a machine, the library's or anyone's, and returns the smallest
//! counterexample it finds, as a story to read. The same suites run on the library and on
//! the solutions (`tests/properties.rs`), on the reader's own code
//! (`tests/exercises.rs`), and on machines that are broken on purpose
//! (`tests/broken.rs`), where the test is that the suite does find the bug.
//!
//! A run is the same every time. `MAINSPRING_SEED=7` explores other cases,
//! `MAINSPRING_SEED=random` others each time; `MAINSPRING_CASES=100000` explores more.
//! With `MAINSPRING_LOCATIONS=1` a story says where a panic was.
//!
//! A machine may also hang in the middle of a case. Then a watchdog tells the story so far
//! and ends the process; `MAINSPRING_HANG=600` has it wait for ten minutes.

// Each test binary uses the suites it needs.
#![allow(dead_code)]

pub mod crawl;
pub mod event_loop;
pub mod generator;
pub mod group;
pub mod hand_over;
pub mod handles;
pub mod inbox;
pub mod interval;
pub mod join;
pub mod keeper;
pub mod kettle;
pub mod lines;
pub mod look;
pub mod many;
pub mod pool;
pub mod reactor;
pub mod retry;
pub mod rounds;
pub mod runtime;
pub mod serve;
pub mod signal;
pub mod sleeps;
pub mod staggered;
#[path = "../stranger/mod.rs"]
mod stranger;
pub mod stream;
pub mod task;
pub mod turn;
pub mod turns;
pub mod waiting;
#[path = "../watchdog/mod.rs"]
pub mod watchdog;
pub mod wheel;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use proptest::strategy::Strategy;
use proptest::test_runner::{
    Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner,
};

use watchdog::Watch;

/// How many cases a suite tries when the reader does not say.
const DEFAULT_CASES: u32 = 512;

/// What was done to a machine, step by step, and where it went wrong.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// Shared with the watchdog, which tells it if there is no end to it.
    told: Arc<Mutex<Told>>,
    verdict: Option<(String, String)>,
}

/// A story so far.
#[derive(Debug, Default)]
struct Told {
    given: Vec<String>,
    steps: Vec<String>,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.given {
            writeln!(f, "      {line}")?;
        }
        for (index, step) in self.steps.iter().enumerate() {
            writeln!(f, "  {:>2}. {step}", index + 1)?;
        }
        Ok(())
    }
}

/// The machine did something else than it should have; its story says what.
#[derive(Clone, Copy, Debug)]
pub struct Broken;

impl Story {
    /// Adds to what is there before the first step.
    pub fn given(&self, text: impl Into<String>) {
        self.told().given.push(text.into());
    }

    /// Adds a step. Call it before the step is taken, so that a panic has its step told,
    /// and a step without an end too.
    pub fn step(&self, text: impl Into<String>) {
        self.told().steps.push(text.into());
    }

    /// Goes on with the last step.
    pub fn go_on(&self, text: &str) {
        if let Some(step) = self.told().steps.last_mut() {
            step.push_str(text);
        }
    }

    /// How many steps it has.
    pub fn steps(&self) -> usize {
        self.told().steps.len()
    }

    /// Leaves the first steps, and says that there were more.
    pub fn cut_short(&self, steps: usize) {
        self.told().steps.truncate(steps);
        self.step("and so on");
    }

    /// Nothing that can panic runs under this lock.
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds what happened against what should have.
    pub fn expect<T: PartialEq + fmt::Debug>(
        &mut self,
        expected: T,
        happened: T,
    ) -> Result<(), Broken> {
        if expected == happened {
            return Ok(());
        }
        self.broken(format!("{expected:?}"), format!("{happened:?}"))
    }

    /// Says in words what should have happened and what did.
    pub fn broken(
        &mut self,
        expected: impl Into<String>,
        happened: impl Into<String>,
    ) -> Result<(), Broken> {
        self.verdict.get_or_insert((expected.into(), happened.into()));
        Err(Broken)
    }
}

/// The smallest failing case that was found.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// What the suite tests, in a sentence: "a wheel agrees with a sorted map".
    pub property: &'static str,
    /// What was done and what went wrong.
    pub story: Story,
    /// How many cases passed before the first one failed.
    pub passed: u32,
}

impl Counterexample {
    /// How many steps the story takes.
    pub fn steps(&self) -> usize {
        self.story.steps()
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "It should hold that {}.\nThe shortest way found to break it:\n",
            self.property
        )?;
        fmt::Display::fmt(&self.story.told(), f)?;
        let (expected, happened) =
            self.story.verdict.as_ref().expect("a counterexample has a verdict");
        write!(f, "\n  expected: {expected}\n  happened: {happened}\n")
    }
}

/// What a suite returns: nothing found, or the shrunk counterexample.
pub type Outcome = Result<(), Box<Counterexample>>;

/// Tries `property` on cases drawn from `cases`, and shrinks the first that fails.
///
/// A property tells its steps to the story and fails by [`Story::expect`] or
/// [`Story::broken`], or by a panic. It has to end by itself: bound its steps.
pub fn explore<S: Strategy>(
    sentence: &'static str,
    cases: &S,
    property: impl Fn(&S::Value, &mut Story) -> Result<(), Broken>,
) -> Outcome {
    explore_any(sentence, cases, &property)
}

/// What is tried on each case.
type Property<'a, T> = dyn Fn(&T, &mut Story) -> Result<(), Broken> + 'a;

/// [`explore`], compiled once for the cases of a suite and not once more for each machine.
fn explore_any<S: Strategy>(
    sentence: &'static str,
    cases: &S,
    property: &Property<'_, S::Value>,
) -> Outcome {
    let passed = Cell::new(0);
    let shortest = RefCell::new(None);
    let watched = Watched::new(sentence);
    let result =
        runner().run(cases, |case| match watched.case(|story| property(&case, story)) {
            Ok(()) => {
                if shortest.borrow().is_none() {
                    passed.set(passed.get() + 1);
                }
                Ok(())
            }
            Err(story) => {
                shortest.replace(Some(story)); // each that fails is shorter than the one before
                Err(TestCaseError::fail("broken"))
            }
        });
    match result {
        Ok(()) => Ok(()),
        Err(TestError::Fail(..)) => {
            let story = shortest.take().expect("a case that fails has a story");
            Err(Box::new(Counterexample {
                property: sentence,
                story,
                passed: passed.get(),
            }))
        }
        Err(TestError::Abort(reason)) => {
            panic!("the suite could not draw its cases: {reason}")
        }
    }
}

/// A property whose cases are watched, one after the other.
pub struct Watched {
    property: &'static str,
    cases: Cell<u32>,
    watch: Watch,
}

impl Watched {
    pub fn new(property: &'static str) -> Self {
        let watch = Watch::new(Arc::new("It has not begun with its first case.\n"));
        Self { property, cases: Cell::new(0), watch }
    }

    /// Runs one case; a failure returns its story. A panic is a failure.
    pub fn case(
        &self,
        run: impl FnOnce(&mut Story) -> Result<(), Broken>,
    ) -> Result<(), Story> {
        self.cases.set(self.cases.get() + 1);
        let mut story = Story::default();
        self.watch.begin(Arc::new(SoFar {
            property: self.property,
            case: self.cases.get(),
            told: Arc::clone(&story.told),
        }));
        match quietly(|| run(&mut story)) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Broken)) => Err(story),
            Err(panic) => {
                let place = WHERE.take().filter(|_| says_where());
                let place =
                    place.map_or_else(String::new, |place| format!(" (at {place})"));
                let _ = story.broken("no panic", format!("a panic: {panic}{place}"));
                Err(story)
            }
        }
    }
}

/// What the watchdog says of a case that does not end.
struct SoFar {
    property: &'static str,
    case: u32,
    told: Arc<Mutex<Told>>,
}

impl fmt::Display for SoFar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        write!(
            f,
            "It should hold that {}.\nCase {} does not come to its end:\n\n{told}",
            self.property, self.case
        )
    }
}

thread_local! {
    /// Where the last panic was that [`quietly`] kept quiet.
    static WHERE: Cell<Option<String>> = const { Cell::new(None) };
}

/// Whether stories say where a panic was. The book's do not: a line added above it would
/// change them.
fn says_where() -> bool {
    std::env::var_os("MAINSPRING_LOCATIONS").is_some()
}

/// Runs `f`; a panic comes back as its message and prints nothing.
pub fn quietly<R>(f: impl FnOnce() -> R) -> Result<R, String> {
    thread_local! { static QUIET: Cell<bool> = const { Cell::new(false) } }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                return loud(info);
            }
            let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
            WHERE.set(place);
        }));
    });
    let before = QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    QUIET.set(before);
    result.map_err(|payload| message(&*payload))
}

/// The text of a panic.
fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "not a text".to_owned())
}

/// A runner with the seed and the number of cases that the environment asks for.
fn runner() -> TestRunner {
    let config = Config {
        cases: number_from_env("MAINSPRING_CASES").unwrap_or(DEFAULT_CASES),
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..Config::default()
    };
    let seed = match std::env::var("MAINSPRING_SEED") {
        Ok(word) if word == "random" => {
            let seed = std::process::id();
            eprintln!("MAINSPRING_SEED={seed}");
            seed
        }
        _ => number_from_env("MAINSPRING_SEED").unwrap_or(0),
    };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// A number from the environment; a word that is none is an error, not a default.
fn number_from_env(name: &str) -> Option<u32> {
    let word = std::env::var(name).ok()?;
    Some(
        word.parse().unwrap_or_else(|_| {
            panic!("{name} has to be a whole number, it is `{word}`")
        }),
    )
}

/// Fails the test with the story of the counterexample, if there is one.
pub fn holds(outcome: Outcome) {
    if let Err(counterexample) = outcome {
        panic!("\n{counterexample}");
    }
}

/// Fails the test unless the suite found a counterexample of at most `most_steps` steps,
/// and prints it.
pub fn finds(outcome: Outcome, most_steps: usize) {
    let counterexample =
        outcome.expect_err("the suite should have found the bug that is in this machine");
    // The tests run side by side and each in a thread of its own, which has its name.
    let thread = std::thread::current();
    println!(
        "\n{}: found after {}, {}:\n{counterexample}",
        thread.name().unwrap_or("a machine"),
        counted(counterexample.passed as usize, "passing case"),
        counted(counterexample.steps(), "step")
    );
    assert!(
        counterexample.steps() <= most_steps,
        "the story should take at most {most_steps} steps"
    );
}

/// "1 step", "2 steps".
fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
