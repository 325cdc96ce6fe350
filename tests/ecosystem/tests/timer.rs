//! The timer of `chapters/web`: sleeps that are `Send`, of a runtime that is not.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use hyper::rt::Timer as _;
use mainspring::join;
use mainspring::time::Instant;
use mainspring_web::Timer;

#[path = "../../watchdog/mod.rs"]
mod watchdog;

use watchdog::{builder, watch};

const HOUR: Duration = Duration::from_secs(3600);

fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

#[test]
fn its_sleeps_take_their_time_by_the_clock_of_the_runtime() {
    virtually(async {
        let (timer, start) = (Timer::new(), Instant::now());
        timer.sleep(HOUR).await;
        assert_eq!(start.elapsed(), HOUR);
        let before = timer.now();
        timer.sleep_until(before + HOUR).await;
        assert_eq!((start.elapsed(), timer.now() - before), (2 * HOUR, HOUR));
        timer.sleep_until(before).await; // which has passed
        assert_eq!(start.elapsed(), 2 * HOUR);
    });
}

#[test]
fn a_sleep_can_be_moved_while_it_is_waited_for() {
    virtually(async {
        let (timer, start) = (Timer::new(), Instant::now());
        let mut sleep = timer.sleep(HOUR);
        let first = poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx))).await;
        assert!(first.is_pending());
        timer.reset(&mut sleep, timer.now() + 3 * HOUR);
        sleep.await;
        assert_eq!(start.elapsed(), 3 * HOUR);
    });
}

#[test]
fn each_of_many_sleeps_is_its_own() {
    virtually(async {
        let (timer, start) = (Timer::new(), Instant::now());
        let sleeps: Vec<_> = (1..=50).map(|n| timer.sleep(n * HOUR)).collect();
        let sleeps = sleeps.into_iter().enumerate().map(async |(index, sleep)| {
            if index % 2 == 0 {
                sleep.await; // the others are dropped
            }
            start.elapsed()
        });
        let ends = join::join_all(sleeps).await;
        assert_eq!((ends[0], ends[1], ends[48]), (HOUR, Duration::ZERO, 49 * HOUR));
        assert_eq!(start.elapsed(), 49 * HOUR);
    });
}

#[test]
fn a_sleep_that_is_dropped_takes_its_timer_out() {
    struct Nobody;
    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }
    virtually(async {
        let nobody = Arc::new(Nobody);
        let waker = Waker::from(Arc::clone(&nobody));
        let mut sleep = Timer::new().sleep(HOUR);
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(Arc::strong_count(&nobody), 3);
        drop(sleep);
        assert_eq!(Arc::strong_count(&nobody), 2);
    });
}

#[test]
fn a_sleep_may_be_sent_elsewhere_where_nobody_can_wait_for_it() {
    watch();
    let sleep = Timer::new().sleep(HOUR);
    let polled = thread::spawn(move || virtually(sleep)).join();
    let text = polled.unwrap_err().downcast::<String>().map(|text| *text);
    let text =
        text.unwrap_or_else(|payload| (*payload.downcast::<&str>().unwrap()).into());
    assert!(text.contains("on the thread that has made it"), "{text}");
    let sleep = Timer::new().sleep(HOUR);
    thread::spawn(move || drop(sleep)).join().unwrap();
}
