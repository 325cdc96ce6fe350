//! What outlives its runtime: sleeps, handles, wakers, callbacks. It says so, ends, and holds on
//! to nothing.

// What is awaited is made in one runtime, and polled elsewhere.
#![allow(clippy::async_yields_async)]

use std::any::Any;
use std::cell::RefCell;
use std::fs;
use std::future::{pending, poll_fn};
use std::io::Read;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_task::{LocalSpawn, Spawn};
use mainspring::runtime::{Handle, Runtime, outside_work};
use mainspring::spawn;
use mainspring::task::{JoinHandle, Outcome, yield_now};
use mainspring::time::{Instant, Sleep, sleep, sleep_until, timeout, timeout_at};

mod guard;

use guard::{
    Counter, Dropped, Finally, SECOND, Wakes, alone, each_alone, ends, hooked, panic_of,
    quiet, settle, virtual_runtime,
};

// A sleep whose runtime is gone.

type Awaited = Box<dyn Future<Output = ()> + Unpin>;

/// The ways to have a timer in a runtime.
const WAYS: usize = 8;

/// A timer that has been polled, in the runtime that runs here.
fn armed(way: usize) -> Awaited {
    fn boxed<F: Future + Unpin + 'static>(mut future: F) -> Awaited {
        Box::new(poll_fn(move |cx| Pin::new(&mut future).poll(cx).map(drop)))
    }
    let at = Instant::now() + SECOND;
    let mut future = match way {
        0 => boxed(sleep(SECOND)),
        1 => boxed(sleep_until(at)),
        2 => boxed(sleep(Duration::MAX)),
        3 => boxed(timeout(SECOND, pending::<()>())),
        4 => boxed(timeout_at(at, timeout(Duration::MAX, pending::<()>()))),
        5 => boxed(timeout(Duration::MAX, pending::<()>())),
        6 => boxed(timeout(Duration::MAX, timeout(SECOND, sleep(2 * SECOND)))),
        _ => {
            let mut moved = sleep(SECOND);
            assert!(poll(&mut moved).is_pending());
            moved.reset(at + SECOND);
            boxed(moved)
        }
    };
    assert!(poll(&mut future).is_pending());
    future
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn runtime(is_virtual: bool) -> Runtime {
    if is_virtual { virtual_runtime() } else { Runtime::new().unwrap() }
}

/// The places where such a sleep may be polled.
const PLACES: [&str; 6] =
    ["outside", "main", "a task", "a callback", "a destructor", "the shutdown"];

/// Polls it there, twice. What the panics say.
fn polled_at(place: &str, mut future: Awaited, other: &mut Runtime) -> [String; 2] {
    let said = Rc::new(RefCell::new(None));
    let also = Rc::clone(&said);
    let mut polls = move |waker: &Waker| {
        let mut poll =
            || panic_of(|| Pin::new(&mut future).poll(&mut Context::from_waker(waker)));
        also.replace(Some([poll(), poll()]));
    };
    match place {
        "outside" => polls(Waker::noop()),
        "main" => other.block_on(poll_fn(|cx| {
            polls(cx.waker());
            Poll::Ready(())
        })),
        "a task" => {
            let task = other.spawn(poll_fn(move |cx| {
                polls(cx.waker());
                Poll::Ready(())
            }));
            other.block_on(task).unwrap();
        }
        "a callback" => {
            let task = other.spawn(async {});
            task.on_done(move |_| polls(Waker::noop()));
            other.block_on(settle());
        }
        place => {
            let task = other.spawn(async move {
                let (_, foreign) = Wakes::new();
                let _guard = Finally(move || polls(&foreign));
                pending::<()>().await;
            });
            other.block_on(settle());
            if place == "a destructor" {
                task.abort();
                other.block_on(settle());
            } else {
                drop(std::mem::replace(other, virtual_runtime()));
            }
        }
    }
    said.take().expect("it was polled")
}

