//! The end of a thread: destructors of thread-locals that use the library when its own
//! thread-locals may be gone.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::mpsc::{self, Sender};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use mainspring::runtime::{Handle, Runtime, outside_work};
use mainspring::task::{self, JoinHandle, Outcome, yield_now};
use mainspring::time::{Instant, Sleep, sleep, sleep_until, timeout, timeout_at};
use mainspring::{block_on, spawn};

mod guard;

use guard::{
    Counter, Dropped, Finally, SECOND, alone, each_alone, each_alone_in, hooked,
    panic_of, settle, virtual_runtime,
};

/// A thread-local may be destroyed after the library's own or before.
const ORDERS: [(&str, bool); 2] =
    [("after the library's", true), ("before the library's", false)];

/// Calls what is in it when its thread ends.
struct Last(RefCell<Vec<Box<dyn FnOnce()>>>);

impl Drop for Last {
    fn drop(&mut self) {
        for last in self.0.take() {
            last();
        }
    }
}

/// Uses everything of the library that may be kept in a thread-local.
fn use_the_library() {
    block_on(async {
        let task = spawn(sleep(Duration::from_micros(1)));
        timeout(SECOND, task).await.unwrap().unwrap();
    });
}

/// What is said by `last`, which is called in the destructor of a thread-local. That was made
/// before those of the library and so is destroyed after them, or it is the other way round.
fn at_the_end(is_first: bool, last: impl FnOnce() -> String + Send + 'static) -> String {
    thread_local!(static LAST: Last = const { Last(RefCell::new(vec![])) });
    let (sender, said) = mpsc::channel();
    let last = move || {
        let mut said = None;
        // A panic that leaves the destructor of a thread-local ends the process.
        let panic = panic_of(|| said = Some(last()));
        sender.send(said.unwrap_or(panic)).unwrap();
    };
    thread::spawn(move || {
        if !is_first {
            use_the_library();
        }
        LAST.with(|all| all.0.borrow_mut().push(Box::new(last)));
        if is_first {
            use_the_library();
        }
    })
    .join()
    .unwrap();
    said.recv().unwrap()
}

/// The same in both orders, each in a process of its own, and what should be said.
fn at_both_ends(expected: &str, last: impl Fn() -> String + Copy + Send + 'static) {
    each_alone_in(&last, ORDERS, |is_first| {
        assert_eq!(at_the_end(is_first, last), expected);
    });
}

#[test]
fn a_destructor_of_a_thread_local_may_block_on() {
    at_both_ends("7", || {
        block_on(async {
            yield_now().await;
            7
        })
        .to_string()
    });
}

#[test]
fn a_destructor_of_a_thread_local_may_spawn() {
    at_both_ends("a b 0 a b 1 main", || {
        let log = guard::Log::default();
        block_on(async {
            let tasks = ["a", "b"].map(|name| {
                let log = log.clone();
                spawn(async move {
                    log.add(name);
                    yield_now().await;
                    log.add(name);
                })
            });
            for (at, task) in tasks.into_iter().enumerate() {
                yield_now().await;
                log.add(at.to_string());
                if at == 1 {
                    log.add("main");
                }
                task.await.unwrap();
            }
        });
        log.take()
    });
}

#[test]
fn a_destructor_of_a_thread_local_may_sleep() {
    at_both_ends("slept", || {
        let start = std::time::Instant::now();
        block_on(async {
            sleep(Duration::from_millis(2)).await;
            sleep_until(Instant::now() + Duration::from_millis(2)).await;
            spawn(sleep(Duration::from_millis(2))).await.unwrap();
            sleep(Duration::ZERO).await;
        });
        assert!(start.elapsed() >= Duration::from_millis(6));
        "slept".into()
    });
}

#[test]
fn a_destructor_of_a_thread_local_may_set_timeouts() {
    at_both_ends("Ok(3) true true", || {
        block_on(async {
            let in_time = timeout(SECOND, async { 3 }).await;
            let late = timeout(Duration::from_millis(1), pending::<()>()).await;
            let at = Instant::now() + Duration::from_millis(1);
            let mut moved = timeout_at(at, spawn(pending::<()>()));
            assert!((&mut moved).await.is_err());
            moved.reset(Instant::now() + Duration::from_millis(1));
            format!("{in_time:?} {} {}", late.is_err(), moved.await.is_err())
        })
    });
}

