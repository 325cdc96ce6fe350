//! One task: each row of its specification, and each way to misuse a waker.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::{
    self, AbortHandle, JoinError, JoinHandle, Outcome, TaskState, WaitsOn, yield_now,
};
use mainspring::time::{sleep, timeout};

mod watchdog;
mod ways;

use watchdog::{block_on, builder, runtime};
use ways::{Awaited, SECOND, WAYS, awaited};

/// What is written down while a test runs.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Into<String>) {
        self.0.borrow_mut().push(line.into());
    }

    /// Everything so far, separated by spaces; then the log is empty.
    fn take(&self) -> String {
        self.0.take().join(" ")
    }
}

/// Writes a line when it is dropped.
struct OnDrop(Log, &'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.add(self.1);
    }
}

/// Calls a function when it is dropped.
struct Finally<F: FnMut()>(F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A task to be poked: counts its polls and drops, shows its waker, ends when told to.
#[derive(Clone, Default)]
struct Probe {
    polls: Rc<Cell<u32>>,
    drops: Rc<Cell<u32>>,
    waker: Rc<RefCell<Option<Waker>>>,
    end: Rc<Cell<bool>>,
}

impl Probe {
    fn future(&self) -> Watched {
        Watched(self.clone())
    }

    fn waker(&self) -> Waker {
        self.waker.borrow().clone().expect("the probe was polled")
    }

    fn counts(&self) -> (u32, u32) {
        (self.polls.get(), self.drops.get())
    }
}

struct Watched(Probe);

impl Future for Watched {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.polls.set(self.0.polls.get() + 1);
        self.0.waker.replace(Some(cx.waker().clone()));
        if self.0.end.get() { Poll::Ready("end") } else { Poll::Pending }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.drops.set(self.0.drops.get() + 1);
    }
}

/// A runtime whose unhandled panics are counted and kept.
#[track_caller]
fn watched_runtime() -> (Runtime, Log) {
    let log = Log::default();
    let hook = {
        let log = log.clone();
        move |error: &JoinError| log.add(format!("[{error}]"))
    };
    let runtime = builder().unhandled_panic(hook).build().unwrap();
    (runtime, log)
}

/// Two turns of the loop: what is ready runs, and what that has woken.
async fn settle() {
    yield_now().await;
    yield_now().await;
}

/// The loop has slept, and so has read its letters from other threads before.
async fn letters_are_read() {
    sleep(Duration::from_millis(1)).await;
}

/// Runs the test without the noise of the panics that it causes.
fn quiet<R>(f: impl FnOnce() -> R) -> R {
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
    result.unwrap_or_else(|payload| std::panic::resume_unwind(payload))
}

fn text(payload: &(dyn std::any::Any + Send)) -> &str {
    payload.downcast_ref::<String>().map_or_else(
        || payload.downcast_ref::<&str>().copied().unwrap_or("no text"),
        String::as_str,
    )
}

// Order.

