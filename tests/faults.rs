//! What must not end the loop, the process or the shutdown, and what must not keep them from
//! ending: panics upon panics, callbacks that come back, destructors that spawn.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::panic_any;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant as Machine};

use futures_task::LocalSpawn;
use mainspring::runtime::{Handle, Runtime};
use mainspring::task::{self, JoinError, JoinHandle, Outcome, yield_now};
use mainspring::time::{sleep, timeout};
use mainspring::{block_on, spawn};

mod guard;
mod stranger;

use guard::{
    Counter, Dropped, Finally, Log, SECOND, alone, each_alone, ends_on, hooked, panic_of,
    settle, virtual_runtime,
};
use stranger::{Event, Stranger};

/// The runtime is as it should be: tasks run, time passes, and nothing is left of a main future.
fn assert_usable(runtime: &mut Runtime) {
    let sum = runtime.block_on(async {
        assert_eq!(task::current().unwrap().polls, 1);
        sleep(Duration::from_millis(1)).await;
        let main = task::all().into_iter().filter(|task| task.polls == 2).count();
        assert_eq!(main, 1, "{:?}", task::all());
        let three = timeout(SECOND, spawn(async { 3 })).await.unwrap().unwrap();
        three + spawn(async { 4 }).await.unwrap()
    });
    assert_eq!(sum, 7);
}

// Callbacks that bring about the next one.

/// The ways to spawn a task and have its handle.
#[derive(Clone, Copy, Debug)]
enum Way {
    Spawn,
    Builder,
    Current,
    Handle,
}

const WAYS: [Way; 4] = [Way::Spawn, Way::Builder, Way::Current, Way::Handle];

impl Way {
    fn spawn<F: Future + 'static>(
        self,
        handle: &Handle,
        future: F,
    ) -> JoinHandle<F::Output> {
        match self {
            Self::Spawn => spawn(future),
            Self::Builder => task::Builder::new().name("named").spawn(future),
            Self::Current => Handle::current().spawn(future),
            Self::Handle => handle.spawn(future),
        }
    }
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Work {
    Waits,
    Returns,
    Panics,
}

/// Spawns a worker, and the next one when that is done.
fn supervise(way: Way, work: Work, handle: Handle, calls: Counter, drops: Counter) {
    let worker = way.spawn(&handle, async move {
        match work {
            Work::Waits => pending().await,
            Work::Returns => {}
            Work::Panics => panic!("the worker"),
        }
    });
    let guard = Dropped(drops.clone());
    worker.on_done(move |_| {
        let _guard = guard;
        calls.add();
        supervise(way, work, handle, calls, drops);
    });
}

#[test]
fn a_worker_that_is_started_again_at_its_end_does_not_keep_the_shutdown_from_ending() {
    let works = [Work::Waits, Work::Returns, Work::Panics];
    let parts = WAYS
        .into_iter()
        .flat_map(|way| works.map(|work| (format!("{way:?}, {work:?}"), (way, work))));
    each_alone(parts, |(way, work)| {
        let (mut runtime, hook) = hooked();
        let (calls, drops) = (Counter::default(), Counter::default());
        let handle = runtime.handle();
        let is_over = panic_of(|| {
            runtime.block_on(async {
                supervise(way, work, handle, calls.clone(), drops.clone());
                settle().await;
            });
            let before = calls.get();
            assert_eq!(before == 0, work == Work::Waits);
            drop(runtime);
            // The one that was added before is called; the one that it adds is not.
            assert_eq!(calls.get(), before + 1);
            assert_eq!(drops.get(), calls.get() + 1, "all callbacks are dropped");
        });
        assert_eq!(is_over, "no panic");
        assert_eq!(hook.len(), hook.count("the worker"));
    });
}

