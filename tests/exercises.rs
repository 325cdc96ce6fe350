//! The suites on your own code: what you write in a chapter's `exercise.rs` and
//! `repair.rs`.
//!
//! `cargo test --test exercises generator -- --ignored` runs those of one chapter. They
//! are ignored otherwise, because before you have solved them they fail.

// Exercise and repair of a chapter may share a file.
#![allow(clippy::duplicate_mod)]

mod suite;

#[path = "../chapters/01-one-keeper/exercise.rs"]
mod exercise_01;

#[path = "../chapters/01-one-keeper/repair.rs"]
mod repair_01;

#[path = "../chapters/02-waiting/exercise.rs"]
mod exercise_02;
#[path = "../chapters/02-waiting/repair.rs"]
mod repair_02;

/// Chapter 01: keepers and their plans.
mod keeper {
    use crate::suite::{holds, keeper};
    use crate::{exercise_01 as exercise, repair_01 as repair};

    #[test]
    #[ignore = "exercise 1: solve chapters/01-one-keeper/exercise.rs"]
    fn most_ducks() {
        holds(keeper::most_ducks(exercise::most_ducks));
    }

    #[test]
    #[ignore = "exercise 2: solve chapters/01-one-keeper/exercise.rs"]
    fn a_plan() {
        holds(keeper::plan::<exercise::Exercise>());
    }

    #[test]
    #[ignore = "exercise 3: repair chapters/01-one-keeper/repair.rs"]
    fn repaired() {
        holds(keeper::plan::<repair::Repair>());
    }
}

/// Chapter 02: waiting.
mod waiting {
    use super::exercise_02::{Outbox, ready};
    use super::repair_02::LineReader;
    use super::suite::{holds, waiting};

    waiting::outbox!(Outbox);
    waiting::line_reader!(LineReader);

    #[test]
    #[ignore = "exercise 1: solve chapters/02-waiting/exercise.rs"]
    fn exercise_outbox_brings_every_byte() {
        holds(waiting::bytes_arrive::<Outbox>());
    }

    #[test]
    #[ignore = "exercise 2: solve chapters/02-waiting/exercise.rs"]
    fn exercise_says_who_is_ready() {
        holds(waiting::ready_ones(ready));
    }

    #[test]
    #[ignore = "exercise 3: repair chapters/02-waiting/repair.rs"]
    fn repair_says_every_line() {
        holds(waiting::lines::<LineReader>());
    }
}

#[path = "../chapters/03-generators/exercise.rs"]
mod exercise_03;

#[path = "../chapters/03-generators/repair.rs"]
mod repair_03;

#[path = "../chapters/04-reactor/exercise.rs"]
mod exercise_04;

#[path = "../chapters/04-reactor/repair.rs"]
mod repair_04;

// The system calls that the reactors of chapter 04 stand on are the library's own.
#[allow(dead_code, unsafe_code)]
#[path = "../src/sys.rs"]
mod sys;

/// Chapter 03: coroutines.
mod generator {
    use crate::exercise_03 as exercise;
    use crate::repair_03 as repair;
    use crate::suite::generator::plays;
    use crate::suite::holds;

    #[test]
    #[ignore = "exercise 1: solve chapters/03-generators/exercise.rs"]
    fn any_script() {
        holds(plays::<exercise::Play>());
    }

    #[test]
    #[ignore = "exercise 2: repair chapters/03-generators/repair.rs"]
    fn repaired() {
        holds(plays::<repair::Repaired>());
    }
}

/// Chapter 04: the reactor.
mod reactor {
    use crate::exercise_04 as exercise;
    use crate::repair_04 as repair;
    use crate::suite::{holds, reactor};

    reactor::watch!(exercise::Reactor<u32>, exercise::Token, slot);
    reactor::watch!(repair::Reactor<u32>, repair::Token);

    #[test]
    #[ignore = "exercise 2: solve chapters/04-reactor/exercise.rs"]
    fn table_by_hand() {
        holds(reactor::tells_each_edge_once::<exercise::Reactor<u32>>());
    }

    #[test]
    #[ignore = "exercise 1: repair chapters/04-reactor/repair.rs"]
    fn repaired() {
        holds(reactor::tells_each_edge_once::<repair::Reactor<u32>>());
    }
}

#[path = "../chapters/05-timer-wheel/exercise.rs"]
mod exercise_05;
#[path = "../chapters/05-timer-wheel/repair.rs"]
mod repair_05;

/// Chapter 05: the timer wheel.
mod wheel {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::exercise_05::{self as exercise, Heap};
    use super::repair_05::Hierarchy;
    use super::suite::{holds, wheel};

    wheel::timers!(Heap, Rc<Cell<Option<usize>>>);
    wheel::timers!(Hierarchy, (u64, u64));

    impl wheel::Kept for Heap {
        fn kept(&self) -> usize {
            Heap::kept(self)
        }
    }

