//! Instants, sleeps and timeouts: each row of their specification.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use mainspring::net::UnixStream;
use mainspring::spawn;
use mainspring::task::yield_now;
use mainspring::time::{
    Elapsed, Instant, Sleep, sleep, sleep_until, timeout, timeout_at,
};

mod watchdog;

use watchdog::{block_on, builder};

const SECOND: Duration = Duration::from_secs(1);

#[track_caller]
fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

/// What one poll says.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

#[test]
fn a_sleep_takes_its_time() {
    virtually(async {
        let start = Instant::now();
        sleep(SECOND).await;
        assert_eq!(start.elapsed(), SECOND);
        sleep_until(start + 3 * SECOND).await;
        assert_eq!(start.elapsed(), 3 * SECOND);
    });
}

#[test]
fn a_sleep_is_never_early() {
    block_on(async {
        for micros in [1, 50, 100, 999, 1000, 1001, 3000] {
            let (start, duration) = (Instant::now(), Duration::from_micros(micros));
            let outside = std::time::Instant::now();
            sleep(duration).await;
            assert!(start.elapsed() >= duration && outside.elapsed() >= duration);
        }
    });
}

#[test]
fn a_sleep_counts_from_the_call() {
    virtually(async {
        let start = Instant::now();
        let early = sleep(2 * SECOND);
        assert_eq!(early.deadline(), Some(start + 2 * SECOND));
        sleep(SECOND).await;
        early.await;
        assert_eq!(start.elapsed(), 2 * SECOND);
    });
    let outside = sleep(SECOND);
    assert_eq!(outside.deadline(), None);
    virtually(async {
        sleep(SECOND).await;
        outside.await;
        assert_eq!(Instant::now() - Instant::now(), Duration::ZERO);
        assert_eq!(Instant::now().elapsed(), Duration::ZERO);
    });
}

#[test]
fn a_zero_sleep_yields_exactly_once() {
    virtually(async {
        for attempt in 0..3 {
            let mut future = match attempt {
                0 => sleep(Duration::ZERO),
                1 => sleep_until(Instant::now()),
                _ => sleep_until(Instant::now() - SECOND),
            };
            let log = Rc::new(RefCell::new(Vec::new()));
            let also = Rc::clone(&log);
            drop(spawn(async move { also.borrow_mut().push("other") }));
            let mut polls = 0;
            poll_fn(|cx| {
                polls += 1;
                Pin::new(&mut future).poll(cx)
            })
            .await;
            log.borrow_mut().push("sleeper");
            assert_eq!((polls, &log.borrow()[..]), (2, &["other", "sleeper"][..]));
        }
    });
}