/// The other places where a runtime is dropped.
#[test]
fn a_worker_that_is_started_again_ends_with_its_runtime_wherever_that_is_dropped() {
    thread_local!(static KEPT: RefCell<Option<Runtime>> = const { RefCell::new(None) });
    let places = ["block_on", "in a task", "in a callback", "with the thread", "panic"];
    each_alone(places.map(|place| (place, place)), |place| {
        let (calls, drops) = (Counter::default(), Counter::default());
        let also = (calls.clone(), drops.clone());
        let begin = move || {
            let (calls, drops) = also.clone();
            supervise(Way::Spawn, Work::Waits, Handle::current(), calls, drops);
        };
        match place {
            "block_on" => block_on(async { begin() }),
            "panic" => {
                let message = panic_of(|| {
                    block_on(async {
                        begin();
                        panic!("main");
                    })
                });
                assert_eq!(message, "main");
            }
            "with the thread" => {
                let ends = Rc::new(Cell::new(false));
                thread::spawn(|| {
                    KEPT.with_borrow_mut(|kept| {
                        let runtime = kept.insert(virtual_runtime());
                        let counters = (Counter::default(), Counter::default());
                        runtime.block_on(async {
                            let (calls, drops) = counters;
                            let handle = Handle::current();
                            supervise(Way::Spawn, Work::Waits, handle, calls, drops);
                        });
                    });
                })
                .join()
                .unwrap();
                ends.set(true);
                return;
            }
            _ => block_on(async {
                let mut inner = virtual_runtime();
                inner.handle().spawn(async {}).on_done(|_| {});
                let handle = inner.handle();
                let (calls, drops) = (calls.clone(), drops.clone());
                supervise(Way::Handle, Work::Waits, handle, calls, drops);
                let task = spawn(yield_now());
                if place == "in a callback" {
                    task.on_done(move |_| drop(inner));
                    task.await.unwrap();
                } else {
                    // `inner` may be used as well.
                    let _ = &mut inner;
                    spawn(async move { drop(inner) }).await.unwrap();
                }
                settle().await;
            }),
        }
        assert_eq!((calls.get(), drops.get()), (1, 2));
    });
}

/// Adds itself to the handle again when it is called.
fn again(handle: Rc<JoinHandle<()>>, calls: Counter, drops: Counter) {
    let guard = Dropped(drops.clone());
    let next = Rc::clone(&handle);
    handle.on_done(move |_| {
        let _guard = guard;
        calls.add();
        again(next, calls, drops);
    });
}

#[test]
fn a_callback_that_adds_itself_again_does_not_keep_the_shutdown_from_ending() {
    let works = [Work::Waits, Work::Returns, Work::Panics];
    let parts = works.iter().flat_map(|work| {
        [false, true].map(|kept| (format!("{work:?}, kept: {kept}"), (*work, kept)))
    });
    each_alone(parts, |(work, kept)| {
        let (mut runtime, _) = hooked();
        let (calls, drops) = (Counter::default(), Counter::default());
        let handle = runtime.spawn(async move {
            match work {
                Work::Waits => pending().await,
                Work::Returns => {}
                Work::Panics => panic!("the task"),
            }
        });
        let handle = Rc::new(handle);
        again(Rc::clone(&handle), calls.clone(), drops.clone());
        let weak = Rc::downgrade(&handle);
        let kept = kept.then_some(handle);
        let is_over = panic_of(|| {
            runtime.block_on(settle());
            let before = calls.get();
            assert_eq!(before == 0, work == Work::Waits);
            drop(runtime);
            assert_eq!((calls.get(), drops.get()), (before + 1, before + 2));
        });
        assert_eq!(is_over, "no panic");
        drop(kept);
        assert!(weak.upgrade().is_none(), "nothing keeps the handle");
    });
}

#[test]
fn callbacks_that_add_each_other_do_not_keep_the_shutdown_from_ending() {
    fn ping(handles: Rc<[JoinHandle<()>]>, at: usize, calls: Counter) {
        let next = Rc::clone(&handles);
        handles[at].on_done(move |_| {
            calls.add();
            for other in (0..next.len()).filter(|other| *other != at) {
                ping(Rc::clone(&next), other, calls.clone());
            }
        });
    }
    each_alone([("two", 2), ("three", 3)], |count| {
        let (runtime, _) = hooked();
        let calls = Counter::default();
        let handles: Vec<_> = (0..count).map(|_| runtime.spawn(pending())).collect();
        let handles: Rc<[JoinHandle<()>]> = handles.into();
        ping(Rc::clone(&handles), 0, calls.clone());
        ping(Rc::clone(&handles), 1, calls.clone());
        drop(runtime);
        assert_eq!(calls.get(), 2, "the two that were there before");
        assert_eq!(Rc::strong_count(&handles), 1);
    });
}