#[test]
fn a_sleep_whose_runtime_is_gone_says_so_wherever_it_is_polled() {
    let clocks = [(true, true), (true, false), (false, true), (false, false)];
    for (way, place) in (0..WAYS).flat_map(|way| PLACES.map(|place| (way, place))) {
        for (home, away) in clocks {
            let case = format!("way {way}, {place}, virtual: {home} {away}");
            ends(&case.clone(), move || {
                let mut gone = runtime(home);
                let future = gone.block_on(async { armed(way) });
                // The other was there before, or comes into its place.
                let before = (way % 2 == 0).then(|| runtime(away));
                drop(gone);
                let mut other = before.unwrap_or_else(|| runtime(away));
                for said in polled_at(place, future, &mut other) {
                    assert!(said.contains("its runtime is gone"), "{case}: {said}");
                }
                assert_eq!(
                    other.block_on(async { spawn(async { 7 }).await.unwrap() }),
                    7
                );
            });
        }
    }
}

#[test]
fn a_task_that_awaits_a_sleep_whose_runtime_is_gone_panics_and_no_other_does() {
    for way in 0..WAYS {
        ends(&format!("way {way}"), move || {
            let mut gone = virtual_runtime();
            let future = gone.block_on(async { armed(way) });
            let mut other = Runtime::new().unwrap();
            let task = other.spawn(async move { timeout(SECOND, future).await.is_ok() });
            let well = other.spawn(sleep(Duration::from_millis(5)));
            drop(gone);
            let error = quiet(|| other.block_on(task)).unwrap_err();
            assert!(error.to_string().contains("its runtime is gone"), "{error}");
            other.block_on(well).unwrap();
        });
    }
}

/// It ends in the middle of the wait, and whoever awaits it has another reason to look.
#[test]
fn a_sleep_whose_runtime_ends_while_it_is_awaited_says_so_at_the_next_poll() {
    for way in 0..WAYS {
        let (mut gone, mut other) = (virtual_runtime(), virtual_runtime());
        let mut future = gone.block_on(async { armed(way) });
        let mut tick = other.block_on(async { sleep(SECOND) });
        let task = other.spawn(poll_fn(move |cx| {
            let said = panic_of(|| Pin::new(&mut future).poll(cx));
            Pin::new(&mut tick).poll(cx).map(|()| said)
        }));
        other.block_on(settle());
        drop(gone);
        other.block_on(sleep(2 * SECOND));
        let said = other.block_on(task).unwrap();
        assert!(said.contains("its runtime is gone"), "way {way}: {said}");
    }
}

#[test]
fn a_timeout_over_what_is_done_passes_though_its_runtime_is_gone() {
    let mut gone = virtual_runtime();
    let mut limited = gone.block_on(async {
        let mut polls = 0;
        let mut limited = timeout(
            SECOND,
            poll_fn(move |_| {
                polls += 1;
                if polls == 2 { Poll::Ready("done") } else { Poll::Pending }
            }),
        );
        assert!(poll(&mut limited).is_pending());
        limited
    });
    drop(gone);
    assert_eq!(poll(&mut limited), Poll::Ready(Ok("done")));
}

#[test]
fn a_sleep_whose_runtime_is_gone_leaves_the_timers_of_the_next_alone() {
    for (moved, inside) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut gone = virtual_runtime();
        let armed = || {
            let mut timer = sleep(SECOND);
            assert!(poll(&mut timer).is_pending());
            timer
        };
        let dead: Vec<Sleep> = gone.block_on(async { (0..4).map(|_| armed()).collect() });
        drop(gone);
        // Its timers stand where the dead ones stood.
        let mut next = virtual_runtime();
        let (wakes, waker) = Wakes::new();
        let mut living: Vec<Sleep> = next.block_on(async {
            (0..4)
                .map(|_| {
                    let mut timer = sleep(SECOND);
                    let mut cx = Context::from_waker(&waker);
                    assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
                    timer
                })
                .collect()
        });
        let meddle = || {
            for mut timer in dead {
                if moved {
                    timer.reset(Instant::now() + 100 * SECOND);
                    timer.reset(Instant::now());
                }
            }
        };
        if inside {
            next.block_on(async { meddle() });
        } else {
            meddle();
        }
        next.block_on(async {
            sleep(SECOND / 2).await;
            assert_eq!(wakes.count(), 0);
            sleep(SECOND).await;
            assert_eq!(wakes.count(), 4);
            assert!(living.iter_mut().all(|timer| poll(timer).is_ready()));
        });
    }
}