#[test]
fn a_destructor_of_a_thread_local_may_use_virtual_time() {
    at_both_ends("3600", || {
        let mut runtime = virtual_runtime();
        runtime.block_on(async {
            let start = Instant::now();
            let task = spawn(async { sleep(3600 * SECOND).await });
            task.await.unwrap();
            start.elapsed().as_secs().to_string()
        })
    });
}

#[test]
fn a_destructor_of_a_thread_local_may_be_woken_by_other_threads() {
    at_both_ends("woken 3 times", || {
        let mut woken = 0;
        block_on(async {
            for _ in 0..3 {
                let mut over = None;
                poll_fn(|cx| {
                    let over = over.get_or_insert_with(|| {
                        let (sender, over) = mpsc::channel();
                        let waker = cx.waker().clone();
                        thread::spawn(move || {
                            thread::sleep(Duration::from_millis(5));
                            sender.send(()).unwrap();
                            waker.wake();
                        });
                        over
                    });
                    over.try_recv().map_or(Poll::Pending, Poll::Ready)
                })
                .await;
                woken += 1;
            }
        });
        format!("woken {woken} times")
    });
}

#[test]
fn a_destructor_of_a_thread_local_sees_the_tasks_of_its_runtime() {
    at_both_ends("Some(\"Task-1\") [\"Task-1\", \"named\"] Some(\"named\") None", || {
        block_on(async {
            let name = || task::current().map(|task| task.name);
            let task = task::Builder::new().name("named").spawn(async move { name() });
            let all: Vec<_> = task::all().into_iter().map(|task| task.name).collect();
            let inside: Rc<RefCell<Option<Option<String>>>> = Rc::default();
            let also = Rc::clone(&inside);
            task.on_done(move |_: &Outcome| drop(also.replace(Some(name()))));
            let own = task.await.unwrap();
            let in_callback = inside.take().unwrap();
            drop(outside_work());
            assert_eq!(Handle::current().spawn(async { 1 }).await.unwrap(), 1);
            format!("{:?} {all:?} {own:?} {in_callback:?}", name())
        })
    });
}

#[test]
fn a_destructor_of_a_thread_local_is_refused_a_nested_block_on() {
    at_both_ends("refused, refused, 7", || {
        block_on(async {
            let nested = [(|| block_on(async {})) as fn(), || {
                Runtime::new().unwrap().block_on(async {})
            }];
            let said = nested.map(|nested| {
                let said = panic_of(nested);
                assert!(
                    said.starts_with("`block_on` was called inside a runtime"),
                    "{said}"
                );
                "refused"
            });
            format!("{}, {}, {}", said[0], said[1], spawn(async { 7 }).await.unwrap())
        })
    });
}

#[test]
fn a_destructor_of_a_thread_local_gets_its_panics() {
    at_both_ends("main; Task-2 panicked: task; 1", || {
        let main = panic_of(|| block_on(async { panic!("main") }));
        let task = block_on(async {
            let task: JoinHandle<()> = spawn(async { panic!("task") });
            task.await.unwrap_err().to_string()
        });
        let (mut runtime, hook) = hooked();
        runtime.block_on(async {
            drop(spawn(async { panic!("unread") }));
            settle().await;
        });
        format!("{main}; {task}; {}", hook.len())
    });
}

#[test]
fn a_destructor_of_a_thread_local_may_block_on_again_and_again() {
    at_both_ends("1 2 3", || {
        let mut runtime = Runtime::new().unwrap();
        let task = runtime.spawn(async {
            yield_now().await;
            2
        });
        let one = runtime.block_on(async { 1 });
        let two = runtime.block_on(task).unwrap();
        let handle = runtime.handle();
        let three = runtime.block_on(async { handle.spawn(async { 3 }).await.unwrap() });
        format!("{one} {two} {three}")
    });
}

