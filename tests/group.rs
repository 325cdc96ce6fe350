//! Task groups: each row of their specification, and what CPython's own suite tests of
//! `TaskGroup`.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use mainspring::group::{GroupError, TaskGroup};
use mainspring::join::{TaskError, join_all};
use mainspring::task::{self, JoinHandle, WaitsOn, yield_now};
use mainspring::time::{Instant, sleep, timeout};
use mainspring::{spawn, task_group};

mod guard;
mod stranger;
mod watchdog;

use guard::{
    Counter, Dropped, Finally, Log, SECOND, Wakes, alone, hooked, panic_of, quiet,
    settle, virtual_runtime, virtually,
};
use stranger::{Event, Stranger};

type Failed = GroupError<&'static str>;

/// A place where others may find a future, and drop it.
type Place = RefCell<Option<Pin<Box<dyn Future<Output = ()>>>>>;

/// What a group failed of, in words.
fn texts<R: std::fmt::Debug>(result: Result<R, Failed>) -> String {
    let errors = result.unwrap_err().errors;
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

async fn fails_after(seconds: u32, error: &'static str) -> Result<(), &'static str> {
    sleep(seconds * SECOND).await;
    Err(error)
}

/// Waits for ever, and tells the log when it is dropped.
fn endless(
    log: &Log,
    name: &'static str,
) -> impl Future<Output = Result<(), &'static str>> + use<> {
    let log = log.clone();
    async move {
        let _finally = Finally(move || log.add(name));
        pending().await
    }
}

async fn forever<E>() -> Result<(), E> {
    pending().await
}

/// Panics when it is dropped.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

fn poll_with<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

// ---- what goes well ------------------------------------------------------------------------------

#[test]
fn a_group_waits_for_its_children_and_gives_what_the_body_returned() {
    virtually(async {
        let start = Instant::now();
        let log = Log::default();
        let result: Result<u32, Failed> = task_group(async |group| {
            for seconds in [2, 1] {
                let log = log.clone();
                group.spawn(async move {
                    sleep(seconds * SECOND).await;
                    log.add(seconds.to_string());
                    Ok(())
                });
            }
            Ok(7)
        })
        .await;
        assert_eq!((result.unwrap(), log.take().as_str()), (7, "1 2"));
        assert_eq!(start.elapsed(), 2 * SECOND);
        let empty: Result<(), Failed> = task_group(async |_| Ok(())).await;
        empty.unwrap();
    });
}

#[test]
fn handles_give_values_inside_and_after_the_group() {
    virtually(async {
        let handle: Result<JoinHandle<u32>, Failed> = task_group(async |group| {
            let first = group.spawn(async { Ok(1) });
            assert_eq!(first.await.unwrap(), 1);
            Ok(group.spawn(async { Ok(2) }))
        })
        .await;
        assert_eq!(handle.unwrap().try_result().unwrap().unwrap(), 2);
    });
}

#[test]
fn the_body_borrows_and_its_output_may_be_anything() {
    let text = String::from("tea");
    let length = virtually(async {
        let text = &text;
        task_group(async |_: TaskGroup<()>| {
            yield_now().await;
            Ok(text.len())
        })
        .await
    });
    assert_eq!(length.unwrap(), 3);
}

#[test]
fn children_spawn_siblings_also_when_the_body_has_ended() {
    virtually(async {
        let log = Log::default();
        let result: Result<(), Failed> = task_group(async |group| {
            let (inner, log) = (group.clone(), log.clone());
            group.spawn(async move {
                sleep(SECOND).await;
                inner.spawn(async move {
                    sleep(SECOND).await;
                    log.add("late");
                    Ok(())
                });
                Ok(())
            });
            Ok(())
        })
        .await;
        result.unwrap();
        assert_eq!(log.take(), "late");
    });
}

#[test]
fn a_child_does_not_run_before_its_creator_waits() {
    virtually(async {
        let log = Log::default();
        let result: Result<(), Failed> = task_group(async |group| {
            for name in ["a", "b"] {
                let log = log.clone();
                group.spawn(async move {
                    log.add(name);
                    Ok(())
                });
            }
            log.add("body");
            assert_eq!((group.len(), group.is_empty()), (2, false));
            settle().await;
            assert!(group.is_empty());
            Ok(())
        })
        .await;
        result.unwrap();
        assert_eq!(log.take(), "body a b");
    });
}

// ---- failures ------------------------------------------------------------------------------------

#[test]
fn the_first_failure_ends_siblings_and_the_body_and_is_told_when_all_are_gone() {
    virtually(async {
        let (log, start) = (Log::default(), Instant::now());
        let result: Result<(), Failed> = task_group(async |group| {
            group.spawn(endless(&log, "older"));
            group.spawn(fails_after(1, "out of tea"));
            group.spawn(endless(&log, "younger"));
            let gone = log.clone();
            let _finally = Finally(move || gone.add("body"));
            pending().await
        })
        .await;
        assert_eq!(log.take(), "body older younger");
        assert_eq!(start.elapsed(), SECOND);
        assert_eq!(texts(result), "out of tea", "a list also for one");
    });
}

#[test]
fn errors_are_told_in_the_order_of_time_and_that_of_the_body_last() {
    virtually(async {
        let result: Result<(), Failed> = task_group(async |group| {
            group.spawn(async { Err::<(), _>("a") });
            group.spawn(async { Err::<(), _>("b") });
            yield_now().await; // it was queued before they failed: it has one more poll
            Err("body")
        })
        .await;
        assert_eq!(texts(result), "a, b, body");
        let result: Result<(), Failed> = task_group(async |group| {
            for (seconds, error) in [(1, "first"), (1, "second"), (2, "too late")] {
                group.spawn(fails_after(seconds, error));
            }
            Ok(())
        })
        .await;
        assert_eq!(texts(result), "first, second", "those that were queued are heard");
    });
}

#[test]
fn what_was_queued_before_the_group_is_heard_and_what_comes_after_is_dropped() {
    virtually(async {
        let log = Log::default();
        let result: Result<(), Failed> = task_group(async |group| {
            let (sender, receiver) = mainspring::sync::oneshot();
            let child = |name: &'static str, wake: Option<_>| {
                let log = log.clone();
                async move {
                    sleep(SECOND).await;
                    log.add(name);
                    if let Some(sender) = wake {
                        let _ = mainspring::sync::Sender::<()>::send(sender, ());
                    }
                    Err::<(), _>(name)
                }
            };
            group.spawn(child("a", None));
            group.spawn(child("b", Some(sender)));
            group.spawn(child("c", None));
            let _ = receiver.await; // woken by b, and queued by the failure of a already
            log.add("body");
            pending().await
        })
        .await;
        assert_eq!(log.take(), "a b c body");
        assert_eq!(texts(result), "a, b, c");
    });
}