#[test]
fn strict_first_in_first_out() {
    let log = Log::default();
    block_on(async {
        let tasks = ["a", "b", "c"].map(|name| {
            let log = log.clone();
            spawn(async move {
                for step in 0..2 {
                    log.add(format!("{name}{step}"));
                    yield_now().await;
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(log.take(), "a0 b0 c0 a1 b1 c1");
}

#[test]
fn a_task_does_not_run_before_its_creator_waits() {
    let log = Log::default();
    block_on(async {
        let task = spawn({
            let log = log.clone();
            async move { log.add("task") }
        });
        log.add("creator");
        task.await.unwrap();
    });
    assert_eq!(log.take(), "creator task");
}

#[test]
fn dropping_the_handle_detaches_and_loses_nothing() {
    let probe = Probe::default();
    block_on(async {
        drop(spawn(probe.future()));
        settle().await;
        assert_eq!(probe.counts(), (1, 0));
        probe.end.set(true);
        probe.waker().wake();
        settle().await;
        assert_eq!(probe.counts(), (2, 1));
    });
}

#[test]
fn a_task_that_nobody_can_wake_lives_until_the_runtime_ends() {
    let log = Log::default();
    block_on(async {
        let guard = OnDrop(log.clone(), "dropped");
        drop(spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        }));
        settle().await;
        settle().await;
        log.add("main ends");
    });
    assert_eq!(log.take(), "main ends dropped");
}

// Results.

#[test]
fn a_result_is_none_before_the_end_and_can_be_taken_once() {
    block_on(async {
        let mut task = spawn(async {
            yield_now().await;
            5
        });
        assert!(task.try_result().is_none());
        assert!(!task.is_finished());
        settle().await;
        assert!(task.is_finished());
        assert_eq!(task.try_result().unwrap().unwrap(), 5);
        assert!(task.try_result().is_none());
        assert!(task.is_finished());
    });
}

#[test]
fn awaiting_a_result_that_was_taken_says_so() {
    block_on(async {
        let mut task = spawn(async {});
        (&mut task).await.unwrap();
        let id = task.id();
        let second = quiet(|| {
            catch_unwind(AssertUnwindSafe(|| {
                let mut task = std::pin::pin!(task);
                let _ = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            }))
        });
        let message = text(&*second.unwrap_err()).to_owned();
        assert_eq!(message, format!("{id} was awaited again after its end"));
    });
}

#[test]
fn outputs_and_errors_come_back_with_their_types() {
    block_on(async {
        assert_eq!(spawn(async { vec![1, 2] }).await.unwrap(), [1, 2]);
        let user: Result<u8, String> = spawn(async { Err("mine".into()) }).await.unwrap();
        assert_eq!(user, Err("mine".into()));
        let rc = Rc::new(3);
        assert_eq!(*spawn(async move { rc }).await.unwrap(), 3);
    });
}

#[test]
fn a_panic_comes_back_with_its_payload() {
    quiet(|| {
        block_on(async {
            let error = spawn(async { panic!("number {}", 7) }).await.unwrap_err();
            assert!(error.is_panic() && !error.is_cancelled());
            assert_eq!(error.to_string(), "Task-2 panicked: number 7");
            assert_eq!(error.name(), "Task-2");
            assert_eq!(text(&*error.into_panic().unwrap()), "number 7");

            let named = task::Builder::new().name("bad").spawn(async { panic_any(8_u8) });
            let error = named.await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "Task-3 `bad` panicked: its payload is not text"
            );
            assert_eq!(*error.into_panic().unwrap().downcast::<u8>().unwrap(), 8);
        })
    });
}

#[test]
fn a_join_error_is_an_error_that_travels() {
    fn travels<E: std::error::Error + Send + Sync + 'static>(_: &E) {}
    block_on(async {
        let task = spawn(pending::<()>());
        task.abort();
        let error = task.await.unwrap_err();
        travels(&error);
        assert_eq!(error.to_string(), "Task-2 was cancelled");
        assert!(error.is_cancelled());
        assert!(error.into_panic().unwrap_err().is_cancelled());
    });
}

#[test]
fn an_error_says_which_task_it_was_and_where_it_was_spawned() {
    block_on(async {
        let line = line!() + 1;
        let task = task::Builder::new().name("lost").spawn(pending::<()>());
        let id = task.id();
        task.abort();
        let error = task.await.unwrap_err();
        assert_eq!((error.id(), &*error.name()), (id, "lost"));
        assert!(error.location().file().ends_with("tests/task.rs"));
        assert_eq!(error.location().line(), line);
    });
}

// Abort.

#[test]
fn abort_before_the_first_poll_never_polls() {
    let probe = Probe::default();
    block_on(async {
        let task = spawn(probe.future());
        assert!(task.abort());
        assert!(!task.is_finished(), "it ends at its turn");
        assert_eq!(probe.counts(), (0, 0));
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(probe.counts(), (0, 1));
}

#[test]
fn abort_beats_a_queued_wake() {
    let probe = Probe::default();
    block_on(async {
        let task = spawn(probe.future());
        settle().await;
        probe.end.set(true);
        probe.waker().wake();
        assert!(task.abort());
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(probe.counts(), (1, 1));
}

#[test]
fn abort_is_idempotent_until_the_end_and_false_after_it() {
    block_on(async {
        let mut task = spawn(pending::<()>());
        let handle = task.abort_handle();
        assert!(task.abort() && handle.abort());
        settle().await;
        assert!(handle.is_finished());
        assert!(!task.abort() && !handle.abort());
        assert!(task.try_result().unwrap().unwrap_err().is_cancelled());
        assert!(!handle.abort());
        drop(task);
        assert!(!handle.abort() && handle.is_finished());

        let done = spawn(async { 1 });
        settle().await;
        assert!(!done.abort());
        assert_eq!(done.await.unwrap(), 1);
    });
}

#[test]
fn destructors_run_before_the_end_can_be_seen() {
    let log = Log::default();
    block_on(async {
        let slot: Rc<RefCell<Option<AbortHandle>>> = Rc::default();
        let task = spawn({
            let (log, slot) = (log.clone(), Rc::clone(&slot));
            async move {
                let _guard = Finally(|| {
                    let handle = slot.borrow().clone().unwrap();
                    log.add(format!("finished: {}", handle.is_finished()));
                    let name = task::current().map(|task| task.name);
                    log.add(format!("in {name:?}"));
                });
                pending::<()>().await;
            }
        });
        slot.replace(Some(task.abort_handle()));
        settle().await;
        task.abort();
        let _ = task.await;
        log.add("joined");
    });
    assert_eq!(log.take(), "finished: false in Some(\"Task-2\") joined");
}

#[test]
fn a_task_that_aborts_itself_and_returns_keeps_its_value() {
    block_on(async {
        let slot: Rc<RefCell<Option<AbortHandle>>> = Rc::default();
        let abort_self = |slot: &Rc<RefCell<Option<AbortHandle>>>| {
            let slot = Rc::clone(slot);
            move || assert!(slot.borrow().as_ref().unwrap().abort())
        };
        let abort = abort_self(&slot);
        let returns = spawn(async move {
            abort();
            "value"
        });
        slot.replace(Some(returns.abort_handle()));
        assert_eq!(returns.await.unwrap(), "value");

        let abort = abort_self(&slot);
        let waits = spawn(async move {
            abort();
            yield_now().await;
        });
        slot.replace(Some(waits.abort_handle()));
        assert!(waits.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn aborting_an_awaiter_does_not_abort_what_it_awaits() {
    let probe = Probe::default();
    block_on(async {
        let inner = spawn(probe.future());
        let outer = spawn(inner);
        settle().await;
        outer.abort();
        assert!(outer.await.unwrap_err().is_cancelled());
        probe.end.set(true);
        probe.waker().wake();
        settle().await;
    });
    assert_eq!(probe.counts(), (2, 1));
}

#[test]
fn abort_on_drop_ends_the_task() {
    let probe = Probe::default();
    block_on(async {
        let task = spawn(probe.future()).abort_on_drop();
        settle().await;
        drop(task);
        settle().await;
        assert_eq!(probe.counts(), (1, 1));
        assert_eq!(spawn(async { 2 }).abort_on_drop().await.unwrap(), 2);
    });
}

#[test]
fn a_handle_that_aborts_on_drop_has_the_methods_of_others_and_a_way_back() {
    block_on(async {
        let mut task = spawn(async { 1 }).abort_on_drop();
        let id = task.id();
        assert!(!task.is_finished() && task.try_result().is_none());
        assert_eq!(task.name(), id.to_string());
        task.on_done(|_| {});
        settle().await;
        assert_eq!(task.try_result().unwrap().unwrap(), 1);

        let task = spawn(async { 2 }).abort_on_drop();
        assert_eq!(task.detach().await.unwrap(), 2);
        let task = spawn(std::future::pending::<()>()).abort_on_drop();
        let abort = task.abort_handle();
        drop(task.detach());
        settle().await;
        assert!(!abort.is_finished(), "it is detached");
        assert!(abort.abort());
    });
}

#[test]
fn an_abort_runs_destructors_and_nothing_else() {
    let log = Log::default();
    block_on(async {
        let (also, guard) = (log.clone(), OnDrop(log.clone(), "destructor"));
        let task = spawn(async move {
            let _guard = guard;
            pending::<()>().await;
            also.add("what follows");
        });
        settle().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        settle().await;
    });
    assert_eq!(log.take(), "destructor");
}

// Callbacks.

#[test]
fn callbacks_are_called_in_order_before_the_awaiter_and_never_inline() {
    let log = Log::default();
    let add = |line: &'static str| {
        let log = log.clone();
        move |outcome: &Outcome| {
            assert!(task::current().is_none());
            log.add(format!("{line}:{outcome:?}"));
        }
    };
    block_on(async {
        let mut task = spawn(async { 1 });
        task.on_done(add("first"));
        let removed = task.on_done(add("removed"));
        task.on_done(add("second"));
        assert!(task.remove_on_done(removed) && !task.remove_on_done(removed));
        (&mut task).await.unwrap();
        log.add("awaiter");
        let late = task.on_done(add("late"));
        assert!(!task.remove_on_done(late));
        log.add("added");
        settle().await;
    });
    assert_eq!(log.take(), "first:Returned second:Returned awaiter added late:Returned");
}

#[test]
fn a_callback_comes_before_the_awaiter_that_was_there_first() {
    let log = Log::default();
    block_on(async {
        let task = Rc::new(RefCell::new(spawn(async {
            settle().await;
        })));
        let (awaited, also) = (Rc::clone(&task), log.clone());
        let awaiter = spawn(async move {
            poll_fn(|cx| Pin::new(&mut *awaited.borrow_mut()).poll(cx)).await.unwrap();
            also.add("awaiter");
        });
        yield_now().await;
        let also = log.clone();
        task.borrow().on_done(move |_| also.add("callback"));
        awaiter.await.unwrap();
    });
    assert_eq!(log.take(), "callback awaiter");
}

#[test]
fn an_awaiter_that_has_a_seat_already_may_come_before_the_callbacks() {
    let log = Log::default();
    block_on(async {
        let task = spawn(pending::<()>());
        let also = log.clone();
        task.on_done(move |_| also.add("callback"));
        let (stop, also) = (task.abort_handle(), log.clone());
        let waker = Rc::new(Cell::new(None::<Waker>));
        let leaves = Rc::clone(&waker);
        let awaiter = spawn(async move {
            let mut task = task;
            poll_fn(|cx| {
                leaves.set(Some(cx.waker().clone()));
                Pin::new(&mut task).poll(cx)
            })
            .await
            .unwrap_err();
            also.add("awaiter");
        });
        yield_now().await;
        stop.abort(); // the task's seat
        waker.take().expect("it waits").wake(); // the awaiter's, for another reason
        awaiter.await.unwrap();
        settle().await;
    });
    assert_eq!(log.take(), "awaiter callback");
}

#[test]
fn who_asks_after_the_end_does_not_wait_for_the_callbacks() {
    let log = Log::default();
    block_on(async {
        let task = spawn(async {});
        let also = log.clone();
        task.on_done(move |_| also.add("callback"));
        yield_now().await;
        task.await.unwrap();
        log.add("main");
        settle().await;
    });
    assert_eq!(log.take(), "main callback");
}

#[test]
fn callbacks_hear_of_panics_aborts_and_shutdown() {
    let (mut runtime, hook) = watched_runtime();
    let log = Log::default();
    let add = || {
        let log = log.clone();
        move |outcome: &Outcome| log.add(format!("{outcome:?}"))
    };
    let left = quiet(|| {
        runtime.block_on(async {
            let panics = spawn(async { panic!("no") });
            panics.on_done(add());
            let aborted = spawn(pending::<()>());
            aborted.on_done(add());
            aborted.abort();
            let left = spawn(pending::<()>());
            left.on_done(add());
            let _: Result<(), _> = panics.await;
            settle().await;
            Some(left)
        })
    });
    assert_eq!(log.take(), "Panicked Cancelled");
    drop(runtime);
    assert_eq!(log.take(), "Cancelled");
    assert!(left.unwrap().is_finished());
    assert_eq!(hook.take(), "");
}

#[test]
fn a_callback_that_panics_stops_no_other_and_goes_to_the_hook() {
    let (mut runtime, hook) = watched_runtime();
    let log = Log::default();
    quiet(|| {
        runtime.block_on(async {
            let task = spawn(async {});
            task.on_done(|_| panic!("oops"));
            let also = log.clone();
            task.on_done(move |_| also.add("called"));
            task.await.unwrap();
        });
    });
    assert_eq!(log.take(), "called");
    assert_eq!(hook.take(), "[a callback of Task-2 panicked: oops]");
}

#[test]
fn a_callback_may_spawn_wake_and_abort() {
    let log = Log::default();
    block_on(async {
        let probe = Probe::default();
        let other = spawn(probe.future());
        let abort = other.abort_handle();
        settle().await;
        let task = spawn(async {});
        let (also, waker) = (log.clone(), probe.waker());
        task.on_done(move |_| {
            waker.wake();
            abort.abort();
            drop(spawn(async move { also.add("spawned") }));
        });
        task.await.unwrap();
        assert!(other.await.unwrap_err().is_cancelled());
        settle().await;
        assert_eq!(probe.counts(), (1, 1));
    });
    assert_eq!(log.take(), "spawned");
}

// Names, lists, infos.

#[test]
fn tasks_are_numbered_from_the_main_future_on() {
    let mut runtime = runtime();
    let early = runtime.spawn(async { task::current().unwrap().name });
    runtime.block_on(async {
        assert_eq!(task::current().unwrap().name, "Task-1");
        assert_eq!(early.await.unwrap(), "Task-2");
        assert_eq!(spawn(async {}).name(), "Task-3");
        let named = task::Builder::new().name("n").spawn(async {});
        assert_eq!((named.name(), named.id().get()), ("n".into(), 4));
    });
    let second = runtime.block_on(async { task::current().unwrap().id.get() });
    assert_eq!(second, 5, "numbers are not used twice");
}

#[test]
fn a_task_is_described() {
    let mut runtime = builder().virtual_clock().build().unwrap();
    runtime.block_on(async {
        let sleeper = task::Builder::new().name("sleeper").spawn(async {
            yield_now().await;
            sleep(Duration::from_secs(9)).await;
        });
        let _joiner = spawn(sleeper);
        let _stuck = spawn(pending::<()>());
        let _done = spawn(async {});
        sleep(Duration::from_secs(3)).await;
        let _ready = spawn(async {});

        let all = task::all();
        assert_eq!(all.len(), 5, "done ones are not listed");
        let [main, sleeper, joiner, stuck, ready] = &all[..] else { panic!() };
        assert_eq!((main.state, main.polls, main.id.get()), (TaskState::Running, 2, 1));
        assert_eq!((&*sleeper.name, sleeper.polls), ("sleeper", 2));
        assert_eq!(sleeper.waits_on, WaitsOn::Timer);
        assert_eq!(sleeper.age, Duration::from_secs(3));
        assert_eq!(sleeper.state, TaskState::Waiting);
        assert_eq!(joiner.waits_on, WaitsOn::Join(sleeper.id));
        assert_eq!(stuck.waits_on, WaitsOn::Unknown);
        assert_eq!((ready.state, ready.polls), (TaskState::Ready, 0));
        assert!(stuck.location.file().ends_with("tests/task.rs"));
        let line = format!(
            "Task-2 `sleeper` waits on a timer, polled 2 times, spawned at {}",
            sleeper.location
        );
        assert_eq!(sleeper.to_string(), line);
    });
}

#[test]
fn outside_a_runtime_there_is_nothing() {
    assert!(task::current().is_none());
    assert!(task::all().is_empty());
    for attempt in [(|| drop(spawn(async {}))) as fn(), || {
        drop(task::Builder::new().spawn(async {}))
    }] {
        let panic = quiet(|| catch_unwind(attempt).unwrap_err());
        assert!(text(&*panic).contains("outside a runtime: call it from a future that"));
    }
}

// Panics nobody reads.

#[test]
fn an_unread_panic_reaches_the_hook_exactly_once() {
    let (mut runtime, hook) = watched_runtime();
    let late = quiet(|| {
        runtime.block_on(async {
            drop(spawn(async { panic!("detached") }));
            settle().await;
            assert_eq!(hook.take(), "[Task-2 panicked: detached]");

            let dropped = spawn(async { panic!("dropped") });
            settle().await;
            assert_eq!(hook.take(), "", "it could still be read");
            drop::<JoinHandle<()>>(dropped);
            assert_eq!(hook.take(), "[Task-3 panicked: dropped]");

            let mut read = spawn(async { panic!("read") });
            let _: Result<(), _> = (&mut read).await;
            drop(read);
            let aborted = spawn(pending::<()>());
            aborted.abort();
            drop(aborted);
            settle().await;
            assert_eq!(hook.take(), "");
            let late: JoinHandle<()> = spawn(async { panic!("late") });
            settle().await;
            Some(late)
        })
    });
    drop(runtime);
    assert_eq!(hook.take(), "");
    drop(late);
    assert_eq!(hook.take(), "[Task-6 panicked: late]");
}

#[test]
fn a_hook_that_panics_goes_no_further() {
    let mut runtime = builder().unhandled_panic(|_| panic!("hook")).build().unwrap();
    let seven = quiet(|| {
        runtime.block_on(async {
            drop(spawn(async { panic!("task") }));
            settle().await;
            7
        })
    });
    assert_eq!(seven, 7);
}

#[test]
fn panics_in_drops_stay_in_their_task() {
    let (mut runtime, hook) = watched_runtime();
    quiet(|| {
        runtime.block_on(async {
            let abort_bomb = spawn(async {
                let _bomb = Finally(|| panic!("bomb"));
                pending::<()>().await;
            });
            settle().await;
            abort_bomb.abort();
            let error = abort_bomb.await.unwrap_err();
            assert_eq!(error.to_string(), "Task-2 panicked in a drop: bomb");

            // The poll's panic is what counts, if the drop panics as well.
            struct Twice;
            impl Future for Twice {
                type Output = ();
                fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
                    panic!("poll")
                }
            }
            impl Drop for Twice {
                fn drop(&mut self) {
                    panic!("drop")
                }
            }
            let error = spawn(Twice).await.unwrap_err();
            assert_eq!(error.to_string(), "Task-3 panicked: poll");

            // A future that panics in its drop after it has returned has not returned.
            struct Returns;
            impl Future for Returns {
                type Output = u8;
                fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u8> {
                    Poll::Ready(1)
                }
            }
            impl Drop for Returns {
                fn drop(&mut self) {
                    panic!("drop")
                }
            }
            let error = spawn(Returns).await.unwrap_err();
            assert_eq!(error.to_string(), "Task-4 panicked in a drop: drop");

            drop(spawn(async { Finally(|| panic!("output")) }));
            settle().await;
        });
    });
    assert_eq!(hook.take(), "[Task-5 panicked in a drop: output]");
}

#[test]
fn when_a_future_and_its_output_panic_in_their_drops_both_are_told_once() {
    /// Returns at once something that panics when it is dropped, and does so too.
    struct Returns;
    impl Future for Returns {
        type Output = Finally<fn()>;
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            Poll::Ready(Finally(|| panic!("the output")))
        }
    }
    impl Drop for Returns {
        fn drop(&mut self) {
            panic!("the future")
        }
    }
    let (mut runtime, hook) = watched_runtime();
    let task = runtime.spawn(Returns);
    let outcome = quiet(|| runtime.block_on(task));
    let error = outcome.map(|_| "an output").unwrap_err();
    assert_eq!(error.to_string(), "Task-2 panicked in a drop: the future");
    drop(error);
    assert_eq!(hook.take(), "[Task-2 panicked in a drop: the output]");
    quiet(|| {
        runtime.block_on(async {
            drop(spawn(Returns));
            settle().await;
        });
        drop(runtime);
    });
    assert_eq!(
        hook.take(),
        "[Task-4 panicked in a drop: the output] [Task-4 panicked in a drop: the future]"
    );
}

#[test]
fn drops_may_wake_spawn_abort_and_drop_handles() {
    let log = Log::default();
    block_on(async {
        let probe = Probe::default();
        let other = spawn(probe.future());
        settle().await;
        let (waker, abort, also) = (probe.waker(), other.abort_handle(), log.clone());
        let mut handle = Some(spawn(async {}));
        let task = spawn(async move {
            let _guard = Finally(move || {
                waker.wake_by_ref();
                assert!(abort.abort());
                let also = also.clone();
                drop(spawn(async move { also.add("spawned in a drop") }));
                drop(handle.take());
            });
            pending::<()>().await;
        });
        settle().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(other.await.unwrap_err().is_cancelled());
        settle().await;
        assert_eq!(probe.counts(), (1, 1));
    });
    assert_eq!(log.take(), "spawned in a drop");
}

// Wakers.

#[test]
fn one_seat_however_often_a_task_is_woken() {
    let probe = Probe::default();
    block_on(async {
        let _task = spawn(probe.future());
        settle().await;
        for _ in 0..3 {
            probe.waker().wake_by_ref();
        }
        settle().await;
        assert_eq!(probe.counts(), (2, 0));
    });
    assert_eq!(probe.counts(), (2, 1));
}

#[test]
fn a_wake_during_the_poll_counts_once() {
    let polls = Rc::new(Cell::new(0));
    block_on(async {
        let count = Rc::clone(&polls);
        let _task = spawn(poll_fn(move |cx| {
            count.set(count.get() + 1);
            if count.get() == 1 {
                cx.waker().wake_by_ref();
                let second = cx.waker().clone();
                second.wake();
            }
            Poll::<()>::Pending
        }));
        settle().await;
        settle().await;
    });
    assert_eq!(polls.get(), 2);
}

#[test]
fn a_wake_after_the_end_does_nothing() {
    let probe = Probe::default();
    block_on(async {
        probe.end.set(true);
        let task = spawn(probe.future());
        settle().await;
        probe.waker().wake_by_ref();
        settle().await;
        assert_eq!(task.await.unwrap(), "end");
        probe.waker().wake();
        settle().await;
    });
    assert_eq!(probe.counts(), (1, 1));
}

#[test]
fn a_stale_waker_leaves_the_next_tenant_of_the_slot_alone() {
    let (first, second) = (Probe::default(), Probe::default());
    block_on(async {
        first.end.set(true);
        spawn(first.future()).await.unwrap();
        let stale = first.waker();
        let _task = spawn(second.future());
        settle().await;
        stale.wake_by_ref();
        thread::scope(|scope| {
            scope.spawn(|| stale.wake_by_ref());
        });
        letters_are_read().await;
        assert_eq!(second.counts(), (1, 0));
    });
}

#[test]
fn ten_thousand_wakes_from_eight_threads() {
    let probe = Probe::default();
    block_on(async {
        let task = spawn(probe.future());
        settle().await;
        let waker = probe.waker();
        thread::scope(|scope| {
            for _ in 0..8 {
                let waker = waker.clone();
                scope.spawn(move || (0..1250).for_each(|_| waker.wake_by_ref()));
            }
        });
        letters_are_read().await;
        assert_eq!(probe.counts(), (2, 0), "the loop stood still meanwhile: one poll");
        probe.end.set(true);
        thread::spawn(move || waker.wake());
        assert_eq!(task.await.unwrap(), "end");
    });
    assert_eq!(probe.counts(), (3, 1));
}

#[test]
fn the_last_waker_dropped_elsewhere_drops_no_future() {
    struct HomeSick(thread::ThreadId);
    impl Drop for HomeSick {
        fn drop(&mut self) {
            assert_eq!(self.0, thread::current().id());
        }
    }
    let keep: Arc<Mutex<Option<Waker>>> = Arc::default();
    let (mut runtime, hook) = watched_runtime();
    let kept = Arc::clone(&keep);
    runtime.block_on(async {
        let home = HomeSick(thread::current().id());
        drop(spawn(poll_fn(move |cx| {
            let _ = &home;
            kept.lock().unwrap().replace(cx.waker().clone());
            Poll::<()>::Pending
        })));
        settle().await;
    });
    thread::scope(|scope| {
        scope.spawn(|| drop(keep.lock().unwrap().take()));
    });
    drop(runtime);
    assert_eq!(hook.take(), "");
}

#[test]
fn wakers_that_outlive_the_executor_do_nothing() {
    let probe = Probe::default();
    block_on(async {
        drop(spawn(probe.future()));
        settle().await;
    });
    assert_eq!(probe.counts(), (1, 1));
    let waker = probe.waker();
    waker.wake_by_ref();
    thread::spawn({
        let waker = waker.clone();
        move || waker.wake()
    })
    .join()
    .unwrap();
    block_on(async { waker.wake_by_ref() });
    drop(waker);
    assert_eq!(probe.counts(), (1, 1));
}

#[test]
fn a_task_may_be_woken_while_the_executor_is_dropped() {
    let probe = Probe::default();
    let log = Log::default();
    block_on(async {
        let _first = spawn(probe.future());
        let (probe, also) = (probe.clone(), log.clone());
        let _second = spawn(async move {
            let _guard = Finally(move || {
                probe.waker().wake_by_ref();
                thread::scope(|scope| {
                    let waker = probe.waker();
                    scope.spawn(move || waker.wake());
                });
                also.add("dropped");
            });
            pending::<()>().await;
        });
        settle().await;
    });
    assert_eq!(log.take(), "dropped");
    assert_eq!(probe.counts(), (1, 1));
}

#[test]
fn a_waker_in_a_thread_local_is_dropped_and_woken_after_the_runtime() {
    struct WakesLate(RefCell<Option<Waker>>);
    impl Drop for WakesLate {
        fn drop(&mut self) {
            self.0.take().unwrap().wake();
        }
    }
    thread_local!(static LATE: WakesLate = const { WakesLate(RefCell::new(None)) });
    thread::spawn(|| {
        block_on(poll_fn(|cx| {
            LATE.with(|late| late.0.replace(Some(cx.waker().clone())));
            Poll::Ready(())
        }));
    })
    .join()
    .unwrap();
}

#[test]
fn wakers_compare_equal_for_one_task_and_differ_for_two() {
    let (a, b) = (Probe::default(), Probe::default());
    block_on(async {
        let _tasks = (spawn(a.future()), spawn(b.future()));
        settle().await;
        let first = a.waker();
        first.wake_by_ref();
        settle().await;
        assert!(first.will_wake(&a.waker()));
        assert!(!first.will_wake(&b.waker()));
    });
}

#[test]
fn a_handle_follows_the_waker_that_polled_it_last() {
    block_on(async {
        let probe = Probe::default();
        let mut inner = spawn(probe.future());
        let polled =
            poll_fn(|cx| Poll::Ready(Pin::new(&mut inner).poll(cx).is_pending()));
        assert!(polled.await);
        let outer = spawn(inner);
        settle().await;
        probe.end.set(true);
        probe.waker().wake();
        assert_eq!(outer.await.unwrap().unwrap(), "end");
    });
}

#[test]
fn a_task_may_hold_its_own_handle() {
    let probe = OnDrop(Log::default(), "dropped");
    let log = probe.0.clone();
    block_on(async {
        let slot: Rc<RefCell<Option<JoinHandle<()>>>> = Rc::default();
        let own = Rc::clone(&slot);
        slot.replace(Some(spawn(async move {
            let _probe = probe;
            yield_now().await;
            drop(own.borrow_mut().take());
        })));
        settle().await;
        settle().await;
    });
    assert_eq!(log.take(), "dropped");
}

#[test]
fn a_million_tasks() {
    let count = if cfg!(miri) { 100 } else { 1_000_000 };
    let sum = block_on(async {
        let tasks: Vec<_> = (0..count).map(|i| spawn(async move { i })).collect();
        let mut sum = 0_u64;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, count * (count - 1) / 2);
}

// Who waits: a task with its own waker is known by its key, everyone else by a waker.

/// Runs the future under a virtual clock, which says so if a wake is lost.
#[track_caller]
fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

/// A waker around another: it counts, and passes on.
struct Around {
    inner: Waker,
    wakes: AtomicU32,
}

impl Around {
    fn new(inner: &Waker) -> Arc<Self> {
        Arc::new(Self { inner: inner.clone(), wakes: AtomicU32::new(0) })
    }
}

impl Wake for Around {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        self.inner.wake_by_ref();
    }
}

/// A task that polls `shared` whenever it is polled itself. Says how often that was.
fn visitor(shared: &Rc<RefCell<Awaited>>) -> (JoinHandle<()>, Rc<Cell<u32>>) {
    let (shared, polls) = (Rc::clone(shared), Rc::new(Cell::new(0)));
    let count = Rc::clone(&polls);
    let visit = poll_fn(move |cx| {
        count.set(count.get() + 1);
        shared.borrow_mut().as_mut().poll(cx)
    });
    (spawn(visit), polls)
}

#[test]
fn of_its_own_waker_and_one_around_it_the_last_is_woken() {
    for (way, first, last) in [(false, true), (true, false), (true, true)]
        .into_iter()
        .flat_map(|(first, last)| (0..WAYS).map(move |way| (way, first, last)))
    {
        let case = format!("way {way}, first around: {first}, last around: {last}");
        virtually(async {
            let mut future = awaited(way);
            let mut arounds: Option<[Arc<Around>; 2]> = None;
            let mut polls = 0;
            let polled_twice = poll_fn(|cx| {
                polls += 1;
                if arounds.is_some() {
                    return future.as_mut().poll(cx);
                }
                let both = arounds.insert([(); 2].map(|()| Around::new(cx.waker())));
                for (is_around, around) in [first, last].into_iter().zip(both) {
                    let around = Waker::from(Arc::clone(around));
                    let waker = if is_around { &around } else { cx.waker() };
                    let pending = future.as_mut().poll(&mut Context::from_waker(waker));
                    assert!(pending.is_pending());
                }
                Poll::Pending
            });
            polled_twice.await;
            let wakes = arounds.unwrap().map(|one| one.wakes.load(Ordering::Relaxed));
            assert_eq!((polls, wakes), (2, [0, u32::from(last)]), "{case}");
        });
    }
}

#[test]
fn a_foreign_executor_in_a_task_hears_which_of_its_futures_to_poll() {
    /// Marks one future of the foreign executor, and wakes the task that this runs in.
    struct Mark {
        marked: AtomicBool,
        outer: Waker,
    }
    impl Wake for Mark {
        fn wake(self: Arc<Self>) {
            self.marked.store(true, Ordering::Relaxed);
            self.outer.wake_by_ref();
        }
    }
    async fn all(mut futures: Vec<Awaited>) -> u32 {
        let mut marks: Vec<Arc<Mark>> = vec![];
        let mut polls = 0;
        let mut left = futures.len();
        poll_fn(|cx| {
            marks.resize_with(futures.len(), || {
                Arc::new(Mark { marked: true.into(), outer: cx.waker().clone() })
            });
            for (future, mark) in futures.iter_mut().zip(&marks) {
                if mark.marked.swap(false, Ordering::Relaxed) {
                    polls += 1;
                    let waker = Waker::from(Arc::clone(mark));
                    let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                    left -= usize::from(polled.is_ready());
                }
            }
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        polls
    }
    virtually(async {
        let polls = 2 * u32::try_from(WAYS).unwrap();
        let futures = || (0..WAYS).map(awaited).collect();
        assert_eq!(all(futures()).await, polls, "in the main future");
        assert_eq!(spawn(all(futures())).await.unwrap(), polls, "in a task");
    });
}

#[test]
fn of_two_tasks_that_poll_one_future_the_last_is_woken() {
    for way in 0..WAYS {
        virtually(async {
            let shared = Rc::new(RefCell::new(awaited(way)));
            let (first, first_polls) = visitor(&shared);
            settle().await;
            let (second, second_polls) = visitor(&shared);
            second.await.unwrap();
            assert_eq!((first_polls.get(), second_polls.get()), (1, 2), "way {way}");
            assert!(!first.is_finished());
        });
        virtually(async {
            let shared = Rc::new(RefCell::new(awaited(way)));
            let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
            let (keep, also) = (Rc::clone(&waker), Rc::clone(&shared));
            let first = spawn(poll_fn(move |cx| {
                keep.replace(Some(cx.waker().clone()));
                also.borrow_mut().as_mut().poll(cx)
            }));
            settle().await;
            let (_second, second_polls) = visitor(&shared);
            settle().await;
            waker.take().unwrap().wake();
            first.await.unwrap();
            assert_eq!(second_polls.get(), 1, "way {way}");
        });
    }
}

#[test]
fn the_next_tenant_of_a_slot_is_not_woken_for_the_last() {
    for (way, is_aborted) in (0..WAYS).flat_map(|way| [(way, false), (way, true)]) {
        virtually(async {
            let shared = Rc::new(RefCell::new(awaited(way)));
            let also = Rc::clone(&shared);
            let mut polled = false;
            let looks_once = spawn(poll_fn(move |cx| {
                assert!(also.borrow_mut().as_mut().poll(cx).is_pending());
                if !is_aborted || std::mem::replace(&mut polled, true) {
                    return Poll::Ready(());
                }
                Poll::Pending
            }));
            settle().await;
            looks_once.abort();
            assert_eq!(looks_once.await.is_err(), is_aborted);
            let tenants: Vec<Probe> = (0..3).map(|_| Probe::default()).collect();
            let _tasks: Vec<_> = tenants.iter().map(|one| spawn(one.future())).collect();
            sleep(2 * SECOND).await;
            assert!(tenants.iter().all(|one| one.counts() == (1, 0)), "way {way}");
            poll_fn(|cx| shared.borrow_mut().as_mut().poll(cx)).await;
        });
    }
}

#[test]
fn of_two_tasks_that_await_each_other_one_can_be_aborted() {
    virtually(async {
        let handles: [Rc<RefCell<Option<JoinHandle<()>>>>; 2] = Default::default();
        let ends = Log::default();
        let aborts: Vec<AbortHandle> = (0..2)
            .map(|one| {
                let (other, ends) = (Rc::clone(&handles[1 - one]), ends.clone());
                let task = spawn(async move {
                    let other = other.take().unwrap();
                    ends.add(other.await.unwrap_err().to_string());
                });
                let abort = task.abort_handle();
                handles[one].replace(Some(task));
                abort
            })
            .collect();
        settle().await;
        assert!(aborts.iter().all(|task| !task.is_finished()));
        let waits: Vec<WaitsOn> = task::all().iter().map(|task| task.waits_on).collect();
        assert_eq!(waits[1], WaitsOn::Join(aborts[1].id()));
        assert_eq!(waits[2], WaitsOn::Join(aborts[0].id()));
        assert!(aborts[0].abort());
        settle().await;
        assert!(aborts.iter().all(AbortHandle::is_finished));
        assert_eq!(ends.take(), format!("{} was cancelled", aborts[0].id()));
    });
}

#[test]
fn a_task_or_a_callback_may_poll_for_another_task() {
    for (way, by_callback) in (0..WAYS).flat_map(|way| [(way, false), (way, true)]) {
        virtually(async {
            let mut future = awaited(way);
            let probe = Probe::default();
            let _task = spawn(probe.future());
            settle().await;
            let waker = probe.waker();
            let poll_for_it = move || {
                let mut cx = Context::from_waker(&waker);
                assert!(future.as_mut().poll(&mut cx).is_pending());
                future
            };
            let kept: Rc<RefCell<Option<Awaited>>> = Rc::default();
            let also = Rc::clone(&kept);
            let poll_and_keep = move || drop(also.replace(Some(poll_for_it())));
            if by_callback {
                let done = spawn(async {});
                done.on_done(move |_| poll_and_keep());
                done.await.unwrap();
            } else {
                spawn(async { poll_and_keep() }).await.unwrap();
            }
            sleep(3 * SECOND / 2).await;
            assert_eq!(probe.counts(), (2, 0), "way {way}, by a callback: {by_callback}");
        });
    }
}

#[test]
fn of_two_things_that_a_task_waits_on_the_first_is_told() {
    virtually(async {
        let stuck = spawn(pending::<()>());
        let id = stuck.id();
        let waits = spawn(timeout(SECOND, stuck));
        settle().await;
        assert_eq!(task::all()[2].waits_on, WaitsOn::Join(id));
        assert!(waits.await.unwrap().is_err());
    });
}

// Threads that hold on to wakers.

/// A thread that wakes each waker it is sent twice, the second time perhaps too late.
fn waking_thread() -> (Sender<(Waker, Arc<AtomicBool>)>, thread::JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel::<(Waker, Arc<AtomicBool>)>();
    let thread = thread::spawn(move || {
        for (waker, is_woken) in receiver {
            is_woken.store(true, Ordering::Release);
            waker.wake_by_ref();
            thread::yield_now();
            waker.wake();
        }
    });
    (sender, thread)
}

#[test]
fn a_waker_that_a_thread_still_holds_serves_no_other_task() {
    let rounds = if cfg!(miri) { 20 } else { 5_000 };
    let threads = [waking_thread(), waking_thread()];
    block_on(async {
        for round in 0..rounds {
            let sender = threads[round % 2].0.clone();
            let is_woken = Arc::new(AtomicBool::new(false));
            let mut sent = false;
            let task = spawn(poll_fn(move |cx| {
                if std::mem::replace(&mut sent, true) {
                    assert!(is_woken.load(Ordering::Acquire), "polled for another");
                    return Poll::Ready(());
                }
                sender.send((cx.waker().clone(), Arc::clone(&is_woken))).unwrap();
                Poll::Pending
            }));
            task.await.unwrap();
        }
    });
    for (sender, thread) in threads {
        drop(sender);
        thread.join().unwrap();
    }
}

#[test]
fn threads_may_wake_while_the_runtime_is_dropped() {
    let rounds = if cfg!(miri) { 2 } else { 200 };
    for _ in 0..rounds {
        let probe = Probe::default();
        let mut runtime = runtime();
        drop(runtime.spawn(probe.future()));
        runtime.block_on(settle());
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                let (waker, over) = (probe.waker(), &over);
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        waker.wake_by_ref();
                        drop(waker.clone());
                        thread::yield_now();
                    }
                });
            }
            runtime.block_on(settle());
            drop(runtime);
            over.store(true, Ordering::Relaxed);
        });
        assert_eq!(probe.drops.get(), 1);
    }
}

#[test]
fn a_handle_that_was_polled_and_dropped_is_forgotten() {
    let log = Log::default();
    virtually(async {
        let output = OnDrop(log.clone(), "output");
        let task = spawn(async {
            sleep(2 * SECOND).await;
            output
        });
        let mut polls = 0;
        let mut limited = Some(Box::pin(timeout(SECOND, task)));
        let mut end = pin!(sleep(3 * SECOND));
        let waits = poll_fn(|cx| {
            polls += 1;
            if limited.as_mut().is_some_and(|task| task.as_mut().poll(cx).is_ready()) {
                limited = None;
            }
            end.as_mut().poll(cx)
        });
        waits.await;
        assert_eq!(polls, 3, "at first, after one second, after three");
        assert_eq!(log.take(), "output", "dropped when the task ended, unread");
    });
}

#[test]
fn a_waker_that_serves_again_knows_its_slot() {
    for (first, second) in [(0, 1), (1, 0)] {
        virtually(async {
            // The wakers of two tasks are free in the one order, their slots in the other.
            let mut ended = [0, 1].map(|_| Some(spawn(async {})));
            settle().await;
            drop(ended[first].take());
            drop(ended[second].take());
            let probes = [0, 1].map(|_| Probe::default());
            let _tasks = probes.each_ref().map(|probe| spawn(probe.future()));
            settle().await;
            for (probe, other) in [(&probes[0], &probes[1]), (&probes[1], &probes[0])] {
                let before = (probe.counts().0, other.counts().0);
                probe.waker().wake();
                settle().await;
                assert_eq!(
                    (probe.counts().0, other.counts().0),
                    (before.0 + 1, before.1)
                );
            }
        });
    }
}

/// What a panic carries, if that panics too when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("what the panic carried");
        }
    }
}

#[test]
fn what_the_panic_of_a_drop_carries_may_panic_too() {
    /// Panics when it is polled and when it is dropped: the first panic counts.
    struct Twice;
    impl Future for Twice {
        type Output = ();
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            panic!("the poll")
        }
    }
    impl Drop for Twice {
        fn drop(&mut self) {
            panic_any(Bomb);
        }
    }
    let error = block_on(async { spawn(Twice).await.unwrap_err() });
    assert_eq!(error.to_string(), "Task-2 panicked: the poll");
}

#[test]
fn what_the_panic_of_the_hook_carries_may_panic_too() {
    let builder = builder().unhandled_panic(|_| panic_any(Bomb));
    let mut runtime = builder.build().unwrap();
    let seven = runtime.block_on(async {
        drop(spawn(async { panic!("nobody reads this") }));
        yield_now().await;
        7
    });
    assert_eq!(seven, 7);
}

#[test]
fn what_an_unread_panic_carries_may_panic_too() {
    let told = Rc::new(Cell::new(0));
    let count = Rc::clone(&told);
    let builder = builder().unhandled_panic(move |_| count.set(count.get() + 1));
    let mut runtime = builder.build().unwrap();
    runtime.block_on(async {
        drop(spawn(async { panic_any(Bomb) }));
        yield_now().await;
    });
    assert_eq!(told.get(), 1);
}