#[test]
fn a_destructor_of_a_thread_local_is_outside_when_its_runtime_is_over() {
    at_both_ends("true true true", || {
        block_on(async {});
        let mut runtime = Runtime::new().unwrap();
        runtime.block_on(async {});
        let _ = panic_of(|| block_on(async { panic!("main") }));
        let said = panic_of(|| drop(spawn(async {})));
        let is_outside = said.contains("was called outside a runtime");
        let said = panic_of(|| drop(Handle::current()));
        let is_without = said.contains("was called outside a runtime");
        let is_nobody = task::current().is_none() && task::all().is_empty();
        format!("{is_outside} {is_without} {is_nobody}")
    });
}

#[test]
fn a_destructor_of_a_thread_local_has_its_leftovers_dropped_inside() {
    at_both_ends("Task-2 true inside", || {
        let said: Rc<RefCell<String>> = Rc::default();
        let also = Rc::clone(&said);
        block_on(async {
            drop(spawn(async move {
                let _guard = Finally(move || drop(also.replace(what_a_leftover_sees())));
                pending::<()>().await;
            }));
            yield_now().await;
        });
        said.take()
    });
}

#[test]
fn a_destructor_of_a_thread_local_may_drop_a_runtime_in_another() {
    at_both_ends("7", || {
        block_on(async {
            let inner = Runtime::new().unwrap();
            drop(inner.spawn(pending::<()>()));
            drop(inner);
            spawn(async { 7 }).await.unwrap().to_string()
        })
    });
}

/// What it sees of the runtime that drops it: its name, what it spawns, whether it may wait.
fn what_a_leftover_sees() -> String {
    let name = task::current().map_or_else(|| "nobody".to_owned(), |task| task.name);
    let mut refused = spawn(async { unreachable!("refused") });
    let is_refused = refused.try_result().is_some_and(|result: Result<(), _>| {
        result.is_err_and(|error| error.is_cancelled())
    });
    let mut cx = Context::from_waker(Waker::noop());
    let mut timer = sleep(3600 * SECOND);
    assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
    assert!(pin!(timeout(SECOND, pending::<()>())).poll(&mut cx).is_pending());
    drop((Handle::current(), outside_work()));
    let nested = panic_of(|| block_on(async {}));
    assert!(nested.starts_with("`block_on` was called inside a runtime"), "{nested}");
    assert!(!task::all().is_empty());
    format!("{name} {is_refused} inside")
}

// A runtime that sits in a thread-local itself.

thread_local!(static KEPT: RefCell<Option<Runtime>> = const { RefCell::new(None) });

/// Puts a runtime into a thread-local that is destroyed after the library's own, or before, and
/// ends the thread.
fn with_the_thread(is_first: bool, prepare: impl FnOnce(&mut Runtime) + Send + 'static) {
    thread::spawn(move || {
        if !is_first {
            use_the_library();
        }
        KEPT.with_borrow_mut(|kept| prepare(kept.insert(virtual_runtime())));
        use_the_library();
    })
    .join()
    .unwrap();
}

/// A guard that says what `what` does when it is dropped.
fn says<W: FnOnce() -> String>(
    sender: &Sender<String>,
    what: W,
) -> Finally<impl FnMut() + use<W>> {
    let (sender, mut what) = (sender.clone(), Some(what));
    Finally(move || {
        let what = what.take().unwrap();
        let mut said = None;
        let panic = panic_of(|| said = Some(what()));
        sender.send(said.unwrap_or(panic)).unwrap();
    })
}

#[test]
fn what_is_left_in_a_runtime_in_a_thread_local_is_dropped_inside() {
    each_alone(ORDERS, |is_first| {
        let (sender, said) = mpsc::channel();
        with_the_thread(is_first, move |runtime| {
            for _ in 0..2 {
                let guard = says(&sender, what_a_leftover_sees);
                drop(runtime.spawn(async move {
                    let _guard = guard;
                    pending::<()>().await;
                }));
            }
            runtime.block_on(settle());
        });
        let said: Vec<String> = said.into_iter().collect();
        assert_eq!(said, ["Task-2 true inside", "Task-3 true inside"]);
    });
}

#[test]
fn what_was_never_polled_in_a_runtime_in_a_thread_local_is_dropped_inside() {
    each_alone(ORDERS, |is_first| {
        let (sender, said) = mpsc::channel();
        with_the_thread(is_first, move |runtime| {
            let guard = says(&sender, what_a_leftover_sees);
            drop(runtime.spawn(async move {
                let _guard = guard;
            }));
        });
        assert_eq!(said.into_iter().collect::<Vec<_>>(), ["Task-2 true inside"]);
    });
}

