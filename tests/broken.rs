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
    fn forgets_line() {
        finds(waiting::lines::<super::waiting_forgets_line::LineReader>(), 4);
    }

    #[test]
    fn forgets_end() {
        finds(waiting::lines::<super::waiting_forgets_end::LineReader>(), 3);
    }

    #[test]
    fn reads_first() {
        finds(waiting::lines::<super::waiting_reads_first::LineReader>(), 4);
    }

    #[test]
    fn gives_up() {
        finds(waiting::lines::<super::waiting_gives_up::LineReader>(), 3);
    }

    #[test]
    fn sends_again() {
        finds(waiting::bytes_arrive::<super::waiting_sends_again::Outbox>(), 4);
    }

    #[test]
    fn insists() {
        finds(waiting::bytes_arrive::<super::waiting_insists::Outbox>(), 3);
    }

    #[test]
    fn compares_flags() {
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
#[path = "broken/reactor_strikes_off_first.rs"]
mod reactor_strikes_off_first;

// The system calls that the reactors of chapter 04 stand on are the library's own.
#[allow(dead_code, unsafe_code)]
#[path = "../src/sys.rs"]
mod sys;

/// Chapter 03: coroutines.
mod generator {
    use crate::suite::finds;
    use crate::suite::generator::{
        begins_late, cleans_up, delegates, plays, stays_ended,
    };
    use crate::*;

    #[test]
    fn first_lost() {
        finds(delegates::<generator_first_lost::Play>(), 4);
    }

    #[test]
    fn answer_misdirected() {
        finds(delegates::<generator_answer_misdirected::Play>(), 4);
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
        finds(begins_late::<generator_eager::Play>(), 1);
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
        finds(reactor::tells_each_edge_once::<reactor_by_number::Reactor<u32>>(), 6);
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

/// What the reader is given to repair has a name of its own: the chapter has them run the
/// machines above by `reactor`, and that would tell its story.
mod repair_04 {
    use crate::suite::{finds, reactor};
    use crate::*;

    reactor::watch!(
        reactor_strikes_off_first::Reactor<u32>,
        reactor_strikes_off_first::Token
    );

    #[test]
    fn strikes_off_first() {
        finds(
            reactor::tells_each_edge_once::<reactor_strikes_off_first::Reactor<u32>>(),
            12,
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
#[path = "broken/wheel_one_level_down.rs"]
mod wheel_one_level_down;
#[path = "broken/wheel_parts.rs"]
mod wheel_parts;
#[path = "broken/wheel_stale_place.rs"]
mod wheel_stale_place;
#[path = "broken/wheel_top_wraps.rs"]
mod wheel_top_wraps;

/// Chapter 05: the timer wheel.
mod wheel {
    use super::suite::{finds, holds, wheel};
    use super::wheel_one_level_down::Hierarchy;
    use super::wheel_parts::{Sound, Wheel};

    wheel::timers!(Hierarchy, (u64, u64));

    /// A wheel with one wrong decision: the suite finds it. Most stories take two to five
    /// steps; the limit leaves room for those of other seeds.
    fn found<P: super::wheel_parts::Parts>() {
        finds(wheel::agrees_with_a_sorted_set::<Wheel<P>>(), 8);
    }

    /// The same where the first ticks will do: the story has small numbers.
    fn found_before<P: super::wheel_parts::Parts>(end: u64) {
        finds(wheel::agrees_with_a_sorted_set_until::<Wheel<P>>(end), 8);
    }

    #[test]
    fn with_every_decision_right_nothing_is_found() {
        holds(wheel::agrees_with_a_sorted_set::<Wheel<Sound>>());
    }

    #[test]
    fn wheel_fires_early() {
        found::<super::wheel_fires_early::FiresEarly>();
    }

    #[test]
    fn wheel_hand_jumps() {
        found_before::<super::wheel_hand_jumps::HandJumps>(200);
    }

    #[test]
    fn wheel_last_first() {
        found::<super::wheel_last_first::LastFirst>();
    }

    #[test]
    fn wheel_level_by_distance() {
        found::<super::wheel_level_by_distance::LevelByDistance>();
    }

    #[test]
    fn wheel_mark_left() {
        found::<super::wheel_mark_left::MarkLeft>();
    }

    #[test]
    fn wheel_off_by_one() {
        found::<super::wheel_off_by_one::OffByOne>();
    }

    #[test]
    fn wheel_one_level_down() {
        finds(wheel::agrees_with_a_sorted_set_in_small_times::<Hierarchy>(), 8);
    }

    #[test]
    fn wheel_stale_place() {
        found_before::<super::wheel_stale_place::StalePlace>(140);
    }

    #[test]
    fn wheel_top_wraps() {
        found::<super::wheel_top_wraps::TopWraps>();
    }
}

mod broken {
    pub mod crawl;
    pub mod crawl_crowds_a_host;
    pub mod crawl_done_too_early;
    pub mod crawl_finishes_first;
    pub mod crawl_forgets_failures;
    pub mod crawl_leaves_lines;
    pub mod crawl_loses_places;
    pub mod crawl_loses_the_dropped;
    pub mod crawl_repair;
    pub mod crawl_sees_late;
    pub mod crawl_waits_for_the_host;
    pub mod group;
    pub mod group_body_first;
    pub mod group_counts_the_gone;
    pub mod group_detaches;
    pub mod group_does_not_wait;
    pub mod group_stops_at_once;
    pub mod group_waits_for_the_body;
    pub mod hand_over;
    pub mod hand_over_announces;
    pub mod hand_over_holds_back;
    pub mod hand_over_lets_small_ones_pass;
    pub mod hand_over_loses_the_turn;
    pub mod interval;
    pub mod interval_drifts;
    pub mod interval_keeps_the_old;
    pub mod interval_loses_its_turn;
    pub mod interval_ticks_twice;
    pub mod join;
    pub mod join_clears_late;
    pub mod join_forgets_the_index;
    pub mod join_keeps_a_stale_key;
    pub mod join_last_first;
    pub mod join_looks_then_waits;
    pub mod join_one_a_turn;
    pub mod join_shares_the_waker;
    pub mod join_waits;
    pub mod lines_drops_the_rest;
    pub mod lines_in_the_future;
    pub mod lines_leaves_room;
    pub mod lines_says_half;
    pub mod lines_says_it_again;
    pub mod lines_takes_it_out;
    pub mod many;
    pub mod many_as_they_come;
    pub mod many_clears_late;
    pub mod many_leaves_word_once;
    pub mod many_looks_first;
    pub mod many_never_leaves;
    pub mod many_newcomer_lies;
    pub mod many_polls_all;
    pub mod many_takes_one;
    pub mod pool;
    pub mod pool_aborts_what_runs;
    pub mod pool_counts_the_gone;
    pub mod pool_handle_owns;
    pub mod pool_last_first;
    pub mod pool_leaves_early;
    pub mod pool_looks_first;
    pub mod pool_one_too_many;
    pub mod pool_promised_twice;
    pub mod pool_runs_the_line;
    pub mod pool_starts_always;
    pub mod retry_comes_back_together;
    pub mod runtime;
    pub mod runtime_aborts_inline;
    pub mod runtime_forgets_the_awaiter;
    pub mod runtime_jumps_the_queue;
    pub mod runtime_limit_first;
    pub mod runtime_looks_then_sleeps;
    pub mod runtime_one_timer_a_turn;
    pub mod runtime_oversleeps;
    pub mod serve;
    pub mod serve_accepts_one_more;
    pub mod serve_counts_the_gone;
    pub mod serve_cuts_at_once;
    pub mod serve_cuts_nobody;
    pub mod serve_leaves_the_door_open;
    pub mod serve_never_drains;
    pub mod serve_now_counts_nobody;
    pub mod serve_now_has_patience;
    pub mod serve_now_needs_a_stop;
    pub mod serve_one_too_many;
    pub mod serve_panics_with_one;
    pub mod serve_waits_for_ever;
    pub mod serve_waits_with_one_in_hand;
    pub mod signal;
    pub mod signal_clones_under_a_borrow;
    pub mod signal_drops_under_a_borrow;
    pub mod signal_keeps_the_first;
    pub mod signal_keeps_the_gone;
    pub mod signal_looks_before_it_clones;
    pub mod signal_wakes_one;
    pub mod signal_wakes_under_a_borrow;
    pub mod staggered_aborts;
    pub mod staggered_detaches;
    pub mod staggered_sits_it_out;
    pub mod staggered_unwraps;
    pub mod stream;
    pub mod stream_believes_in_short_reads;
    pub mod stream_clears_late;
    pub mod stream_clones_under_a_borrow;
    pub mod stream_drops_under_a_borrow;
    pub mod stream_forgets_edges;
    pub mod stream_hears_when_awaited;
    pub mod stream_insists;
    pub mod stream_keeps_the_first;
    pub mod stream_keeps_the_gone;
    pub mod stream_last_first;
    pub mod stream_loses_the_end;
    pub mod stream_notes_late;
    pub mod stream_one_seat;
    pub mod stream_one_side;
    pub mod stream_passes_signals_on;
    pub mod stream_replaces_under_a_borrow;
    pub mod stream_waits_first;
    pub mod stream_wakes_one;
    pub mod stream_wakes_the_newcomers;
    pub mod task;
    pub mod task_clears_late;
    pub mod task_endless_round;
    pub mod task_last_first;
    pub mod task_recycles_wakers;
    pub mod task_stale_waker;
    pub mod task_two_seats;
    pub mod task_waker_owns;
    pub mod turns;
    pub mod turns_announces;
    pub mod turns_believes_in_the_end;
    pub mod turns_forgets_the_next;
    pub mod turns_keeps_the_first;
    pub mod turns_keeps_them_waiting;
    pub mod turns_last_first;
    pub mod turns_lets_nobody_in;
    pub mod turns_loses_a_grant;
    pub mod turns_passes_by;
    pub mod turns_puts_back_first;
    pub mod turns_puts_back_last;
    pub mod turns_queue;
    pub mod turns_serves_one;
    pub mod turns_serves_who_fits;
}

/// Chapter 06: tasks and wakers.
mod task {
    use super::broken::*;
    use super::suite::signal::wakes_everyone;
    use super::suite::task::keeps_its_seats;
    use super::suite::{finds, holds};

    #[test]
    fn sound() {
        holds(keeps_its_seats::<task::Executor<task::Sound>>());
    }

    #[test]
    fn task_recycles_wakers() {
        finds(keeps_its_seats::<task_recycles_wakers::Repaired<false, false>>(), 6);
    }

    #[test]
    fn task_recycles_wakers_that_are_held() {
        finds(keeps_its_seats::<task_recycles_wakers::Repaired<false, true>>(), 6);
    }

    #[test]
    fn task_recycles_wakers_that_have_a_seat() {
        finds(keeps_its_seats::<task_recycles_wakers::Repaired<true, false>>(), 6);
    }

    #[test]
    fn task_recycles_wakers_as_one_may() {
        holds(keeps_its_seats::<task_recycles_wakers::Repaired<true, true>>());
    }

    #[test]
    fn task_waker_owns() {
        finds(keeps_its_seats::<task_waker_owns::Executor>(), 3);
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($($module:ident, $name:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                type Broken = task::Executor<super::broken::$module::$name>;
                finds(keeps_its_seats::<Broken>(), $steps);
            }
        )*};
    }

    broken! {
        task_clears_late, ClearsLate, 3;
        task_endless_round, EndlessRound, 2;
        task_last_first, LastFirst, 3;
        task_stale_waker, StaleWaker, 6;
        task_two_seats, TwoSeats, 5;
    }

    #[test]
    fn signal_sound() {
        holds(wakes_everyone::<signal::Signal<signal::Sound>>());
    }

    /// The same for signals.
    macro_rules! broken_signal {
        ($($module:ident, $name:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                type Broken = signal::Signal<super::broken::$module::$name>;
                finds(wakes_everyone::<Broken>(), $steps);
            }
        )*};
    }

    broken_signal! {
        signal_clones_under_a_borrow, ClonesUnderABorrow, 1;
        signal_drops_under_a_borrow, DropsUnderABorrow, 2;
        signal_keeps_the_first, KeepsTheFirst, 3;
        signal_keeps_the_gone, KeepsTheGone, 2;
        signal_looks_before_it_clones, LooksBeforeItClones, 1;
        signal_wakes_one, WakesOne, 3;
        signal_wakes_under_a_borrow, WakesUnderABorrow, 2;
    }
}

/// Chapter 07: the event loop.
mod runtime {
    use super::broken::*;
    use super::suite::runtime::{agrees_with_paper, hears_every_ring};
    use super::suite::{finds, holds};

    #[test]
    fn sound() {
        holds(agrees_with_paper::<runtime::Loop<runtime::Sound>>());
    }

    #[test]
    fn runtime_looks_then_sleeps() {
        finds(hears_every_ring::<runtime_looks_then_sleeps::LooksThenSleeps>(), 1);
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($($module:ident, $name:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                type Broken = runtime::Loop<super::broken::$module::$name>;
                finds(agrees_with_paper::<Broken>(), $steps);
            }
        )*};
    }

    broken! {
        runtime_aborts_inline, AbortsInline, 3;
        runtime_forgets_the_awaiter, ForgetsTheAwaiter, 4;
        runtime_jumps_the_queue, JumpsTheQueue, 3;
        runtime_limit_first, LimitFirst, 1;
        runtime_one_timer_a_turn, OneTimerATurn, 3;
        runtime_oversleeps, Oversleeps, 2;
    }
}

#[path = "broken/event_loop_drops_under_a_borrow.rs"]
mod event_loop_drops_under_a_borrow;
#[path = "broken/event_loop_ends_with_a_panic.rs"]
mod event_loop_ends_with_a_panic;
#[path = "broken/event_loop_forgets_newcomers.rs"]
mod event_loop_forgets_newcomers;
#[path = "broken/event_loop_glance.rs"]
mod event_loop_glance;
#[path = "broken/event_loop_keeps_the_lock.rs"]
mod event_loop_keeps_the_lock;
#[path = "broken/event_loop_looks_then_parks.rs"]
mod event_loop_looks_then_parks;
#[path = "broken/event_loop_queue_keeps_its_word.rs"]
mod event_loop_queue_keeps_its_word;
#[path = "broken/event_loop_queue_looks_first.rs"]
mod event_loop_queue_looks_first;
#[path = "broken/event_loop_queue_rings_first.rs"]
mod event_loop_queue_rings_first;
#[path = "broken/event_loop_queue_runs_off.rs"]
mod event_loop_queue_runs_off;
#[path = "broken/event_loop_rings_always.rs"]
mod event_loop_rings_always;
#[path = "broken/event_loop_rings_first.rs"]
mod event_loop_rings_first;

/// Chapter 07: the event loop: how it sleeps, and how it ends.
mod event_loop {
    use crate::suite::event_loop::{leaves_nothing, parks};
    use crate::suite::finds;
    use crate::*;

    #[test]
    fn looks_then_parks() {
        finds(parks::<event_loop_looks_then_parks::LooksThenParks>(), 4);
    }

    #[test]
    fn rings_first() {
        finds(parks::<event_loop_rings_first::RingsFirst>(), 4);
    }

    #[test]
    fn rings_always() {
        finds(parks::<event_loop_rings_always::RingsAlways>(), 3);
    }

    #[test]
    fn keeps_the_lock() {
        finds(parks::<event_loop_keeps_the_lock::KeepsTheLock>(), 2);
    }

    #[test]
    fn glances_at_a_flag() {
        finds(parks::<event_loop_glance::Glance>(), 6);
    }

    #[test]
    fn looks_into_a_queue_first() {
        finds(parks::<event_loop_queue_looks_first::LooksFirst>(), 5);
    }

    #[test]
    fn rings_before_the_queue_has_it() {
        finds(parks::<event_loop_queue_rings_first::RingsFirst>(), 5);
    }

    #[test]
    fn keeps_its_word() {
        finds(parks::<event_loop_queue_keeps_its_word::KeepsItsWord>(), 7);
    }

    #[test]
    fn runs_off_before_the_ring() {
        finds(parks::<event_loop_queue_runs_off::RunsOff>(), 8);
    }

    #[test]
    fn forgets_newcomers() {
        finds(leaves_nothing::<event_loop_forgets_newcomers::ForgetsNewcomers>(), 2);
    }

    #[test]
    fn drops_under_a_borrow() {
        finds(leaves_nothing::<event_loop_drops_under_a_borrow::DropsUnderABorrow>(), 2);
    }

    #[test]
    fn ends_with_a_panic() {
        finds(leaves_nothing::<event_loop_ends_with_a_panic::EndsWithAPanic>(), 2);
    }
}

/// Chapter 08: sockets.
mod stream {
    use super::broken::*;
    use super::suite::stream::{Kit, asks_when_it_is_worth_it, loses_nothing};
    use super::suite::{finds, holds};

    #[test]
    fn stream_sound() {
        holds(loses_nothing::<Kit<stream::Sides<stream::Sound>>>());
        holds(asks_when_it_is_worth_it::<Kit<stream::Sides<stream::Sound>>>());
    }

    #[test]
    fn stream_loses_the_end() {
        finds(loses_nothing::<Kit<stream_loses_the_end::LosesTheEnd>>(), 7);
    }

    #[test]
    fn stream_hears_when_awaited() {
        finds(loses_nothing::<Kit<stream_hears_when_awaited::HearsWhenAwaited>>(), 7);
    }

    #[test]
    fn stream_notes_late() {
        finds(loses_nothing::<Kit<stream_notes_late::NotesLate>>(), 7);
    }

    #[test]
    fn stream_insists() {
        type Broken = Kit<stream::Sides<stream_insists::Insists>>;
        finds(asks_when_it_is_worth_it::<Broken>(), 2);
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($($module:ident, $name:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                type Broken = Kit<stream::Sides<super::broken::$module::$name>>;
                finds(loses_nothing::<Broken>(), $steps);
            }
        )*};
    }

    broken! {
        stream_believes_in_short_reads, BelievesInShortReads, 9;
        stream_clears_late, ClearsLate, 9;
        stream_clones_under_a_borrow, ClonesUnderABorrow, 3;
        stream_drops_under_a_borrow, DropsUnderABorrow, 3;
        stream_forgets_edges, ForgetsEdges, 9;
        stream_keeps_the_first, KeepsTheFirst, 9;
        stream_keeps_the_gone, KeepsTheGone, 9;
        stream_last_first, LastFirst, 9;
        stream_one_seat, OneSeat, 9;
        stream_one_side, OneSide, 9;
        stream_passes_signals_on, PassesSignalsOn, 9;
        stream_replaces_under_a_borrow, ReplacesUnderABorrow, 4;
        stream_waits_first, WaitsFirst, 9;
        stream_wakes_one, WakesOne, 9;
        stream_wakes_the_newcomers, WakesTheNewcomers, 9;
    }
}

/// Chapter 09: time.
mod time {
    use super::broken::*;
    use super::suite::interval::{Ticks, keeps_time, on_each_interval, tells_them_apart};
    use super::suite::lines::{lines, loses_nothing};
    use super::suite::{finds, holds};

    #[test]
    fn sound() {
        holds(keeps_time::<interval::Interval<interval::Sound>>());
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($($module:ident, $name:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                type Broken = interval::Interval<super::broken::$module::$name>;
                finds(keeps_time::<Broken>(), $steps);
            }
        )*};
    }

    broken! {
        interval_drifts, Drifts, 3;
        interval_keeps_the_old, KeepsTheOld, 3;
        interval_ticks_twice, TicksTwice, 4;
    }

    #[test]
    fn interval_loses_its_turn() {
        finds(keeps_time::<super::broken::interval_loses_its_turn::Interval>(), 2);
    }

    /// Says nothing of what it is given.
    async fn no_test<I: Ticks>() {}

    /// Finds fault with everything.
    async fn no_pass<I: Ticks>() {
        panic!("this interval will not do");
    }

    #[test]
    fn a_test_that_finds_nothing_or_too_much_is_found() {
        finds(tells_them_apart(&on_each_interval!(no_test)), 1);
        finds(tells_them_apart(&on_each_interval!(no_pass)), 1);
    }

    /// The same for readers of lines.
    macro_rules! broken_lines {
        ($($module:ident, $steps:literal;)*) => {$(
            lines!(super::broken::$module::Lines);

            #[test]
            fn $module() {
                finds(loses_nothing::<super::broken::$module::Lines>(), $steps);
            }
        )*};
    }

    broken_lines! {
        lines_drops_the_rest, 2;
        lines_in_the_future, 2;
        lines_leaves_room, 2;
        lines_says_half, 2;
        lines_says_it_again, 3;
        lines_takes_it_out, 2;
    }
}

/// Chapter 10: many at once.
mod many {
    use super::broken::many::{Sound, join_all};
    use super::broken::*;
    use super::suite::many::{
        goes_round_once, join, keeps_its_width, polls_nobody_else, polls_who_was_woken,
    };
    use super::suite::staggered::{first_success_wins, staggered};
    use super::suite::{finds, holds};

    #[test]
    fn sound() {
        join!(Whole, join_all::<Sound>);
        holds(polls_who_was_woken::<Whole>());
        holds(polls_nobody_else::<Whole>());
        holds(goes_round_once::<Whole>());
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($($module:ident, $name:ident, $property:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                join!(Broken, join_all::<super::broken::$module::$name>);
                finds($property::<Broken>(), $steps);
            }
        )*};
    }

    broken! {
        many_as_they_come, AsTheyCome, polls_who_was_woken, 3;
        many_clears_late, ClearsLate, polls_who_was_woken, 2;
        many_leaves_word_once, LeavesWordOnce, polls_who_was_woken, 3;
        many_looks_first, LooksFirst, polls_who_was_woken, 2;
        many_never_leaves, NeverLeaves, goes_round_once, 1;
        many_polls_all, PollsAll, polls_nobody_else, 2;
        many_takes_one, TakesOne, polls_who_was_woken, 1;
    }

    #[test]
    fn many_newcomer_lies() {
        join!(Broken, |width, children| many_newcomer_lies::join_within(width, children));
        finds(keeps_its_width::<Broken>(), 1);
    }

    /// The same for attempts.
    macro_rules! broken_attempts {
        ($($module:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                struct Broken;
                staggered!(Broken, super::broken::$module::staggered);
                finds(first_success_wins::<Broken>(), $steps);
            }
        )*};
    }

    broken_attempts! {
        staggered_aborts, 2;
        staggered_detaches, 2;
        staggered_sits_it_out, 2;
        staggered_unwraps, 4;
    }
}

