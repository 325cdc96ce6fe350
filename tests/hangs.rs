//! The watchdog of the tests, on tests that hang: it says which it is and what it was
//! doing, and ends the process with an error.

use std::future::pending;
use std::os::unix::process::ExitStatusExt;
use std::pin::Pin;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use mainspring::runtime::Runtime;

// Some suites have macros, for machines that are not here.
#[allow(unused_imports, unused_macros)]
mod suite;

use suite::event_loop::{self, Parking};
use suite::{holds, task, watchdog};

/// Runs one of the ignored tests of this file in a process of its own, with so many seconds
/// until it counts as hung.
fn run(test: &str, seconds: &str, more: &[&str]) -> Output {
    let this_program = std::env::current_exe().unwrap();
    let mut child = Command::new(this_program);
    child.args(["--exact", test, "--ignored"]).args(more);
    child.env("MAINSPRING_HANG", seconds);
    child.env_remove("MAINSPRING_CASES").env_remove("MAINSPRING_SEED");
    child.output().unwrap()
}

/// What the watchdog says of a test that hangs.
fn report(test: &str, more: &[&str]) -> String {
    let Output { status, stderr, .. } = run(test, "1", more);
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), status.signal()), (Some(101), None), "{said}");
    said
}

#[test]
fn a_test_that_waits_forever_is_told_with_the_line_that_it_has_come_to() {
    let line = 1 + line_of("fn waits_forever()");
    assert_eq!(
        report("waits_forever", &[]),
        format!(
            "\n`waits_forever` hangs, for 1 s now.\n\
             It has come to tests/hangs.rs:{line} and has not ended.\n\
             \n\
             That ends all tests of this run. MAINSPRING_HANG=600 in front of the command \
             waits longer.\n"
        )
    );
    // Then it runs on the main thread, whose name says nothing, and the line all.
    let said = report("waits_forever", &["--test-threads=1"]);
    assert!(said.contains(&format!("has come to tests/hangs.rs:{line} and")), "{said}");
}

/// The number of the line of this file that begins so.
fn line_of(beginning: &str) -> usize {
    let mut lines = include_str!("hangs.rs").lines();
    1 + lines.position(|line| line.starts_with(beginning)).unwrap()
}

#[test]
#[ignore = "hangs: run by a_test_that_waits_forever_..."]
fn waits_forever() {
    watchdog::block_on(pending::<()>());
}

#[test]
fn a_machine_without_an_end_is_told_with_the_story_so_far() {
    let said = report("rounds_forever", &[]);
    let (test, story) = said.split_once(" hangs, for 1 s now.\n").unwrap();
    assert_eq!(test, "\n`rounds_forever`");
    let (property, story) = story.split_once("\nCase ").unwrap();
    assert_eq!(
        property,
        "It should hold that each round polls the tasks that had a seat when it began, in \
         order."
    );
    let (case, story) = story.split_once(" does not come to its end:\n\n").unwrap();
    assert!(case.parse::<u32>().is_ok_and(|case| case > 1), "{case}");
    let (steps, _) = story.split_once("\n\n").unwrap();
    assert!(steps.starts_with("   1. "), "{story}");
    assert_eq!(steps.matches(". spawn ").count(), 3, "{story}");
    assert!(steps.ends_with(". run a round"), "{story}");
}

/// The library's executor, if it went round and round with the third task.
struct RoundsForever {
    runtime: Runtime,
    tasks: u32,
}

impl task::Executor for RoundsForever {
    fn new() -> Self {
        Self { runtime: Runtime::new().unwrap(), tasks: 0 }
    }

    fn spawn(&mut self, future: Pin<Box<dyn Future<Output = ()>>>) {
        self.tasks += 1;
        drop(self.runtime.spawn(future));
    }

    fn round(&mut self) {
        if self.tasks > 2 {
            loop {
                std::hint::spin_loop();
            }
        }
        self.runtime.block_on(async {});
    }
}

#[test]
#[ignore = "hangs: run by a_machine_without_an_end_..."]
fn rounds_forever() {
    holds(task::keeps_its_seats::<RoundsForever>());
}

#[test]
fn threads_that_are_played_on_one_are_told_step_by_step() {
    let said = report("parks_forever", &[]);
    assert!(said.contains("`parks_forever` hangs"), "{said}");
    let story = "Case 1 does not come to its end:\n\
                 \n\
                 \u{20}  1. the loop locks the inbox: no letter\n\
                 \u{20}  2. the loop sees no flag\n\
                 \n";
    assert!(said.contains(story), "{said}");
}

/// A loop that goes round and round without an `await`, in which others could do anything.
struct ParksForever;

impl Parking for ParksForever {
    async fn deliver(shared: &event_loop::Shared) {
        shared.lock().await.letters += 1;
        shared.set_mail(true).await;
    }

    async fn park(shared: &event_loop::Shared) {
        if !shared.has_mail().await {
            loop {
                std::hint::spin_loop();
            }
        }
    }
}

#[test]
#[ignore = "hangs: run by threads_that_are_played_..."]
fn parks_forever() {
    holds(event_loop::parks::<ParksForever>());
}

#[test]
fn whoever_comes_further_does_not_hang_however_long_it_takes() {
    for test in ["takes_its_time", "has_many_cases"] {
        let Output { status, stdout, stderr } = run(test, "1", &[]);
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        let said = String::from_utf8(stdout).unwrap();
        assert!(said.contains("1 passed"), "{said}");
    }
}

#[test]
#[ignore = "slow: run by whoever_comes_further_..."]
fn takes_its_time() {
    for _ in 0..25 {
        watchdog::watch();
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
#[ignore = "slow: run by whoever_comes_further_..."]
fn has_many_cases() {
    let outcome = suite::explore("time goes by", &(0..2_u8), |_, story| {
        story.step("sleep");
        thread::sleep(Duration::from_micros(2_500));
        Ok(())
    });
    holds(outcome);
}

#[test]
fn a_test_that_has_ended_is_watched_no_longer() {
    let Output { status, stderr, .. } = run("outlives_a_thread", "1", &[]);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
}

#[test]
#[ignore = "slow: run by a_test_that_has_ended_..."]
fn outlives_a_thread() {
    thread::spawn(watchdog::watch).join().unwrap();
    holds(suite::explore("nothing is wrong", &(0..2_u8), |_, _| Ok(())));
    thread::sleep(Duration::from_millis(1_300));
}

#[test]
fn nobody_is_watched_for_zero_seconds_and_a_word_is_no_number_of_them() {
    assert!(run("takes_its_time", "0", &[]).status.success());
    let Output { status, stdout, .. } = run("takes_its_time", "soon", &[]);
    assert!(!status.success());
    let said = String::from_utf8(stdout).unwrap();
    let problem = "MAINSPRING_HANG has to be a whole number of seconds, it is `soon`";
    assert!(said.contains(problem), "{said}");
}