/// Between two calls its runtime is there, and stands still.
#[test]
fn a_sleep_of_a_living_runtime_can_be_awaited_in_another() {
    for way in [0, 1, 3, 4, 6] {
        let (mut home, mut away) = (virtual_runtime(), virtual_runtime());
        let future = home.block_on(async { armed(way) });
        let task = away.spawn(future);
        away.block_on(sleep(10 * SECOND));
        assert!(!task.is_finished(), "way {way}");
        home.block_on(sleep(3 * SECOND / 2));
        away.block_on(settle());
        assert!(task.is_finished(), "way {way}");
        away.block_on(task).unwrap();
    }
}

// Descriptors.

/// The descriptors of this process that a runtime would have.
fn descriptors() -> Vec<String> {
    let all = fs::read_dir("/proc/self/fd").unwrap();
    let links = all.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    let links = links.map(|link| link.to_string_lossy().into_owned());
    links.filter(|link| link.contains("eventpoll") || link.contains("eventfd")).collect()
}

/// What is kept when the runtime is dropped: that of a task, and what threads have.
const KEPT: [&str; 18] = [
    "handle",
    "join handle of one that waits",
    "join handle of one that has returned",
    "join handle of one that has panicked",
    "join handle of one that was never polled",
    "join handle that is awaited elsewhere",
    "abort handle",
    "handle that aborts on drop",
    "waker",
    "waker on a thread",
    "waker in the inbox",
    "waker of the main future",
    "waker of another runtime's task",
    "outside work",
    "outside work on a thread",
    "callback",
    "hook's handle",
    "everything",
];

/// Has a thread keep this until what is returned is dropped.
fn on_a_thread<T: Send + 'static>(kept: T) -> impl Any {
    let (sender, receiver) = mpsc::channel::<()>();
    thread::spawn(move || {
        let _ = receiver.recv();
        drop(kept);
    });
    sender
}

async fn own_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// A waker of a task that waits.
async fn task_waker() -> Waker {
    let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
    let also = Rc::clone(&waker);
    drop(spawn(poll_fn(move |cx| {
        also.replace(Some(cx.waker().clone()));
        Poll::<()>::Pending
    })));
    settle().await;
    waker.take().unwrap()
}

async fn keep(what: &str, other: &Runtime) -> Box<dyn Any> {
    match what {
        "handle" => Box::new((Handle::current(), Handle::current().clone())),
        "join handle of one that waits" => {
            let task = spawn(pending::<()>());
            settle().await;
            Box::new(task)
        }
        "join handle of one that has returned" => {
            let task = spawn(async { Handle::current() });
            settle().await;
            Box::new(task)
        }
        "join handle of one that has panicked" => {
            let task: JoinHandle<()> = spawn(async { panic!("kept") });
            settle().await;
            Box::new(task)
        }
        "join handle of one that was never polled" => Box::new(spawn(async {})),
        "join handle that is awaited elsewhere" => {
            let task = spawn(pending::<()>());
            Box::new(other.spawn(async move { task.await.is_ok() }))
        }
        "abort handle" => {
            let task = spawn(pending::<()>());
            let abort = task.abort_handle();
            Box::new((abort.clone(), abort))
        }
        "handle that aborts on drop" => Box::new(spawn(sleep(SECOND)).abort_on_drop()),
        "waker" => Box::new(task_waker().await),
        "waker on a thread" => Box::new(on_a_thread(task_waker().await)),
        "waker in the inbox" => {
            let waker = task_waker().await;
            let also = waker.clone();
            thread::spawn(move || also.wake()).join().unwrap();
            Box::new(waker)
        }
        "waker of the main future" => Box::new(own_waker().await),
        "waker of another runtime's task" => {
            // A task of the other runtime has waited for something here.
            let mut timer = sleep(SECOND);
            let task = other.spawn(poll_fn(move |cx| Pin::new(&mut timer).poll(cx)));
            Box::new((task, task_waker().await))
        }
        "outside work" => Box::new(outside_work()),
        "outside work on a thread" => Box::new(on_a_thread(outside_work())),
        "callback" => {
            let (task, handle) = (spawn(pending::<()>()), Handle::current());
            task.on_done(move |_| drop(handle));
            Box::new(task)
        }
        "hook's handle" => Box::new(spawn(async { Finally(|| panic!("an output")) })),
        _ => {
            let mut all = vec![];
            for one in KEPT.into_iter().filter(|one| *one != "everything") {
                all.push(Box::pin(keep(one, other)).await);
            }
            Box::new(all)
        }
    }
}

