//! The steps of the reader's own executor: as handed out each fails with a story, each
//! solution holds, and each typical wrong answer is found and gets a story of its own.
//!
//! `cargo test --test yours -- --nocapture` prints the stories.

// A variant of a piece brings a copy of all that it stands on.
#![allow(clippy::duplicate_mod, dead_code, unused_imports, unused_macros)]
// As in the reader's crate: a piece has what its step needs, and no more.
#![allow(clippy::new_without_default, clippy::len_without_is_empty)]

mod suite;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use suite::{Outcome, holds};

/// What tests a step of a chapter.
type Check = fn(&str) -> Option<Outcome>;

/// No story of a wrong answer takes more steps.
const MOST_STEPS: usize = 8;

/// A file of a step, and the check of an executor that has it.
type Variant = (&'static str, Check);

/// Holds that a step is found not done as it is handed out, and that each wrong answer is
/// found and told apart from the others.
fn told_apart(step: &str, handed_out: Variant, wrong: &[Variant]) {
    assert!(wrong.len() >= 3, "three wrong answers at least");
    suite::pool::be_impatient();
    let (mut stories, mut faults) = (BTreeMap::new(), Vec::new());
    for (file, check) in std::iter::once(&handed_out).chain(wrong) {
        let Some(Err(counterexample)) = check(step) else {
            faults.push(format!("{file} is not found"));
            continue;
        };
        println!("\n{file}:\n{counterexample}");
        if counterexample.steps() > MOST_STEPS {
            faults.push(format!("{file} has a story of {}", counterexample.steps()));
        }
        // What is handed out may be wrong in a way in which an answer is. And other seeds
        // may bring two wrong answers down to the same case.
        if *file != handed_out.0
            && std::env::var_os("MAINSPRING_SEED").is_none()
            && let Some(other) = stories.insert(counterexample.to_string(), *file)
        {
            faults.push(format!("{file} and {other} are told the same"));
        }
    }
    assert!(faults.is_empty(), "step {step}: {faults:#?}");
}

/// Each file that a test below has, and the number of its step.
macro_rules! steps {
    ($($step:ident)*) => {
        /// What each step is tested with.
        const STEPS: &[(&str, &[&str])] = &[$(($step::STEP, $step::FILES)),*];
    };
}

/// A step: its piece, its chapter, its number, its file as handed out, the wrong ones.
macro_rules! step {
    (
        $piece:ident, $chapter:ident, $step:literal, $handed_out:literal,
        $($wrong:ident = $file:literal,)*
    ) => {
        #[path = "."]
        mod $piece {
            pub const STEP: &str = $step;
            pub const FILES: &[&str] = &[$handed_out, $($file),*];

            $chapter! { handed_out, $piece = $handed_out }
            $($chapter! { $wrong, $piece = $file })*

            #[test]
            fn wrong_answers_are_told_apart() {
                let handed_out: crate::Variant =
                    ($handed_out, handed_out::chapter::check);
                let wrong: &[crate::Variant] =
                    &[$(($file, $wrong::chapter::check)),*];
                crate::told_apart(STEP, handed_out, wrong);
            }
        }
    };
}

/// The pieces of chapter 3, one of them from another file, and what they stand on.
macro_rules! chapter_3 {
    ($name:ident, there_and_back = $file:literal) => {
        chapter_3! {
            $name,
            $file,
            "../chapters/yours/steps/3.2-up-and-down/solution.rs",
            "../chapters/yours/steps/3.3-take-turns/solution.rs"
        }
    };
    ($name:ident, up_and_down = $file:literal) => {
        chapter_3! {
            $name,
            "../chapters/yours/steps/3.1-there-and-back/solution.rs",
            $file,
            "../chapters/yours/steps/3.3-take-turns/solution.rs"
        }
    };
    ($name:ident, take_turns = $file:literal) => {
        chapter_3! {
            $name,
            "../chapters/yours/steps/3.1-there-and-back/solution.rs",
            "../chapters/yours/steps/3.2-up-and-down/solution.rs",
            $file
        }
    };
    ($name:ident, $there_and_back:literal, $up_and_down:literal, $take_turns:literal) => {
        #[path = "."]
        pub mod $name {
            #[path = "../chapters/yours/check/src/ch03.rs"]
            pub mod chapter;
            #[path = $take_turns]
            pub mod take_turns;
            #[path = $there_and_back]
            pub mod there_and_back;
            #[path = $up_and_down]
            pub mod up_and_down;
        }
    };
}

/// The pieces of chapter 4, one of them from another file, and what they stand on.
macro_rules! chapter_4 {
    ($name:ident, look = $file:literal) => {
        chapter_4! {
            $name,
            $file,
            "../chapters/yours/steps/4.2-drain/solution.rs"
        }
    };
    ($name:ident, drain = $file:literal) => {
        chapter_4! {
            $name,
            "../chapters/yours/steps/4.1-look/solution.rs",
            $file
        }
    };
    ($name:ident, $look:literal, $drain:literal) => {
        #[path = "."]
        pub mod $name {
            #[path = "../chapters/yours/check/src/ch04.rs"]
            pub mod chapter;
            #[path = $drain]
            pub mod drain;
            #[path = $look]
            pub mod look;
        }
    };
}

/// The pieces of chapter 5, one of them from another file, and what they stand on.
macro_rules! chapter_5 {
    ($name:ident, place = $file:literal) => {
        chapter_5! {
            $name,
            $file,
            "../chapters/yours/steps/5.2-insert/solution.rs",
            "../chapters/yours/steps/5.3-cascade/solution.rs"
        }
    };
    ($name:ident, insert = $file:literal) => {
        chapter_5! {
            $name,
            "../chapters/yours/steps/5.1-place/solution.rs",
            $file,
            "../chapters/yours/steps/5.3-cascade/solution.rs"
        }
    };
    ($name:ident, cascade = $file:literal) => {
        chapter_5! {
            $name,
            "../chapters/yours/steps/5.1-place/solution.rs",
            "../chapters/yours/steps/5.2-insert/solution.rs",
            $file
        }
    };
    ($name:ident, $place:literal, $insert:literal, $cascade:literal) => {
        #[path = "."]
        pub mod $name {
            #[path = $cascade]
            pub mod cascade;
            #[path = "../chapters/yours/check/src/ch05.rs"]
            pub mod chapter;
            #[path = $insert]
            pub mod insert;
            #[path = $place]
            pub mod place;
            #[path = "../chapters/yours/src/wheel.rs"]
            pub mod wheel;
        }
    };
}

/// The pieces of chapter 6, one of them from another file, and what they stand on.
macro_rules! chapter_6 {
    ($name:ident, task_waker = $file:literal) => {
        chapter_6! {
            $name,
            $file,
            "../chapters/yours/steps/6.2-poll/solution.rs",
            "../chapters/yours/steps/6.3-handle/solution.rs"
        }
    };
    ($name:ident, poll = $file:literal) => {
        chapter_6! {
            $name,
            "../chapters/yours/steps/6.1-task-waker/solution.rs",
            $file,
            "../chapters/yours/steps/6.3-handle/solution.rs"
        }
    };
    ($name:ident, handle = $file:literal) => {
        chapter_6! {
            $name,
            "../chapters/yours/steps/6.1-task-waker/solution.rs",
            "../chapters/yours/steps/6.2-poll/solution.rs",
            $file
        }
    };
    ($name:ident, $task_waker:literal, $poll:literal, $handle:literal) => {
        #[path = "."]
        pub mod $name {
            #[path = "../chapters/yours/check/src/ch06.rs"]
            pub mod chapter;
            #[path = $handle]
            pub mod handle;
            #[path = "../chapters/yours/steps/7.1-inbox/solution.rs"]
            pub mod inbox;
            #[path = "../chapters/yours/src/lock.rs"]
            pub mod lock;
            #[path = $poll]
            pub mod poll;
            #[path = $task_waker]
            pub mod task_waker;
            #[path = "../chapters/yours/src/tasks.rs"]
            pub mod tasks;
        }
    };
}

/// The pieces of chapter 7, one of them from another file, and what they stand on.
macro_rules! chapter_7 {
    ($name:ident, inbox = $file:literal) => {
        chapter_7! {
            $name,
            $file,
            "../chapters/yours/steps/7.2-turn/solution.rs",
            "../chapters/yours/steps/7.3-block-on/solution.rs",
            "../chapters/yours/steps/7.4-sleep/solution.rs"
        }
    };
    ($name:ident, turn = $file:literal) => {
        chapter_7! {
            $name,
            "../chapters/yours/steps/7.1-inbox/solution.rs",
            $file,
            "../chapters/yours/steps/7.3-block-on/solution.rs",
            "../chapters/yours/steps/7.4-sleep/solution.rs"
        }
    };
    ($name:ident, block_on = $file:literal) => {
        chapter_7! {
            $name,
            "../chapters/yours/steps/7.1-inbox/solution.rs",
            "../chapters/yours/steps/7.2-turn/solution.rs",
            $file,
            "../chapters/yours/steps/7.4-sleep/solution.rs"
        }
    };
    ($name:ident, sleep = $file:literal) => {
        chapter_7! {
            $name,
            "../chapters/yours/steps/7.1-inbox/solution.rs",
            "../chapters/yours/steps/7.2-turn/solution.rs",
            "../chapters/yours/steps/7.3-block-on/solution.rs",
            $file
        }
    };
    ($name:ident, $inbox:literal, $turn:literal, $block_on:literal, $sleep:literal) => {
        #[path = "."]
        pub mod $name {
            #[path = $block_on]
            pub mod block_on;
            #[path = "../chapters/yours/steps/5.3-cascade/solution.rs"]
            pub mod cascade;
            #[path = "../chapters/yours/check/src/ch07.rs"]
            pub mod chapter;
            #[path = "../chapters/yours/src/clock.rs"]
            pub mod clock;
            #[path = "../chapters/yours/steps/4.2-drain/solution.rs"]
            pub mod drain;
            #[path = "../chapters/yours/steps/6.3-handle/solution.rs"]
            pub mod handle;
            #[path = $inbox]
            pub mod inbox;
            #[path = "../chapters/yours/steps/5.2-insert/solution.rs"]
            pub mod insert;
            #[path = "../chapters/yours/src/lock.rs"]
            pub mod lock;
            #[path = "../chapters/yours/steps/4.1-look/solution.rs"]
            pub mod look;
            #[path = "../chapters/yours/steps/5.1-place/solution.rs"]
            pub mod place;
            #[path = "../chapters/yours/steps/6.2-poll/solution.rs"]
            pub mod poll;
            #[path = "../chapters/yours/src/runtime.rs"]
            pub mod runtime;
            #[path = $sleep]
            pub mod sleep;
            #[path = "../chapters/yours/steps/6.1-task-waker/solution.rs"]
            pub mod task_waker;
            #[path = "../chapters/yours/src/tasks.rs"]
            pub mod tasks;
            #[path = "../chapters/yours/src/timeout.rs"]
            pub mod timeout;
            #[path = $turn]
            pub mod turn;
            #[path = "../chapters/yours/src/wheel.rs"]
            pub mod wheel;
        }
    };
}

/// The pieces of chapter 8, one of them from another file, and what they stand on.
macro_rules! chapter_8 {
    ($name:ident, source = $file:literal) => {
        #[path = "."]
        pub mod $name {
            #[path = "../chapters/yours/check/src/ch08.rs"]
            pub mod chapter;
            #[path = "../chapters/yours/src/operation.rs"]
            pub mod operation;
            #[path = $file]
            pub mod source;
        }
    };
}

/// The pieces of chapter 10, one of them from another file, and what they stand on.
macro_rules! chapter_10 {
    ($name:ident, poll_woken = $file:literal) => {
        #[path = "."]
        pub mod $name {
            #[path = "../chapters/yours/check/src/ch10.rs"]
            pub mod chapter;
            #[path = "../chapters/yours/src/join.rs"]
            pub mod join;
            #[path = $file]
            pub mod poll_woken;
        }
    };
}

/// The pieces of chapter 11, one of them from another file, and what they stand on.
macro_rules! chapter_11 {
    ($name:ident, mutex = $file:literal) => {
        #[path = "."]
        pub mod $name {
            #[path = "../chapters/yours/check/src/ch11.rs"]
            pub mod chapter;
            #[path = "../chapters/11-taking-turns/line.rs"]
            pub mod line;
            #[path = $file]
            pub mod mutex;
        }
    };
}

/// The pieces of chapter 12, one of them from another file, and what they stand on.
macro_rules! chapter_12 {
    ($name:ident, rules = $file:literal) => {
        #[path = "."]
        pub mod $name {
            #[path = "../chapters/yours/check/src/ch12.rs"]
            pub mod chapter;
            #[path = "../chapters/12-blocking-work/pool.rs"]
            pub mod pool;
            #[path = $file]
            pub mod rules;
        }
    };
}

step! {
    there_and_back, chapter_3, "3.1",
    "../chapters/yours/steps/3.1-there-and-back/handed_out.rs",
    begins_again = "../chapters/yours/steps/3.1-there-and-back/wrong_begins_again.rs",
    below_zero = "../chapters/yours/steps/3.1-there-and-back/wrong_below_zero.rs",
    first_always = "../chapters/yours/steps/3.1-there-and-back/wrong_first_always.rs",
    top_once = "../chapters/yours/steps/3.1-there-and-back/wrong_top_once.rs",
}

step! {
    up_and_down, chapter_3, "3.2",
    "../chapters/yours/steps/3.2-up-and-down/handed_out.rs",
    counts_the_way_up =
        "../chapters/yours/steps/3.2-up-and-down/wrong_counts_the_way_up.rs",
    ends_at_the_ground =
        "../chapters/yours/steps/3.2-up-and-down/wrong_ends_at_the_ground.rs",
    ends_twice = "../chapters/yours/steps/3.2-up-and-down/wrong_ends_twice.rs",
    loses_the_first = "../chapters/yours/steps/3.2-up-and-down/wrong_loses_the_first.rs",
    steps_down = "../chapters/yours/steps/3.2-up-and-down/wrong_steps_down.rs",
}

step! {
    take_turns, chapter_3, "3.3",
    "../chapters/yours/steps/3.3-take-turns/handed_out.rs",
    as_they_end = "../chapters/yours/steps/3.3-take-turns/wrong_as_they_end.rs",
    last_first = "../chapters/yours/steps/3.3-take-turns/wrong_last_first.rs",
    plays_to_the_end = "../chapters/yours/steps/3.3-take-turns/wrong_plays_to_the_end.rs",
    resumes_the_ended =
        "../chapters/yours/steps/3.3-take-turns/wrong_resumes_the_ended.rs",
    skips_one = "../chapters/yours/steps/3.3-take-turns/wrong_skips_one.rs",
}

step! {
    look, chapter_4, "4.1",
    "../chapters/yours/steps/4.1-look/handed_out.rs",
    never_waits = "../chapters/yours/steps/4.1-look/wrong_never_waits.rs",
    one_event = "../chapters/yours/steps/4.1-look/wrong_one_event.rs",
    readable_alone = "../chapters/yours/steps/4.1-look/wrong_readable_alone.rs",
    the_last_event = "../chapters/yours/steps/4.1-look/wrong_the_last_event.rs",
}

step! {
    drain, chapter_4, "4.2",
    "../chapters/yours/steps/4.2-drain/handed_out.rs",
    asks_for_ever = "../chapters/yours/steps/4.2-drain/wrong_asks_for_ever.rs",
    gives_up = "../chapters/yours/steps/4.2-drain/wrong_gives_up.rs",
    loses_what_came_before =
        "../chapters/yours/steps/4.2-drain/wrong_loses_what_came_before.rs",
    reads_past_the_end = "../chapters/yours/steps/4.2-drain/wrong_reads_past_the_end.rs",
    stops_when_short = "../chapters/yours/steps/4.2-drain/wrong_stops_when_short.rs",
    takes_a_pause_for_the_end =
        "../chapters/yours/steps/4.2-drain/wrong_takes_a_pause_for_the_end.rs",
    takes_the_whole_buffer =
        "../chapters/yours/steps/4.2-drain/wrong_takes_the_whole_buffer.rs",
}

step! {
    place, chapter_5, "5.1",
    "../chapters/yours/steps/5.1-place/handed_out.rs",
    always_the_ones = "../chapters/yours/steps/5.1-place/wrong_always_the_ones.rs",
    by_the_distance = "../chapters/yours/steps/5.1-place/wrong_by_the_distance.rs",
    hands_digit = "../chapters/yours/steps/5.1-place/wrong_hands_digit.rs",
    lowest_digit = "../chapters/yours/steps/5.1-place/wrong_lowest_digit.rs",
}

step! {
    insert, chapter_5, "5.2",
    "../chapters/yours/steps/5.2-insert/handed_out.rs",
    forgets_the_past = "../chapters/yours/steps/5.2-insert/wrong_forgets_the_past.rs",
    one_a_tick = "../chapters/yours/steps/5.2-insert/wrong_one_a_tick.rs",
    one_number_for_all = "../chapters/yours/steps/5.2-insert/wrong_one_number_for_all.rs",
    seen_from_now = "../chapters/yours/steps/5.2-insert/wrong_seen_from_now.rs",
}

step! {
    cascade, chapter_5, "5.3",
    "../chapters/yours/steps/5.3-cascade/handed_out.rs",
    inserts_again = "../chapters/yours/steps/5.3-cascade/wrong_inserts_again.rs",
    keeps_the_last = "../chapters/yours/steps/5.3-cascade/wrong_keeps_the_last.rs",
    straight_to_the_ones =
        "../chapters/yours/steps/5.3-cascade/wrong_straight_to_the_ones.rs",
    the_same_slot = "../chapters/yours/steps/5.3-cascade/wrong_the_same_slot.rs",
}

step! {
    task_waker, chapter_6, "6.1",
    "../chapters/yours/steps/6.1-task-waker/handed_out.rs",
    clears_it_itself = "../chapters/yours/steps/6.1-task-waker/wrong_clears_it_itself.rs",
    marks_it_late = "../chapters/yours/steps/6.1-task-waker/wrong_marks_it_late.rs",
    one_seat_ever = "../chapters/yours/steps/6.1-task-waker/wrong_one_seat_ever.rs",
    the_wrong_way_round =
        "../chapters/yours/steps/6.1-task-waker/wrong_the_wrong_way_round.rs",
}

step! {
    poll, chapter_6, "6.2",
    "../chapters/yours/steps/6.2-poll/handed_out.rs",
    clears_late = "../chapters/yours/steps/6.2-poll/wrong_clears_late.rs",
    drops_who_waits = "../chapters/yours/steps/6.2-poll/wrong_drops_who_waits.rs",
    forgets_to_remove = "../chapters/yours/steps/6.2-poll/wrong_forgets_to_remove.rs",
    keeps_what_is_over = "../chapters/yours/steps/6.2-poll/wrong_keeps_what_is_over.rs",
    wakes_who_waits = "../chapters/yours/steps/6.2-poll/wrong_wakes_who_waits.rs",
}

step! {
    handle, chapter_6, "6.3",
    "../chapters/yours/steps/6.3-handle/handed_out.rs",
    drops_under_a_borrow =
        "../chapters/yours/steps/6.3-handle/wrong_drops_under_a_borrow.rs",
    forgets_who_waits = "../chapters/yours/steps/6.3-handle/wrong_forgets_who_waits.rs",
    keeps_the_first = "../chapters/yours/steps/6.3-handle/wrong_keeps_the_first.rs",
    looks_before_it_clones =
        "../chapters/yours/steps/6.3-handle/wrong_looks_before_it_clones.rs",
    waits_first = "../chapters/yours/steps/6.3-handle/wrong_waits_first.rs",
    wakes_first = "../chapters/yours/steps/6.3-handle/wrong_wakes_first.rs",
    wakes_under_a_borrow =
        "../chapters/yours/steps/6.3-handle/wrong_wakes_under_a_borrow.rs",
}

step! {
    inbox, chapter_7, "7.1",
    "../chapters/yours/steps/7.1-inbox/handed_out.rs",
    does_not_look = "../chapters/yours/steps/7.1-inbox/wrong_does_not_look.rs",
    leaves_the_flag = "../chapters/yours/steps/7.1-inbox/wrong_leaves_the_flag.rs",
    parks_without_a_word =
        "../chapters/yours/steps/7.1-inbox/wrong_parks_without_a_word.rs",
    rings_always = "../chapters/yours/steps/7.1-inbox/wrong_rings_always.rs",
    rings_under_the_lock =
        "../chapters/yours/steps/7.1-inbox/wrong_rings_under_the_lock.rs",
    two_locks = "../chapters/yours/steps/7.1-inbox/wrong_two_locks.rs",
}

step! {
    turn, chapter_7, "7.2",
    "../chapters/yours/steps/7.2-turn/handed_out.rs",
    no_limit = "../chapters/yours/steps/7.2-turn/wrong_no_limit.rs",
    one_round = "../chapters/yours/steps/7.2-turn/wrong_one_round.rs",
    one_timer = "../chapters/yours/steps/7.2-turn/wrong_one_timer.rs",
    timers_first = "../chapters/yours/steps/7.2-turn/wrong_timers_first.rs",
}

step! {
    block_on, chapter_7, "7.3",
    "../chapters/yours/steps/7.3-block-on/handed_out.rs",
    asks_main_last = "../chapters/yours/steps/7.3-block-on/wrong_asks_main_last.rs",
    does_not_park = "../chapters/yours/steps/7.3-block-on/wrong_does_not_park.rs",
    forgets_sockets = "../chapters/yours/steps/7.3-block-on/wrong_forgets_sockets.rs",
    is_never_inside = "../chapters/yours/steps/7.3-block-on/wrong_is_never_inside.rs",
    sleeps_for_ever = "../chapters/yours/steps/7.3-block-on/wrong_sleeps_for_ever.rs",
    sleeps_though_one_is_ready =
        "../chapters/yours/steps/7.3-block-on/wrong_sleeps_though_one_is_ready.rs",
}

step! {
    sleep, chapter_7, "7.4",
    "../chapters/yours/steps/7.4-sleep/handed_out.rs",
    a_timer_a_poll = "../chapters/yours/steps/7.4-sleep/wrong_a_timer_a_poll.rs",
    clones_under_a_borrow =
        "../chapters/yours/steps/7.4-sleep/wrong_clones_under_a_borrow.rs",
    done_when_woken = "../chapters/yours/steps/7.4-sleep/wrong_done_when_woken.rs",
    drops_under_a_borrow =
        "../chapters/yours/steps/7.4-sleep/wrong_drops_under_a_borrow.rs",
    keeps_the_first = "../chapters/yours/steps/7.4-sleep/wrong_keeps_the_first.rs",
    leaves_its_timer = "../chapters/yours/steps/7.4-sleep/wrong_leaves_its_timer.rs",
    looks_first = "../chapters/yours/steps/7.4-sleep/wrong_looks_first.rs",
    wakes_at_once = "../chapters/yours/steps/7.4-sleep/wrong_wakes_at_once.rs",
}

step! {
    source, chapter_8, "8.1",
    "../chapters/yours/steps/8.1-source/handed_out.rs",
    asks_each_time = "../chapters/yours/steps/8.1-source/wrong_asks_each_time.rs",
    back_to_the_end = "../chapters/yours/steps/8.1-source/wrong_back_to_the_end.rs",
    clears_late = "../chapters/yours/steps/8.1-source/wrong_clears_late.rs",
    keeps_the_first = "../chapters/yours/steps/8.1-source/wrong_keeps_the_first.rs",
    keeps_the_gone = "../chapters/yours/steps/8.1-source/wrong_keeps_the_gone.rs",
    passes_signals_on = "../chapters/yours/steps/8.1-source/wrong_passes_signals_on.rs",
    wakes_one = "../chapters/yours/steps/8.1-source/wrong_wakes_one.rs",
    wakes_under_a_borrow =
        "../chapters/yours/steps/8.1-source/wrong_wakes_under_a_borrow.rs",
}

step! {
    poll_woken, chapter_10, "10.1",
    "../chapters/yours/steps/10.1-poll-woken/handed_out.rs",
    clears_late = "../chapters/yours/steps/10.1-poll-woken/wrong_clears_late.rs",
    keeps_the_first = "../chapters/yours/steps/10.1-poll-woken/wrong_keeps_the_first.rs",
    leaves_word_late =
        "../chapters/yours/steps/10.1-poll-woken/wrong_leaves_word_late.rs",
    loops = "../chapters/yours/steps/10.1-poll-woken/wrong_loops.rs",
    never_clears = "../chapters/yours/steps/10.1-poll-woken/wrong_never_clears.rs",
    polls_all = "../chapters/yours/steps/10.1-poll-woken/wrong_polls_all.rs",
    polls_the_done = "../chapters/yours/steps/10.1-poll-woken/wrong_polls_the_done.rs",
    polls_under_the_lock =
        "../chapters/yours/steps/10.1-poll-woken/wrong_polls_under_the_lock.rs",
    takes_one = "../chapters/yours/steps/10.1-poll-woken/wrong_takes_one.rs",
}

step! {
    mutex, chapter_11, "11.1",
    "../chapters/yours/steps/11.1-mutex/handed_out.rs",
    announces = "../chapters/yours/steps/11.1-mutex/wrong_announces.rs",
    announces_in_the_wake =
        "../chapters/yours/steps/11.1-mutex/wrong_announces_in_the_wake.rs",
    keeps_the_first = "../chapters/yours/steps/11.1-mutex/wrong_keeps_the_first.rs",
    looks_before_it_clones =
        "../chapters/yours/steps/11.1-mutex/wrong_looks_before_it_clones.rs",
    loses_the_turn = "../chapters/yours/steps/11.1-mutex/wrong_loses_the_turn.rs",
    stays_in_line = "../chapters/yours/steps/11.1-mutex/wrong_stays_in_line.rs",
    stays_locked = "../chapters/yours/steps/11.1-mutex/wrong_stays_locked.rs",
}

step! {
    rules, chapter_12, "12.1",
    "../chapters/yours/steps/12.1-rules/handed_out.rs",
    ends_when_idle = "../chapters/yours/steps/12.1-rules/wrong_ends_when_idle.rs",
    is_never_idle = "../chapters/yours/steps/12.1-rules/wrong_is_never_idle.rs",
    last_first = "../chapters/yours/steps/12.1-rules/wrong_last_first.rs",
    one_too_many = "../chapters/yours/steps/12.1-rules/wrong_one_too_many.rs",
    promised_twice = "../chapters/yours/steps/12.1-rules/wrong_promised_twice.rs",
    starts_always = "../chapters/yours/steps/12.1-rules/wrong_starts_always.rs",
    waits_for_ever = "../chapters/yours/steps/12.1-rules/wrong_waits_for_ever.rs",
}
/// The whole executor, of the solutions.
#[path = "."]
mod solved {
    #[path = "../chapters/yours/steps/7.3-block-on/solution.rs"]
    pub mod block_on;
    #[path = "../chapters/yours/steps/5.3-cascade/solution.rs"]
    pub mod cascade;
    #[path = "../chapters/yours/check/src/ch03.rs"]
    pub mod ch03;
    #[path = "../chapters/yours/check/src/ch04.rs"]
    pub mod ch04;
    #[path = "../chapters/yours/check/src/ch05.rs"]
    pub mod ch05;
    #[path = "../chapters/yours/check/src/ch06.rs"]
    pub mod ch06;
    #[path = "../chapters/yours/check/src/ch07.rs"]
    pub mod ch07;
    #[path = "../chapters/yours/check/src/ch08.rs"]
    pub mod ch08;
    #[path = "../chapters/yours/check/src/ch10.rs"]
    pub mod ch10;
    #[path = "../chapters/yours/check/src/ch11.rs"]
    pub mod ch11;
    #[path = "../chapters/yours/check/src/ch12.rs"]
    pub mod ch12;
    #[path = "../chapters/yours/src/clock.rs"]
    pub mod clock;
    #[path = "../chapters/yours/steps/4.2-drain/solution.rs"]
    pub mod drain;
    #[path = "../chapters/yours/steps/6.3-handle/solution.rs"]
    pub mod handle;
    #[path = "../chapters/yours/steps/7.1-inbox/solution.rs"]
    pub mod inbox;
    #[path = "../chapters/yours/steps/5.2-insert/solution.rs"]
    pub mod insert;
    #[path = "../chapters/yours/src/join.rs"]
    pub mod join;
    #[path = "../chapters/11-taking-turns/line.rs"]
    pub mod line;
    #[path = "../chapters/yours/src/lock.rs"]
    pub mod lock;
    #[path = "../chapters/yours/steps/4.1-look/solution.rs"]
    pub mod look;
    #[path = "../chapters/yours/steps/11.1-mutex/solution.rs"]
    pub mod mutex;
    #[path = "../chapters/yours/src/net.rs"]
    pub mod net;
    #[path = "../chapters/yours/src/operation.rs"]
    pub mod operation;
    #[path = "../chapters/yours/steps/5.1-place/solution.rs"]
    pub mod place;
    #[path = "../chapters/yours/steps/6.2-poll/solution.rs"]
    pub mod poll;
    #[path = "../chapters/yours/steps/10.1-poll-woken/solution.rs"]
    pub mod poll_woken;
    #[path = "../chapters/12-blocking-work/pool.rs"]
    pub mod pool;
    #[path = "../chapters/yours/steps/12.1-rules/solution.rs"]
    pub mod rules;
    #[path = "../chapters/yours/src/runtime.rs"]
    pub mod runtime;
    #[path = "../chapters/yours/steps/7.4-sleep/solution.rs"]
    pub mod sleep;
    #[path = "../chapters/yours/steps/8.1-source/solution.rs"]
    pub mod source;
    #[path = "../chapters/yours/steps/3.3-take-turns/solution.rs"]
    pub mod take_turns;
    #[path = "../chapters/yours/steps/6.1-task-waker/solution.rs"]
    pub mod task_waker;
    #[path = "../chapters/yours/src/tasks.rs"]
    pub mod tasks;
    #[path = "../chapters/yours/steps/3.1-there-and-back/solution.rs"]
    pub mod there_and_back;
    #[path = "../chapters/yours/src/timeout.rs"]
    pub mod timeout;
    #[path = "../chapters/yours/steps/7.2-turn/solution.rs"]
    pub mod turn;
    #[path = "../chapters/yours/steps/3.2-up-and-down/solution.rs"]
    pub mod up_and_down;
    #[path = "../chapters/yours/src/wheel.rs"]
    pub mod wheel;

    #[test]
    fn every_step_holds() {
        crate::suite::pool::be_patient();
        for (step, _) in crate::STEPS {
            let checks = [
                ch03::check,
                ch04::check,
                ch05::check,
                ch06::check,
                ch07::check,
                ch08::check,
                ch10::check,
                ch11::check,
                ch12::check,
            ];
            let mut outcomes = checks.iter().filter_map(|check| check(step));
            crate::holds(outcomes.next().expect("some chapter has a check of it"));
            assert!(outcomes.next().is_none(), "one chapter has a check of {step}");
        }
    }
}

steps! {
    there_and_back up_and_down take_turns look drain place insert cascade task_waker poll handle inbox turn block_on sleep source poll_woken mutex rules
}

/// A wrong answer that no test has would be a story that nobody reads.
#[test]
fn every_file_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("chapters/yours/steps");
    let mut there = BTreeSet::new();
    for step in fs::read_dir(&folder).expect("the steps are there") {
        let step = step.expect("a folder").path();
        for file in fs::read_dir(&step).expect("a step is a folder") {
            let file = file.expect("a file").path();
            let name = file.file_name().expect("it has a name").to_string_lossy();
            let is_answer = name == "handed_out.rs" || name.starts_with("wrong_");
            let path = file.strip_prefix(root).expect("it lies in the root");
            if is_answer {
                there.insert(format!("../{}", path.display()));
            }
        }
    }
    let used = STEPS.iter().flat_map(|(_, files)| *files);
    assert_eq!(used.map(ToString::to_string).collect::<BTreeSet<_>>(), there);
}