#[test]
fn the_time_in_the_shutdown_of_a_runtime_in_a_thread_local_is_its_own() {
    each_alone(ORDERS, |is_first| {
        let (sender, said) = mpsc::channel();
        with_the_thread(is_first, move |runtime| {
            runtime.block_on(async {
                let start = Instant::now();
                sleep(5 * SECOND).await;
                let guard = says(&sender, move || format!("{:?}", start.elapsed()));
                drop(spawn(async move {
                    let _guard = guard;
                    pending::<()>().await;
                }));
                settle().await;
            });
        });
        assert_eq!(said.into_iter().collect::<Vec<_>>(), ["5s"]);
    });
}

#[test]
fn the_callbacks_of_a_runtime_in_a_thread_local_are_called_inside() {
    each_alone(ORDERS, |is_first| {
        let (sender, said) = mpsc::channel();
        with_the_thread(is_first, move |runtime| {
            let task = runtime.spawn(pending::<()>());
            task.on_done(move |outcome| {
                let mut inside = None;
                let panic = panic_of(|| {
                    assert!(task::current().is_none());
                    let mut refused = spawn(async { 1 });
                    let error = refused.try_result().unwrap().unwrap_err();
                    drop(Handle::current());
                    inside = Some(format!("{outcome:?} {}", error.is_cancelled()));
                });
                sender.send(inside.unwrap_or(panic)).unwrap();
            });
            runtime.block_on(settle());
        });
        assert_eq!(said.into_iter().collect::<Vec<_>>(), ["Cancelled true"]);
    });
}

/// A leftover whose destructor panics: it is told, and the thread ends as it should.
#[test]
fn a_panic_of_what_is_left_in_a_runtime_in_a_thread_local_is_told() {
    each_alone(ORDERS, |is_first| {
        let (sender, told) = mpsc::channel();
        with_the_thread(is_first, move |runtime| {
            let hook =
                move |error: &task::JoinError| sender.send(error.to_string()).unwrap();
            *runtime = Runtime::builder().unhandled_panic(hook).build().unwrap();
            drop(runtime.spawn(async {
                let _guard = Finally(|| panic!("the end"));
                pending::<()>().await;
            }));
            runtime.block_on(settle());
        });
        let told: Vec<String> = told.into_iter().collect();
        assert_eq!(told, ["Task-2 panicked in a drop: the end"]);
    });
}

/// The destructor of one thread-local runs what another one keeps.
#[test]
fn a_runtime_that_is_kept_may_run_in_the_destructor_of_a_thread_local() {
    alone(|| {
        let (sender, said) = mpsc::channel();
        let last = at_the_end(true, move || {
            let mut runtime = virtual_runtime();
            let task = runtime.spawn(async { sleep(SECOND).await });
            runtime.block_on(async {
                task.await.unwrap();
                drop(spawn(async move {
                    let _guard = says(&sender, what_a_leftover_sees);
                    pending::<()>().await;
                }));
                settle().await;
            });
            drop(runtime);
            "over".into()
        });
        assert_eq!(last, "over");
        assert_eq!(said.into_iter().collect::<Vec<_>>(), ["Task-3 true inside"]);
    });
}

/// Whatever else is left in thread-locals is dropped without a word.
#[test]
fn handles_sleeps_and_wakers_in_thread_locals_may_be_dropped_after_all_else() {
    at_both_ends("1", || {
        let drops = Counter::default();
        let mut runtime = virtual_runtime();
        let guard = Dropped(drops.clone());
        let (task, timer, waker) = runtime.block_on(async {
            let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
            let also = Rc::clone(&waker);
            let task = spawn(poll_fn(move |cx| {
                let _guard = &guard;
                also.replace(Some(cx.waker().clone()));
                Poll::<()>::Pending
            }));
            settle().await;
            let mut timer: Sleep = sleep(SECOND);
            let mut cx = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut timer).poll(&mut cx).is_pending());
            (task, timer, waker.take().unwrap())
        });
        drop(runtime);
        waker.wake_by_ref();
        assert!(task.is_finished());
        drop((task, timer, waker));
        drops.get().to_string()
    });
}