#[test]
fn callbacks_from_before_the_shutdown_are_all_called_and_later_ones_dropped_uncalled() {
    alone(|| {
        let (mut runtime, hook) = hooked();
        let (log, late) = (Log::default(), Counter::default());
        let also = log.clone();
        let add = move |name: &'static str| {
            let log = also.clone();
            move |outcome: &Outcome| log.add(format!("{name}:{outcome:?}"))
        };
        let done = runtime.spawn(async {});
        runtime.block_on(settle());
        let done = Rc::new(done);
        let (from_callback, from_drop) = (Rc::clone(&done), Rc::clone(&done));
        let left = runtime.spawn({
            let (add, late) = (add.clone(), late.clone());
            async move {
                let _guard = Finally(move || {
                    let guard = Dropped(late.clone());
                    let callback = add("added in a drop");
                    from_drop.on_done(move |outcome| {
                        let _guard = guard;
                        callback(outcome);
                    });
                });
                pending::<()>().await;
            }
        });
        let other = runtime.spawn(pending::<()>());
        // These two run before the shutdown, once.
        runtime.block_on(async {});
        left.on_done(add("left"));
        done.on_done(add("done"));
        let removed = other.on_done(add("removed"));
        other.on_done({
            let (add, late) = (add.clone(), late.clone());
            move |outcome| {
                add("other")(outcome);
                let guard = Dropped(late.clone());
                let callback = add("added in a callback");
                from_callback.on_done(move |outcome| {
                    let _guard = guard;
                    callback(outcome);
                });
                let mut refused = spawn(async {});
                assert!(refused.try_result().unwrap().unwrap_err().is_cancelled());
                refused.on_done(add("of a refused one"));
            }
        });
        other.on_done(add("last"));
        assert!(other.remove_on_done(removed));
        drop(runtime);
        let called = "done:Returned left:Cancelled other:Cancelled last:Cancelled";
        assert_eq!(log.take(), called);
        assert_eq!((late.get(), hook.len()), (2, 0));
        drop((left, other));
        assert_eq!(Rc::strong_count(&done), 1, "the callbacks are gone");
    });
}

/// What a callback owns that is dropped uncalled may add one more when it is dropped.
#[test]
fn a_callback_that_is_dropped_uncalled_may_add_another_in_its_drop() {
    fn add(handle: &Rc<JoinHandle<()>>, left: u32, drops: &Counter) {
        let (also, drops) = (Rc::clone(handle), drops.clone());
        let guard = Finally(move || {
            drops.add();
            if left > 0 {
                add(&also, left - 1, &drops);
            }
        });
        handle.on_done(move |_| {
            let _guard = &guard;
        });
    }
    alone(|| {
        let (mut runtime, _) = hooked();
        let handle = Rc::new(runtime.spawn(async {}));
        runtime.block_on(settle());
        let drops = Counter::default();
        let (also, count) = (Rc::clone(&handle), drops.clone());
        drop(runtime.spawn(async move {
            let _guard = Finally(move || add(&also, 500, &count));
            pending::<()>().await;
        }));
        runtime.block_on(async {});
        drop(runtime);
        assert_eq!(drops.get(), 501);
        add(&handle, 500, &drops);
        assert_eq!(drops.get(), 1002);
    });
}

// The main future panics, and so does its end.

/// What a panic carries that is nobody's.
#[derive(Clone, Copy, Debug)]
enum Carries {
    Text,
    Bomb,
    Hydra,
}

impl Carries {
    fn panic(self, text: &'static str) -> ! {
        match self {
            Self::Text => panic!("{text}"),
            Self::Bomb => panic_any(Bomb),
            Self::Hydra => panic_any(Hydra),
        }
    }

    /// What `panic_of` makes of it.
    fn said(self, text: &'static str) -> &'static str {
        if matches!(self, Self::Text) { text } else { "no text" }
    }
}

/// Panics once more when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("what the panic carried");
    }
}

/// Where one head is cut off there is another.
struct Hydra;

impl Drop for Hydra {
    fn drop(&mut self) {
        panic_any(Hydra);
    }
}

/// The output of a main future. It may panic when it is dropped.
struct Value(Counter, Option<Carries>);

impl Drop for Value {
    fn drop(&mut self) {
        self.0.add();
        if let Some(carries) = self.1 {
            carries.panic("the value");
        }
    }
}

/// How the main future ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Panics,
    Returns,
    Deadlock,
}

/// A main future that panics when it is dropped.
struct Main {
    end: End,
    carries: (Carries, Carries),
    value: Option<Value>,
    /// It leaves tasks behind whose drops panic as well.
    leaves: bool,
}