#[test]
fn nothing_that_is_kept_of_a_runtime_keeps_its_descriptors_open() {
    each_alone(KEPT.map(|what| (what, what)), |what| {
        for is_virtual in [true, false] {
            let other = Runtime::new().unwrap();
            let before = descriptors();
            let mut gone = runtime(is_virtual);
            let kept = quiet(|| gone.block_on(keep(what, &other)));
            assert_eq!(descriptors().len(), before.len() + 2, "it has two");
            drop(gone);
            assert_eq!(descriptors(), before, "virtual: {is_virtual}");
            quiet(|| drop(kept));
            assert_eq!(descriptors(), before);
        }
    });
}

#[test]
fn a_sleep_that_is_kept_does_not_keep_the_descriptors_of_its_runtime_open() {
    let parts = (0..WAYS).map(|way| (format!("way {way}"), way));
    each_alone(parts, |way| {
        let before = descriptors();
        let mut gone = Runtime::new().unwrap();
        let kept = gone.block_on(async { (armed(way), armed(way)) });
        // One of them was awaited in another runtime as well.
        let mut other = Runtime::new().unwrap();
        let task = other.spawn(kept.0);
        other.block_on(settle());
        let between = descriptors().len();
        assert_eq!(between, before.len() + 4);
        drop(gone);
        assert_eq!(descriptors().len(), between - 2);
        drop(other);
        assert_eq!(descriptors(), before);
        drop((task, kept.1));
    });
}

#[test]
fn what_is_kept_of_many_runtimes_keeps_no_descriptor_open() {
    alone(|| {
        let other = Runtime::new().unwrap();
        let before = descriptors();
        let kept: Vec<_> = (0..200)
            .map(|_| {
                let mut gone = Runtime::new().unwrap();
                quiet(|| {
                    gone.block_on(async { (keep("everything", &other).await, armed(0)) })
                })
            })
            .collect();
        assert_eq!(descriptors(), before);
        quiet(|| drop(kept));
    });
}

/// Whoever has the number of a bell that is gone does not hear it.
#[test]
fn a_waker_that_rings_while_its_runtime_is_dropped_rings_nothing_else() {
    alone(|| {
        let rounds = if cfg!(miri) { 2 } else { 300 };
        let (waker, over) = (Arc::new(Mutex::new(None::<Waker>)), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        let waker = waker.lock().unwrap().clone();
                        if let Some(waker) = waker {
                            (0..20).for_each(|_| waker.wake_by_ref());
                        }
                        thread::yield_now();
                    }
                });
            }
            for _ in 0..rounds {
                let mut gone = Runtime::new().unwrap();
                gone.block_on(async {
                    let new = task_waker().await;
                    waker.lock().unwrap().replace(new);
                    sleep(Duration::from_micros(50)).await;
                });
                drop(gone);
                let pipes: Vec<_> = (0..4).map(|_| std::io::pipe().unwrap()).collect();
                thread::yield_now();
                for (mut reader, writer) in pipes {
                    drop(writer);
                    let mut bytes = vec![];
                    reader.read_to_end(&mut bytes).unwrap();
                    assert_eq!(bytes, []);
                }
            }
            over.store(true, Ordering::Relaxed);
        });
        drop(waker.lock().unwrap().take());
        assert!(descriptors().is_empty());
    });
}