    #[test]
    #[ignore = "exercise 1: chapters/05-timer-wheel/exercise.rs"]
    fn heap_does_not_pile_up() {
        holds(wheel::does_not_pile_up::<Heap>());
    }

    #[test]
    #[ignore = "exercise 1: chapters/05-timer-wheel/exercise.rs"]
    fn heap_agrees_with_a_sorted_set() {
        holds(wheel::agrees_with_a_sorted_set::<Heap>());
    }

    #[test]
    #[ignore = "exercise 2: chapters/05-timer-wheel/exercise.rs"]
    fn bits_name_the_first_digit_that_differs() {
        holds(wheel::stands_at_the_first_six_bits_that_differ(exercise::place_in_bits));
    }

    #[test]
    #[ignore = "repair chapters/05-timer-wheel/repair.rs"]
    fn repaired() {
        holds(wheel::agrees_with_a_sorted_set_in_small_times::<Hierarchy>());
        holds(wheel::agrees_with_a_sorted_set::<Hierarchy>());
    }
}

#[path = "../chapters/06-tasks-wakers/exercise.rs"]
mod exercise_06;

#[allow(dead_code, reason = "its meter")]
#[path = "../chapters/06-tasks-wakers/kettle.rs"]
mod kettle_06;

#[path = "../chapters/06-tasks-wakers/repair.rs"]
mod repair_06;

/// Chapter 06: tasks and wakers.
mod task {
    use std::time::Duration;

    use crate::suite::{holds, kettle, signal, task};
    use crate::{exercise_06 as exercise, kettle_06, repair_06 as repair};

    impl kettle::Kettle for kettle_06::Kettle {
        fn put_on(takes: Duration) -> Self {
            kettle_06::put_on(takes)
        }
    }

    #[test]
    #[ignore = "mend chapters/06-tasks-wakers/kettle.rs"]
    fn the_kettle() {
        holds(kettle::stands_strangers::<kettle_06::Kettle>());
    }

    #[test]
    #[ignore = "solve chapters/06-tasks-wakers/exercise.rs"]
    fn a_signal() {
        holds(signal::wakes_everyone::<exercise::Flag>());
    }

    #[test]
    #[ignore = "repair chapters/06-tasks-wakers/repair.rs"]
    fn repaired() {
        holds(task::keeps_its_seats::<repair::Repaired>());
    }
}

#[path = "../chapters/07-event-loop/exercise.rs"]
mod exercise_07;

#[path = "../chapters/07-event-loop/repair.rs"]
mod repair_07;

/// Chapter 07: the event loop.
mod event_loop {
    use crate::suite::event_loop::{leaves_nothing, parks};
    use crate::suite::holds;
    use crate::{exercise_07 as exercise, repair_07 as repair};

    #[test]
    #[ignore = "exercise 1: solve chapters/07-event-loop/exercise.rs"]
    fn sleeps() {
        holds(parks::<exercise::Sleeper>());
    }

    #[test]
    #[ignore = "exercise 2: solve chapters/07-event-loop/exercise.rs"]
    fn shuts_down() {
        holds(leaves_nothing::<exercise::House>());
    }

    #[test]
    #[ignore = "exercise 3: repair chapters/07-event-loop/repair.rs"]
    fn repaired() {
        holds(parks::<repair::Glance>());
    }
}

#[path = "../chapters/08-sockets/repair.rs"]
mod repair_08;

/// Chapter 08: sockets.
mod stream {
    use crate::repair_08 as repair;
    use crate::suite::holds;
    use crate::suite::stream::{Kit, asks_when_it_is_worth_it, loses_nothing};

    #[test]
    #[ignore = "exercise 1: repair chapters/08-sockets/repair.rs"]
    fn repaired() {
        holds(loses_nothing::<Kit<repair::Thrifty>>());
        holds(asks_when_it_is_worth_it::<Kit<repair::Thrifty>>());
    }
}

#[path = "../chapters/09-time/exercise.rs"]
mod exercise_09;
#[path = "../chapters/09-time/repair.rs"]
mod repair_09;

/// The broken intervals that a test should tell from the library's.
#[allow(dead_code)] // of what they share with the sound one
mod broken {
    pub mod interval;
    pub mod interval_drifts;
    pub mod interval_keeps_the_old;
    pub mod interval_loses_its_turn;
    pub mod interval_ticks_twice;
}

/// Chapter 09: time.
mod time {
    use crate::suite::{holds, interval, lines};
    use crate::{exercise_09 as exercise, repair_09 as repair};

    lines::lines!(exercise::Lines);
    lines::lines!(repair::Lines);
    interval::ticks!(exercise::Interval);

    #[test]
    #[ignore = "exercise 1: solve chapters/09-time/exercise.rs"]
    fn lines() {
        holds(lines::loses_nothing::<exercise::Lines>());
        holds(lines::reads_ahead::<exercise::Lines>());
    }

    #[test]
    #[ignore = "exercise 2: solve chapters/09-time/exercise.rs"]
    fn interval() {
        holds(interval::keeps_time::<exercise::Interval>());
    }

