//! The loop: each row of its specification, and each way to misuse it.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use futures_task::{LocalSpawn, Spawn};
use mainspring::runtime::{Handle, Runtime, outside_work};
use mainspring::spawn;
use mainspring::task::{JoinError, JoinHandle, yield_now};
use mainspring::time::{Instant, sleep, sleep_until};

mod watchdog;
mod ways;

use watchdog::{block_on, builder, runtime, watch};
use ways::{Awaited, SECOND, WAYS, awaited};

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Into<String>) {
        self.0.borrow_mut().push(line.into());
    }

    fn take(&self) -> String {
        self.0.take().join(" ")
    }
}

/// Calls a function when it is dropped.
struct Finally<F: FnMut()>(F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// The message of the panic that `f` ends in; it is not printed.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    thread_local!(static QUIET: Cell<bool> = const { Cell::new(false) });
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                loud(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(f));
    QUIET.set(false);
    let Err(payload) = result else { return "no panic".to_owned() };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().copied().unwrap_or("?").to_owned(),
    }
}

#[track_caller]
fn hooked() -> (Runtime, Log) {
    let log = Log::default();
    let hook = {
        let log = log.clone();
        move |error: &JoinError| log.add(format!("[{error}]"))
    };
    (builder().unhandled_panic(hook).build().unwrap(), log)
}

// block_on.

#[test]
fn block_on_returns_what_the_future_does_and_lets_it_borrow() {
    let text = String::from("borrowed");
    assert_eq!(block_on(async { text.len() }), 8);
}

#[test]
fn a_panic_of_the_main_future_goes_to_the_caller() {
    let log = Log::default();
    let also = log.clone();
    let mut runtime = runtime();
    let message = panic_of(|| {
        runtime.block_on(async {
            let _guard = Finally(|| also.add("dropped"));
            yield_now().await;
            panic!("main")
        })
    });
    assert_eq!((message.as_str(), log.take().as_str()), ("main", "dropped"));
    assert_eq!(runtime.block_on(async { 1 }), 1, "the runtime is still there");
    assert_eq!(panic_of(|| block_on(async { panic!("again") })), "again");
}

#[test]
fn a_nested_block_on_panics_and_leaves_the_outer_runtime_usable() {
    let seven = block_on(async {
        for attempt in [(|| block_on(async {})) as fn(), || {
            Runtime::new().unwrap().block_on(async {})
        }] {
            let message = panic_of(attempt);
            assert!(message.starts_with("`block_on` was called inside a runtime"));
        }
        spawn(async { 7 }).await.unwrap()
    });
    assert_eq!(seven, 7);
}

#[test]
fn block_on_in_a_drop_of_the_shutdown_is_contained_and_reported() {
    let (mut runtime, hook) = hooked();
    runtime.block_on(async {
        drop(spawn(async {
            let _guard = Finally(|| block_on(async {}));
            pending::<()>().await;
        }));
        yield_now().await;
    });
    assert_eq!(panic_of(|| drop(runtime)), "no panic");
    assert!(hook.take().starts_with(
        "[Task-2 panicked in a drop: `block_on` was called inside a runtime"
    ));
}

#[test]
fn tasks_survive_between_two_calls_and_stand_still_meanwhile() {
    let steps = Rc::new(Cell::new(0));
    let mut runtime = runtime();
    let count = Rc::clone(&steps);
    let task = runtime.spawn(async move {
        for _ in 0..3 {
            count.set(count.get() + 1);
            yield_now().await;
        }
        "end"
    });
    assert_eq!(steps.get(), 0);
    runtime.block_on(async {});
    assert_eq!(steps.get(), 1, "what was ready before comes first");
    runtime.block_on(yield_now());
    assert_eq!(steps.get(), 3);
    assert_eq!(runtime.block_on(task).unwrap(), "end");
}

#[test]
fn wakes_and_spawns_between_two_calls_keep_their_order() {
    let log = Log::default();
    let mut runtime = runtime();
    let slot: Rc<RefCell<Option<Waker>>> = Rc::default();
    let (waker, also) = (Rc::clone(&slot), log.clone());
    let mut polled = false;
    drop(runtime.spawn(poll_fn(move |cx| {
        waker.replace(Some(cx.waker().clone()));
        also.add("old");
        if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
    })));
    runtime.block_on(async {});
    slot.take().unwrap().wake();
    let also = log.clone();
    drop(runtime.spawn(async move { also.add("new") }));
    runtime.block_on(async { log.add("main") });
    assert_eq!(log.take(), "old old new main");
}

#[test]
fn the_loop_ends_with_the_main_future() {
    let log = Log::default();
    block_on(async {
        let also = log.clone();
        drop(spawn(async move { also.add("polled") }));
    });
    assert_eq!(log.take(), "");
}

// Shutdown.