#[test]
fn equal_deadlines_fire_in_the_order_of_registration() {
    let log = Rc::new(RefCell::new(Vec::new()));
    virtually(async {
        let deadline = Instant::now() + SECOND;
        let tasks: Vec<_> = (0..20)
            .map(|i| {
                let log = Rc::clone(&log);
                spawn(async move {
                    sleep_until(deadline).await;
                    log.borrow_mut().push(i);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*log.borrow(), (0..20).collect::<Vec<_>>());
}

#[test]
fn a_sleep_can_be_reset_and_dropped() {
    virtually(async {
        let start = Instant::now();
        let mut long = pin!(sleep(10 * SECOND));
        assert_eq!(timeout(SECOND, &mut long).await.map_err(|_| ()), Err(()));
        long.reset(start + 2 * SECOND);
        long.as_mut().await;
        assert_eq!(start.elapsed(), 2 * SECOND);
        long.reset(start + 3 * SECOND);
        long.await;
        assert_eq!(start.elapsed(), 3 * SECOND);

        let dropped = spawn(sleep(100 * SECOND));
        yield_now().await;
        dropped.abort();
        sleep(SECOND).await;
        assert_eq!(start.elapsed(), 4 * SECOND);
    });
}

#[test]
fn a_sleep_wakes_whoever_polled_it_last() {
    virtually(async {
        let mut timer = Box::pin(sleep(SECOND));
        assert!(poll_once(&mut timer).await.is_pending());
        spawn(timer).await.unwrap();
    });
}

#[test]
fn the_end_of_time_never_comes_and_never_overflows() {
    virtually(async {
        let start = Instant::now();
        let far = start + Duration::MAX;
        assert_eq!(far + Duration::MAX, far);
        assert_eq!(start - Duration::MAX, start - Duration::MAX - SECOND);
        assert_eq!(start - far, Duration::ZERO);
        assert_eq!(start.checked_duration_since(far), None);
        for endless in [sleep(Duration::MAX), sleep_until(far)] {
            assert!(timeout(1000 * SECOND, endless).await.is_err());
        }
        assert_eq!(timeout(Duration::MAX, ready(1)).await, Ok(1));
        let century = Duration::from_secs(100 * 365 * 24 * 3600);
        sleep(century).await;
        assert_eq!(start.elapsed(), century + 2000 * SECOND);
    });
}

#[test]
fn a_timeout_lets_what_is_in_time_pass() {
    virtually(async {
        assert_eq!(timeout(SECOND, async { 1 }).await, Ok(1));
        let slow = async {
            sleep(2 * SECOND).await;
            2
        };
        let error = timeout(SECOND, slow).await.unwrap_err();
        assert_eq!(error.to_string(), "the time was over before the future was done");
        let at = Instant::now() + SECOND;
        assert!(timeout_at(at, pending::<()>()).await.is_err());
        assert_eq!(Instant::now(), at);
    });
}

#[test]
fn completion_wins_a_tie_and_of_two_timeouts_the_inner_reports() {
    virtually(async {
        assert!(timeout(SECOND, sleep(SECOND)).await.is_ok());
        let inner = timeout(SECOND, pending::<()>());
        let both: Result<Result<(), Elapsed>, Elapsed> = timeout(SECOND, inner).await;
        assert!(both.unwrap().is_err());
    });
}

#[test]
fn a_zero_timeout_polls_once() {
    virtually(async {
        let polls = Cell::new(0);
        let counted = poll_fn(|_: &mut Context<'_>| {
            polls.set(polls.get() + 1);
            Poll::<()>::Pending
        });
        assert!(timeout(Duration::ZERO, counted).await.is_err());
        assert_eq!(polls.get(), 1);
        assert_eq!(timeout(Duration::ZERO, ready(3)).await, Ok(3));
        assert_eq!(timeout_at(Instant::now() - SECOND, ready(4)).await, Ok(4));
    });
}

/// More than a turn's budget, so that some of these reads have to give way first.
#[test]
fn under_a_zero_timeout_what_is_there_is_read_to_its_last_byte() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        far.write_all(&[7; 1000]).await.unwrap();
        let mut count = 0;
        while let Ok(read) = timeout(Duration::ZERO, near.read(&mut [0])).await {
            count += read.unwrap();
        }
        assert_eq!(count, 1000);
    });
}

#[test]
fn a_timeout_that_is_over_does_not_cut_off_what_had_to_give_way() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        far.write_all(b"there").await.unwrap();
        let mut buffer = [0; 8];
        let mut limited = timeout(SECOND, near.read(&mut buffer));
        sleep(2 * SECOND).await;
        for _ in 0..128 {
            far.write(b"x").await.unwrap(); // spends the budget of this turn
        }
        assert!(poll_once(&mut limited).await.is_pending(), "it has to give way");
        assert!(limited.await.unwrap().unwrap() > 0);
        // And what waits is cut off after its turn.
        let (idle, _far) = UnixStream::pair().unwrap();
        for _ in 0..128 {
            far.write(b"x").await.unwrap();
        }
        assert!(timeout(Duration::ZERO, idle.read(&mut [0])).await.is_err());
    });
}

