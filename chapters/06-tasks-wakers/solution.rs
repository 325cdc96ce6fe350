//! Chapter 06: what `exercise.rs` and `repair.rs` can become.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::suite::signal::Signal;
/// A flag, and the wakers of those who wait, each by the number of its future.
#[derive(Clone, Default)]
pub struct Flag(Rc<RefCell<Inside>>);

#[derive(Default)]
struct Inside {
    set: bool,
    last_number: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl Signal for Flag {
    fn new() -> Self {
        Flag::default()
    }

    fn wait(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        let mut inside = self.0.borrow_mut();
        inside.last_number += 1;
        Box::pin(Wait { flag: self.clone(), number: inside.last_number })
    }

    fn set(&self) {
        let wakers = {
            let mut inside = self.0.borrow_mut();
            inside.set = true;
            std::mem::take(&mut inside.wakers)
        };
        wakers.into_values().for_each(Waker::wake);
    }
}

struct Wait {
    flag: Flag,
    number: u64,
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone(); // first: it may be what sets the flag
        if self.flag.0.borrow().set {
            return Poll::Ready(());
        }
        let before = self.flag.0.borrow_mut().wakers.insert(self.number, waker);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let waker = self.flag.0.borrow_mut().wakers.remove(&self.number);
        drop(waker);
    }
}

pub mod mended {
    //! The kettle, which runs nobody's code under its lock.

    use std::pin::Pin;
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Poll, Waker};
    use std::thread;
    use std::time::Duration;

    use crate::suite::kettle;

    pub struct Kettle {
        inside: Arc<Mutex<Inside>>,
    }

    #[derive(Default)]
    struct Inside {
        boils: bool,
        whistle: Option<Waker>,
    }

    impl kettle::Kettle for Kettle {
        fn put_on(takes: Duration) -> Self {
            let inside = Arc::new(Mutex::new(Inside::default()));
            let kettle = Kettle { inside: Arc::clone(&inside) };
            thread::spawn(move || {
                thread::sleep(takes);
                let whistle = {
                    let mut inside = inside.lock().unwrap();
                    inside.boils = true;
                    inside.whistle.take()
                };
                if let Some(waker) = whistle {
                    waker.wake();
                }
            });
            kettle
        }
    }

    impl Future for Kettle {
        type Output = ();

        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let waker = cx.waker().clone();
            let before = {
                let mut inside = self.inside.lock().unwrap();
                if inside.boils {
                    return Poll::Ready(());
                }
                inside.whistle.replace(waker)
            };
            drop(before);
            Poll::Pending
        }
    }
}

pub mod repaired {
    //! A waker may be used again only by its sole holder, as `Arc::get_mut` proves; then a
    //! plain `usize` will do, too.

    use std::collections::VecDeque;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};
    use std::task::Context;

    use futures_task::{ArcWake, waker_ref};

    use crate::suite::task::Executor;

    type Work = Pin<Box<dyn Future<Output = ()>>>;

    struct Task {
        work: Work,
        waker: Arc<TaskWaker>,
    }

    struct TaskWaker {
        number: usize,
        queued: AtomicBool,
        queue: Arc<Mutex<VecDeque<usize>>>,
    }

    impl ArcWake for TaskWaker {
        fn wake_by_ref(this: &Arc<Self>) {
            if !this.queued.swap(true, Ordering::AcqRel) {
                this.queue.lock().unwrap().push_back(this.number);
            }
        }
    }

    pub struct Repaired {
        tasks: Vec<Option<Task>>,
        queue: Arc<Mutex<VecDeque<usize>>>,
        spares: Vec<Arc<TaskWaker>>,
    }

    impl Repaired {
        fn waker_for(&mut self, slot: usize) -> Arc<TaskWaker> {
            if let Some(mut spare) = self.spares.pop()
                && let Some(waker) = Arc::get_mut(&mut spare)
            {
                waker.number = slot;
                waker.queued = AtomicBool::new(false);
                return spare;
            }
            let (queued, queue) = (AtomicBool::new(false), Arc::clone(&self.queue));
            Arc::new(TaskWaker { number: slot, queued, queue })
        }

        /// Keeps the waker of a task that has ended, if nobody else holds it.
        fn recycle(&mut self, waker: Arc<TaskWaker>) {
            if Arc::strong_count(&waker) == 1 {
                self.spares.push(waker);
            }
        }

        fn run(&mut self, slot: usize) {
            let Some(task) = &mut self.tasks[slot] else { return };
            task.waker.queued.swap(false, Ordering::AcqRel);
            let polled = {
                let waker = waker_ref(&task.waker);
                task.work.as_mut().poll(&mut Context::from_waker(&waker))
            };
            if polled.is_ready()
                && let Some(Task { work, waker }) = self.tasks[slot].take()
            {
                drop(work);
                self.recycle(waker);
            }
        }
    }

    impl Executor for Repaired {
        fn new() -> Self {
            Self { tasks: vec![], queue: Arc::default(), spares: vec![] }
        }

        fn spawn(&mut self, work: Work) {
            let slot = self.tasks.len();
            let waker = self.waker_for(slot);
            ArcWake::wake_by_ref(&waker);
            self.tasks.push(Some(Task { work, waker }));
        }

        fn round(&mut self) {
            let seats = std::mem::take(&mut *self.queue.lock().unwrap());
            for slot in seats {
                self.run(slot);
            }
        }
    }
}