#[test]
fn leftovers_are_dropped_inside_the_context_in_order() {
    let log = Log::default();
    block_on(async {
        for name in ["a", "b"] {
            let also = log.clone();
            drop(spawn(async move {
                let _guard = Finally(|| {
                    let id = mainspring::task::current().unwrap().id;
                    also.add(format!("{name} {id}"));
                });
                pending::<()>().await;
            }));
        }
        yield_now().await;
    });
    assert_eq!(log.take(), "a Task-2 b Task-3");
}

#[test]
fn leftovers_are_dropped_the_oldest_first_whichever_places_they_have() {
    let log = Log::default();
    block_on(async {
        let leave = |name: &'static str| {
            let log = log.clone();
            let guard = Finally(move || log.add(name));
            drop(spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            }));
        };
        let ends = ["a", "b", "c"].map(|name| {
            let ends = spawn(async {});
            leave(name);
            ends
        });
        for task in ends {
            task.await.unwrap();
        }
        // These take the places of those that have ended, each before one that is older.
        ["d", "e", "f"].into_iter().for_each(leave);
        yield_now().await;
    });
    assert_eq!(log.take(), "a b c d e f");
}

#[test]
fn a_leftover_that_was_never_polled_is_dropped_unpolled() {
    let log = Log::default();
    block_on(async {
        let (also, dropped) = (log.clone(), log.clone());
        let guard = Finally(move || dropped.add("dropped"));
        drop(spawn(async move {
            let _guard = guard;
            also.add("polled");
        }));
    });
    assert_eq!(log.take(), "dropped");
}

#[test]
fn spawning_during_shutdown_is_refused_and_the_future_dropped() {
    let log = Log::default();
    let (mut runtime, _) = hooked();
    let handle = runtime.handle();
    runtime.block_on(async {
        let also = log.clone();
        drop(spawn(async move {
            let _guard = Finally(move || {
                let inner = Finally({
                    let also = also.clone();
                    move || also.add("refused")
                });
                let mut refused = spawn(async move {
                    let _inner = inner;
                    unreachable!("never polled");
                });
                let error = refused.try_result().unwrap().unwrap_err();
                also.add(format!("cancelled: {}", error.is_cancelled()));
            });
            pending::<()>().await;
        }));
        yield_now().await;
    });
    assert!(handle.status().is_ok());
    drop(runtime);
    assert_eq!(log.take(), "refused cancelled: true");

    assert!(handle.status().unwrap_err().is_shutdown());
    assert!(handle.status_local().unwrap_err().is_shutdown());
    assert!(handle.spawn_local_obj(Box::pin(async {}).into()).is_err());
    let mut late = handle.spawn(async { 1 });
    assert!(late.try_result().unwrap().unwrap_err().is_cancelled());
}

#[test]
fn panicking_drops_of_leftovers_are_contained_and_reported() {
    let (mut runtime, hook) = hooked();
    let log = Log::default();
    runtime.block_on(async {
        for panics in [true, false] {
            let also = log.clone();
            drop(spawn(async move {
                let _guard = Finally(move || {
                    also.add("drop");
                    assert!(!panics, "boom");
                });
                pending::<()>().await;
            }));
        }
        yield_now().await;
    });
    assert_eq!(panic_of(|| drop(runtime)), "no panic");
    assert_eq!(log.take(), "drop drop");
    assert_eq!(hook.take(), "[Task-2 panicked in a drop: boom]");
}

#[test]
fn handles_can_be_read_after_the_runtime() {
    let mut runtime = runtime();
    let (mut done, mut left) = runtime.block_on(async {
        let done = spawn(async { Rc::new(3) });
        let left = spawn(pending::<()>());
        yield_now().await;
        (done, left)
    });
    assert!(left.try_result().is_none());
    drop(runtime);
    assert_eq!(*done.try_result().unwrap().unwrap(), 3);
    assert!(left.try_result().unwrap().unwrap_err().is_cancelled());
}

#[test]
fn a_callback_that_is_added_after_the_runtime_is_dropped_uncalled() {
    let log = Log::default();
    let mut runtime = runtime();
    let task = runtime.spawn(async {});
    runtime.block_on(yield_now());
    drop(runtime);
    assert!(task.is_finished());
    let (called, guard) = (log.clone(), log.clone());
    let guard = Finally(move || guard.add("dropped"));
    task.on_done(move |_| {
        let _guard = guard;
        called.add("called");
    });
    assert_eq!(log.take(), "dropped", "at once");
    drop(task);
    assert_eq!(log.take(), "");
}

#[test]
fn a_runtime_in_a_thread_local_is_shut_down_with_the_thread() {
    watch();
    thread_local!(static KEPT: RefCell<Option<Runtime>> = const { RefCell::new(None) });
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // The library's own thread-locals are made after this one, and so destroyed before.
        KEPT.with_borrow_mut(|kept| {
            let runtime = kept.insert(Runtime::new().unwrap());
            drop(runtime.spawn(async move {
                let _guard = Finally(|| sender.send("dropped").unwrap());
                pending::<()>().await;
            }));
            runtime.block_on(yield_now());
        });
    })
    .join()
    .unwrap();
    assert_eq!(receiver.recv(), Ok("dropped"));
}