/// Chapter 11: taking turns, on the line of its exercise.
mod turns_on_paper {
    use super::broken::*;
    use super::suite::hand_over::{locks, permits};
    use super::suite::{finds, holds};

    #[test]
    fn with_every_decision_right_nothing_is_found() {
        holds(locks::<hand_over::Semaphore<hand_over::Sound>>());
        holds(permits::<hand_over::Semaphore<hand_over::Sound>>());
    }

    // The limits leave room for the stories of other seeds.

    #[test]
    fn hand_over_announces() {
        finds(locks::<hand_over::Semaphore<hand_over_announces::Announces>>(), 6);
    }

    #[test]
    fn hand_over_loses_the_turn() {
        finds(locks::<hand_over::Semaphore<hand_over_loses_the_turn::LosesTheTurn>>(), 7);
    }

    #[test]
    fn hand_over_holds_back() {
        finds(permits::<hand_over::Semaphore<hand_over_holds_back::HoldsBack>>(), 6);
    }

    #[test]
    fn hand_over_lets_small_ones_pass() {
        type Broken =
            hand_over::Semaphore<hand_over_lets_small_ones_pass::LetsSmallOnesPass>;
        finds(permits::<Broken>(), 5);
    }
}

/// Chapter 11: taking turns.
mod turns {
    use super::broken::*;
    use super::suite::turns::{items, items_in_tasks, permits, permits_in_tasks};
    use super::suite::{finds, holds};