#[test]
fn an_error_of_the_body_ends_the_children_and_those_not_begun_never_run() {
    virtually(async {
        let log = Log::default();
        let result: Result<(), Failed> = task_group(async |group| {
            group.spawn(endless(&log, "dropped"));
            settle().await;
            let ran = log.clone();
            group.spawn(async move {
                ran.add("ran");
                Ok(())
            });
            Err("body")
        })
        .await;
        assert_eq!((texts(result).as_str(), log.take().as_str()), ("body", "dropped"));
    });
}

#[test]
fn a_panic_of_a_child_is_an_error_of_the_group_and_not_told_to_the_hook() {
    let (mut runtime, log) = hooked();
    quiet(|| {
        runtime.block_on(async {
            let handle = RefCell::new(None);
            let result: Result<(), Failed> = task_group(async |group| {
                let child = group.spawn(async {
                    sleep(SECOND).await;
                    if true {
                        panic!("out of tea");
                    }
                    Ok(())
                });
                handle.replace(Some(child));
                pending().await
            })
            .await;
            assert_eq!(texts(result), "Task-2 panicked: out of tea");
            let error = handle.take().unwrap().await.unwrap_err();
            assert!(error.is_cancelled(), "the panic is the group's");
        });
    });
    assert_eq!(log.take(), "");
}

#[test]
fn a_child_that_is_aborted_by_hand_has_not_failed() {
    virtually(async {
        let result: Result<u32, Failed> = task_group(async |group| {
            let (first, second) =
                (group.spawn(pending::<Result<(), _>>()), group.clone());
            settle().await;
            assert!(first.abort());
            assert!(first.await.unwrap_err().is_cancelled());
            let never = second.spawn(async { Ok(1) });
            never.abort(); // before its first poll
            Ok(3)
        })
        .await;
        assert_eq!(result.unwrap(), 3);
    });
}

#[test]
fn a_child_may_abort_another() {
    virtually(async {
        let log = Log::default();
        let result: Result<(), Failed> = task_group(async |group| {
            let victim = group.spawn(endless(&log, "victim"));
            group.spawn(async move {
                settle().await;
                victim.abort();
                Ok(())
            });
            Ok(())
        })
        .await;
        result.unwrap();
        assert_eq!(log.take(), "victim");
    });
}

#[test]
fn abort_all_ends_the_children_and_the_body_goes_on() {
    virtually(async {
        let log = Log::default();
        let result: Result<u32, Failed> = task_group(async |group| {
            group.spawn(endless(&log, "a"));
            group.spawn(endless(&log, "b"));
            settle().await;
            group.abort_all();
            assert_eq!(group.len(), 2, "each is dropped at its next turn");
            settle().await;
            assert!(group.is_empty());
            log.add("body");
            Ok(group.spawn(async { Ok(5) }).await.unwrap())
        })
        .await;
        assert_eq!((result.unwrap(), log.take().as_str()), (5, "a b body"));
    });
}

#[test]
fn abort_all_by_a_child_ends_itself_too() {
    virtually(async {
        let result: Result<(), Failed> = task_group(async |group| {
            let (inner, log) = (group.clone(), Log::default());
            group.spawn(endless(&log, "sibling"));
            group.spawn::<()>(async move {
                inner.abort_all();
                yield_now().await;
                unreachable!("it is dropped at its next turn")
            });
            Ok(())
        })
        .await;
        result.unwrap();
    });
}

#[test]
fn what_a_failed_child_leaves_to_its_handle_is_cancelled() {
    virtually(async {
        let result: Result<(), Failed> = task_group(async |group| {
            let child = group.spawn(async { Err::<u32, _>("no") });
            let also = group.clone();
            group.spawn(async move {
                assert!(child.await.unwrap_err().is_cancelled());
                drop(also);
                Ok(())
            });
            pending().await
        })
        .await;
        assert_eq!(texts(result), "no");
    });
}

// ---- spawning too late ---------------------------------------------------------------------------

#[test]
fn a_group_in_which_something_has_failed_refuses_children() {
    virtually(async {
        let log = Log::default();
        let result: Result<(), Failed> = task_group(async |group| {
            let (inner, outer) = (group.clone(), log.clone());
            group.spawn(async move {
                let (late, log) = (inner.clone(), outer.clone());
                let _finally = Finally(move || {
                    let handle = late.spawn(endless(&log, "unreached"));
                    assert!(handle.is_finished());
                    log.add("refused");
                });
                forever().await
            });
            group.spawn(fails_after(1, "no"));
            Ok(())
        })
        .await;
        assert_eq!((texts(result).as_str(), log.take().as_str()), ("no", "refused"));
    });
}

#[test]
fn a_group_that_has_ended_refuses_children() {
    virtually(async {
        let result: Result<TaskGroup<&str>, Failed> =
            task_group(async |group| Ok(group)).await;
        let group = result.unwrap();
        let dropped = Counter::default();
        let guard = Dropped(dropped.clone());
        let handle = group.spawn(async move {
            let _guard = guard;
            Ok(())
        });
        assert_eq!(dropped.get(), 1);
        assert!(handle.await.unwrap_err().is_cancelled());
        assert!(
            group
                .spawn_within(1, async { Ok(()) })
                .await
                .await
                .unwrap_err()
                .is_cancelled()
        );
        group.abort_all();
        assert!(group.is_empty());
    });
}

#[test]
fn a_panic_in_the_drop_of_what_is_refused_goes_to_the_hook_in_its_name() {
    let (mut runtime, log) = hooked();
    quiet(|| {
        runtime.block_on(async {
            let result: Result<(), Failed> = task_group(async |group| {
                let inner = group.clone();
                group.spawn(async move {
                    let _finally = Finally(move || {
                        let bomb = Bomb("refused");
                        inner.spawn(async move {
                            let _bomb = bomb;
                            Ok(())
                        });
                    });
                    forever().await
                });
                settle().await;
                Err("body")
            })
            .await;
            assert_eq!(texts(result), "body");
        });
    });
    assert_eq!(log.take(), "[Task-3 panicked in a drop: refused]");
}

// ---- the scope -----------------------------------------------------------------------------------