    #[test]
    #[ignore = "exercise 3: solve chapters/09-time/exercise.rs"]
    fn a_test() {
        let tests = interval::on_each_interval!(exercise::a_test);
        holds(interval::tells_them_apart(&tests));
    }

    #[test]
    #[ignore = "exercise 4: repair chapters/09-time/repair.rs"]
    fn repaired() {
        holds(lines::loses_nothing::<repair::Lines>());
    }
}

#[path = "../chapters/10-many-at-once/exercise.rs"]
mod exercise_10;
#[path = "../chapters/10-many-at-once/repair.rs"]
mod repair_10;

/// Chapter 10: many at once.
mod many {
    use crate::suite::holds;
    use crate::suite::many::{join, keeps_its_width};
    use crate::suite::staggered::{first_success_wins, staggered};
    use crate::{exercise_10 as exercise, repair_10 as repair};

    struct Exercise;

    join!(Repair, |width, children| repair::join_within(width, children));
    staggered!(Exercise, exercise::staggered);

    #[test]
    #[ignore = "exercise 2: solve chapters/10-many-at-once/exercise.rs"]
    fn staggered() {
        holds(first_success_wins::<Exercise>());
    }

    #[test]
    #[ignore = "exercise 1: repair chapters/10-many-at-once/repair.rs"]
    fn repaired() {
        holds(keeps_its_width::<Repair>());
    }
}

#[path = "../chapters/11-taking-turns/repair.rs"]
#[allow(dead_code)] // what is there for you to use
mod repair_11;

/// Chapter 11: taking turns.
mod turns {
    use crate::repair_11 as repair;
    use crate::suite::{hand_over, holds};

    hand_over::semaphore!(Semaphore, repair::Semaphore);

    #[test]
    #[ignore = "repair chapters/11-taking-turns/repair.rs"]
    fn repaired() {
        holds(hand_over::permits::<Semaphore>());
    }
}

#[path = "../chapters/12-blocking-work/repair.rs"]
mod repair_12;

/// Chapter 12: blocking work.
mod pool {
    use crate::repair_12 as repair;
    use crate::suite::holds;
    use crate::suite::pool::{an_abort_keeps_its_word, chapter_pool, does_its_jobs};

    chapter_pool!(Repair, repair, Repair);

    #[test]
    #[ignore = "repair chapters/12-blocking-work/repair.rs"]
    fn repair_keeps_its_word() {
        holds(an_abort_keeps_its_word::<Repair>());
        holds(does_its_jobs::<Repair>());
    }
}

#[path = "../chapters/13-a-crawler/exercise.rs"]
mod exercise_13;
#[path = "../chapters/13-a-crawler/repair.rs"]
mod repair_13;

/// Chapter 13: a crawler.
mod crawl {
    use crate::suite::crawl::{spares_the_hosts, unstopped, visits_each_once};
    use crate::suite::{self, holds};
    use crate::{exercise_13 as exercise, repair_13 as repair};

    unstopped!(Exercise, alike exercise::crawl);
    unstopped!(Polite, exercise::polite);
    unstopped!(Repair, repair::crawl);
    suite::retry::retry!(Retry, crate::exercise_13);

    #[test]
    #[ignore = "exercise 1: solve chapters/13-a-crawler/exercise.rs"]
    fn visits_each() {
        holds(visits_each_once::<Exercise>());
    }

    #[test]
    #[ignore = "exercise 2: solve chapters/13-a-crawler/exercise.rs"]
    fn spares_hosts() {
        holds(spares_the_hosts::<Polite>());
    }

    #[test]
    #[ignore = "exercise 3: repair chapters/13-a-crawler/repair.rs"]
    fn repaired() {
        holds(spares_the_hosts::<Repair>());
    }

    #[test]
    #[ignore = "exercise 4: solve chapters/13-a-crawler/exercise.rs"]
    fn comes_back() {
        holds(suite::retry::comes_back_later::<Retry>());
    }
}

#[path = "../chapters/14-two-ways-to-serve/exercise.rs"]
#[allow(dead_code)] // what is there for you to use
mod exercise_14;

#[path = "../chapters/14-two-ways-to-serve/repair.rs"]
mod repair_14;

/// Chapter 14: two ways to serve.
mod serve {
    use crate::suite::holds;
    use crate::suite::serve::{server, stops_at_once, stops_well};
    use crate::{exercise_14 as exercise, repair_14 as repair};

    server!(Exercise, exercise, now);
    server!(Repair, repair);

    #[test]
    #[ignore = "exercise 1: solve chapters/14-two-ways-to-serve/exercise.rs"]
    fn exercise_stops_well_and_at_once() {
        holds(stops_well::<Exercise>());
        holds(stops_at_once::<Exercise>());
    }

    #[test]
    #[ignore = "exercise 2: repair chapters/14-two-ways-to-serve/repair.rs"]
    fn repair_stops_well() {
        holds(stops_well::<Repair>());
    }
}