    #[test]
    fn sound() {
        let semaphore = turns::Semaphore::<turns::Sound>::made;
        let queue = turns_queue::Queue::<turns_queue::Sound>::made;
        holds(permits(3, semaphore));
        holds(permits(1, semaphore));
        holds(permits_in_tasks(3, semaphore));
        holds(items(queue));
        holds(items_in_tasks(queue));
    }

    /// A test for each wrong decision: the scripts find it, in so many steps at most, and so do
    /// the tasks, in so many lines. No task polls again before it is woken.
    macro_rules! broken {
        ($($module:ident, $name:ident, $steps:literal $(, $lines:literal)?;)*) => {$(
            #[test]
            fn $module() {
                let machine = turns::Semaphore::<super::broken::$module::$name>::made;
                finds(permits(3, machine), $steps);
                $(finds(permits_in_tasks(3, machine), $lines);)?
            }
        )*};
    }

    broken! {
        turns_announces, Announces, 4, 20;
        turns_forgets_the_next, ForgetsTheNext, 5, 30;
        turns_keeps_the_first, KeepsTheFirst, 5;
        turns_last_first, LastFirst, 5, 25;
        turns_loses_a_grant, LosesAGrant, 6, 30;
        turns_passes_by, PassesBy, 4, 20;
        turns_serves_one, ServesOne, 8, 30;
        turns_serves_who_fits, ServesWhoFits, 5, 25;
    }