#[test]
fn to_drop_a_group_drops_the_body_and_then_every_child_oldest_first_before_it_returns() {
    virtually(async {
        let log = Log::default();
        let group = async {
            let result: Result<(), Failed> = task_group(async |group| {
                let first = group.spawn(ready(Ok(())));
                for name in ["a", "b"] {
                    group.spawn(endless(&log, name));
                }
                first.await.unwrap();
                group.spawn(endless(&log, "c")); // in the slot of the first
                let gone = log.clone();
                let _finally = Finally(move || gone.add("body"));
                pending().await
            })
            .await;
            result.unwrap();
        };
        let mut group = Box::pin(group);
        assert!(timeout(SECOND, &mut group).await.is_err());
        drop(group);
        assert_eq!(log.take(), "body a b c");
        assert_eq!(task::all().len(), 1);
    });
}

#[test]
fn a_timeout_over_a_group_leaves_nobody() {
    virtually(async {
        let log = Log::default();
        let late = task_group(async |group: TaskGroup<&str>| {
            group.spawn(endless(&log, "child"));
            pending::<Result<(), _>>().await
        });
        assert!(timeout(SECOND, late).await.is_err());
        assert_eq!(log.take(), "child");
    });
}

#[test]
fn a_task_that_is_aborted_takes_its_group_along_before_its_end_is_seen() {
    virtually(async {
        let log = Log::default();
        let also = log.clone();
        let parent = spawn(async move {
            let _result: Result<(), Failed> = task_group(async |group| {
                group.spawn(endless(&also, "child"));
                pending().await
            })
            .await;
        });
        let seen = log.clone();
        parent.on_done(move |_| seen.add("parent"));
        settle().await;
        parent.abort();
        assert!(parent.await.unwrap_err().is_cancelled());
        settle().await;
        assert_eq!(log.take(), "child parent");
    });
}

#[test]
fn who_drops_a_group_is_the_task_that_runs_also_after_that() {
    virtually(async {
        let log = Log::default();
        let mut group = Box::pin(task_group(async |group: TaskGroup<&str>| {
            group.spawn(endless(&log, "child"));
            pending::<Result<(), _>>().await
        }));
        assert!(timeout(SECOND, &mut group).await.is_err());
        let before = task::current().map(|info| info.id);
        drop(group);
        assert_eq!(task::current().map(|info| info.id), before);
        sleep(SECOND).await;
        assert_eq!(log.take(), "child");
    });
}

#[test]
fn what_the_body_spawns_when_it_is_dropped_is_dropped_too() {
    virtually(async {
        let log = Log::default();
        let group = task_group(async |group: TaskGroup<&str>| {
            let (inner, log) = (group.clone(), log.clone());
            let _finally = Finally(move || {
                inner.spawn(endless(&log, "never begun"));
                log.add("body");
            });
            pending::<Result<(), _>>().await
        });
        assert!(timeout(SECOND, group).await.is_err());
        settle().await;
        assert_eq!((log.take().as_str(), task::all().len()), ("body", 1));
    });
}

/// A group whose future lies where its own child can drop it.
fn in_a_cell(
    log: &Log,
    child: impl AsyncFnOnce(&Log) -> Result<(), &'static str> + 'static,
) -> Rc<Place> {
    let cell = Rc::new(RefCell::new(None));
    let (log, also) = (log.clone(), Rc::clone(&cell));
    let group: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
        let result: Result<(), Failed> = task_group(async |group| {
            group.spawn(endless(&log, "older"));
            let seen = log.clone();
            group.spawn(async move {
                let gone = seen.clone();
                let _finally = Finally(move || gone.add("itself"));
                yield_now().await;
                let group = also.take();
                drop(group);
                seen.add("dropped");
                child(&seen).await
            });
            group.spawn(endless(&log, "younger"));
            pending().await
        })
        .await;
        unreachable!("{result:?}");
    });
    cell.replace(Some(group));
    cell
}

async fn run_in_the_cell(cell: &Place) {
    let mut group = cell.take().unwrap();
    assert!(poll_fn(|cx| Poll::Ready(group.as_mut().poll(cx))).await.is_pending());
    cell.replace(Some(group));
    settle().await;
    settle().await;
}

#[test]
fn a_child_that_drops_its_own_group_is_dropped_after_that_poll_and_its_siblings_at_once()
{
    virtually(async {
        let log = Log::default();
        let cell = in_a_cell(&log, async |log| {
            log.add("goes on");
            yield_now().await;
            unreachable!("it is not polled again")
        });
        run_in_the_cell(&cell).await;
        assert_eq!(log.take(), "older younger dropped goes on itself");
        assert_eq!(task::all().len(), 1);
    });
}

#[test]
fn a_child_that_drops_its_own_group_and_fails_or_panics_in_that_poll_is_not_lost() {
    let (mut runtime, hook) = hooked();
    quiet(|| {
        runtime.block_on(async {
            let log = Log::default();
            let cell = in_a_cell(&log, async |_| Err("nobody reads that"));
            run_in_the_cell(&cell).await;
            let cell = in_a_cell(&log, async |_| panic!("out of tea"));
            run_in_the_cell(&cell).await;
            assert_eq!(task::all().len(), 1);
        });
    });
    assert_eq!(hook.len(), 1);
    assert_eq!(hook.count("panicked: out of tea"), 1);
}

#[test]
fn a_group_is_dropped_by_a_destructor_of_its_child() {
    virtually(async {
        let log = Log::default();
        let cell = Rc::new(RefCell::new(None));
        let (also, inside) = (Rc::clone(&cell), log.clone());
        let group: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
            let _result: Result<(), Failed> = task_group(async |group| {
                group.spawn(endless(&inside, "older"));
                let child = group.spawn(async move {
                    let _finally = Finally(move || drop(also.take()));
                    forever().await
                });
                group.spawn(endless(&inside, "younger"));
                drop(spawn(async move {
                    yield_now().await;
                    child.abort();
                }));
                pending().await
            })
            .await;
        });
        cell.replace(Some(group));
        run_in_the_cell(&cell).await;
        assert!(cell.borrow().is_none());
        assert_eq!(log.take(), "older younger");
        assert_eq!(task::all().len(), 1);
    });
}

#[test]
fn a_shutdown_drops_groups_and_children_once_each() {
    let log = Log::default();
    let (mut runtime, hook) = hooked();
    let also = log.clone();
    runtime.block_on(async move {
        let parent = spawn(async move {
            let _result: Result<(), Failed> = task_group(async |group| {
                let inner = group.clone();
                group.spawn(endless(&also, "a"));
                group.spawn(endless(&also, "b"));
                let gone = also.clone();
                let _finally = Finally(move || {
                    let dropped = gone.clone();
                    assert!(inner.spawn(endless(&dropped, "never")).is_finished());
                    gone.add("body");
                });
                pending().await
            })
            .await;
        });
        settle().await;
        drop(parent);
    });
    assert_eq!(log.take(), "");
    drop(runtime);
    assert_eq!((log.take().as_str(), hook.len()), ("body a b", 0));
}

