//! A waker by hand: a pointer, and four functions that know what it points to.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod kettle;

fn main() {
    cli::options(&[]);
    let sleeper = Arc::new(thread::current());
    let waker = waker_of(Arc::clone(&sleeper));
    kettle::measure(|| block_on(kettle::put_on(Duration::from_millis(500)), &waker));
    println!("wakers that are left: {}", Arc::strong_count(&sleeper) - 1);
    drop(waker);
    println!("and when ours is dropped: {}", Arc::strong_count(&sleeper) - 1);
}

/// Polls the future when it is worth while, and sleeps in between.
fn block_on(future: impl Future, waker: &Waker) -> u64 {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(waker);
    let mut polls = 1;
    while future.as_mut().poll(&mut cx).is_pending() {
        thread::park();
        polls += 1;
    }
    polls
}

/// Makes a waker that ends the sleep of this thread. The share of the `Arc` that was
/// lent to us goes into it.
fn waker_of(thread: Arc<Thread>) -> Waker {
    let data = Arc::into_raw(thread).cast();
    // SAFETY: `data` and the functions of `VTABLE` keep to the contract of `RawWaker`:
    // each is sound for a pointer that came from `Arc::into_raw`, and a `Thread` may be
    // used from any thread.
    unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) }
}

/// In this order: clone, wake, wake_by_ref, drop.
static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_share);

/// One waker becomes two: one more share.
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker that is cloned holds a share, so the count is at least one.
    unsafe { Arc::increment_strong_count(data.cast::<Thread>()) };
    RawWaker::new(data, &VTABLE)
}

/// The waker is used up: its share is taken back, and dropped at the end.
unsafe fn wake(data: *const ()) {
    // SAFETY: the pointer came from `Arc::into_raw`, and the waker that held this share is
    // gone: nobody takes it back again.
    let thread = unsafe { Arc::from_raw(data.cast::<Thread>()) };
    thread.unpark();
}

/// The waker stays: its share is only looked through.
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the waker is borrowed for this call, so its share outlives the reference.
    let thread = unsafe { &*data.cast::<Thread>() };
    thread.unpark();
}

/// The waker is dropped: its share goes with it.
unsafe fn drop_share(data: *const ()) {
    // SAFETY: as in `wake`.
    drop(unsafe { Arc::from_raw(data.cast::<Thread>()) });
}