    macro_rules! broken_queue {
        ($($module:ident, $name:ident, $steps:literal $(, $lines:literal)?;)*) => {$(
            #[test]
            fn $module() {
                let machine = turns_queue::Queue::<super::broken::$module::$name>::made;
                finds(items(machine), $steps);
                $(finds(items_in_tasks(machine), $lines);)?
            }
        )*};
    }

    broken_queue! {
        turns_believes_in_the_end, BelievesInTheEnd, 8;
        turns_keeps_them_waiting, KeepsThemWaiting, 8, 15;
        turns_lets_nobody_in, LetsNobodyIn, 5, 15;
        turns_puts_back_first, PutsBackFirst, 10;
        turns_puts_back_last, PutsBackLast, 10, 25;
    }
}

/// Chapter 12: blocking work.
mod pool {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    use std::thread;
    use std::time::Duration;

    use super::broken::pool_promised_twice::PromisedTwice;
    use super::broken::*;
    use super::suite::pool::{an_abort_keeps_its_word, does_its_jobs};
    use super::suite::{finds, holds};

    #[test]
    fn sound() {
        holds(does_its_jobs::<pool::Pool<pool::Sound>>());
        holds(an_abort_keeps_its_word::<pool::Pool<pool::Sound>>());
    }

    #[test]
    fn pool_looks_first() {
        type Broken = pool::Pool<super::broken::pool_looks_first::LooksFirst>;
        finds(an_abort_keeps_its_word::<Broken>(), 2);
    }