#[test]
fn a_group_stands_still_between_two_calls_and_may_be_dropped_there() {
    let log = Log::default();
    let mut runtime = virtual_runtime();
    let mut group = Box::pin(task_group(async |group: TaskGroup<&str>| {
        group.spawn(endless(&log, "a"));
        group.spawn(endless(&log, "b"));
        pending::<Result<(), _>>().await
    }));
    assert!(runtime.block_on(timeout(SECOND, &mut group)).is_err());
    assert!(runtime.block_on(timeout(SECOND, &mut group)).is_err());
    assert_eq!(log.take(), "");
    drop(group);
    assert_eq!(log.take(), "a b", "outside of any call, too");
    runtime.block_on(async { assert_eq!(task::all().len(), 1) });
}

#[test]
fn a_group_may_be_dropped_inside_another_runtime_and_after_its_own() {
    let log = Log::default();
    let mut first = virtual_runtime();
    let group = || {
        Box::pin(task_group(async |group: TaskGroup<&str>| {
            group.spawn(endless(&log, "child"));
            let (here, seen) = (task::current().unwrap().id, log.clone());
            group.spawn(async move {
                let _finally = Finally(move || {
                    let spawned = spawn(async {});
                    seen.add(format!("{:?}", spawned.id() > here));
                });
                forever().await
            });
            pending::<Result<(), _>>().await
        }))
    };
    let mut dropped_elsewhere = group();
    assert!(first.block_on(timeout(SECOND, &mut dropped_elsewhere)).is_err());
    virtually(async move {
        drop(dropped_elsewhere);
        assert_eq!(task::all().len(), 1, "what a child's destructor spawns is not here");
        yield_now().await;
    });
    assert_eq!(log.take(), "child true");
    let mut dropped_after = group();
    assert!(first.block_on(timeout(SECOND, &mut dropped_after)).is_err());
    drop(first);
    assert_eq!(log.take(), "child true");
    drop(dropped_after);
    assert_eq!(log.take(), "");
}

#[test]
fn outside_a_runtime_a_group_says_what_to_do() {
    let mut group = Box::pin(task_group(async |_: TaskGroup<()>| Ok(())));
    let text = panic_of(|| poll_with(group.as_mut(), Waker::noop()));
    assert!(text.starts_with("`task_group` was called outside a runtime"), "{text}");
}

// ---- groups in groups ----------------------------------------------------------------------------

#[test]
fn the_error_of_an_inner_group_is_one_of_the_outer() {
    virtually(async {
        let log = Log::default();
        let outer: Result<(), GroupError<Failed>> = task_group(async |outer| {
            let inside = log.clone();
            outer.spawn(async move {
                task_group(async |inner| {
                    inner.spawn(endless(&inside, "inner"));
                    inner.spawn(fails_after(1, "no"));
                    Ok(())
                })
                .await
            });
            let sibling = log.clone();
            outer.spawn(async move {
                let _finally = Finally(move || sibling.add("outer"));
                forever().await
            });
            Ok(())
        })
        .await;
        let text = outer.unwrap_err().to_string();
        assert_eq!(text, "1 error in a task group: 1 error in a task group: no");
        assert_eq!(log.take(), "inner outer");
    });
}

#[test]
fn a_failure_outside_takes_whole_inner_groups_along() {
    virtually(async {
        let log = Log::default();
        let result: Result<(), Failed> = task_group(async |outer| {
            for name in ["a", "b"] {
                let inside = log.clone();
                outer.spawn(async move {
                    let inner: Result<(), Failed> = task_group(async |inner| {
                        inner.spawn(endless(&inside, name));
                        let deeper = inside.clone();
                        inner.spawn(async move {
                            let _result: Result<(), Failed> = task_group(async |group| {
                                group.spawn(endless(&deeper, "deep"));
                                pending().await
                            })
                            .await;
                            Ok(())
                        });
                        pending().await
                    })
                    .await;
                    inner.map_err(|_| "unreached")
                });
            }
            outer.spawn(fails_after(1, "no"));
            Ok(())
        })
        .await;
        assert_eq!(texts(result), "no");
        assert_eq!(log.take(), "a deep b deep");
        assert_eq!(task::all().len(), 1);
    });
}

/// As deep as a walk of folders may be: to drop a group nests as groups do.
#[test]
fn a_group_a_hundred_deep_is_dropped_whole() {
    fn nested(
        depth: u32,
        dropped: Counter,
    ) -> Pin<Box<dyn Future<Output = Result<(), ()>>>> {
        Box::pin(async move {
            let _guard = Dropped(dropped.clone());
            let result = task_group(async |group| {
                if depth > 0 {
                    group.spawn(nested(depth - 1, dropped.clone()));
                }
                pending().await
            });
            result.await.map_err(|_: GroupError<()>| ())
        })
    }
    guard::ends("a deep group", || {
        virtually(async {
            let dropped = Counter::default();
            assert!(timeout(SECOND, nested(100, dropped.clone())).await.is_err());
            assert_eq!((dropped.get(), task::all().len()), (101, 1));
        });
    });
}

// ---- panics --------------------------------------------------------------------------------------

#[test]
fn a_panic_of_the_body_drops_the_children_and_goes_on_to_the_caller() {
    alone(|| {
        let (mut runtime, hook) = hooked();
        let log = Log::default();
        let text = panic_of(|| {
            runtime.block_on(async {
                let _result: Result<(), Failed> = task_group(async |group| {
                    group.spawn(endless(&log, "a"));
                    group.spawn(async {
                        let _bomb = Bomb("a destructor");
                        forever().await
                    });
                    group.spawn(endless(&log, "b"));
                    settle().await;
                    panic!("out of tea")
                })
                .await;
            });
        });
        assert_eq!((text.as_str(), log.take().as_str()), ("out of tea", "a b"));
        assert_eq!(hook.take(), "[Task-3 panicked in a drop: a destructor]");
    });
}

#[test]
fn errors_that_nobody_can_be_told_any_more_go_to_the_hook_if_they_are_panics() {
    alone(|| {
        let (mut runtime, hook) = hooked();
        let text = panic_of(|| {
            runtime.block_on(async {
                let _result: Result<(), Failed> = task_group(async |group| {
                    group.spawn(async {
                        if true { panic!("of a child") } else { Ok(()) }
                    });
                    group.spawn(async { Err::<(), _>("an error") });
                    yield_now().await;
                    panic!("of the body")
                })
                .await;
            });
        });
        assert_eq!(text, "of the body");
        assert_eq!(hook.take(), "[Task-2 panicked: of a child]");
    });
}

