//! A small event loop on a virtual clock, whose every decision can be replaced by a wrong
//! one.
//!
//! The decisions are the methods of [`Parts`]; as they stand there they are right, and the
//! suite finds nothing. Each broken loop replaces one of them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::suite::runtime::{Machine, Work};

struct Task {
    work: Option<Work>,
    queued: bool,
    aborted: bool,
    returned: Option<bool>,
    awaiter: Option<Waker>,
}

pub struct Timer {
    pub deadline: u64,
    serial: u64,
    waker: Waker,
}

/// The decisions that a loop takes.
pub trait Parts {
    /// Puts a task that was woken into the queue.
    fn seat(queue: &mut VecDeque<usize>, id: usize) {
        queue.push_back(id);
    }

    /// When time passes: what the clock shows next. The timers are in order.
    fn next_time(timers: &[Timer]) -> u64 {
        timers[0].deadline
    }

    /// How many of the timers that are due fire before the tasks they wake run.
    fn fires(due: usize) -> usize {
        due
    }

    /// Whether an abort drops the task then and there.
    fn drops_inline() -> bool {
        false
    }

    /// Whether the end of an aborted task is told to whoever awaits it.
    fn tells_of_abort() -> bool {
        true
    }

    /// Whether a timeout looks at the clock before it looks at the work.
    fn limit_first() -> bool {
        false
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

/// The same decisions, as values: a thread-local cannot be generic.
struct Choices {
    seat: fn(&mut VecDeque<usize>, usize),
    next_time: fn(&[Timer]) -> u64,
    fires: fn(usize) -> usize,
    drops_inline: bool,
    tells_of_abort: bool,
}

struct Core {
    choices: Choices,
    tasks: RefCell<Vec<Task>>,
    queue: RefCell<VecDeque<usize>>,
    timers: RefCell<Vec<Timer>>,
    serial: Cell<u64>,
    now: Cell<u64>,
}

thread_local!(static CORE: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) });

fn core() -> Rc<Core> {
    CORE.with_borrow(|core| Rc::clone(core.as_ref().expect("inside a runtime")))
}

struct Seat(usize);

impl Wake for Seat {
    fn wake(self: Arc<Self>) {
        core().wake(self.0);
    }
}

impl Core {
    fn wake(&self, id: usize) {
        let mut tasks = self.tasks.borrow_mut();
        if tasks[id].returned.is_none() && !std::mem::replace(&mut tasks[id].queued, true)
        {
            (self.choices.seat)(&mut self.queue.borrow_mut(), id);
        }
    }

    fn spawn(&self, work: Work) -> usize {
        let mut tasks = self.tasks.borrow_mut();
        tasks.push(Task {
            work: Some(work),
            queued: true,
            aborted: false,
            returned: None,
            awaiter: None,
        });
        self.queue.borrow_mut().push_back(tasks.len() - 1);
        tasks.len() - 1
    }

    fn run(&self, id: usize) {
        let (work, aborted) = {
            let task = &mut self.tasks.borrow_mut()[id];
            task.queued = false;
            (task.work.take(), task.aborted)
        };
        let Some(mut work) = work else { return };
        if aborted {
            drop(work);
            return self.end(id, false);
        }
        let waker = Waker::from(Arc::new(Seat(id)));
        match work.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => self.tasks.borrow_mut()[id].work = Some(work),
            Poll::Ready(()) => self.end(id, true),
        }
    }

    fn end(&self, id: usize, returned: bool) {
        let awaiter = {
            let task = &mut self.tasks.borrow_mut()[id];
            task.returned = Some(returned);
            task.awaiter.take()
        };
        if let Some(awaiter) = awaiter
            && (returned || self.choices.tells_of_abort)
        {
            awaiter.wake();
        }
    }

    fn abort(&self, id: usize) -> bool {
        if self.tasks.borrow()[id].returned.is_some() {
            return false;
        }
        self.tasks.borrow_mut()[id].aborted = true;
        if self.choices.drops_inline && self.tasks.borrow()[id].work.is_some() {
            self.run(id);
        } else {
            self.wake(id);
        }
        true
    }

    fn advance(&self) {
        let mut timers = self.timers.borrow_mut();
        assert!(!timers.is_empty(), "everyone waits, and no timer is set");
        timers.sort_by_key(|timer| (timer.deadline, timer.serial));
        self.now.set((self.choices.next_time)(&timers));
        let due =
            timers.iter().take_while(|timer| timer.deadline <= self.now.get()).count();
        let due: Vec<Timer> = timers.drain(..(self.choices.fires)(due)).collect();
        drop(timers);
        due.into_iter().for_each(|timer| timer.waker.wake());
    }

    fn set_timer(&self, deadline: u64, waker: &Waker) -> u64 {
        let serial = self.serial.get() + 1;
        self.serial.set(serial);
        let waker = waker.clone();
        self.timers.borrow_mut().push(Timer { deadline, serial, waker });
        serial
    }
}