    /// The computer is slow now and then: a step takes longer than patience lasts while a
    /// story is made shorter. It is the story of the bug all the same.
    #[test]
    fn a_slow_computer_is_no_bug() {
        static JOBS: AtomicU32 = AtomicU32::new(0);
        struct Slow;
        impl pool::Parts for Slow {
            fn needs_thread(line: &pool::Line, bound: usize) -> bool {
                PromisedTwice::needs_thread(line, bound)
            }
            fn take(line: &mut pool::Line) -> Option<pool::Job> {
                let job = line.jobs.pop_front()?;
                if JOBS.fetch_add(1, Relaxed) % 7 == 6 {
                    thread::sleep(Duration::from_millis(60));
                }
                Some(job)
            }
        }
        finds(does_its_jobs::<pool::Pool<Slow>>(), 3);
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($($module:ident, $name:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                type Broken = pool::Pool<super::broken::$module::$name>;
                finds(does_its_jobs::<Broken>(), $steps);
            }
        )*};
    }

    broken! {
        pool_aborts_what_runs, AbortsWhatRuns, 5;
        pool_counts_the_gone, CountsTheGone, 5;
        pool_handle_owns, HandleOwns, 5;
        pool_last_first, LastFirst, 5;
        pool_leaves_early, LeavesEarly, 5;
        pool_one_too_many, OneTooMany, 5;
        pool_promised_twice, PromisedTwice, 5;
        pool_runs_the_line, RunsTheLine, 5;
        pool_starts_always, StartsAlways, 5;
    }
}

