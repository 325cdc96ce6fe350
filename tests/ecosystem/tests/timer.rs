//! The timer of `chapters/web`: sleeps that are `Send`, of a runtime that is not.

use std::pin::Pin;
use std::thread;
use std::time::Duration;

use hyper::rt::{Sleep, Timer as _};
use mainspring::task::{all, yield_now};
use mainspring::time::Instant;
use mainspring::{join, spawn};
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
        assert!(poll_once(&mut sleep).await.is_pending());
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
    virtually(async {
        let mut sleep = Timer::new().sleep(HOUR);
        assert!(poll_once(&mut sleep).await.is_pending());
        drop(sleep);
        let waits = spawn(std::future::pending::<()>());
        yield_now().await;
        assert_eq!(all().len(), 2);
        waits.abort();
    });
    // A timer that was left would keep this from being told: the clock would move to it.
    let deadlock = std::panic::catch_unwind(|| {
        virtually(async {
            let mut sleep = Timer::new().sleep(HOUR);
            assert!(poll_once(&mut sleep).await.is_pending());
            drop(sleep);
            let start = Instant::now();
            let _told = Finally(|| assert_eq!(start.elapsed(), Duration::ZERO));
            std::future::pending::<()>().await;
        });
    });
    assert!(deadlock.is_err());
}

#[test]
fn a_sleep_may_be_sent_elsewhere_where_nobody_can_wait_for_it() {
    watch();
    let sleep = Timer::new().sleep(HOUR);
    let polled = thread::spawn(move || virtually(async move { sleep.await })).join();
    let text = polled.unwrap_err().downcast::<String>().map(|text| *text);
    let text =
        text.unwrap_or_else(|payload| (*payload.downcast::<&str>().unwrap()).into());
    assert!(text.contains("on the thread that has made it"), "{text}");
    let sleep = Timer::new().sleep(HOUR);
    thread::spawn(move || drop(sleep)).join().unwrap();
}

async fn poll_once(sleep: &mut Pin<Box<dyn Sleep>>) -> std::task::Poll<()> {
    std::future::poll_fn(|cx| std::task::Poll::Ready(sleep.as_mut().poll(cx))).await
}

/// Calls a function when it is dropped.
struct Finally<F: FnMut()>(F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