/// Every place where a child's code can panic: once to the group, and never to the hook too.
#[test]
fn a_panic_in_a_childs_destructor_is_an_error_of_the_group() {
    let (mut runtime, hook) = hooked();
    quiet(|| {
        runtime.block_on(async {
            let child = |ends: bool| async move {
                let _bomb = Bomb("a destructor");
                match ends {
                    true => Ok(()),
                    false => pending().await,
                }
            };
            // At its end: the value is lost, as that of any task.
            let result: Result<JoinHandle<()>, Failed> =
                task_group(async |group| Ok(group.spawn(child(true)))).await;
            assert!(texts(result).ends_with("panicked: a destructor"));
            // Aborted by hand.
            let result: Result<(), Failed> = task_group(async |group| {
                let child = group.spawn(child(false));
                settle().await;
                child.abort();
                Ok(())
            })
            .await;
            assert!(texts(result).ends_with("panicked in a drop: a destructor"));
            // Because of another's failure.
            let result: Result<(), Failed> = task_group(async |group| {
                group.spawn(child(false));
                group.spawn(fails_after(1, "first"));
                Ok(())
            })
            .await;
            let texts = texts(result);
            assert!(texts.starts_with("first, Task-"), "{texts}");
            assert!(texts.ends_with("panicked in a drop: a destructor"));
        });
    });
    assert_eq!(hook.take(), "");
}

/// A future whose destructor panics after it was done: its output is dropped.
#[test]
fn a_value_whose_child_panics_when_it_is_dropped_is_no_value() {
    struct Done(#[allow(dead_code)] Bomb);
    impl Future for Done {
        type Output = Result<u32, &'static str>;
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            Poll::Ready(Ok(7))
        }
    }
    let (mut runtime, hook) = hooked();
    quiet(|| {
        runtime.block_on(async {
            let mut handle = None;
            let result: Result<(), Failed> = task_group(async |group| {
                handle = Some(group.spawn(Done(Bomb("a destructor"))));
                Ok(())
            })
            .await;
            assert!(texts(result).ends_with("panicked in a drop: a destructor"));
            assert!(handle.unwrap().await.unwrap_err().is_cancelled());
        });
    });
    assert_eq!(hook.take(), "");
}

#[test]
fn panics_of_children_of_a_group_that_is_dropped_go_to_the_hook_once_each() {
    let (mut runtime, hook) = hooked();
    quiet(|| {
        runtime.block_on(async {
            let group = task_group(async |group: TaskGroup<&str>| {
                for text in ["one", "two"] {
                    group.spawn(async move {
                        let _bomb = Bomb(text);
                        forever().await
                    });
                }
                pending::<Result<(), _>>().await
            });
            assert!(timeout(SECOND, group).await.is_err());
        });
    });
    assert_eq!((hook.len(), hook.count("one"), hook.count("two")), (2, 1, 1));
}

#[test]
fn a_body_that_panics_when_it_is_dropped_leaves_no_child() {
    alone(|| {
        let (mut runtime, hook) = hooked();
        let log = Log::default();
        let text = panic_of(|| {
            runtime.block_on(async {
                let _result: Result<(), Failed> = task_group(async |group| {
                    let _bomb = Bomb("the body");
                    group.spawn(endless(&log, "child"));
                    group.spawn(async { if true { panic!("a panic") } else { Ok(()) } });
                    pending().await
                })
                .await;
            });
        });
        assert_eq!((text.as_str(), log.take().as_str()), ("the body", "child"));
        assert_eq!(
            hook.count("a panic"),
            1,
            "the errors are told, for nobody reads them"
        );
    });
}

#[test]
fn an_output_that_panics_when_it_is_dropped_loses_no_error() {
    alone(|| {
        let (mut runtime, hook) = hooked();
        let text = panic_of(|| {
            runtime.block_on(async {
                let result: Result<Bomb, Failed> = task_group(async |group| {
                    group.spawn(async { if true { panic!("a child") } else { Ok(()) } });
                    Ok(Bomb("the output"))
                })
                .await;
                std::mem::forget(result);
            });
        });
        assert_eq!((text.as_str(), hook.count("a child")), ("the output", 1));
    });
}

#[test]
fn an_error_that_panics_when_nobody_reads_it_goes_to_the_hook_and_loses_no_other() {
    alone(|| {
        let (mut runtime, hook) = hooked();
        quiet(|| {
            runtime.block_on(async {
                let mut group = Box::pin(task_group(async |group: TaskGroup<Bomb>| {
                    group.spawn(async { Err::<(), _>(Bomb("an error")) });
                    group.spawn(async { if true { panic!("a child") } else { Ok(()) } });
                    pending::<Result<(), _>>().await
                }));
                assert!(poll_with(group.as_mut(), Waker::noop()).is_pending());
                settle().await;
                drop(group);
            });
        });
        assert_eq!(hook.len(), 2);
        assert_eq!((hook.count("an error"), hook.count("a child")), (1, 1));
    });
}

// ---- so many at once -----------------------------------------------------------------------------

#[test]
fn so_many_children_and_no_more_are_there_at_once() {
    virtually(async {
        let (most, running) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let start = Instant::now();
        let result: Result<(), Failed> = task_group(async |group| {
            for job in 0..20_u32 {
                let (most, running) = (Rc::clone(&most), Rc::clone(&running));
                group
                    .spawn_within(4, async move {
                        running.set(running.get() + 1);
                        most.set(most.get().max(running.get()));
                        sleep(SECOND * (1 + job % 3)).await;
                        running.set(running.get() - 1);
                        Ok(())
                    })
                    .await;
                assert!(group.len() <= 4);
            }
            Ok(())
        })
        .await;
        result.unwrap();
        assert_eq!(most.get(), 4);
        assert!(start.elapsed() < 20 * SECOND);
    });
}