#[test]
fn a_runtime_may_be_dropped_inside_another() {
    let log = Log::default();
    block_on(async {
        let inner = Runtime::new().unwrap();
        let also = log.clone();
        drop(inner.spawn(async move {
            let _guard = also;
        }));
        let before = mainspring::task::current().unwrap().id;
        drop(inner);
        assert_eq!(mainspring::task::current().unwrap().id, before);
        assert_eq!(spawn(async { 1 }).await.unwrap(), 1);
    });
    assert_eq!(Rc::strong_count(&log.0), 1);
}

#[test]
#[ignore = "prints: run by what_nobody_reads_is_printed_if_there_is_no_hook"]
fn a_panic_that_nobody_reads() {
    block_on(async {
        drop(spawn(async { panic!("nobody reads this") }));
        yield_now().await;
    });
}

#[test]
fn what_nobody_reads_is_printed_if_there_is_no_hook() {
    let this = std::env::current_exe().unwrap();
    let arguments = ["a_panic_that_nobody_reads", "--exact", "--ignored", "--nocapture"];
    let output = std::process::Command::new(this).args(arguments).output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stderr).unwrap();
    let said =
        "mainspring: Task-2 panicked: nobody reads this (spawned at tests/runtime.rs:";
    assert_eq!(printed.matches(said).count(), 1, "{printed}");
}

// Fairness.

#[test]
fn a_yield_loop_starves_neither_timers_nor_tasks_nor_other_threads() {
    block_on(async {
        drop(spawn(async {
            loop {
                yield_now().await;
            }
        }));
        sleep(Duration::from_millis(1)).await;
        let (sender, receiver) = mpsc::channel();
        let mut sent = false;
        poll_fn(move |cx| {
            if !std::mem::replace(&mut sent, true) {
                let (waker, sender) = (cx.waker().clone(), sender.clone());
                thread::spawn(move || {
                    sender.send(()).unwrap();
                    waker.wake();
                });
            }
            receiver.try_recv().map_or(Poll::Pending, Poll::Ready)
        })
        .await;
    });
}

#[test]
fn first_in_is_first_out_newcomers_too_in_a_queue_longer_than_a_turn() {
    let log = Rc::new(RefCell::new(vec![]));
    let tasks = 200;
    block_on(async {
        let parent = |name| {
            let log = Rc::clone(&log);
            async move {
                log.borrow_mut().push((name, "first"));
                let also = Rc::clone(&log);
                drop(spawn(async move { also.borrow_mut().push((name, "child")) }));
                yield_now().await;
                log.borrow_mut().push((name, "second"));
            }
        };
        let parents: Vec<_> = (0..tasks).map(|name| spawn(parent(name))).collect();
        for parent in parents {
            parent.await.unwrap();
        }
    });
    let first = (0..tasks).map(|name| (name, "first"));
    let then = (0..tasks).flat_map(|name| [(name, "child"), (name, "second")]);
    assert_eq!(log.take(), first.chain(then).collect::<Vec<_>>());
}

/// Tasks that are always ready, so many that to poll each of them once takes much longer
/// than a millisecond. Their clock is the number of polls.
#[derive(Clone)]
struct Busy {
    polls: Arc<AtomicUsize>,
    /// A moment that they wait for, and the number of polls when it was first seen to be over.
    moment: Rc<Cell<Option<std::time::Instant>>>,
    seen: Rc<Cell<usize>>,
}

impl Busy {
    const TASKS: usize = if cfg!(miri) { 1_000 } else { 100_000 };

    /// A turn's polls, and some for whatever else may go on.
    const SOON: usize = if cfg!(miri) { 200 } else { 1_000 };

    /// Spawns them. When this is over each of them has been polled.
    async fn spawn() -> Self {
        let new = Self {
            polls: Arc::default(),
            moment: Rc::default(),
            seen: Rc::new(Cell::new(0)),
        };
        for _ in 0..Self::TASKS {
            let busy = new.clone();
            drop(spawn(async move {
                loop {
                    busy.look();
                    yield_now().await;
                }
            }));
        }
        yield_now().await;
        new
    }

    fn look(&self) {
        let polls = self.polls.fetch_add(1, Ordering::Relaxed);
        if let Some(moment) = self.moment.get()
            && std::time::Instant::now() >= moment
        {
            self.seen.set(polls);
            self.moment.set(None);
        }
    }

    fn polls(&self) -> usize {
        self.polls.load(Ordering::Relaxed)
    }
}