pub struct Handle(usize);

impl Future for Handle {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        let core = core();
        let task = &mut core.tasks.borrow_mut()[self.0];
        match task.returned {
            Some(returned) => Poll::Ready(returned),
            None => {
                task.awaiter = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

struct Sleep {
    deadline: u64,
    /// The timer's number, once it is set; none if the time was over before.
    timer: Option<Option<u64>>,
    gives_way: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let core = core();
        match self.timer {
            None if self.deadline <= core.now.get() => {
                self.timer = Some(None);
                if self.gives_way {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Poll::Ready(())
            }
            None => {
                self.timer = Some(Some(core.set_timer(self.deadline, cx.waker())));
                Poll::Pending
            }
            Some(None) => Poll::Ready(()),
            Some(Some(serial)) => {
                let timers = core.timers.borrow();
                match timers.iter().any(|timer| timer.serial == serial) {
                    true => Poll::Pending,
                    false => Poll::Ready(()),
                }
            }
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(Some(serial)) = self.timer {
            core().timers.borrow_mut().retain(|timer| timer.serial != serial);
        }
    }
}

fn sleep(seconds: u64, gives_way: bool) -> Sleep {
    Sleep { deadline: core().now.get() + seconds, timer: None, gives_way }
}

/// Drops the tasks that are left, also if the loop panics.
struct Leave(Rc<Core>);

impl Drop for Leave {
    fn drop(&mut self) {
        let count = self.0.tasks.borrow().len();
        for id in 0..count {
            let work = self.0.tasks.borrow_mut()[id].work.take();
            drop(work);
        }
    }
}

pub struct Loop<P>(PhantomData<P>);

impl<P: Parts> Machine for Loop<P> {
    type Task = Handle;

    fn block_on(main: Work) {
        let core = Rc::new(Core {
            choices: Choices {
                seat: P::seat,
                next_time: P::next_time,
                fires: P::fires,
                drops_inline: P::drops_inline(),
                tells_of_abort: P::tells_of_abort(),
            },
            tasks: RefCell::default(),
            queue: RefCell::default(),
            timers: RefCell::default(),
            serial: Cell::new(0),
            now: Cell::new(0),
        });
        CORE.set(Some(Rc::clone(&core)));
        let _leave = Leave(Rc::clone(&core));
        let main = core.spawn(main);
        while core.tasks.borrow()[main].returned.is_none() {
            let next = core.queue.borrow_mut().pop_front();
            match next {
                Some(id) => core.run(id),
                None => core.advance(),
            }
        }
    }

    fn spawn(work: Work) -> Handle {
        Handle(core().spawn(work))
    }

    fn abort(task: &Handle) -> bool {
        core().abort(task.0)
    }

    fn sleep(seconds: u64) -> Work {
        Box::pin(sleep(seconds, true))
    }

    fn timeout(seconds: u64, mut work: Work) -> Pin<Box<dyn Future<Output = bool>>> {
        let mut limit = Box::pin(sleep(seconds, false));
        Box::pin(std::future::poll_fn(move |cx| {
            if P::limit_first() && limit.as_mut().poll(cx).is_ready() {
                return Poll::Ready(false);
            }
            if work.as_mut().poll(cx).is_ready() {
                return Poll::Ready(true);
            }
            limit.as_mut().poll(cx).map(|()| false)
        }))
    }

    fn now() -> u64 {
        core().now.get()
    }
}
