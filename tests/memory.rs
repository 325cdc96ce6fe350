//! What tasks and wakers take of the memory, and that all of it is given back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::fs;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

use mainspring::spawn;
use mainspring::sync::CancelToken;
use mainspring::task::yield_now;

mod watchdog;

use watchdog::{block_on, runtime};

/// Counts the allocations of each thread, and those of all threads that are alive.
struct Counting;

thread_local! { static ALLOCATIONS: Cell<usize> = const { Cell::new(0) } }

static ALIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        ALIVE.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: `pointer` came from `alloc` above, and so from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often this thread allocates while `f` runs.
fn allocations<R>(f: impl FnOnce() -> R) -> (usize, R) {
    let before = ALLOCATIONS.get();
    let result = f();
    (ALLOCATIONS.get() - before, result)
}

/// What a process has is counted by one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A future that leaves its waker here, and waits forever.
fn leaves_its_waker(
    here: &Rc<RefCell<Vec<Waker>>>,
) -> impl Future<Output = ()> + 'static {
    let here = Rc::clone(here);
    poll_fn(move |cx| {
        here.borrow_mut().push(cx.waker().clone());
        Poll::Pending
    })
}

/// The letters of a task can be told from outside by the memory of the inbox, which grows
/// with them: whoever puts one in allocates for it.
#[test]
fn however_often_a_task_is_woken_from_elsewhere_it_has_one_letter() {
    let _alone = alone();
    block_on(async {
        let wakers = Rc::default();
        let _task = spawn(leaves_its_waker(&wakers));
        yield_now().await;
        let waker = wakers.borrow()[0].clone();
        // The loop stands still meanwhile: nobody takes a letter out.
        let letters: usize = thread::scope(|scope| {
            let wake = || {
                let wakes = || (0..1_250).for_each(|_| waker.wake_by_ref());
                allocations(wakes).0
            };
            let threads = [(); 8].map(|()| scope.spawn(wake));
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert!(letters <= 1, "ten thousand wakes allocated {letters} times");
    });
}

/// A letter holds its waker, the waker the inbox, and the inbox its letters: once nobody
/// takes them out any more, a letter would keep all three alive.
#[test]
fn nothing_is_left_of_a_runtime_that_is_woken_when_it_is_gone() {
    let _alone = alone();
    let round = || {
        let mut runtime = runtime();
        let wakers = Rc::default();
        for _ in 0..3 {
            drop(runtime.spawn(leaves_its_waker(&wakers)));
        }
        runtime.block_on(yield_now());
        let (wakers, mut runtime) = (wakers.take(), Some(runtime));
        assert_eq!(wakers.len(), 3);
        // The first letter comes in time, and nobody takes it out.
        for waker in &wakers {
            thread::scope(|scope| {
                scope.spawn(|| waker.wake_by_ref()).join().unwrap();
            });
            drop(runtime.take());
            waker.wake_by_ref();
        }
    };
    (0..10).for_each(|_| round());
    let before = (ALIVE.load(Ordering::Relaxed), descriptors());
    let rounds = 200;
    (0..rounds).for_each(|_| round());
    let left = ALIVE.load(Ordering::Relaxed) - before.0;
    // The harness may have begun or ended another test meanwhile.
    assert!(left < rounds / 2, "{left} allocations are left of {rounds} runtimes");
    assert_eq!(descriptors(), before.1, "the bell goes with the last waker");
}

/// How many descriptors the process has.
fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn a_task_takes_no_new_waker_if_there_is_one_that_nobody_holds() {
    let _alone = alone();
    let tasks = 1_000;
    let held = Rc::new(RefCell::new(Vec::with_capacity(10 * tasks)));
    let task = |is_held: bool| {
        let held = Rc::clone(&held);
        spawn(poll_fn(move |cx| {
            if is_held {
                held.borrow_mut().push(cx.waker().clone());
            }
            Poll::Ready(7)
        }))
    };
    let one_by_one = async |is_held| {
        for _ in 0..tasks {
            task(is_held).await.unwrap();
        }
    };
    let ten_at_a_time = async |is_held| {
        for _ in 0..tasks / 10 {
            for task in [(); 10].map(|()| task(is_held)) {
                task.await.unwrap();
            }
        }
    };
    block_on(async {
        for is_held in [false, true] {
            // Until the tables have their size, and no spare waker is left if they are held.
            ten_at_a_time(is_held).await;
            let before = ALLOCATIONS.get();
            one_by_one(is_held).await;
            let between = ALLOCATIONS.get();
            ten_at_a_time(is_held).await;
            let each = [between - before, ALLOCATIONS.get() - between];
            // The future's box and its output's; and a waker, if the last one is held.
            let expected = tasks * (2 + usize::from(is_held));
            assert_eq!(each, [expected; 2], "wakers are held: {is_held}");
        }
    });
}

/// A token knows its children by weak references, which keep their memory.
#[test]
fn the_memory_of_children_that_are_gone_does_not_pile_up() {
    let _alone = alone();
    let root = CancelToken::new();
    let before = ALIVE.load(Ordering::Relaxed);
    for _ in 0..100_000 {
        drop(root.child());
    }
    let left = ALIVE.load(Ordering::Relaxed) - before;
    assert!(left < 1_000, "{left} allocations are left");
}
