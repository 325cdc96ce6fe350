//! What is left in memory, by an allocator that counts: nothing of a runtime that is gone, however
//! it is used.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use futures_task::{LocalSpawn, Spawn};
use mainspring::runtime::{Handle, Runtime};
use mainspring::spawn;
use mainspring::task::JoinHandle;
use mainspring::time::{sleep, timeout};

mod guard;

use guard::{Finally, SECOND, panic_of, quiet, settle, virtual_runtime};

thread_local!(static LIVING: Cell<isize> = const { Cell::new(0) });

/// The system's allocator, which knows how many bytes each thread has and has not given back.
struct Counting;

fn count(bytes: usize, sign: isize) {
    let bytes = isize::try_from(bytes).unwrap_or(isize::MAX);
    // Not in a thread that is being torn down.
    let _ = LIVING.try_with(|living| living.set(living.get() + sign * bytes));
}

// SAFETY: it passes on all it is asked for.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: as it was asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: as it was asked for.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), -1);
        count(size, 1);
        // SAFETY: as it was asked for.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that `f` leaves behind.
fn left_by(f: impl FnOnce()) -> isize {
    let before = LIVING.get();
    f();
    LIVING.get() - before
}

/// What a million of something may leave: the memory of a list that has not been given back.
const FEW: isize = 16 << 10;

fn times() -> usize {
    if cfg!(miri) { 100 } else { 1_000_000 }
}

/// A handle of a runtime that has run, and is gone.
fn handle_of_one_that_is_gone() -> Handle {
    let mut runtime = virtual_runtime();
    runtime.block_on(async { spawn(async {}).await.unwrap() });
    runtime.handle()
}

/// Does it a thousand times, and then a million times, which must leave no more.
fn assert_level(what: &str, mut once: impl FnMut(&Handle)) {
    let handle = handle_of_one_that_is_gone();
    (0..1_000).for_each(|_| once(&handle));
    let left = left_by(|| (0..times()).for_each(|_| once(&handle)));
    assert!(left < FEW, "{what}: {left} bytes");
}

#[test]
fn a_million_tasks_that_are_spawned_after_the_runtime_leave_nothing() {
    assert_level("dropped", |handle| drop(handle.spawn(async {})));
    assert_level("not ready", |handle| drop(handle.spawn(pending::<()>())));
    assert_level("large", |handle| {
        let large = [0_u8; 1000];
        drop(handle.spawn(async move { large.len() }));
    });
    assert_level("owns its handle", |handle| {
        let also = handle.clone();
        drop(handle.spawn(async move { drop(also) }));
    });
    assert_level("spawns another in its drop", |handle| {
        let also = handle.clone();
        let guard = Finally(move || drop(also.spawn(async {})));
        drop(handle.spawn(async move { drop(guard) }));
    });
}

#[test]
fn a_million_handles_of_tasks_that_are_spawned_after_the_runtime_leave_nothing() {
    assert_level("read", |handle| {
        let mut task = handle.spawn(async {});
        assert!(task.try_result().unwrap().is_err());
    });
    assert_level("awaited", |handle| {
        let mut task = handle.spawn(async {});
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut task).poll(&mut cx).is_ready());
    });
    assert_level("aborted", |handle| {
        let task = handle.spawn(pending::<()>());
        let abort = task.abort_handle();
        assert!(!task.abort() && !abort.abort());
        drop(task.abort_on_drop());
        assert!(!abort.abort());
    });
    assert_level("called back", |handle| {
        let (task, also) = (handle.spawn(async {}), handle.clone());
        task.on_done(move |_| drop(also));
    });
}

#[test]
fn a_million_callbacks_that_come_after_the_runtime_leave_nothing() {
    let mut runtime = virtual_runtime();
    let task: JoinHandle<()> = runtime.spawn(async {});
    let never = runtime.spawn(pending::<()>());
    runtime.block_on(settle());
    let handle = runtime.handle();
    drop(runtime);
    let once = || {
        for task in [&task, &never] {
            let handle = handle.clone();
            let id = task.on_done(move |_| drop(handle));
            assert!(!task.remove_on_done(id));
        }
    };
    (0..1_000).for_each(|_| once());
    let left = left_by(|| (0..times()).for_each(|_| once()));
    assert!(left < FEW, "{left} bytes");
}