impl Future for Main {
    type Output = Value;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Value> {
        if self.leaves {
            for carries in [self.carries.0, self.carries.1] {
                let guard = Finally(move || carries.panic("a task"));
                drop(spawn(async move {
                    let _guard = guard;
                }));
            }
        }
        match self.end {
            End::Panics => self.carries.0.panic("the poll"),
            End::Returns => Poll::Ready(self.value.take().unwrap()),
            End::Deadlock => Poll::Pending,
        }
    }
}

impl Drop for Main {
    fn drop(&mut self) {
        // It is dropped in the runtime, which may be asked for something.
        drop(spawn(async {}));
        std::mem::forget(self.value.take());
        self.carries.1.panic("the drop");
    }
}

#[test]
fn the_first_panic_of_a_main_future_goes_to_the_caller_whatever_its_drop_does() {
    let all = [Carries::Text, Carries::Bomb, Carries::Hydra];
    let ends = [End::Panics, End::Returns, End::Deadlock];
    let carries = all.into_iter().flat_map(|poll| all.map(|drop| (poll, drop)));
    let parts = ends.into_iter().flat_map(|end| {
        carries
            .clone()
            .map(move |carries| (format!("{end:?}, {carries:?}"), (end, carries)))
    });
    each_alone(parts, |(end, carries)| {
        for value_carries in [None, Some(carries.0)] {
            let drops = Counter::default();
            let main = |leaves| {
                let value = Some(Value(drops.clone(), value_carries));
                Main { end, carries, value, leaves }
            };
            let check = |message: &str| {
                match end {
                    End::Panics => assert_eq!(message, carries.0.said("the poll")),
                    End::Returns => assert_eq!(message, carries.1.said("the drop")),
                    End::Deadlock => {
                        assert!(message.starts_with("deadlock"), "{message}")
                    }
                }
                let expected = u32::from(end == End::Returns);
                assert_eq!(drops.take(), expected, "the value is dropped once");
            };
            let (mut runtime, _) = hooked();
            let ticks = Counter::default();
            let also = ticks.clone();
            let other = runtime.spawn(async move {
                while also.get() < 5 {
                    also.add();
                    yield_now().await;
                }
            });
            for _ in 0..2 {
                check(&panic_of(|| runtime.block_on(main(false))));
                assert!(task::current().is_none());
                assert_usable(&mut runtime);
            }
            assert!(runtime.block_on(other).is_ok());
            // In the middle of another panic.
            let message = panic_of(|| {
                let mut inner = String::new();
                let caught = panic_of(|| {
                    let _guard = Finally(|| {
                        inner = panic_of(|| drop(runtime.block_on(main(false))));
                    });
                    panic!("the other");
                });
                assert_eq!(caught, "the other");
                check(&inner);
            });
            assert_eq!(message, "no panic");
            assert_usable(&mut runtime);
            check(&panic_of(|| runtime.block_on(main(true))));
            drop(runtime);
            if end != End::Deadlock {
                check(&panic_of(|| block_on(main(true))));
            }
        }
    });
}

// Panics that carry what panics when it is dropped, without end.

/// Two that take turns.
struct Castor;
struct Pollux;

impl Drop for Castor {
    fn drop(&mut self) {
        panic_any(Pollux);
    }
}

impl Drop for Pollux {
    fn drop(&mut self) {
        panic_any(Castor);
    }
}

/// Panics when it is polled, dropped, or both.
struct Panics {
    polled: Option<fn()>,
    dropped: Option<fn()>,
}

impl Future for Panics {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if let Some(panic) = self.polled {
            panic();
        }
        Poll::Pending
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        if let Some(panic) = self.dropped {
            panic();
        }
    }
}

/// Where a panic may be that nobody is going to read.
const PLACES: [&str; 17] = [
    "a detached task",
    "a handle that is dropped",
    "a handle that outlives the runtime",
    "an aborted task's drop",
    "a poll and then a drop",
    "an error that a task drops",
    "an output that nobody reads",
    "an output of a handle that is dropped",
    "a callback",
    "a hook",
    "a leftover",
    "a leftover's output",
    "a refused future",
    "a refused future after the runtime",
    "a waker's wake",
    "a waker's drop",
    "a callback of the shutdown",
];

