//! Intervals: each row of their specification.

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::catch_unwind;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use mainspring::spawn;
use mainspring::task::yield_now;
use mainspring::time::{
    Instant, Interval, MissedTickBehavior, interval, interval_at, sleep, timeout,
};

mod watchdog;

use watchdog::{block_on, builder};

const SECOND: Duration = Duration::from_secs(1);

#[track_caller]
fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

/// For which seconds, and at which, the next ticks come.
async fn ticks(interval: &mut Interval, start: Instant, count: usize) -> Vec<(u64, u64)> {
    let mut ticks = Vec::new();
    for _ in 0..count {
        let due = interval.tick().await;
        ticks.push(((due - start).as_secs(), start.elapsed().as_secs()));
    }
    ticks
}

#[test]
fn the_first_tick_comes_at_once_and_the_next_ones_a_period_apart() {
    virtually(async {
        let start = Instant::now();
        let mut every_10 = interval(10 * SECOND);
        assert_eq!(every_10.period(), 10 * SECOND);
        assert_eq!(ticks(&mut every_10, start, 3).await, [(0, 0), (10, 10), (20, 20)]);
        let mut later = interval_at(start + 25 * SECOND, SECOND);
        assert_eq!(ticks(&mut later, start, 2).await, [(25, 25), (26, 26)]);
    });
}

#[test]
fn the_work_between_two_ticks_does_not_move_them() {
    virtually(async {
        let start = Instant::now();
        let mut interval = interval(10 * SECOND);
        for n in 0..5 {
            assert_eq!(interval.tick().await, start + n * 10 * SECOND);
            sleep(n * 2 * SECOND).await;
        }
    });
}

#[test]
fn a_missed_tick_is_made_up_for_put_off_or_left_out() {
    use MissedTickBehavior::{Burst, Delay, Skip};
    let late = |behavior| {
        virtually(async move {
            let start = Instant::now();
            let mut interval = interval(10 * SECOND);
            assert_eq!(interval.missed_tick_behavior(), Burst);
            interval.set_missed_tick_behavior(behavior);
            assert_eq!(interval.missed_tick_behavior(), behavior);
            interval.tick().await;
            sleep(35 * SECOND).await;
            ticks(&mut interval, start, 4).await
        })
    };
    assert_eq!(late(Burst), [(10, 35), (20, 35), (30, 35), (40, 40)]);
    assert_eq!(late(Delay), [(10, 35), (45, 45), (55, 55), (65, 65)]);
    assert_eq!(late(Skip), [(10, 35), (40, 40), (50, 50), (60, 60)]);
}

#[test]
fn a_tick_that_is_dropped_is_still_to_come() {
    virtually(async {
        let start = Instant::now();
        let mut interval = interval_at(start + 3 * SECOND, 10 * SECOND);
        for _ in 0..2 {
            timeout(SECOND, interval.tick()).await.unwrap_err();
        }
        // Tick and limit are due at the same moment: the tick wins.
        assert_eq!(timeout(SECOND, interval.tick()).await, Ok(start + 3 * SECOND));
        assert_eq!(interval.tick().await, start + 13 * SECOND);
    });
}

#[test]
fn a_reset_interval_ticks_a_period_from_then() {
    virtually(async {
        let start = Instant::now();
        let mut interval = interval(10 * SECOND);
        interval.reset();
        assert_eq!(ticks(&mut interval, start, 1).await, [(10, 10)]);
        timeout(4 * SECOND, interval.tick()).await.unwrap_err();
        interval.reset();
        assert_eq!(ticks(&mut interval, start, 2).await, [(24, 24), (34, 34)]);
    });
}

#[test]
fn ticks_that_are_always_late_starve_nobody() {
    block_on(async {
        let ended = Rc::new(Cell::new(false));
        let end = Rc::clone(&ended);
        drop(spawn(async move {
            sleep(Duration::from_millis(1)).await;
            yield_now().await;
            end.set(true);
        }));
        let mut interval = interval(Duration::from_nanos(1));
        while !ended.get() {
            interval.tick().await;
        }
    });
}

#[test]
fn a_tick_is_never_early() {
    block_on(async {
        let mut interval = interval(Duration::from_micros(300));
        for _ in 0..20 {
            let due = interval.tick().await;
            assert!(Instant::now() >= due);
        }
    });
}

/// Not at the loop's last look at its clock, which may be long ago.
#[test]
fn the_first_tick_is_due_at_the_call() {
    block_on(async {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(2) {}
        let called = Instant::now();
        assert!(interval(SECOND).tick().await >= called);
    });
}

#[test]
fn a_period_of_zero_panics_and_says_so() {
    let panic = catch_unwind(|| interval(Duration::ZERO)).unwrap_err();
    assert_eq!(
        panic.downcast_ref(),
        Some(&"the period of an interval has to be longer than zero")
    );
}

#[test]
fn a_period_that_reaches_to_the_end_of_time_ticks_once() {
    use MissedTickBehavior::{Burst, Delay, Skip};
    for period in [Duration::MAX, Duration::from_nanos(u64::MAX)] {
        for behavior in [Burst, Delay, Skip] {
            virtually(async move {
                let mut interval = interval(period);
                interval.set_missed_tick_behavior(behavior);
                let start = interval.tick().await;
                let day = 86_400 * SECOND;
                timeout(day, interval.tick()).await.unwrap_err();
                interval.reset();
                timeout(day, interval.tick()).await.unwrap_err();
                assert_eq!(start.elapsed(), 2 * day);
            });
        }
    }
}

#[test]
fn an_interval_from_outside_counts_from_its_first_tick() {
    let mut outside = interval(SECOND);
    virtually(async {
        let start = Instant::now();
        sleep(3 * SECOND).await;
        assert_eq!(ticks(&mut outside, start, 2).await, [(3, 3), (4, 4)]);
    });
}

#[test]
fn an_interval_may_go_from_task_to_task() {
    virtually(async {
        let start = Instant::now();
        let mut every_2 = interval(2 * SECOND);
        every_2.tick().await;
        // Its timer has the waker of this task now.
        poll_fn(|cx| {
            assert!(pin!(every_2.tick()).poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        let task = spawn(async move { ticks(&mut every_2, start, 2).await });
        assert_eq!(task.await.unwrap(), [(2, 2), (4, 4)]);
    });
}

#[test]
fn an_interval_that_is_reset_outside_counts_from_its_first_tick_too() {
    let mut outside = interval(10 * SECOND);
    outside.reset();
    virtually(async {
        let start = Instant::now();
        sleep(3 * SECOND).await;
        assert_eq!(ticks(&mut outside, start, 2).await, [(13, 13), (23, 23)]);
    });
}
