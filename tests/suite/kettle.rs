//! A kettle and strangers' wakers: one that waits for the whistle when it is cloned, one that does
//! when it is dropped. The stove has to get at the kettle meanwhile, so both hang under its lock.

use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, RawWaker, RawWakerVTable, Waker};
use std::time::Duration;

use proptest::prelude::*;

use super::{Outcome, Story, explore};

/// What the suite tests.
pub trait Kettle: Future<Output = ()> + Unpin {
    /// Puts a kettle on.
    fn put_on(takes: Duration) -> Self;
}

/// When a waker waits for the whistle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum When {
    Never,
    Cloned,
    Dropped,
}

/// Has been blown when any waker of the kettle was woken.
#[derive(Default)]
struct Whistle {
    blown: Mutex<bool>,
    told: Condvar,
}

impl Whistle {
    fn blow(&self) {
        *self.blown.lock().unwrap() = true;
        self.told.notify_all();
    }

    fn wait(&self) {
        drop(self.told.wait_while(self.blown.lock().unwrap(), |blown| !*blown).unwrap());
    }
}

struct Stranger {
    whistle: Arc<Whistle>,
    waits: When,
}

impl Stranger {
    fn reached(&self, when: When) {
        if self.waits == when {
            self.whistle.wait();
        }
    }
}

fn waker(whistle: &Arc<Whistle>, waits: When) -> Waker {
    let stranger = Stranger { whistle: Arc::clone(whistle), waits };
    let data = Arc::into_raw(Arc::new(stranger)).cast();
    // SAFETY: `data` and the functions of `VTABLE` keep to the contract of `RawWaker`: each is
    // sound for a pointer that came from `Arc::into_raw`, and a `Stranger` is `Send + Sync`.
    unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_share);

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker is borrowed for this call, so its share outlives the reference.
    unsafe { &*data.cast::<Stranger>() }.reached(When::Cloned);
    // SAFETY: that share is there still, so the count is at least one.
    unsafe { Arc::increment_strong_count(data.cast::<Stranger>()) };
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: the pointer came from `Arc::into_raw`, and the waker that held this share is
    // gone: nobody takes it back again.
    unsafe { Arc::from_raw(data.cast::<Stranger>()) }.whistle.blow();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: as in `clone`.
    unsafe { &*data.cast::<Stranger>() }.whistle.blow();
}

unsafe fn drop_share(data: *const ()) {
    // SAFETY: as in `wake`.
    unsafe { Arc::from_raw(data.cast::<Stranger>()) }.reached(When::Dropped);
}

/// A kettle that passes this runs no code of a waker's under its lock.
pub fn stands_strangers<K: Kettle>() -> Outcome {
    let cases = prop_oneof![
        Just([When::Never, When::Cloned]),
        Just([When::Dropped, When::Never]),
    ];
    explore(
        "a kettle boils, whatever a waker does",
        &cases,
        |wakers, story: &mut Story| {
            let whistle = Arc::new(Whistle::default());
            story.step("a kettle is put on");
            let mut kettle = K::put_on(Duration::from_millis(1));
            let mut kept = vec![];
            for (number, when) in (1..).zip(*wakers) {
                let waits = match when {
                    When::Never => "",
                    When::Cloned => ", which waits for the whistle when it is cloned",
                    When::Dropped => ", which waits for the whistle when it is dropped",
                };
                story.step(format!("it is polled, with waker {number}{waits}"));
                let waker = waker(&whistle, when);
                let polled = Pin::new(&mut kettle).poll(&mut Context::from_waker(&waker));
                kept.push(waker);
                if polled.is_ready() {
                    whistle.blow(); // for the drops below
                    return Ok(());
                }
            }
            story.step("it boils, and wakes the latest");
            whistle.wait();
            let polled =
                Pin::new(&mut kettle).poll(&mut Context::from_waker(Waker::noop()));
            story.expect(true, polled.is_ready())
        },
    )
}