fn panic_at(place: &'static str, panic: fn()) {
    let told = Counter::default();
    let count = told.clone();
    let hook = move |_: &JoinError| {
        count.add();
        if place == "a hook" {
            panic();
        }
    };
    let mut runtime =
        Runtime::builder().virtual_clock().unhandled_panic(hook).build().unwrap();
    let polled = || Panics { polled: Some(panic), dropped: None };
    let dropped = || Panics { polled: None, dropped: Some(panic) };
    let handle = runtime.handle();
    let late = runtime.block_on(async {
        let late = match place {
            "a detached task" | "a hook" => {
                drop(spawn(polled()));
                None
            }
            "a handle that is dropped" => {
                let task = spawn(polled());
                settle().await;
                drop(task);
                None
            }
            "a handle that outlives the runtime" => Some(spawn(polled())),
            "an aborted task's drop" => {
                let task = spawn(dropped());
                settle().await;
                task.abort();
                drop(task);
                None
            }
            "a poll and then a drop" => {
                drop(spawn(Panics { polled: Some(panic), dropped: Some(panic) }));
                None
            }
            "an error that a task drops" => {
                let task = spawn(polled());
                drop(spawn(async move { drop(task.await) }));
                settle().await;
                None
            }
            "an output that nobody reads" => {
                drop(spawn(async move { Finally(panic) }));
                None
            }
            "an output of a handle that is dropped" => {
                let task = spawn(async move { Finally(panic) });
                settle().await;
                drop(task);
                None
            }
            "a callback" => {
                spawn(async {}).on_done(move |_| panic());
                None
            }
            "a leftover" => {
                drop(spawn(dropped()));
                None
            }
            "a leftover's output" => {
                let task = spawn(async move {
                    let _output = Finally(panic);
                    pending::<()>().await;
                });
                drop(spawn(task));
                None
            }
            "a refused future" => {
                drop(spawn(async move {
                    let _guard = Finally(move || {
                        drop(spawn(Panics { polled: None, dropped: Some(panic) }));
                    });
                    pending::<()>().await;
                }));
                None
            }
            "a waker's wake" | "a waker's drop" => {
                let is_wake = place == "a waker's wake";
                let stranger = Stranger::new(move |event| match event {
                    Event::Wake if is_wake => panic(),
                    Event::Drop if !is_wake => panic(),
                    _ => {}
                });
                let mut cx = Context::from_waker(&stranger);
                let (mut timer, mut task) = (sleep(SECOND), spawn(sleep(SECOND)));
                assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
                assert!(Pin::new(&mut task).poll(&mut cx).is_pending());
                if is_wake {
                    sleep(2 * SECOND).await;
                }
                None
            }
            "a callback of the shutdown" => {
                spawn(pending::<()>()).on_done(move |_| panic());
                None
            }
            _ => None,
        };
        settle().await;
        late
    });
    assert_usable(&mut runtime);
    drop(runtime);
    drop(late);
    if place == "a refused future after the runtime" {
        drop(handle.spawn(dropped()));
    }
    assert!(told.get() > 0, "{place}: it is told");
}

#[test]
fn a_panic_whose_payload_panics_without_end_when_it_is_dropped_ends() {
    each_alone(PLACES.map(|place| (place, place)), |place| {
        assert_eq!(panic_of(|| panic_at(place, || panic_any(Hydra))), "no panic");
    });
}

#[test]
fn a_panic_whose_payloads_panic_in_turns_when_they_are_dropped_ends() {
    each_alone(PLACES.map(|place| (place, place)), |place| {
        assert_eq!(panic_of(|| panic_at(place, || panic_any(Castor))), "no panic");
    });
}

// How old a task is.

const PAUSE: Duration = Duration::from_millis(300);

/// The task is not older than the time since `spawned`, but for what the machine needs.
fn assert_young(name: &str, spawned: Machine) {
    let since = spawned.elapsed();
    let task = task::all().into_iter().find(|task| task.name == name);
    let age = task.expect("it is there").age;
    assert!(age < since + 2 * PAUSE / 3, "{name} is {age:?} old, and not {since:?}");
}

fn named<F: Future + 'static>(name: &str, future: F) -> JoinHandle<F::Output> {
    task::Builder::new().name(name).spawn(future)
}