#[test]
fn those_who_wait_for_room_are_served_in_their_order_and_one_that_goes_away_is_passed_over()
 {
    virtually(async {
        let log = Log::default();
        let result: Result<(), Failed> = task_group(async |group| {
            let blocker = group.spawn(pending::<Result<(), _>>());
            let waiting: Vec<_> = ["a", "b", "c"]
                .into_iter()
                .map(|name| {
                    let (group, log) = (group.clone(), log.clone());
                    spawn(async move {
                        let job = async move {
                            log.add(name);
                            yield_now().await;
                            Ok(())
                        };
                        group.spawn_within(1, job).await.await.unwrap();
                    })
                })
                .collect();
            settle().await;
            waiting[1].abort();
            settle().await;
            blocker.abort();
            join_all(waiting).await;
            Ok(())
        })
        .await;
        result.unwrap();
        assert_eq!(log.take(), "a c");
    });
}

#[test]
fn who_waits_for_room_and_is_dropped_takes_its_waker_along() {
    virtually(async {
        let result: Result<(), Failed> = task_group(async |group| {
            let blocker = group.spawn(pending::<Result<(), _>>());
            let (wakes, waker) = Wakes::new();
            for _ in 0..3 {
                let mut room = pin!(group.spawn_within(1, async { Ok(()) }));
                assert!(poll_with(room.as_mut(), &waker).is_pending());
                assert_eq!(Arc::strong_count(&wakes), 3);
            }
            assert_eq!(Arc::strong_count(&wakes), 2);
            blocker.abort();
            settle().await;
            assert_eq!((wakes.count(), group.len()), (0, 0));
            Ok(())
        })
        .await;
        result.unwrap();
    });
}

/// One that leaves wakes one that waits, however many do.
#[test]
fn of_a_thousand_who_wait_for_room_one_is_woken_at_a_time() {
    virtually(async {
        let polls = Counter::default();
        let result: Result<(), Failed> = task_group(async |group| {
            let waiting: Vec<_> = (0..1000)
                .map(|_| {
                    let (group, polls) = (group.clone(), polls.clone());
                    spawn(async move {
                        let job = async {
                            yield_now().await;
                            Ok(())
                        };
                        let mut room = pin!(group.spawn_within(3, job));
                        poll_fn(|cx| {
                            polls.add();
                            room.as_mut().poll(cx)
                        })
                        .await;
                        assert!(group.len() <= 3);
                    })
                })
                .collect();
            assert!(join_all(waiting).await.iter().all(Result::is_ok));
            Ok(())
        })
        .await;
        result.unwrap();
        assert!(polls.get() <= 2 * 1000, "{} polls", polls.get());
    });
}

/// The place goes on to the next, if whoever was woken for it goes away instead.
#[test]
fn who_was_woken_for_room_and_goes_away_passes_it_on() {
    virtually(async {
        let result: Result<(), Failed> = task_group(async |group| {
            let blocker = group.spawn(pending::<Result<(), _>>());
            let (wakes_a, waker_a) = Wakes::new();
            let (wakes_b, waker_b) = Wakes::new();
            let mut a = Box::pin(group.spawn_within(1, forever()));
            let mut b = pin!(group.spawn_within(1, forever()));
            assert!(poll_with(a.as_mut(), &waker_a).is_pending());
            assert!(poll_with(b.as_mut(), &waker_b).is_pending());
            blocker.abort();
            settle().await;
            assert_eq!((wakes_a.count(), wakes_b.count()), (1, 0));
            drop(a);
            assert_eq!(wakes_b.count(), 1);
            let Poll::Ready(child) = poll_with(b.as_mut(), &waker_b) else {
                panic!("there is room");
            };
            child.abort();
            Ok(())
        })
        .await;
        result.unwrap();
    });
}

/// Somebody who was there first has the place, also if others come before its turn.
#[test]
fn nobody_passes_by_who_waits_for_room() {
    virtually(async {
        let log = Log::default();
        let result: Result<(), Failed> = task_group(async |group| {
            let job = |name| {
                let log = log.clone();
                async move {
                    log.add(name);
                    yield_now().await;
                    Ok(())
                }
            };
            let blocker = group.spawn(pending::<Result<(), _>>());
            let (_, waker) = Wakes::new();
            let mut first = pin!(group.spawn_within(1, job("first")));
            assert!(poll_with(first.as_mut(), &waker).is_pending());
            blocker.abort();
            settle().await;
            let mut second = pin!(group.spawn_within(1, job("second")));
            assert!(poll_with(second.as_mut(), &waker).is_pending(), "it passes by");
            assert!(poll_with(first.as_mut(), &waker).is_ready());
            settle().await;
            assert!(poll_with(second.as_mut(), &waker).is_ready());
            Ok(())
        })
        .await;
        result.unwrap();
        assert_eq!(log.take(), "first second");
    });
}

/// Who came first does not hold up who has room where the first has none.
#[test]
fn the_widest_find_room_first() {
    virtually(async {
        let result: Result<(), Failed> = task_group(async |group| {
            let blockers = [group.spawn(forever()), group.spawn(forever())];
            let mut waiting = [1, 2, 2].map(|width| {
                let (wakes, waker) = Wakes::new();
                let mut room = Box::pin(group.spawn_within(width, forever()));
                assert!(poll_with(room.as_mut(), &waker).is_pending());
                (room, wakes, waker)
            });
            let called = |waiting: &[(_, Arc<Wakes>, _); 3]| {
                waiting.each_ref().map(|(_, wakes, _)| wakes.count())
            };
            blockers[0].abort();
            settle().await;
            assert_eq!(called(&waiting), [0, 1, 0]);
            let (room, _, waker) = &mut waiting[1];
            assert!(poll_with(room.as_mut(), waker).is_ready());
            blockers[1].abort();
            settle().await;
            assert_eq!(called(&waiting), [0, 1, 1]);
            group.abort_all();
            settle().await;
            assert_eq!(called(&waiting), [0, 1, 1], "the third has a place");
            let [(_first, wakes, _), _, (third, ..)] = waiting;
            drop(third);
            assert_eq!(wakes.count(), 1);
            Ok(())
        })
        .await;
        result.unwrap();
    });
}

/// The clone of a waker is user code, and may end the group.
#[test]
fn who_waits_for_room_hears_of_an_end_that_its_own_waker_has_brought_about() {
    virtually(async {
        let cell = Rc::new(RefCell::new(None));
        let outside = Rc::new(RefCell::new(None));
        let inside = Rc::clone(&outside);
        let mut group: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
            let _result: Result<(), Failed> = task_group(async |group| {
                inside.replace(Some(group.clone()));
                group.spawn(forever::<&str>());
                pending().await
            })
            .await;
        });
        assert!(poll_with(group.as_mut(), Waker::noop()).is_pending());
        cell.replace(Some(group));
        let wakes = Counter::default();
        let count = wakes.clone();
        let stranger = Stranger::new(move |event| match event {
            Event::Clone => {
                drop::<Option<Pin<Box<dyn Future<Output = ()>>>>>(cell.take())
            }
            Event::Wake => count.add(),
            Event::Drop => {}
        });
        let group = outside.take().unwrap();
        let mut room = pin!(group.spawn_within(1, forever::<&str>()));
        assert!(poll_with(room.as_mut(), &stranger).is_pending(), "it gives way");
        assert_eq!(wakes.get(), 1, "nobody else will wake it");
        assert!(poll_with(room.as_mut(), &stranger).is_ready());
    });
}