/// Chapter 10: the joins and groups of the library.
mod joins_and_groups {
    use super::broken::*;
    use super::suite::group::nobody_outlives_its_scope;
    use super::suite::join::{polls_who_was_woken, waits_long_enough};
    use super::suite::{finds, holds};

    #[test]
    fn sound() {
        holds(polls_who_was_woken::<join::Join<join::Sound>>());
        holds(nobody_outlives_its_scope::<group::Group<group::Sound>>());
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($($suite:ident, $made:ident::$of:ident, $module:ident, $name:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                finds($suite::<$made::$of<super::broken::$module::$name>>(), $steps);
            }
        )*};
    }

    broken! {
        polls_who_was_woken, join::Join, join_clears_late, ClearsLate, 9;
        polls_who_was_woken, join::Join, join_forgets_the_index, ForgetsTheIndex, 9;
        polls_who_was_woken, join::Join, join_keeps_a_stale_key, KeepsAStaleKey, 9;
        polls_who_was_woken, join::Join, join_last_first, LastFirst, 9;
        polls_who_was_woken, join::Join, join_looks_then_waits, LooksThenWaits, 9;
        polls_who_was_woken, join::Join, join_one_a_turn, OneATurn, 9;
        polls_who_was_woken, join::Join, join_shares_the_waker, SharesTheWaker, 9;
        nobody_outlives_its_scope, group::Group, group_body_first, BodyFirst, 12;
        nobody_outlives_its_scope, group::Group, group_counts_the_gone, CountsTheGone, 12;
        nobody_outlives_its_scope, group::Group, group_detaches, Detaches, 12;
        nobody_outlives_its_scope, group::Group, group_does_not_wait, DoesNotWait, 12;
        nobody_outlives_its_scope, group::Group, group_stops_at_once, StopsAtOnce, 12;
        nobody_outlives_its_scope, group::Group, group_waits_for_the_body, WaitsForTheBody, 12;
    }

    #[test]
    fn join_waits() {
        use join_waits::{AsTheyCame, FailsWithTheAborted, LooksForPanics};
        finds(waits_long_enough::<FailsWithTheAborted>(), 1);
        finds(waits_long_enough::<LooksForPanics>(), 1);
        finds(waits_long_enough::<AsTheyCame>(), 1);
    }
}