#[test]
fn a_timer_is_on_time_among_a_hundred_thousand_tasks_that_are_always_ready() {
    /// A waker that notes the number of polls.
    struct Notes(Arc<AtomicUsize>, AtomicUsize);
    impl Wake for Notes {
        fn wake(self: Arc<Self>) {
            self.1.store(self.0.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
    let limit = Duration::from_millis(1);
    let busy_sleeper = |busy: &Busy, notes: Arc<Notes>| {
        let busy = busy.clone();
        async move {
            let mut noted = pin!(sleep(limit));
            let waker = Waker::from(notes);
            assert!(noted.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            let own = sleep(limit);
            // No earlier than the deadlines of both.
            busy.seen.set(usize::MAX);
            busy.moment.set(Some(std::time::Instant::now() + limit));
            own.await;
            busy.polls()
        }
    };
    block_on(async {
        let busy = Busy::spawn().await;
        for _ in 0..3 {
            let notes = Arc::new(Notes(Arc::clone(&busy.polls), AtomicUsize::new(0)));
            let ended = spawn(busy_sleeper(&busy, Arc::clone(&notes))).await.unwrap();
            let fired = notes.1.load(Ordering::Relaxed);
            assert_ne!(fired, 0, "it fired before the sleeper was woken");
            let [fired, ended] =
                [fired, ended].map(|at| at.saturating_sub(busy.seen.get()));
            assert!(fired <= Busy::SOON, "fired {fired} polls after its deadline");
            // Once it has fired, the sleeper waits like everyone else, in the queue.
            assert!(ended <= Busy::TASKS + Busy::SOON, "ended {ended} polls after it");
        }
    });
}

#[test]
fn a_wake_from_another_thread_has_its_place_in_a_long_queue_at_once() {
    block_on(async {
        let busy = Busy::spawn().await;
        for _ in 0..3 {
            let (sender, woken) = mpsc::channel();
            let mut sent = false;
            let polls = Arc::clone(&busy.polls);
            let woken_at = poll_fn(|cx| {
                if !std::mem::replace(&mut sent, true) {
                    let (waker, polls) = (cx.waker().clone(), Arc::clone(&polls));
                    let sender = sender.clone();
                    thread::spawn(move || {
                        waker.wake();
                        sender.send(polls.load(Ordering::Relaxed)).unwrap();
                    });
                    return Poll::Pending;
                }
                Poll::Ready(woken.recv().unwrap())
            });
            let woken_at = woken_at.await;
            let waited = busy.polls().saturating_sub(woken_at);
            let most = Busy::TASKS + Busy::SOON;
            assert!(waited <= most, "polled {waited} polls after it was woken");
        }
    });
}

// Crowds of timers.

/// How late a sleep of this duration is that begins when so many timers have fired at once:
/// the least of many tries, since the machine may have been busy in any of them.
#[track_caller]
fn lateness_after(crowd: usize, duration: Duration, tries: usize) -> Duration {
    latenesses_after(crowd, duration, tries)[0]
}

/// The same for each of the tries, the least first.
fn latenesses_after(crowd: usize, duration: Duration, tries: usize) -> Vec<Duration> {
    block_on(async {
        let mut latenesses = vec![];
        let mut delay = Duration::from_millis(1);
        while latenesses.len() < tries {
            let end = Instant::now() + delay;
            let timers: Vec<_> = (0..crowd).map(|_| spawn(sleep_until(end))).collect();
            yield_now().await;
            let is_set_in_time = Instant::now() < end;
            for timer in timers {
                timer.await.unwrap();
            }
            let start = Instant::now();
            sleep(duration).await;
            match is_set_in_time {
                true => latenesses.push(start.elapsed() - duration),
                false => delay *= 2,
            }
        }
        latenesses.sort_unstable();
        latenesses
    })
}

#[test]
fn after_a_crowd_of_timers_the_loop_sleeps_longer_so_that_the_next_come_in_a_group() {
    // In most of the tries: where the machine is busy for so long the next is due before the
    // loop could sleep.
    let latenesses = latenesses_after(500, Duration::from_micros(50), 15);
    assert!(latenesses[7] > Duration::from_micros(300), "{latenesses:?}");
}

#[test]
fn however_large_a_crowd_of_timers_is_the_next_is_a_millisecond_late_or_so() {
    let count = if cfg!(miri) { 100 } else { 10_000 };
    let lateness = lateness_after(count, Duration::from_micros(50), 5);
    assert!(lateness < Duration::from_millis(10), "{lateness:?}");
}

#[test]
fn after_a_crowd_of_timers_one_that_is_far_from_it_is_on_time() {
    let far = Duration::from_millis(5);
    let [lone, crowd] = [1, 500].map(|crowd| lateness_after(crowd, far, 40));
    assert!(crowd < lone + Duration::from_micros(400), "{crowd:?}, and alone {lone:?}");
}

#[test]
fn three_timers_are_no_crowd() {
    let soon = Duration::from_micros(100);
    let [lone, three] = [1, 3].map(|crowd| lateness_after(crowd, soon, 200));
    assert!(three < lone + Duration::from_micros(400), "{three:?}, and alone {lone:?}");
}

// Other threads.

/// A future that another thread completes after `delay`.
fn by_thread(delay: Duration) -> impl Future<Output = ()> {
    let mut receiver = None;
    poll_fn(move |cx| {
        let receiver = receiver.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel();
            let waker = cx.waker().clone();
            thread::spawn(move || {
                thread::sleep(delay);
                sender.send(()).unwrap();
                waker.wake();
            });
            receiver
        });
        receiver.try_recv().map_or(Poll::Pending, Poll::Ready)
    })
}

#[test]
fn a_wake_from_another_thread_ends_an_endless_sleep() {
    block_on(by_thread(Duration::from_millis(20)));
    block_on(by_thread(Duration::ZERO));
}

#[test]
fn no_wake_is_lost_on_the_way_to_sleep() {
    // Each round the loop goes to sleep, without a timeout, while another thread wakes it:
    // a wake that gets lost hangs the test.
    let rounds = if cfg!(miri) { 20 } else { 20_000 };
    let (request, requests) = mpsc::channel::<(Waker, mpsc::Sender<()>)>();
    let other = thread::spawn(move || {
        for (waker, answer) in requests {
            answer.send(()).unwrap();
            waker.wake();
        }
    });
    block_on(async move {
        for _ in 0..rounds {
            let (answer, answers) = mpsc::channel();
            let mut asked = false;
            poll_fn(|cx| {
                if !std::mem::replace(&mut asked, true) {
                    request.send((cx.waker().clone(), answer.clone())).unwrap();
                }
                answers.try_recv().map_or(Poll::Pending, Poll::Ready)
            })
            .await;
        }
    });
    other.join().unwrap();
}

#[test]
fn a_foreign_waker_that_panics_hurts_nobody() {
    /// A panic whose payload panics too, when it is dropped.
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("and again")
        }
    }
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic_any(Bomb)
        }
    }
    let message = panic_of(|| {
        block_on(async {
            let waker = Waker::from(Arc::new(Panics));
            let mut cx = Context::from_waker(&waker);
            let mut handle = pin!(spawn(async {}));
            let mut timer = pin!(sleep(Duration::from_millis(1)));
            assert!(handle.as_mut().poll(&mut cx).is_pending());
            assert!(timer.as_mut().poll(&mut cx).is_pending());
            sleep(Duration::from_millis(2)).await;
            assert!(handle.is_finished());
            sleep(Duration::from_millis(1)).await;
        });
    });
    assert_eq!(message, "no panic");
}