/// They do what they can, which is nothing, and panic at nothing.
#[test]
fn wakers_and_handles_of_a_runtime_that_is_gone_do_nothing() {
    let (mut gone, hook) = hooked();
    let (task, waker, work) = gone
        .block_on(async { (spawn(pending::<()>()), task_waker().await, outside_work()) });
    let handle = gone.handle();
    drop(gone);
    waker.wake_by_ref();
    thread::scope(|scope| {
        scope.spawn(|| waker.wake_by_ref());
    });
    assert!(task.is_finished() && !task.abort() && !task.abort_handle().abort());
    drop((waker, work, task));
    assert!(handle.status().is_err());
    assert_eq!(hook.len(), 0);
}

// Callbacks of tasks whose runtime is gone.

/// How the task ended.
const TASKS: [&str; 6] = ["returned", "read", "panicked", "aborted", "left", "refused"];

fn ended_task(how: &str, runtime: &mut Runtime) -> JoinHandle<()> {
    let handle = runtime.handle();
    let mut task = match how {
        "returned" | "read" => runtime.spawn(async {}),
        "panicked" => runtime.spawn(async { panic!("the task") }),
        _ => runtime.spawn(pending::<()>()),
    };
    if how == "aborted" {
        task.abort();
    }
    runtime.block_on(settle());
    if how == "read" {
        task.try_result().unwrap().unwrap();
    }
    drop(std::mem::replace(runtime, virtual_runtime()));
    if how == "refused" { handle.spawn(async {}) } else { task }
}

#[test]
fn a_callback_that_comes_after_the_runtime_is_dropped_before_the_call_returns() {
    let cases = TASKS.into_iter().flat_map(|how| (0..5).map(move |owns| (how, owns)));
    for ((how, owns), place) in
        cases.flat_map(|case| (0..4).map(move |place| (case, place)))
    {
        let case = format!("{how}, owns {owns}, from {place}");
        quiet(|| {
            let mut runtime = virtual_runtime();
            let handle = runtime.handle();
            let mut timer = runtime.block_on(async { sleep(SECOND) });
            runtime.block_on(poll_fn(|cx| {
                assert!(Pin::new(&mut timer).poll(cx).is_pending());
                Poll::Ready(())
            }));
            let other = runtime.spawn(pending::<()>());
            let task = Rc::new(ended_task(how, &mut runtime));
            let (calls, drops) = (Counter::default(), Counter::default());
            let (count, guard) = (calls.clone(), Dropped(drops.clone()));
            let owned: Box<dyn Any> = match owns {
                0 => Box::new(()),
                1 => Box::new(handle.clone()),
                2 => Box::new(Rc::clone(&task)),
                3 => Box::new((other, handle.spawn(async {}))),
                _ => Box::new(timer),
            };
            let also = Rc::clone(&task);
            let add = move || {
                let id = also.on_done(move |_: &Outcome| {
                    let _owned = (&guard, &owned);
                    count.add();
                });
                assert_eq!(drops.get(), 1, "dropped before the call returns");
                assert!(!also.remove_on_done(id));
            };
            let done = Counter::default();
            let also = done.clone();
            let add = move || {
                add();
                also.add();
            };
            match place {
                0 => add(),
                1 => runtime.block_on(async { add() }),
                2 => {
                    let task = runtime.spawn(async { add() });
                    runtime.block_on(task).expect(&case);
                }
                _ => {
                    let task = runtime.spawn(async {});
                    task.on_done(|_| add());
                    runtime.block_on(settle());
                }
            }
            assert_eq!((done.get(), calls.get()), (1, 0), "{case}");
            assert_eq!(Rc::strong_count(&task), 1, "{case}");
        });
    }
}