#[test]
fn a_task_does_not_count_the_time_before_its_runtime_ran() {
    let mut runtime = Runtime::new().unwrap();
    thread::sleep(PAUSE);
    runtime.block_on(async {
        let start = Machine::now();
        let _task = named("task", pending::<()>());
        assert_young("task", start);
        assert_young("Task-1", start);
        yield_now().await;
        assert_young("task", start);
        sleep(Duration::from_millis(10)).await;
        assert_young("task", start);
        assert_young("Task-1", start);
        let age = task::all()[1].age;
        assert!(age >= Duration::from_millis(10), "nor is it too young: {age:?}");
        // It knows its own age as well.
        let own = named("own", async { task::current().unwrap().age }).await.unwrap();
        assert!(own < 2 * PAUSE / 3, "{own:?}");
    });
}

#[test]
fn a_task_does_not_count_the_time_between_two_calls_before_it_was_spawned() {
    for way in 0..4 {
        let mut runtime = Runtime::new().unwrap();
        let handle = runtime.handle();
        runtime.block_on(sleep(Duration::from_millis(1)));
        let mut spawned = vec![];
        for round in 0..2 {
            thread::sleep(PAUSE);
            let start = Machine::now();
            let name = match way {
                0 => runtime.spawn(pending::<()>()).name(),
                1 => handle.spawn(pending::<()>()).name(),
                2 => {
                    handle.spawn_local_obj(Box::pin(pending()).into()).unwrap();
                    format!("Task-{}", round * 3 + 2)
                }
                _ => runtime.block_on(async { spawn(pending::<()>()).name() }),
            };
            spawned.push((name, start));
            runtime.block_on(async {
                let (name, start) = spawned.last().unwrap();
                assert_young(name, *start);
                yield_now().await;
                assert_young(name, *start);
                assert_young(&task::current().unwrap().name, *start);
            });
            runtime.block_on(async {
                sleep(Duration::from_millis(5)).await;
                for (name, start) in &spawned {
                    assert_young(name, *start);
                }
            });
        }
    }
}

#[test]
fn a_task_that_was_spawned_before_a_pause_counts_it() {
    let mut runtime = Runtime::new().unwrap();
    let _task = runtime.spawn(pending::<()>());
    thread::sleep(PAUSE);
    runtime.block_on(async {
        sleep(Duration::from_millis(1)).await;
        let age = task::all().into_iter().find(|task| task.id.get() == 2).unwrap().age;
        assert!(age >= PAUSE, "{age:?}");
    });
}

#[test]
fn a_task_is_as_old_as_the_virtual_clock_says() {
    let mut runtime = virtual_runtime();
    let ages = || task::all().iter().map(|task| task.age.as_secs()).collect::<Vec<_>>();
    let _early = runtime.spawn(pending::<()>());
    thread::sleep(PAUSE / 3);
    runtime.block_on(async {
        assert_eq!(ages(), [0, 0]);
        sleep(3 * SECOND).await;
        let _task = spawn(pending::<()>());
        assert_eq!(ages(), [3, 3, 0]);
        sleep(2 * SECOND).await;
        assert_eq!(ages(), [5, 5, 2]);
    });
    let late = runtime.spawn(pending::<()>());
    thread::sleep(PAUSE / 3);
    runtime.block_on(async {
        assert_eq!(ages(), [5, 2, 0, 0]);
        sleep(SECOND).await;
        assert_eq!(ages(), [6, 3, 1, 1]);
        drop(late);
    });
}

// Destructors that spawn while the runtime shuts down, or after that.

/// The small stack: no recursion as deep as the chains are fits on it.
const SMALL: usize = 256 << 10;

/// The ways to spawn, for a destructor.
#[derive(Clone, Debug)]
enum Spawner {
    Spawn,
    Builder,
    Current,
    Handle(Handle),
}

/// Spawns others like it when it is dropped.
struct Link {
    left: u32,
    children: u32,
    spawner: Spawner,
    drops: Counter,
    kept: Option<Rc<RefCell<Vec<JoinHandle<()>>>>>,
    panics: bool,
}

impl Link {
    fn new(left: u32, spawner: Spawner, drops: &Counter) -> Self {
        let drops = drops.clone();
        Self { left, children: 1, spawner, drops, kept: None, panics: false }
    }
}