// The virtual clock.

#[track_caller]
fn virtual_runtime() -> Runtime {
    builder().virtual_clock().build().unwrap()
}

#[test]
fn virtual_time_stands_still_while_anything_runs() {
    virtual_runtime().block_on(async {
        let start = Instant::now();
        let sleeper = spawn(async {
            sleep(Duration::from_secs(3600)).await;
            Instant::now()
        });
        for _ in 0..1000 {
            yield_now().await;
        }
        assert_eq!(Instant::now(), start);
        assert_eq!(sleeper.await.unwrap() - start, Duration::from_secs(3600));
    });
}

#[test]
fn a_deadlock_is_told_with_the_tasks_that_wait() {
    let mut runtime = virtual_runtime();
    let message = panic_of(|| {
        runtime.block_on(async {
            sleep(Duration::from_secs(1)).await;
            let stuck =
                mainspring::task::Builder::new().name("stuck").spawn(pending::<()>());
            let _ = stuck.await;
        })
    });
    let mut lines = message.lines();
    assert!(lines.next().unwrap().starts_with("deadlock: nothing is ready, no timer"));
    let main = lines.next().unwrap().trim();
    assert!(
        main.starts_with("Task-1 waits on the end of Task-2, polled 2 times"),
        "{main}"
    );
    let stuck = lines.next().unwrap().trim();
    assert!(stuck.starts_with("Task-2 `stuck` waits on something unknown, polled once"));
    assert!(stuck.contains("tests/runtime.rs:"));
    assert_eq!(lines.next(), None);
    assert_eq!(runtime.block_on(async { 1 }), 1, "the runtime is still there");
}

#[test]
fn the_end_of_time_is_a_deadlock_too() {
    let message = panic_of(|| virtual_runtime().block_on(sleep(Duration::MAX)));
    assert!(message.starts_with("deadlock"), "{message}");
    assert!(message.contains("Task-1 waits on a timer"), "{message}");
}

#[test]
fn outside_work_stops_the_virtual_clock() {
    virtual_runtime().block_on(async {
        let start = Instant::now();
        let sleeper = spawn(sleep(Duration::from_secs(5)));
        let work = outside_work();
        let (sender, over) = mpsc::channel();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            sender.send(()).unwrap();
            drop(work);
        });
        sleeper.await.unwrap();
        assert!(over.try_recv().is_ok(), "the clock stood still until the work was over");
        assert_eq!(start.elapsed(), Duration::from_secs(5));

        let work = outside_work();
        let inner = by_thread(Duration::from_millis(5));
        inner.await;
        drop(work);
        assert_eq!(start.elapsed(), Duration::from_secs(5));
    });
}