#[test]
fn who_waits_for_room_in_a_group_that_fails_is_refused() {
    virtually(async {
        let outside = RefCell::new(None);
        let result: Result<(), Failed> = task_group(async |group| {
            group.spawn(fails_after(1, "no"));
            let inner = group.clone();
            let waits = spawn(async move {
                let handle = inner.spawn_within(1, async { Ok(()) }).await;
                handle.await.unwrap_err().is_cancelled()
            });
            outside.replace(Some(waits));
            pending().await
        })
        .await;
        assert_eq!(texts(result), "no");
        assert!(outside.take().unwrap().await.unwrap());
    });
}

/// Nobody but them has had a turn since: neither the group nor the other child.
#[test]
fn a_failure_calls_all_who_wait_for_room() {
    virtually(async {
        let inside = RefCell::new(None);
        let mut group = Box::pin(task_group(async |group: TaskGroup<&str>| {
            group.spawn(forever());
            group.spawn(fails_after(1, "no"));
            inside.replace(Some(group));
            pending::<Result<(), _>>().await
        }));
        assert!(poll_with(group.as_mut(), Waker::noop()).is_pending());
        let outside = inside.take().unwrap();
        let (wakes, waker) = Wakes::new();
        let mut waiting = [2, 1, 2].map(|width| {
            let mut room = Box::pin(outside.spawn_within(width, forever()));
            assert!(poll_with(room.as_mut(), &waker).is_pending());
            room
        });
        sleep(2 * SECOND).await;
        assert_eq!((wakes.count(), outside.len()), (3, 1));
        for room in &mut waiting {
            assert!(room.await.await.unwrap_err().is_cancelled());
        }
        assert_eq!(texts(group.await), "no");
    });
}

/// The one that was called is slow to come, and the group is over by then.
#[test]
fn who_waits_for_room_behind_one_that_was_called_hears_of_the_end_of_the_group() {
    for is_dropped in [false, true] {
        virtually(async {
            let inside = RefCell::new(None);
            let mut group = Box::pin(task_group(async |group: TaskGroup<()>| {
                let blocker = group.spawn(forever());
                inside.replace(Some((group, blocker)));
                Ok(())
            }));
            assert!(poll_with(group.as_mut(), Waker::noop()).is_pending());
            let (outside, blocker) = inside.take().unwrap();
            let ((called, waker), (wakes, other)) = (Wakes::new(), Wakes::new());
            let mut first = pin!(outside.spawn_within(1, forever()));
            let mut second = pin!(outside.spawn_within(1, forever()));
            assert!(poll_with(first.as_mut(), &waker).is_pending());
            assert!(poll_with(second.as_mut(), &other).is_pending());
            blocker.abort();
            settle().await;
            assert_eq!((called.count(), wakes.count()), (1, 0));
            match is_dropped {
                true => drop(group),
                false => group.await.unwrap(),
            }
            assert_eq!((called.count(), wakes.count()), (1, 1));
            let mut third = pin!(outside.spawn_within(1, forever()));
            for room in [third.as_mut(), second.as_mut(), first.as_mut()] {
                assert!(room.await.await.unwrap_err().is_cancelled());
            }
        });
    }
}

/// Its children are dropped with the runtime, so that there is room, for children that are
/// refused.
#[test]
fn who_waits_for_room_elsewhere_hears_of_the_end_of_the_runtime_of_the_group() {
    let inside = RefCell::new(None);
    let mut runtime = virtual_runtime();
    let mut group = Box::pin(task_group(async |group: TaskGroup<()>| {
        group.spawn(forever());
        inside.replace(Some(group));
        pending::<Result<(), _>>().await
    }));
    assert!(runtime.block_on(timeout(SECOND, &mut group)).is_err());
    virtually(async {
        let outside = Rc::new(inside.take().unwrap());
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let group = Rc::clone(&outside);
                spawn(async move { group.spawn_within(1, forever()).await.await })
            })
            .collect();
        settle().await;
        drop(runtime);
        for outcome in join_all(waiting).await {
            assert!(outcome.unwrap().unwrap_err().is_cancelled());
        }
    });
}

/// The clone of a waker that was not needed is dropped, which is user code.
#[test]
fn nobody_passes_by_who_has_found_room_and_is_about_to_spawn() {
    virtually(async {
        let result: Result<(), Failed> = task_group(async |group| {
            let (inner, others) = (group.clone(), Rc::new(RefCell::new(Vec::new())));
            let kept = Rc::clone(&others);
            let stranger = Stranger::new(move |event| {
                if event == Event::Drop {
                    let mut room = pin!(inner.spawn_within(1, forever()));
                    kept.borrow_mut().push(poll_with(room.as_mut(), Waker::noop()));
                }
            });
            let mut room = pin!(group.spawn_within(1, forever()));
            assert!(poll_with(room.as_mut(), &stranger).is_ready());
            assert_eq!(group.len(), 1);
            assert!(others.take().iter().all(Poll::is_pending));
            group.abort_all();
            Ok(())
        })
        .await;
        result.unwrap();
    });
}

/// A body that waits for nothing else: who is refused gives way, and so the group its turn.
#[test]
fn a_body_that_spawns_within_a_width_for_ever_ends_when_a_child_fails() {
    virtually(async {
        let spawned = Cell::new(0);
        let result: Result<(), Failed> = task_group(async |group| {
            loop {
                group.spawn_within(2, fails_after(1, "no")).await;
                spawned.set(spawned.get() + 1);
                assert!(spawned.get() < 10, "it goes on and on");
            }
        })
        .await;
        assert_eq!((texts(result).as_str(), spawned.get()), ("no, no", 2));
    });
}

#[test]
fn no_room_at_all_panics_and_says_so() {
    let text = panic_of(|| {
        virtually(task_group(async |group: TaskGroup<()>| {
            group.spawn_within(0, async { Ok(()) }).await;
            Ok(())
        }))
    });
    assert!(text.contains("ask for 1 at least"), "{text}");
}

// ---- costs, memory, strangers ----------------------------------------------------------------------

