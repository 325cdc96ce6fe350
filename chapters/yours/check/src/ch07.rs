//! The checks of chapter 7's pieces.

use std::cell::Cell;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mainspring::reactor::Readiness;

use super::clock::{Clock, nanoseconds};
use super::handle::Handle;
use super::inbox::Inbox;
use super::lock;
use super::runtime::{Entered, Runtime, Watcher, current, spawn};
use super::sleep::{Sleep, sleep};
use super::timeout::{timeout, yield_now};
use crate::suite::Outcome;
use crate::suite::{inbox, runtime, sleeps, turn};

pub fn check(step: &str) -> Option<Outcome> {
    Some(match step {
        "7.1" => inbox::loses_no_letter::<Inbox>(),
        "7.2" => turn::takes_turns::<Inside>(),
        "7.3" => runtime::agrees_with_paper::<Yours>()
            .and_then(|()| turn::sleeps_if_nobody_is_ready::<Yours>()),
        "7.4" => sleeps::end_in_time::<Inside>()
            .and_then(|()| runtime::agrees_with_paper::<Yours>()),
        _ => return None,
    })
}

impl inbox::Inbox for Inbox {
    fn new(ring: impl Fn() + Send + Sync + 'static) -> Self {
        Inbox::new(ring)
    }

    fn push(&self, number: usize) {
        Inbox::push(self, number);
    }

    fn take(&self) -> Vec<usize> {
        Inbox::take(self)
    }

    fn park(&self) -> bool {
        Inbox::park(self)
    }

    fn before_each(before: Option<Box<dyn FnMut()>>) {
        lock::before_each(before);
    }

    fn held() -> u32 {
        lock::held()
    }
}

/// A thread that is inside a runtime with a virtual clock.
struct Inside {
    runtime: Rc<Runtime>,
    _entered: Entered,
}

impl Inside {
    fn new() -> Self {
        let runtime = Runtime::with_virtual_clock().expect("descriptors");
        let entered = runtime.enter();
        Inside { runtime, _entered: entered }
    }

    fn advance(&self, ticks: u64) {
        let Clock::Virtual(now) = &self.runtime.clock else { panic!("it is virtual") };
        now.set(now.get() + ticks);
    }
}

impl turn::Loop for Inside {
    fn new() -> Self {
        Inside::new()
    }

    fn spawn(&self, work: turn::Work) {
        self.runtime.tasks.spawn(work);
    }

    fn set(&self, deadline: u64, waker: Waker) {
        self.runtime.timers.borrow_mut().insert(deadline, waker);
    }

    fn advance(&self, ticks: u64) {
        Inside::advance(self, ticks);
    }

    fn turn(&self) {
        self.runtime.turn();
    }
}

const SECOND: Duration = Duration::from_secs(1);

impl sleeps::Sleeps for Inside {
    type Sleep = Sleep;

    fn new() -> Self {
        Inside::new()
    }

    fn sleep(&self, seconds: u64) -> Sleep {
        sleep(Duration::from_secs(seconds))
    }

    fn advance(&self, seconds: u64) {
        Inside::advance(self, seconds * nanoseconds(SECOND));
    }

    fn fire(&self) {
        while let Some(waker) = self.runtime.expire() {
            waker.wake();
        }
    }

    fn timers(&self) -> usize {
        self.runtime.timers.borrow().len()
    }

    fn is_free(&self) -> bool {
        self.runtime.timers.try_borrow_mut().is_ok()
    }
}

/// A task that can be aborted, which the suite asks for: made of a future that gives up.
struct Task {
    handle: Handle<()>,
    fate: Rc<Fate>,
}

#[derive(Default)]
struct Fate {
    aborted: Cell<bool>,
    /// Whether it returned, once it is done.
    returned: Cell<Option<bool>>,
    waker: Cell<Option<Waker>>,
}

/// The work of a task, until it ends or somebody asks for its end.
struct Abortable {
    work: Option<runtime::Work>,
    fate: Rc<Fate>,
}

impl Future for Abortable {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.fate.waker.set(Some(cx.waker().clone()));
        if self.fate.aborted.get() {
            self.work = None;
            self.fate.returned.set(Some(false));
        }
        let Some(work) = &mut self.work else { return Poll::Ready(()) };
        let polled = work.as_mut().poll(cx);
        if polled.is_ready() {
            self.work = None;
            self.fate.returned.set(Some(true));
        }
        polled
    }
}

impl Future for Task {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        let polled = Pin::new(&mut self.handle).poll(cx);
        polled.map(|()| self.fate.returned.get() == Some(true))
    }
}

struct Yours;

impl runtime::Machine for Yours {
    type Task = Task;
    const ENDS_ITS_TURN: bool = true;

    fn block_on(main: runtime::Work) {
        let runtime = Runtime::with_virtual_clock().expect("descriptors");
        runtime.block_on(main);
    }

    fn spawn(work: runtime::Work) -> Task {
        let fate = Rc::<Fate>::default();
        let work = Abortable { work: Some(work), fate: Rc::clone(&fate) };
        Task { handle: spawn(work), fate }
    }

    fn abort(task: &Task) -> bool {
        if task.fate.returned.get().is_some() {
            return false;
        }
        task.fate.aborted.set(true);
        let waker = task.fate.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    fn sleep(seconds: u64) -> runtime::Work {
        Box::pin(async move {
            match seconds {
                0 => yield_now().await, // as the library does, and asyncio
                _ => sleep(Duration::from_secs(seconds)).await,
            }
        })
    }

    fn timeout(seconds: u64, work: runtime::Work) -> Pin<Box<dyn Future<Output = bool>>> {
        let time = Duration::from_secs(seconds);
        Box::pin(async move { timeout(time, work).await.is_some() })
    }

    fn now() -> u64 {
        current().clock.now() / nanoseconds(SECOND)
    }
}

/// Sets a flag when it is told of its socket.
struct Flag {
    _socket: UnixStream,
    told: Rc<Cell<bool>>,
}

impl Watcher for Flag {
    fn notice(&self, _: Readiness) {
        self.told.set(true);
    }
}

impl turn::Awake for Yours {
    fn block_on_real(main: turn::Work) {
        Runtime::new().expect("descriptors").block_on(main);
    }

    fn watch(socket: UnixStream, told: Rc<Cell<bool>>) {
        let watched = socket.try_clone().expect("a descriptor");
        let flag = Rc::new(Flag { _socket: socket, told });
        let runtime = current();
        let mut reactor = runtime.reactor.borrow_mut();
        reactor.register(&watched, flag).expect("it is watched");
    }
}