impl Future for Link {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.drops.add();
        for _ in 0..self.children {
            let Some(left) = self.left.checked_sub(1) else { break };
            let next = Link {
                left,
                children: self.children,
                spawner: self.spawner.clone(),
                drops: self.drops.clone(),
                kept: self.kept.clone(),
                panics: self.panics,
            };
            let handle = match &self.spawner {
                Spawner::Spawn => spawn(next),
                Spawner::Builder => task::Builder::new().name("link").spawn(next),
                Spawner::Current => Handle::current().spawn(next),
                Spawner::Handle(handle) => handle.spawn(next),
            };
            match &self.kept {
                Some(kept) => kept.borrow_mut().push(handle),
                None => drop(handle),
            }
        }
        assert!(!self.panics, "a link");
    }
}

const SPAWNERS: [&str; 5] =
    ["spawn", "builder", "current handle", "handle", "handle of a gone runtime"];

/// Starts it: a task that the shutdown drops, or one that is spawned when the runtime is gone.
/// Returns what the hook was told.
fn start(spawner: &str, link: impl FnOnce(Spawner) -> Link) -> Log {
    let (mut runtime, hook) = hooked();
    let handle = runtime.handle();
    let chosen = match spawner {
        "spawn" => Spawner::Spawn,
        "builder" => Spawner::Builder,
        "current handle" => Spawner::Current,
        _ => Spawner::Handle(handle.clone()),
    };
    let link = link(chosen);
    if spawner == "handle of a gone runtime" {
        drop(runtime);
        drop(handle.spawn(link));
    } else {
        drop(runtime.spawn(link));
        runtime.block_on(settle());
        drop(runtime);
    }
    hook
}

fn parts_of_spawners() -> impl Iterator<Item = (&'static str, &'static str)> {
    SPAWNERS.into_iter().map(|spawner| (spawner, spawner))
}

#[test]
fn a_long_chain_of_destructors_that_spawn_ends_on_a_small_stack_and_drops_them_all() {
    each_alone(parts_of_spawners(), |spawner| {
        ends_on(SMALL, "the chain", move || {
            let drops = Counter::default();
            let hook = start(spawner, |spawner| Link::new(100_000, spawner, &drops));
            assert_eq!((drops.get(), hook.len()), (100_001, 0));
        });
    });
}

#[test]
fn a_tree_of_destructors_that_spawn_ends_on_a_small_stack_and_drops_them_all() {
    each_alone(parts_of_spawners(), |spawner| {
        ends_on(SMALL, "the tree", move || {
            for (depth, children) in [(15, 2), (9, 3), (2, 200)] {
                let drops = Counter::default();
                let hook = start(spawner, |spawner| {
                    let mut link = Link::new(depth, spawner, &drops);
                    link.children = children;
                    link
                });
                let all: u32 = (0..=depth).map(|level| children.pow(level)).sum();
                assert_eq!((drops.get(), hook.len()), (all, 0));
            }
        });
    });
}

#[test]
fn the_handles_of_a_chain_of_destructors_that_spawn_all_say_that_it_was_cancelled() {
    each_alone(parts_of_spawners(), |spawner| {
        ends_on(SMALL, "the chain", move || {
            let (drops, kept) = (Counter::default(), Rc::default());
            let also = Rc::clone(&kept);
            let hook = start(spawner, |spawner| {
                let mut link = Link::new(10_000, spawner, &drops);
                link.kept = Some(also);
                link
            });
            assert_eq!((drops.get(), hook.len()), (10_001, 0));
            let handles: Vec<JoinHandle<()>> = kept.take();
            assert_eq!(handles.len(), 10_000);
            for mut handle in handles {
                assert!(handle.is_finished() && !handle.abort());
                assert!(handle.try_result().unwrap().unwrap_err().is_cancelled());
                assert!(handle.try_result().is_none());
            }
        });
    });
}

#[test]
fn of_a_chain_of_destructors_that_spawn_and_panic_each_is_dropped_and_told() {
    each_alone(parts_of_spawners(), |spawner| {
        ends_on(SMALL, "the chain", move || {
            let drops = Counter::default();
            let mut told = 0;
            let shown = panic_of(|| {
                let hook = start(spawner, |spawner| {
                    let mut link = Link::new(2_000, spawner, &drops);
                    link.panics = true;
                    link
                });
                told = hook.count("a link");
                assert_eq!(told, hook.len());
            });
            assert_eq!((&*shown, drops.get(), told), ("no panic", 2_001, 2_001));
        });
    });
}