#[test]
fn a_million_futures_that_are_refused_after_the_runtime_leave_nothing() {
    assert_level("local", |handle| {
        assert!(handle.spawn_local_obj(Box::pin(async {}).into()).is_err());
    });
    assert_level("any", |handle| {
        assert!(handle.spawn_obj(Box::pin(async {}).into()).is_err());
    });
}

/// A destructor of the shutdown spawns, on and on.
#[test]
fn a_million_tasks_that_are_spawned_in_the_shutdown_leave_nothing() {
    let mut runtime = virtual_runtime();
    let result = Rc::new(Cell::new(isize::MAX));
    let also = Rc::clone(&result);
    drop(runtime.spawn(async move {
        let _guard = Finally(move || {
            (0..1_000).for_each(|_| drop(spawn(async {})));
            also.set(left_by(|| (0..times()).for_each(|_| drop(spawn(async {})))));
        });
        pending::<()>().await;
    }));
    runtime.block_on(settle());
    drop(runtime);
    assert!(result.get() < FEW, "{} bytes", result.get());
}

/// Whatever is kept of it, when that goes too nothing is left: no task, no callback and no timer
/// keeps itself alive.
#[test]
fn nothing_is_left_of_a_runtime_that_is_gone_with_all_that_was_kept_of_it() {
    let round = |way: usize| {
        let mut runtime: Runtime = virtual_runtime();
        let handle = runtime.handle();
        let task = Rc::new(runtime.spawn(async {}));
        let waits = Rc::new(runtime.spawn(pending::<()>()));
        let armed = runtime.block_on(async {
            let mut armed = (sleep(SECOND), Box::pin(timeout(SECOND, pending::<()>())));
            let mut cx = Context::from_waker(Waker::noop());
            assert!(Pin::new(&mut armed.0).poll(&mut cx).is_pending());
            assert!(armed.1.as_mut().poll(&mut cx).is_pending());
            settle().await;
            armed
        });
        let (one, other) = (Rc::clone(&task), Rc::clone(&waits));
        match way {
            // A callback that owns its own handle, and is called, or comes too late.
            0 => drop(task.on_done(move |_| drop((one, other)))),
            1 => drop(waits.on_done(move |_| drop((one, other)))),
            // A task that owns its own handle, or that of its runtime.
            2 => drop(handle.spawn({
                let handle = handle.clone();
                async move {
                    let _owned = (one, other, handle);
                    pending::<()>().await;
                }
            })),
            // A timer in a task of its own runtime, and in another's.
            3 => drop(handle.spawn(async move {
                let _owned = (armed, one, other);
                pending::<()>().await;
            })),
            4 => {
                drop(runtime);
                waits.on_done(move |_| drop((one, other, armed)));
                return;
            }
            _ => {
                drop(runtime);
                let also = handle.clone();
                drop(handle.spawn(async move { drop((one, other, armed, also)) }));
                return;
            }
        }
        runtime.block_on(settle());
        drop(runtime);
        drop((task, waits));
    };
    for way in 0..6 {
        (0..10).for_each(|_| round(way));
        let left = left_by(|| (0..100).for_each(|_| round(way)));
        assert!(left <= 0, "way {way}: {left} bytes");
    }
}

/// Panics upon panics leave nothing either.
#[test]
fn a_panic_of_a_main_future_and_of_its_task_leaves_nothing() {
    let round = || {
        let mut runtime =
            Runtime::builder().virtual_clock().unhandled_panic(|_| {}).build().unwrap();
        let said = panic_of(|| {
            runtime.block_on(async {
                drop(spawn(async {
                    let _guard = Finally(|| panic!("a leftover"));
                    pending::<()>().await;
                }));
                settle().await;
                panic!("main");
            })
        });
        assert_eq!(said, "main");
    };
    quiet(|| {
        (0..10).for_each(|_| round());
        let left = left_by(|| (0..100).for_each(|_| round()));
        assert!(left <= 0, "{left} bytes");
    });
}