/// Ten of them, on one task and on several, some of which own each other.
#[test]
fn callbacks_that_come_after_the_runtime_keep_nothing_alive() {
    let (mut runtime, _) = hooked();
    let tasks: Vec<_> = (0..3).map(|_| Rc::new(runtime.spawn(async {}))).collect();
    runtime.block_on(settle());
    drop(runtime);
    let drops = Counter::default();
    for i in 0..30 {
        let (guard, owned) = (Dropped(drops.clone()), Rc::clone(&tasks[(i + 1) % 3]));
        tasks[i % 3].on_done(move |_| drop((guard, owned)));
        assert_eq!(drops.get() as usize, i + 1);
    }
    assert!(tasks.iter().all(|task| Rc::strong_count(task) == 1));
}

/// It is added while the thread, and with it everything, is torn down.
#[test]
fn a_callback_that_comes_after_the_runtime_and_the_thread_is_dropped() {
    struct Late(RefCell<Option<(JoinHandle<()>, mpsc::Sender<u32>)>>);
    impl Drop for Late {
        fn drop(&mut self) {
            let (task, sender) = self.0.take().unwrap();
            let drops = Counter::default();
            let guard = Dropped(drops.clone());
            task.on_done(move |_| drop(guard));
            sender.send(drops.get()).unwrap();
        }
    }
    thread_local!(static LATE: Late = const { Late(RefCell::new(None)) });
    let (sender, drops) = mpsc::channel();
    thread::spawn(move || {
        LATE.with(|late| {
            let mut runtime = virtual_runtime();
            let task = runtime.spawn(async {});
            runtime.block_on(settle());
            late.0.replace(Some((task, sender)));
        });
    })
    .join()
    .unwrap();
    assert_eq!(drops.recv(), Ok(1));
}

// Spawning when it is too late.

#[test]
fn a_future_that_is_spawned_after_the_runtime_is_dropped_before_the_call_returns() {
    for inside in [false, true] {
        let (mut runtime, hook) = hooked();
        runtime.block_on(async {});
        let handle = runtime.handle();
        let early = runtime.spawn(pending::<()>()).id();
        drop(runtime);
        let attempt = || {
            let drops = Counter::default();
            let mut last = early;
            for round in 0..10 {
                let guard = Dropped(drops.clone());
                let mut task = handle.spawn(async move {
                    let _guard = guard;
                    unreachable!("it is never polled");
                });
                assert_eq!(drops.get(), round + 1);
                assert!(task.id() > last, "numbers are not used twice");
                last = task.id();
                assert!(task.is_finished() && !task.abort());
                let error: Result<(), _> = match round % 3 {
                    0 => task.try_result().unwrap(),
                    1 => at_once(&mut task),
                    _ => continue,
                };
                assert!(error.unwrap_err().is_cancelled());
                assert!(task.try_result().is_none());
            }
            let guard = Dropped(drops.clone());
            let refused = handle.spawn_local_obj(Box::pin(async { drop(guard) }).into());
            assert!(refused.unwrap_err().is_shutdown());
            assert!(handle.spawn_obj(Box::pin(async {}).into()).is_err());
            assert_eq!(drops.get(), 11);
        };
        if inside {
            virtual_runtime().block_on(async { attempt() });
        } else {
            attempt();
        }
        assert_eq!(hook.len(), 0);
        quiet(|| drop(handle.spawn(async { drop(Finally(|| unreachable!())) })));
        let guard = Finally(|| panic!("too late"));
        quiet(|| {
            drop(handle.spawn(async move {
                let _guard = guard;
            }));
        });
        assert_eq!(hook.count("too late"), 1, "a panic of its drop is told");
    }
}

/// What one poll of it says; it is done.
fn at_once<F: Future + Unpin>(task: &mut F) -> F::Output {
    match poll(task) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it is done"),
    }
}

#[test]
fn a_task_of_another_runtime_that_awaits_a_refused_one_goes_on() {
    let gone = virtual_runtime();
    let handle = gone.handle();
    drop(gone);
    virtual_runtime().block_on(async {
        let refused = handle.spawn(async { 1 });
        let waits = spawn(async { refused.await.unwrap_err().is_cancelled() });
        yield_now().await;
        assert!(waits.await.unwrap());
    });
}