#[test]
fn a_seed_shuffles_the_same_way_every_time() {
    let run = |seed: Option<u64>| {
        let builder = builder().virtual_clock();
        let builder = match seed {
            Some(seed) => builder.seed(seed),
            None => builder,
        };
        let log = Log::default();
        builder.build().unwrap().block_on(async {
            let tasks: Vec<_> = (0..6_u32)
                .map(|i| {
                    let log = log.clone();
                    spawn(async move {
                        log.add(i.to_string());
                        sleep(Duration::from_secs((i % 3).into())).await;
                        log.add(i.to_string());
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        log.take()
    };
    assert_eq!(run(None), "0 1 2 3 4 5 0 3 1 4 2 5");
    assert_eq!(run(Some(1)), run(Some(1)));
    let orders: std::collections::HashSet<String> =
        (0..20).map(|s| run(Some(s))).collect();
    assert!(orders.len() > 15, "twenty seeds, {} orders", orders.len());
}

/// SplitMix64, as its authors give it.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[test]
fn a_seed_draws_each_next_task_among_the_first_that_are_ready() {
    for (seed, count) in [(0, 2), (1, 10), (7, 60), (u64::MAX, 200)] {
        let mut runtime = Runtime::builder().virtual_clock().seed(seed).build().unwrap();
        let log: Rc<RefCell<Vec<usize>>> = Rc::default();
        runtime.block_on(async {
            yield_now().await; // alone: nothing is drawn
            for task in 0..count {
                let also = Rc::clone(&log);
                drop(spawn(async move { also.borrow_mut().push(task) }));
            }
            while log.borrow().len() < count {
                yield_now().await;
            }
        });

        // The same on paper, where `count` is the main future.
        let (mut state, mut expected) = (seed, vec![]);
        let mut ready: std::collections::VecDeque<usize> = (0..=count).collect();
        while expected.len() < count {
            let among = ready.len().min(61);
            if among > 1 {
                let drawn = split_mix(&mut state) % u64::try_from(among).unwrap();
                ready.swap(0, usize::try_from(drawn).unwrap());
            }
            match ready.pop_front().unwrap() {
                main if main == count => ready.push_back(main),
                task => expected.push(task),
            }
        }
        assert_eq!(*log.borrow(), expected, "seed {seed}");
    }
}

#[test]
fn callbacks_come_before_the_awaiter_under_any_seed() {
    for seed in 0..50 {
        let log = Log::default();
        let mut runtime = builder().virtual_clock().seed(seed).build().unwrap();
        runtime.block_on(async {
            let task = spawn(yield_now());
            for name in ["a", "b"] {
                let also = log.clone();
                task.on_done(move |_| also.add(name));
            }
            task.await.unwrap();
            log.add("awaiter");
        });
        assert_eq!(log.take(), "a b awaiter");
    }
}

// Handles, and code that is generic over executors.

async fn on_any<S: LocalSpawn + Spawn>(spawner: &S) -> i32 {
    let log: Rc<Cell<i32>> = Rc::default();
    let also = Rc::clone(&log);
    spawner
        .spawn_local_obj(Box::pin(async move { also.set(also.get() + 1) }).into())
        .unwrap();
    let (sender, receiver) = mpsc::channel();
    spawner.spawn_obj(Box::pin(async move { sender.send(2).unwrap() }).into()).unwrap();
    yield_now().await;
    log.get() + receiver.recv().unwrap()
}

#[test]
fn code_that_is_generic_over_executors_runs_here() {
    assert_eq!(block_on(async { on_any(&Handle::current()).await }), 3);
    let mut runtime = runtime();
    let handle = runtime.handle();
    assert!(handle.status().is_ok() && handle.status_local().is_ok());
    assert_eq!(runtime.block_on(on_any(&handle)), 3);
}

#[test]
fn a_task_can_be_named_from_outside() {
    let mut runtime = Runtime::new().unwrap();
    let first = runtime.spawn_named("first", async { 1 });
    let second = runtime.handle().spawn_named(String::from("second"), async { 2 });
    assert_eq!((first.name(), second.name()), ("first".into(), "second".into()));
    let sum = runtime.block_on(async {
        let third = Handle::current().spawn_named("third", pending::<()>());
        let all = mainspring::task::all();
        let names: Vec<_> = all.iter().map(|task| task.name.as_str()).collect();
        assert_eq!(names, ["Task-1", "third"]);
        assert!(all.iter().all(|task| task.location.file().ends_with("runtime.rs")));
        third.abort();
        first.await.unwrap() + second.await.unwrap()
    });
    assert_eq!(sum, 3);
}

#[test]
fn what_needs_a_runtime_says_so() {
    for attempt in [
        (|| drop(Handle::current())) as fn(),
        || drop(outside_work()),
        || {
            let mut cx = Context::from_waker(Waker::noop());
            let _ = pin!(sleep(Duration::from_secs(1))).poll(&mut cx);
        },
    ] {
        let message = panic_of(attempt);
        assert!(
            message.contains("was called outside a runtime: call it from"),
            "{message}"
        );
    }
}

// Two runtimes on one thread, and handles that cross.

/// The same, polled here for the first time: that sets its timers.
async fn armed(way: usize) -> Awaited {
    let mut future = awaited(way);
    let is_pending = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending()));
    assert!(is_pending.await);
    future
}

/// A waker that counts.
struct Count(AtomicU32);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn counting_waker() -> (Waker, Arc<Count>) {
    let count = Arc::new(Count(AtomicU32::new(0)));
    (Arc::clone(&count).into(), count)
}

/// Two turns.
fn settle(runtime: &mut Runtime) {
    runtime.block_on(async {
        yield_now().await;
        yield_now().await;
    });
}

/// Who polls: a task of which runtime, which one, and with a foreign waker or its own.
type Visit = (usize, usize, bool);

/// All visits that there are with two tasks in each of two runtimes.
fn visits() -> impl Iterator<Item = Visit> {
    (0..8).map(|bits| (bits & 1, bits >> 1 & 1, bits & 4 != 0))
}

/// A task that polls `shared` when it is told to, with the waker it is told to use, and
/// counts how often it is polled without having been told.
#[derive(Clone, Default)]
struct Obedient {
    own: Rc<RefCell<Option<Waker>>>,
    order: Rc<Cell<Option<Option<Waker>>>>,
    woken: Rc<Cell<u32>>,
}

impl Obedient {
    fn new(runtime: &Runtime, shared: &Rc<RefCell<Awaited>>) -> Self {
        let (new, shared) = (Self::default(), Rc::clone(shared));
        let one = new.clone();
        drop(runtime.spawn(poll_fn(move |cx| {
            let first = one.own.borrow_mut().replace(cx.waker().clone()).is_none();
            match one.order.take() {
                Some(foreign) => {
                    let waker = foreign.as_ref().unwrap_or(cx.waker());
                    let mut cx = Context::from_waker(waker);
                    assert!(shared.borrow_mut().as_mut().poll(&mut cx).is_pending());
                }
                None => one.woken.set(one.woken.get() + u32::from(!first)),
            }
            Poll::<()>::Pending
        })));
        new
    }

    fn visit(&self, foreign: Option<Waker>) {
        self.order.set(Some(foreign));
        self.own.borrow().as_ref().unwrap().wake_by_ref();
    }
}

#[test]
fn whoever_polls_in_whichever_runtime_the_last_is_woken_and_nobody_else() {
    let cases = visits().flat_map(|first| {
        visits().flat_map(move |second| visits().map(move |last| [first, second, last]))
    });
    let cases = cases.flat_map(|case| (0..WAYS).map(move |way| (case, way)));
    for (case, way) in cases.step_by(if cfg!(miri) { 131 } else { 1 }) {
        let mut runtimes = [virtual_runtime(), virtual_runtime()];
        let shared: Rc<RefCell<Awaited>> = Rc::new(RefCell::new(Box::pin(pending())));
        // The tasks of both runtimes have the same ids and sit in the same slots.
        let tasks =
            [0, 1].map(|at| [0, 1].map(|_| Obedient::new(&runtimes[at], &shared)));
        runtimes.iter_mut().for_each(settle);
        drop(shared.replace(runtimes[0].block_on(armed(way))));
        let foreign = [(); 3].map(|()| counting_waker());
        for ((at, task, is_foreign), (waker, _)) in case.into_iter().zip(&foreign) {
            tasks[at][task].visit(is_foreign.then(|| waker.clone()));
            settle(&mut runtimes[at]);
        }
        runtimes[0].block_on(sleep(3 * SECOND / 2));
        settle(&mut runtimes[1]);
        let (at, task, is_foreign) = case[2];
        let mut expected = ([[0; 2]; 2], [0; 3]);
        match is_foreign {
            true => expected.1[2] = 1,
            false => expected.0[at][task] = 1,
        }
        let woken = tasks.each_ref().map(|two| two.each_ref().map(|one| one.woken.get()));
        let counts = foreign.each_ref().map(|(_, count)| count.0.load(Ordering::Relaxed));
        assert_eq!((woken, counts), expected, "way {way}, visits {case:?}");
    }
}

#[test]
fn a_waker_with_the_address_of_one_that_is_gone_is_another() {
    for way in 0..WAYS {
        let (mut home, mut other) = (virtual_runtime(), virtual_runtime());
        // The main future is over and its waker, still held, could not be taken back. When
        // it is dropped its memory is free. Everything else is allocated before, so that an
        // allocator that gives what it got last makes the other runtime's waker of it.
        let (mut future, held) = home.block_on(async {
            let mut future = awaited(way);
            let held = poll_fn(|cx| {
                assert!(future.as_mut().poll(cx).is_pending());
                Poll::Ready(cx.waker().clone())
            });
            let held = held.await;
            (future, held)
        });
        let mut polls = 0;
        let visit = poll_fn(move |cx| {
            polls += 1;
            let _ = future.as_mut().poll(cx);
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        });
        drop(held);
        let task = other.spawn(visit);
        settle(&mut other);
        home.block_on(sleep(3 * SECOND / 2));
        settle(&mut other);
        assert!(task.is_finished(), "way {way}");
    }
}

#[test]
fn a_runtime_that_ends_inside_another_cancels_what_is_awaited_there() {
    let inner = runtime();
    let handle = inner.spawn(pending::<()>());
    virtual_runtime().block_on(async {
        let waits = spawn(async { handle.await.unwrap_err().is_cancelled() });
        yield_now().await;
        let drops = spawn(async { drop(inner) });
        assert!(waits.await.unwrap());
        drops.await.unwrap();
    });
}

#[test]
fn between_two_calls_any_waker_may_poll() {
    for (way, last_foreign) in (0..WAYS).flat_map(|way| [(way, false), (way, true)]) {
        let mut runtime = virtual_runtime();
        let shared = Rc::new(RefCell::new(runtime.block_on(armed(way))));
        let task = Obedient::new(&runtime, &shared);
        settle(&mut runtime);
        let (foreign, count) = counting_waker();
        let own = task.own.borrow().clone().unwrap();
        let wakers = if last_foreign { [&own, &foreign] } else { [&foreign, &own] };
        for waker in wakers {
            let mut shared = shared.borrow_mut();
            assert!(shared.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
        }
        runtime.block_on(sleep(3 * SECOND / 2));
        let woken = (task.woken.get(), count.0.load(Ordering::Relaxed));
        assert_eq!(woken, if last_foreign { (0, 1) } else { (1, 0) }, "way {way}");
    }
}

// The main future, and who polls in a drop.

#[test]
fn a_main_future_that_has_panicked_is_not_woken_in_the_person_of_the_next() {
    for way in 0..WAYS {
        let mut runtime = virtual_runtime();
        let shared = runtime.block_on(async { Rc::new(RefCell::new(awaited(way))) });
        let message = panic_of(|| {
            runtime.block_on(poll_fn(|cx| -> Poll<()> {
                assert!(shared.borrow_mut().as_mut().poll(cx).is_pending());
                panic!("in the middle")
            }))
        });
        assert_eq!(message, "in the middle");
        assert!(mainspring::task::current().is_none());
        let mut polls = 0;
        runtime.block_on(async {
            let mut end = pin!(sleep(3 * SECOND / 2));
            poll_fn(|cx| {
                polls += 1;
                end.as_mut().poll(cx)
            })
            .await;
        });
        assert_eq!(polls, 2, "way {way}: once at first, once at the end");
        runtime.block_on(poll_fn(|cx| shared.borrow_mut().as_mut().poll(cx)));
    }
}

#[test]
fn a_task_that_the_shutdown_drops_may_poll_and_stays_the_current_one() {
    let log = Log::default();
    let later: Rc<RefCell<Option<JoinHandle<()>>>> = Rc::default();
    let (foreign, count) = counting_waker();
    let mut runtime = virtual_runtime();
    runtime.block_on(async {
        let (also, handle) = (log.clone(), Rc::clone(&later));
        let own: Rc<RefCell<Option<Waker>>> = Rc::default();
        let (keep, mut timer) = (Rc::clone(&own), Box::pin(sleep(SECOND)));
        let guard = Finally(move || {
            let current = || mainspring::task::current().map(|task| task.name);
            also.add(current().unwrap());
            drop(spawn(async { unreachable!("refused") }));
            also.add(current().unwrap());
            let own = own.take().unwrap();
            for waker in [&own, &foreign] {
                let mut cx = Context::from_waker(waker);
                assert!(timer.as_mut().poll(&mut cx).is_pending());
                let mut handle = handle.borrow_mut();
                assert!(pin!(handle.as_mut().unwrap()).poll(&mut cx).is_pending());
            }
        });
        drop(spawn(poll_fn(move |cx| {
            let _ = &guard;
            keep.replace(Some(cx.waker().clone()));
            Poll::<()>::Pending
        })));
        later.replace(Some(spawn(pending::<()>())));
        yield_now().await;
    });
    drop(runtime);
    assert_eq!(log.take(), "Task-2 Task-2");
    assert_eq!(count.0.load(Ordering::Relaxed), 1, "woken by the end of the later task");
}