/// Chapter 13: a crawler.
mod crawl {
    use super::broken::crawl::{Limits, Sound, crawl};
    use super::broken::*;
    use super::suite::crawl::{
        crawler, spares_the_hosts, stops_at_once, unstopped, visits_each_once,
    };
    use super::suite::{self, finds, holds};

    #[test]
    fn sound() {
        crawler!(Whole, Limits, crawl::<Sound>);
        holds(visits_each_once::<Whole>());
        holds(spares_the_hosts::<Whole>());
        holds(stops_at_once::<Whole>());
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($($module:ident, $property:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                crawler!(Broken, Limits, crawl::<super::broken::$module::Bug>);
                finds($property::<Broken>(), $steps);
            }
        )*};
    }

    broken! {
        crawl_crowds_a_host, spares_the_hosts, 9;
        crawl_done_too_early, visits_each_once, 9;
        crawl_finishes_first, stops_at_once, 9;
        crawl_forgets_failures, visits_each_once, 9;
        crawl_leaves_lines, stops_at_once, 9;
        crawl_loses_places, spares_the_hosts, 9;
        crawl_loses_the_dropped, stops_at_once, 9;
        crawl_sees_late, visits_each_once, 9;
    }

    #[test]
    fn crawl_waits_for_the_host() {
        crawler!(Broken, Limits, super::broken::crawl_waits_for_the_host::crawl);
        finds(spares_the_hosts::<Broken>(), 9);
    }

    unstopped!(Repair, crawl_repair::crawl);

    #[test]
    fn crawl_repair() {
        finds(spares_the_hosts::<Repair>(), 9);
    }

    suite::retry::retry!(Retry, crate::broken::retry_comes_back_together);

    #[test]
    fn retry_comes_back_together() {
        finds(suite::retry::comes_back_later::<Retry>(), 2);
    }
}

