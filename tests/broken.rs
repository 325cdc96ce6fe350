//! The suites on machines that are broken on purpose: each bug has to be found, within
//! the default number of cases, and shrunk to a story of a few steps.
//!
//! `cargo test --test broken -- --nocapture` prints the stories.

mod suite;

#[path = "broken/keeper_row.rs"]
mod keeper_row;
#[path = "broken/keeper_sleeps.rs"]
mod keeper_sleeps;
#[path = "broken/keeper_stack.rs"]
mod keeper_stack;
#[path = "broken/keeper_stays.rs"]
mod keeper_stays;

#[path = "broken/waiting_compares_flags.rs"]
mod waiting_compares_flags;
#[path = "broken/waiting_forgets_end.rs"]
mod waiting_forgets_end;
#[path = "broken/waiting_forgets_line.rs"]
mod waiting_forgets_line;
#[path = "broken/waiting_gives_up.rs"]
mod waiting_gives_up;
#[path = "broken/waiting_insists.rs"]
mod waiting_insists;
#[path = "broken/waiting_reads_first.rs"]
mod waiting_reads_first;
#[path = "broken/waiting_sends_again.rs"]
mod waiting_sends_again;

/// Chapter 01: keepers and their plans.
mod keeper {
    use crate::suite::{finds, keeper};

    #[test]
    fn who_stays_with_a_duck_while_it_eats_is_found() {
        finds(keeper::plan::<crate::keeper_stays::Keepers>(), 3);
    }

    #[test]
    fn who_serves_the_first_in_the_row_is_found() {
        finds(keeper::plan::<crate::keeper_row::Keepers>(), 3);
    }

    #[test]
    fn who_serves_the_last_to_get_hungry_is_found() {
        finds(keeper::plan::<crate::keeper_stack::Keepers>(), 3);
    }

    #[test]
    fn who_sleeps_until_the_last_duck_is_hungry_is_found() {
        finds(keeper::plan::<crate::keeper_sleeps::Keepers>(), 4);
    }

    #[test]
    fn a_limit_without_the_first_duck_is_found() {
        finds(keeper::most_ducks(|hands, eating| (eating / hands).max(1)), 2);
    }
}

/// Chapter 02: waiting.
mod waiting {
    use super::suite::{finds, waiting};

    waiting::line_reader!(super::waiting_forgets_line::LineReader);
    waiting::line_reader!(super::waiting_forgets_end::LineReader);
    waiting::line_reader!(super::waiting_reads_first::LineReader);
    waiting::line_reader!(super::waiting_gives_up::LineReader);
    waiting::outbox!(super::waiting_sends_again::Outbox);
    waiting::outbox!(super::waiting_insists::Outbox);

    #[test]
    fn a_line_in_two_pieces_is_lost() {
        finds(waiting::lines::<super::waiting_forgets_line::LineReader>(), 4);
    }

    #[test]
    fn a_last_line_without_newline_is_lost() {
        finds(waiting::lines::<super::waiting_forgets_end::LineReader>(), 3);
    }

    #[test]
    fn a_whole_line_waits_for_the_next() {
        finds(waiting::lines::<super::waiting_reads_first::LineReader>(), 4);
    }

    #[test]
    fn an_interrupted_read_is_no_failure() {
        finds(waiting::lines::<super::waiting_gives_up::LineReader>(), 3);
    }

    #[test]
    fn a_short_write_is_sent_again() {
        finds(waiting::bytes_arrive::<super::waiting_sends_again::Outbox>(), 4);
    }

    #[test]
    fn a_full_sink_is_asked_again_at_once() {
        finds(waiting::bytes_arrive::<super::waiting_insists::Outbox>(), 3);
    }

    #[test]
    fn a_socket_at_its_end_is_overlooked() {
        finds(waiting::ready_ones(super::waiting_compares_flags::ready), 2);
    }
}

#[path = "broken/generator_answer_misdirected.rs"]
mod generator_answer_misdirected;
#[path = "broken/generator_cleans_twice.rs"]
mod generator_cleans_twice;
#[path = "broken/generator_eager.rs"]
mod generator_eager;
#[path = "broken/generator_first_lost.rs"]
mod generator_first_lost;
#[path = "broken/generator_never_dropped.rs"]
mod generator_never_dropped;
#[path = "broken/generator_outer_first.rs"]
mod generator_outer_first;
#[path = "broken/generator_restarts.rs"]
mod generator_restarts;
#[path = "broken/reactor_asks_again.rs"]
mod reactor_asks_again;
#[path = "broken/reactor_by_number.rs"]
mod reactor_by_number;
#[path = "broken/reactor_checks_too_early.rs"]
mod reactor_checks_too_early;
#[path = "broken/reactor_empties_queue.rs"]
mod reactor_empties_queue;
#[path = "broken/reactor_lost_generation.rs"]
mod reactor_lost_generation;
#[path = "broken/reactor_new_slots.rs"]
mod reactor_new_slots;
#[path = "broken/reactor_stale_token.rs"]
mod reactor_stale_token;
#[path = "broken/reactor_still_watched.rs"]
mod reactor_still_watched;

// The system calls that the reactors of chapter 04 stand on are the library's own.
#[allow(dead_code, unsafe_code)]
#[path = "../src/sys.rs"]
mod sys;

/// Chapter 03: coroutines.
mod generator {
    use crate::suite::finds;
    use crate::suite::generator::{agrees, cleans_up, delegates, plays, stays_ended};
    use crate::*;

