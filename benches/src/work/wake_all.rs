//! Many parked tasks, each of which is woken, polled once, and parks again.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::meter::{cpu, cpu_each};
use crate::peers::Peer;

/// So many tasks are woken in turn, until `count` wakes have been made together.
pub fn among<P: Peer, const TASKS: usize>(count: usize) -> Result<f64, String> {
    P::run(async move {
        let hall = Rc::new(Hall::default());
        for _ in 0..TASKS {
            let hall = Rc::clone(&hall);
            P::detach(P::spawn(wait(hall)));
        }
        hall.all_in::<P>(TASKS).await;
        hall.call::<P>(TASKS).await;
        let rounds = (count / TASKS).max(1);
        let start = cpu();
        for _ in 0..rounds {
            hall.call::<P>(TASKS).await;
        }
        cpu_each(start, TASKS * rounds)
    })
}

/// Where the tasks wait.
#[derive(Default)]
struct Hall {
    waiting: RefCell<Vec<Waker>>,
    called: Cell<Vec<Waker>>,
}

impl Hall {
    /// Wakes all, and waits until all wait again.
    async fn call<P: Peer>(&self, tasks: usize) {
        let mut called = self.waiting.replace(self.called.take());
        for waker in called.drain(..) {
            waker.wake();
        }
        self.called.set(called);
        self.all_in::<P>(tasks).await;
    }

    async fn all_in<P: Peer>(&self, tasks: usize) {
        while self.waiting.borrow().len() < tasks {
            P::yield_now().await;
        }
    }
}

async fn wait(hall: Rc<Hall>) {
    poll_fn(|cx| {
        hall.waiting.borrow_mut().push(cx.waker().clone());
        Poll::<()>::Pending
    })
    .await;
}