#[test]
fn an_endless_chain_of_destructors_that_spawn_ends_and_is_told_once() {
    each_alone(parts_of_spawners(), |spawner| {
        ends_on(SMALL, "the chain", move || {
            let drops = Counter::default();
            let hook = start(spawner, |spawner| Link::new(u32::MAX, spawner, &drops));
            let drops = drops.get();
            assert!((999_000..1_001_000).contains(&drops), "{drops} were dropped");
            assert_eq!(hook.len(), 1, "{}", hook.take());
        });
    });
}

/// Two of them: what was told of the first says nothing of the second.
#[test]
fn leftovers_with_an_endless_chain_each_do_not_keep_the_others_from_being_dropped() {
    alone(|| {
        ends_on(SMALL, "the chains", || {
            let (mut runtime, hook) = hooked();
            let (drops, last) = (Counter::default(), Counter::default());
            for _ in 0..2 {
                let link = Link::new(u32::MAX, Spawner::Spawn, &drops);
                drop(runtime.spawn(link));
            }
            let guard = Dropped(last.clone());
            let handle = runtime.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            let called = Counter::default();
            let count = called.clone();
            handle.on_done(move |_| count.add());
            runtime.block_on(settle());
            drop(runtime);
            assert_eq!((last.get(), called.get(), handle.is_finished()), (1, 1, true));
            assert!((1..=2).contains(&hook.len()), "{}", hook.take());
        });
    });
}

/// What is spawned from a destructor or a callback of the shutdown itself, not from one of what
/// was refused, is dropped before the call returns.
#[test]
fn a_future_that_a_leftover_spawns_in_its_drop_is_dropped_at_once() {
    let spawners = SPAWNERS.into_iter().take(4);
    let parts = spawners.flat_map(|spawner| {
        [false, true]
            .map(|calls| (format!("{spawner}, a callback: {calls}"), (spawner, calls)))
    });
    each_alone(parts, |(spawner, calls)| {
        let (mut runtime, hook) = hooked();
        let (seen, handle) = (Log::default(), runtime.handle());
        let also = seen.clone();
        let refused = move || {
            for _ in 0..3 {
                let drops = Counter::default();
                let guard = Dropped(drops.clone());
                let future = async move {
                    let _guard = guard;
                    unreachable!("it is never polled");
                };
                let mut task: JoinHandle<()> = match spawner {
                    "spawn" => spawn(future),
                    "builder" => task::Builder::new().name("late").spawn(future),
                    "current handle" => Handle::current().spawn(future),
                    _ => handle.spawn(future),
                };
                assert!(task.is_finished());
                let error = task.try_result().unwrap().unwrap_err();
                also.add(format!("{} {}", drops.get(), error.is_cancelled()));
            }
        };
        let leftover = if calls {
            let task = runtime.spawn(pending::<()>());
            task.on_done(move |_| refused());
            task
        } else {
            runtime.spawn(async move {
                let _guard = Finally(refused);
                pending::<()>().await;
            })
        };
        runtime.block_on(settle());
        drop(runtime);
        assert_eq!(
            (seen.take(), hook.take()),
            ("1 true 1 true 1 true".into(), "".into())
        );
        drop(leftover);
    });
}

/// The same by the interface that says at once that it is refused, and drops what it got.
#[test]
fn a_long_chain_of_destructors_that_are_refused_at_once_ends_on_a_small_stack() {
    struct Refused {
        left: u32,
        handle: Handle,
        drops: Counter,
    }
    impl Future for Refused {
        type Output = ();
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            Poll::Pending
        }
    }
    impl Drop for Refused {
        fn drop(&mut self) {
            self.drops.add();
            if let Some(left) = self.left.checked_sub(1) {
                let (handle, drops) = (self.handle.clone(), self.drops.clone());
                let next = Refused { left, handle, drops };
                let refused = self.handle.spawn_local_obj(Box::pin(next).into());
                assert!(refused.unwrap_err().is_shutdown());
            }
        }
    }
    each_alone([("shutdown", false), ("after it", true)], |is_gone| {
        ends_on(SMALL, "the chain", move || {
            let (mut runtime, hook) = hooked();
            let (drops, handle) = (Counter::default(), runtime.handle());
            let also = (handle.clone(), drops.clone());
            let first = move || Refused { left: 100_000, handle: also.0, drops: also.1 };
            if is_gone {
                drop(runtime);
                drop(first());
            } else {
                drop(runtime.spawn(first()));
                runtime.block_on(settle());
                drop(runtime);
            }
            assert_eq!((drops.get(), hook.len()), (100_001, 0));
        });
    });
}