#[test]
fn a_hundred_thousand_children_wake_their_group_once() {
    const MANY: usize = 100_000;
    virtually(async {
        let polls = Counter::default();
        let ran = Counter::default();
        let mut group = Box::pin(task_group(async |group: TaskGroup<()>| {
            for index in 0..MANY {
                let ran = ran.clone();
                group.spawn(async move {
                    for _ in 0..index % 3 {
                        yield_now().await;
                    }
                    ran.add();
                    Ok(())
                });
            }
            Ok(())
        }));
        let count = polls.clone();
        let result = poll_fn(move |cx| {
            count.add();
            group.as_mut().poll(cx)
        });
        result.await.unwrap();
        assert_eq!((ran.get() as usize, polls.get()), (MANY, 2));
    });
}

#[test]
fn a_thousand_failures_in_one_turn_are_all_told() {
    virtually(async {
        let result: Result<(), GroupError<usize>> = task_group(async |group| {
            for index in 0..1000 {
                group.spawn(async move {
                    sleep(SECOND).await;
                    Err::<(), _>(index)
                });
            }
            Ok(())
        })
        .await;
        let errors = result.unwrap_err().errors.into_iter().map(|error| match error {
            TaskError::Failed(index) => index,
            TaskError::Join(error) => panic!("{error}"),
        });
        assert!(errors.eq(0..1000));
    });
}

#[test]
fn a_list_of_tasks_says_that_a_group_waits_for_its_children() {
    virtually(async {
        let parent = spawn(task_group(async |group: TaskGroup<()>| {
            group.spawn(async {
                sleep(SECOND).await;
                Ok(())
            });
            Ok(())
        }));
        settle().await;
        let infos = task::all();
        let info = infos.iter().find(|info| info.id == parent.id()).unwrap();
        assert_eq!(info.waits_on, WaitsOn::Other("the children of its group"));
        assert!(info.to_string().contains("waits on the children of its group"));
        assert_eq!(infos.len(), 3);
        assert!(infos[2].location.file().ends_with("group.rs"));
    });
}

#[test]
fn nothing_is_left_behind() {
    let inside = Rc::new(());
    virtually(async {
        for fails in [false, true] {
            let kept = RefCell::new(None);
            let _result: Result<(), Failed> = task_group(async |group| {
                for _ in 0..3 {
                    let inside = Rc::clone(&inside);
                    group.spawn(async move {
                        sleep(SECOND).await;
                        drop(inside);
                        if fails { Err("no") } else { Ok(()) }
                    });
                }
                let _inside = Rc::clone(&inside);
                kept.replace(Some(group));
                sleep(2 * SECOND).await;
                Ok(())
            })
            .await;
            assert_eq!(Rc::strong_count(&inside), 1);
            assert!(kept.take().unwrap().is_empty());
        }
        let (wakes, waker) = Wakes::new();
        let kept = RefCell::new(None);
        let mut group = Box::pin(task_group(async |group: TaskGroup<()>| {
            kept.replace(Some(group));
            pending::<Result<(), _>>().await
        }));
        assert!(poll_with(group.as_mut(), &waker).is_pending());
        assert_eq!(Arc::strong_count(&wakes), 3);
        drop(group);
        assert_eq!(Arc::strong_count(&wakes), 2, "also if a clone of the group is kept");
    });
}

#[test]
fn a_group_that_is_moved_to_another_task_wakes_that_one() {
    virtually(async {
        let mut group = Box::pin(task_group(async |group: TaskGroup<&'static str>| {
            group.spawn(fails_after(1, "no"));
            pending::<Result<(), _>>().await
        }));
        let (wakes, waker) = Wakes::new();
        assert!(poll_with(group.as_mut(), &waker).is_pending());
        let result = spawn(group).await.unwrap();
        assert_eq!((texts(result).as_str(), wakes.count()), ("no", 0));
    });
}

#[test]
fn groups_in_a_join_wake_each_for_itself() {
    virtually(async {
        let groups = [3, 1, 2].map(|seconds| {
            task_group(async move |group: TaskGroup<&'static str>| {
                group.spawn(fails_after(seconds, "no"));
                sleep(2 * SECOND).await;
                Ok(seconds)
            })
        });
        let results = join_all(groups).await;
        assert!(results.iter().all(Result::is_err));
    });
}

#[test]
fn a_stranger_that_panics_harms_no_group_and_is_told() {
    for moment in [Event::Wake, Event::Drop] {
        let (mut runtime, hook) = hooked();
        quiet(|| {
            runtime.block_on(async {
                let log = Log::default();
                let mut group = Box::pin(task_group(async |group: TaskGroup<&str>| {
                    group.spawn(endless(&log, "child"));
                    group.spawn(fails_after(1, "no"));
                    pending::<Result<(), _>>().await
                }));
                let stranger = Stranger::new(move |event| {
                    assert!(event != moment, "a stranger");
                });
                assert!(poll_with(group.as_mut(), &stranger).is_pending());
                sleep(2 * SECOND).await;
                assert_eq!(texts(group.await), "no");
                assert_eq!(log.take(), "child");
            });
        });
        // What wakes does so instead of being dropped.
        assert_eq!(
            hook.count("a foreign waker panicked"),
            u32::from(moment == Event::Wake) as usize
        );
    }
}

#[test]
fn a_stranger_may_drop_the_group_when_it_is_woken() {
    virtually(async {
        let log = Log::default();
        let cell = Rc::new(RefCell::new(None));
        let (inside, also) = (log.clone(), Rc::clone(&cell));
        let mut group: Pin<Box<dyn Future<Output = ()>>> = Box::pin(async move {
            let _result: Result<(), Failed> = task_group(async |group| {
                group.spawn(endless(&inside, "child"));
                group.spawn(fails_after(1, "no"));
                pending().await
            })
            .await;
        });
        let stranger = Stranger::new(move |event| {
            if event == Event::Wake {
                drop::<Option<Pin<Box<dyn Future<Output = ()>>>>>(also.take());
            }
        });
        assert!(poll_with(group.as_mut(), &stranger).is_pending());
        cell.replace(Some(group));
        sleep(2 * SECOND).await;
        assert!(cell.borrow().is_none());
        assert_eq!((log.take().as_str(), task::all().len()), ("child", 1));
    });
}

#[test]
fn a_group_tells_how_many_errors_there_are_and_what_they_say() {
    let errors = vec![TaskError::Failed("out of tea"), TaskError::Failed("out of milk")];
    let error = GroupError { errors };
    assert_eq!(error.to_string(), "2 errors in a task group: out of tea; out of milk");
}
