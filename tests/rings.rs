//! When other threads ring for the loop, and when they need not. Nobody empties the
//! counter of its bell, an eventfd, and the kernel shows it: it is the number of rings.

#![allow(unsafe_code)]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use mainspring::runtime::{Builder, Runtime, outside_work};
use mainspring::spawn;
use mainspring::task::yield_now;
use mainspring::time::sleep;

mod watchdog;

use watchdog::watch;

/// The bell of a runtime. While it is there no other test makes one: that is how it is found.
struct Bell {
    number: u32,
    /// The number of the epoll that it hangs in.
    epoll: u32,
    _alone: MutexGuard<'static, ()>,
}

impl Bell {
    #[track_caller]
    fn of(builder: Builder) -> (Runtime, Self) {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        watch();
        let before = [numbers("eventfd"), numbers("eventpoll")];
        let runtime = builder.build().unwrap();
        let [number, epoll] =
            [("eventfd", &before[0]), ("eventpoll", &before[1])].map(|(kind, before)| {
                let new: Vec<u32> = numbers(kind).difference(before).copied().collect();
                let [number] = new[..] else { panic!("one {kind} a runtime: {new:?}") };
                number
            });
        (runtime, Self { number, epoll, _alone: alone })
    }

    /// How often it was rung.
    fn rings(&self) -> u64 {
        let info =
            fs::read_to_string(format!("/proc/self/fdinfo/{}", self.number)).unwrap();
        let count = info.lines().find_map(|line| line.strip_prefix("eventfd-count:"));
        u64::from_str_radix(count.unwrap().trim(), 16).unwrap()
    }
}

/// The numbers of the process's descriptors of this kind.
fn numbers(kind: &str) -> BTreeSet<u32> {
    let kind = format!("anon_inode:[{kind}]");
    let numbers = fs::read_dir("/proc/self/fd").unwrap();
    let numbers = numbers.map(|entry| entry.unwrap().file_name());
    let numbers = numbers.map(|name| name.to_str().unwrap().parse().unwrap());
    let is_of_kind = |number: &u32| {
        let link = fs::read_link(format!("/proc/self/fd/{number}"));
        link.is_ok_and(|link| link.to_str() == Some(&kind))
    };
    numbers.filter(is_of_kind).collect()
}

/// Wakers of so many tasks, which count how often they are polled.
async fn wakers(tasks: usize) -> (Vec<Waker>, Rc<RefCell<u32>>) {
    let (wakers, polls): (Rc<RefCell<Vec<Waker>>>, Rc<RefCell<u32>>) = Default::default();
    for _ in 0..tasks {
        let (wakers, polls) = (Rc::clone(&wakers), Rc::clone(&polls));
        drop(spawn(poll_fn(move |cx| {
            wakers.borrow_mut().push(cx.waker().clone());
            *polls.borrow_mut() += 1;
            Poll::<()>::Pending
        })));
    }
    yield_now().await;
    (wakers.take(), polls)
}

/// Wakes all of them from another thread, and waits until that is done.
fn wake_from_elsewhere(wakers: &[Waker]) {
    thread::scope(|scope| {
        scope.spawn(|| wakers.iter().for_each(Waker::wake_by_ref));
    });
}

#[test]
fn a_new_bell_does_not_end_the_first_sleep() {
    let (runtime, bell) = Bell::of(Runtime::builder());
    let fd = i32::try_from(bell.epoll).unwrap();
    let mut epoll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: the pointer is to one pollfd of ours, which the call fills in.
    let ready = unsafe { libc::poll(&raw mut epoll, 1, 0) };
    assert_eq!(ready, 0, "the first `wait` would return at once");
    drop(runtime);
}

#[test]
fn nobody_rings_for_a_loop_that_runs() {
    let (mut runtime, bell) = Bell::of(Runtime::builder());
    let (wakers, polls) = runtime.block_on(async {
        let (wakers, polls) = wakers(10).await;
        wake_from_elsewhere(&wakers);
        wakers.iter().for_each(Waker::wake_by_ref);
        (wakers, polls)
    });
    assert_eq!(bell.rings(), 0, "in the middle of a poll");
    wake_from_elsewhere(&wakers);
    assert_eq!(bell.rings(), 0, "between two calls of block_on");
    runtime.block_on(yield_now());
    assert_eq!((bell.rings(), *polls.borrow()), (0, 20), "they were woken all the same");
}

#[test]
fn nobody_rings_for_a_loop_that_has_woken_by_itself() {
    let (mut runtime, bell) = Bell::of(Runtime::builder());
    runtime.block_on(async {
        let (wakers, polls) = wakers(1).await;
        for _ in 0..10 {
            // The loop parks, and wakes up for its timer.
            sleep(Duration::from_millis(1)).await;
            wake_from_elsewhere(&wakers);
        }
        sleep(Duration::from_millis(1)).await;
        assert_eq!((bell.rings(), *polls.borrow()), (0, 11));
    });
}

#[test]
fn a_loop_that_sleeps_is_rung_for_once_however_many_are_woken() {
    let (mut runtime, bell) = Bell::of(Runtime::builder());
    let rounds = 20;
    for _ in 0..rounds {
        let (ends, end) = mpsc::channel();
        let (end, wakers) = (Rc::new(RefCell::new(Some(end))), Rc::default());
        let task = || {
            let (wakers, end): (Rc<RefCell<Vec<Waker>>>, _) =
                (Rc::clone(&wakers), Rc::clone(&end));
            poll_fn(move |cx| {
                if end.borrow().is_some() && wakers.borrow().len() < 10 {
                    wakers.borrow_mut().push(cx.waker().clone());
                    return Poll::Pending;
                }
                // The loop does not park again until all of them are woken.
                if let Some(end) = end.take() {
                    end.recv().unwrap();
                }
                Poll::Ready(())
            })
        };
        runtime.block_on(async {
            let tasks = [(); 10].map(|()| spawn(task()));
            yield_now().await;
            let wakers = wakers.borrow().clone();
            let other = thread::spawn(move || {
                // Time to fall asleep. For a loop that has not, nobody rings.
                thread::sleep(Duration::from_millis(2));
                wakers.iter().for_each(Waker::wake_by_ref);
                ends.send(()).unwrap();
            });
            for task in tasks {
                task.await.unwrap();
            }
            other.join().unwrap();
        });
    }
    assert!((1..=rounds).contains(&bell.rings()), "{} rings", bell.rings());
}

#[test]
fn outside_work_that_ends_rings_for_a_loop_that_waits_for_it_and_no_other() {
    let (mut runtime, bell) = Bell::of(Runtime::builder().virtual_clock());
    runtime.block_on(async {
        let work = outside_work();
        thread::spawn(|| drop(work)).join().unwrap();
        assert_eq!(bell.rings(), 0);

        let work = outside_work();
        let other = thread::spawn(|| {
            thread::sleep(Duration::from_millis(20));
            drop(work);
        });
        sleep(Duration::from_secs(1)).await;
        other.join().unwrap();
        assert!(bell.rings() <= 1);
    });
}