/// Chapter 14: two ways to serve.
mod serve {
    use super::broken::serve::Sound;
    use super::suite::serve::{stops_at_once, stops_well};
    use super::suite::{finds, holds};

    #[test]
    fn sound() {
        holds(stops_well::<Sound>());
        holds(stops_at_once::<Sound>());
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($property:ident: $($module:ident, $name:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                finds($property::<super::broken::$module::$name>(), $steps);
            }
        )*};
    }

    broken! { stops_at_once:
        serve_now_counts_nobody, NowCountsNobody, 6;
        serve_now_has_patience, NowHasPatience, 6;
        serve_now_needs_a_stop, NowNeedsAStop, 6;
    }

    broken! { stops_well:
        serve_accepts_one_more, AcceptsOneMore, 6;
        serve_counts_the_gone, CountsTheGone, 6;
        serve_cuts_at_once, CutsAtOnce, 6;
        serve_cuts_nobody, CutsNobody, 6;
        serve_leaves_the_door_open, LeavesTheDoorOpen, 6;
        serve_never_drains, NeverDrains, 6;
        serve_one_too_many, OneTooMany, 8;
        serve_panics_with_one, PanicsWithOne, 6;
        serve_waits_for_ever, WaitsForEver, 6;
        serve_waits_with_one_in_hand, WaitsWithOneInHand, 8;
    }
}