#[test]
fn a_timeout_acts_where_the_future_waits_and_nowhere_else() {
    let limit = Duration::from_millis(1);
    let late = || std::thread::sleep(3 * limit);
    block_on(async {
        let never_waits = async {
            late();
            5
        };
        assert_eq!(timeout(limit, never_waits).await, Ok(5));
        let waits = async {
            late();
            pending::<()>().await;
        };
        assert!(timeout(limit, waits).await.is_err());
    });
}

#[test]
fn what_is_too_late_is_dropped_before_the_timeout_is_over() {
    struct Guard(Rc<Cell<bool>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    virtually(async {
        let dropped = Rc::new(Cell::new(false));
        let guard = Guard(Rc::clone(&dropped));
        let late = async move {
            let _guard = guard;
            pending::<()>().await;
        };
        assert!(timeout(SECOND, late).await.is_err() && dropped.get());
    });
}

#[test]
fn a_timeout_can_be_moved() {
    virtually(async {
        let start = Instant::now();
        let mut limited = timeout(SECOND, sleep(4 * SECOND));
        assert_eq!(limited.deadline(), Some(start + SECOND));
        limited.reset(start + 5 * SECOND);
        assert!(limited.await.is_ok());
        assert_eq!(start.elapsed(), 4 * SECOND);
    });
}

#[test]
fn a_timeout_over_a_task_lets_go_of_the_handle_only() {
    virtually(async {
        let start = Instant::now();
        let mut task = spawn(async {
            sleep(3 * SECOND).await;
            "done"
        });
        assert!(timeout(SECOND, &mut task).await.is_err());
        assert_eq!(task.await.unwrap(), "done");
        assert_eq!(start.elapsed(), 3 * SECOND);
    });
}

#[test]
fn a_timeout_over_a_handle_that_aborts_on_drop_ends_the_task() {
    virtually(async {
        let start = Instant::now();
        let mut task = spawn(sleep(3 * SECOND)).abort_on_drop();
        assert!(timeout(SECOND, &mut task).await.is_err(), "lent, it lives on");
        let lived = spawn(async move { timeout(SECOND, task).await.is_ok() });
        assert!(!lived.await.unwrap());
        assert_eq!(start.elapsed(), 2 * SECOND);
        yield_now().await;
        let names = mainspring::task::all();
        assert_eq!(names.len(), 1, "the main future is left: {names:?}");
    });
}

#[test]
fn dropping_a_sleep_that_has_fired_leaves_the_next_timer_alone() {
    virtually(async {
        let start = Instant::now();
        let (first, second) = (sleep(SECOND), sleep(SECOND));
        let mut second = Box::pin(second);
        assert!(poll_once(&mut second).await.is_pending());
        first.await;
        let mut third = Box::pin(sleep(SECOND));
        assert!(poll_once(&mut third).await.is_pending());
        drop(second);
        third.await;
        assert_eq!(start.elapsed(), 2 * SECOND);
    });
}

#[test]
fn two_hundred_thousand_sleeps() {
    let count = if cfg!(miri) { 50 } else { 200_000 };
    virtually(async {
        let start = Instant::now();
        let tasks: Vec<_> = (0..count)
            .map(|i| spawn(sleep(Duration::from_micros(i * 7919 % 500_000))))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(start.elapsed() < SECOND);
    });
}

#[test]
fn a_waker_that_polls_when_it_is_woken_finds_the_sleep_over() {
    thread_local!(static INLINE: RefCell<(Option<Sleep>, u32)> = const { RefCell::new((None, 0)) });
    struct PollsInline;
    impl Wake for PollsInline {
        fn wake(self: Arc<Self>) {
            INLINE.with_borrow_mut(|(timer, over)| {
                let timer = Pin::new(timer.as_mut().unwrap());
                let polled = timer.poll(&mut Context::from_waker(Waker::noop()));
                *over += u32::from(polled.is_ready());
            });
        }
    }
    virtually(async {
        let waker = Waker::from(Arc::new(PollsInline));
        let mut timer = sleep(SECOND);
        let polled = Pin::new(&mut timer).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        INLINE.with_borrow_mut(|inline| inline.0 = Some(timer));
        sleep(2 * SECOND).await;
        assert_eq!(INLINE.take().1, 1);
    });
}

#[test]
fn a_sleep_that_is_dropped_or_moved_wakes_nobody_at_its_old_time() {
    for is_dropped in [true, false] {
        virtually(async {
            let start = Instant::now();
            let mut timer = Some(sleep(SECOND));
            let mut polls_at = vec![];
            let mut end = pin!(sleep(4 * SECOND));
            let waits = poll_fn(|cx| {
                polls_at.push(start.elapsed().as_secs());
                if let Some(timer) = &mut timer {
                    let _ = Pin::new(&mut *timer).poll(cx);
                    if polls_at.len() == 1 && !is_dropped {
                        timer.reset(start + 3 * SECOND);
                        assert!(Pin::new(timer).poll(cx).is_pending());
                    }
                }
                if is_dropped {
                    timer = None;
                }
                end.as_mut().poll(cx)
            });
            waits.await;
            assert_eq!(polls_at, if is_dropped { vec![0, 4] } else { vec![0, 3, 4] });
        });
    }
}

#[test]
fn a_zero_duration_has_its_deadline_at_once() {
    virtually(async {
        sleep(SECOND).await;
        let zero = sleep(Duration::ZERO);
        assert_eq!(zero.deadline(), Some(Instant::now()));
        let limited = timeout(Duration::ZERO, pending::<()>());
        assert_eq!(limited.deadline(), Some(Instant::now()));
        assert!(limited.await.is_err());
    });
    assert_eq!(
        sleep(Duration::ZERO).deadline(),
        None,
        "outside there is no clock to ask"
    );
}

#[test]
fn a_timeout_takes_whatever_can_be_awaited() {
    struct Later(u32);
    impl IntoFuture for Later {
        type Output = u32;
        type IntoFuture = std::future::Ready<u32>;
        fn into_future(self) -> Self::IntoFuture {
            ready(self.0)
        }
    }
    virtually(async {
        assert_eq!(timeout(SECOND, Later(1)).await, Ok(1));
        assert_eq!(timeout_at(Instant::now() + SECOND, Later(2)).await, Ok(2));
    });
}

#[test]
fn moments_of_the_machine_and_of_the_runtime_turn_into_each_other() {
    let near = |a: Duration, b: Duration| a.abs_diff(b) < SECOND;
    virtually(async {
        sleep(1000 * SECOND).await;
        let (now, std_now) = (Instant::now(), std::time::Instant::now());
        let later = Instant::from_std(std_now + 50 * SECOND);
        assert!(later > now && near(later - now, 50 * SECOND), "{:?}", later - now);
        let earlier = Instant::from_std(std_now - 50 * SECOND);
        assert!(earlier < now && near(now - earlier, 50 * SECOND));
        let back = (now + 20 * SECOND).to_std().unwrap();
        assert!(near(back - std_now, 20 * SECOND));
        let back = (now - 20 * SECOND).to_std().unwrap();
        assert!(near(std_now - back, 20 * SECOND));
    });
    let here = Instant::now();
    assert!(near(Instant::from_std(here.to_std().unwrap()) - here, Duration::ZERO));
}

#[test]
fn instants_are_counted_with_as_those_of_the_standard_library_are() {
    let start = Instant::now();
    let later = start + 3 * SECOND;
    assert_eq!((later - start, start - later), (3 * SECOND, Duration::ZERO));
    assert_eq!(later.duration_since(start), 3 * SECOND);
    assert_eq!(later.checked_duration_since(start), Some(3 * SECOND));
    assert_eq!(start.checked_duration_since(start), Some(Duration::ZERO));
    assert_eq!(start.checked_duration_since(later), None);
    assert_eq!(later - 3 * SECOND, start);
    let mut moved = start;
    moved += 5 * SECOND;
    assert_eq!(moved - start, 5 * SECOND);
    moved -= 2 * SECOND;
    assert_eq!(moved, later);
    assert!(start < later && start.elapsed() <= start.elapsed());
}