    #[test]
    fn first_lost() {
        finds(delegates::<generator_first_lost::Play>(), 4);
    }

    #[test]
    fn answer_misdirected() {
        finds(agrees::<generator_answer_misdirected::Play>(), 3);
    }

    #[test]
    fn outer_first() {
        finds(cleans_up::<generator_outer_first::Play>(), 3);
    }

    #[test]
    fn cleans_twice() {
        finds(cleans_up::<generator_cleans_twice::Play>(), 2);
    }

    #[test]
    fn eager() {
        finds(cleans_up::<generator_eager::Play>(), 1);
    }

    #[test]
    fn restarts() {
        finds(stays_ended::<generator_restarts::Play>(), 3);
    }

    #[test]
    fn never_dropped() {
        finds(plays::<generator_never_dropped::Play>(), 3);
    }
}

/// Chapter 04: the reactor.
mod reactor {
    use crate::suite::{finds, reactor};
    use crate::*;

    reactor::watch!(reactor_asks_again::Reactor<u32>, reactor_asks_again::Token);
    reactor::watch!(reactor_by_number::Reactor<u32>, reactor_by_number::Token);
    reactor::watch!(
        reactor_checks_too_early::Reactor<u32>,
        reactor_checks_too_early::Token
    );
    reactor::watch!(reactor_empties_queue::Reactor<u32>, reactor_empties_queue::Token);
    reactor::watch!(reactor_new_slots::Reactor<u32>, reactor_new_slots::Token, slot);
    reactor::watch!(reactor_stale_token::Reactor<u32>, reactor_stale_token::Token);
    reactor::watch!(reactor_still_watched::Reactor<u32>, reactor_still_watched::Token);
    reactor::watch!(
        reactor_lost_generation::Reactor<u32>,
        reactor_lost_generation::Token
    );

    #[test]
    fn asks_again() {
        finds(reactor::tells_each_edge_once::<reactor_asks_again::Reactor<u32>>(), 4);
    }

    #[test]
    fn by_number() {
        finds(reactor::tells_each_edge_once::<reactor_by_number::Reactor<u32>>(), 7);
    }

    #[test]
    fn checks_too_early() {
        finds(
            reactor::tells_each_edge_once::<reactor_checks_too_early::Reactor<u32>>(),
            6,
        );
    }

    #[test]
    fn empties_queue() {
        finds(reactor::tells_each_edge_once::<reactor_empties_queue::Reactor<u32>>(), 7);
    }

    #[test]
    fn new_slots() {
        finds(reactor::tells_each_edge_once::<reactor_new_slots::Reactor<u32>>(), 4);
    }

    #[test]
    fn stale_token() {
        finds(reactor::tells_each_edge_once::<reactor_stale_token::Reactor<u32>>(), 8);
    }

    #[test]
    fn still_watched() {
        finds(reactor::tells_each_edge_once::<reactor_still_watched::Reactor<u32>>(), 4);
    }

    #[test]
    fn lost_generation() {
        finds(
            reactor::tells_each_edge_once::<reactor_lost_generation::Reactor<u32>>(),
            7,
        );
    }
}

#[path = "broken/wheel_fires_early.rs"]
mod wheel_fires_early;
#[path = "broken/wheel_hand_jumps.rs"]
mod wheel_hand_jumps;
#[path = "broken/wheel_last_first.rs"]
mod wheel_last_first;
#[path = "broken/wheel_level_by_distance.rs"]
mod wheel_level_by_distance;
#[path = "broken/wheel_mark_left.rs"]
mod wheel_mark_left;
#[path = "broken/wheel_off_by_one.rs"]
mod wheel_off_by_one;
#[path = "broken/wheel_parts.rs"]
mod wheel_parts;
#[path = "broken/wheel_stale_place.rs"]
mod wheel_stale_place;
#[path = "broken/wheel_top_wraps.rs"]
mod wheel_top_wraps;

/// Chapter 05: the timer wheel.
mod wheel {
    use super::suite::{finds, holds, wheel};
    use super::wheel_parts::{Sound, Wheel};

    /// A wheel with one wrong decision: the suite finds it. Most stories take two to five
    /// steps; the limit leaves room for those of other seeds.
    fn found<P: super::wheel_parts::Parts>() {
        finds(wheel::agrees_with_a_sorted_set::<Wheel<P>>(), 8);
    }

    #[test]
    fn with_every_decision_right_nothing_is_found() {
        holds(wheel::agrees_with_a_sorted_set::<Wheel<Sound>>());
    }

    #[test]
    fn a_timer_fires_early() {
        found::<super::wheel_fires_early::FiresEarly>();
    }

    #[test]
    fn the_hand_jumps_over_due_timers() {
        found::<super::wheel_hand_jumps::HandJumps>();
    }

    #[test]
    fn equal_deadlines_come_in_the_wrong_order() {
        found::<super::wheel_last_first::LastFirst>();
    }

    #[test]
    fn the_level_goes_by_distance() {
        found::<super::wheel_level_by_distance::LevelByDistance>();
    }

    #[test]
    fn a_mark_is_left_at_an_empty_slot() {
        found::<super::wheel_mark_left::MarkLeft>();
    }

    #[test]
    fn a_level_boundary_is_off_by_one() {
        found::<super::wheel_off_by_one::OffByOne>();
    }

    #[test]
    fn a_cancelled_timer_fires_after_a_cascade() {
        found::<super::wheel_stale_place::StalePlace>();
    }

    #[test]
    fn the_top_level_wraps() {
        found::<super::wheel_top_wraps::TopWraps>();
    }
}
