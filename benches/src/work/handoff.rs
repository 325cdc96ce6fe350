//! Two tasks that hand a baton to and fro. The future that waits for it is the same
//! everywhere: it keeps a waker in a cell, as channels do.

use std::cell::Cell;
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::meter::{cpu, cpu_each};
use crate::peers::Peer;

/// Two tasks, `count` hand-overs.
pub fn between_two<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(timed_race::<P>(count))
}

/// The same while a third task sleeps, for longer than the race takes. Most programs have
/// a timer pending somewhere, and need not look at the clock after every task for it.
pub fn beside_a_timer<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(async move {
        P::detach(P::spawn(P::sleep(Duration::from_secs(300))));
        timed_race::<P>(count).await
    })
}

/// What the leaf costs without a runtime: a waker that wakes nobody is cloned in and woken
/// out.
pub fn limit(count: usize) -> Result<f64, String> {
    let waker = Waker::from(Arc::new(Nobody));
    let baton = Baton::default();
    let start = cpu();
    for _ in 0..count {
        baton.waiting[0].set(Some(black_box(&waker).clone()));
        baton.pass(black_box(0));
    }
    Ok(cpu_each(start, count))
}

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

async fn timed_race<P: Peer>(count: usize) -> f64 {
    race::<P>(count / 10).await;
    let start = cpu();
    race::<P>(count).await;
    cpu_each(start, count)
}

async fn race<P: Peer>(count: usize) {
    let baton = Rc::new(Baton::default());
    let runners = [0, 1].map(|me| {
        let baton = Rc::clone(&baton);
        P::spawn(async move {
            for _ in 0..count / 2 {
                Turn { baton: &baton, me }.await;
                baton.pass(1 - me);
            }
        })
    });
    for runner in runners {
        P::join(runner).await;
    }
}

/// Whose turn it is, and who waits for it.
#[derive(Default)]
struct Baton {
    holder: Cell<usize>,
    waiting: [Cell<Option<Waker>>; 2],
}

impl Baton {
    fn pass(&self, to: usize) {
        self.holder.set(to);
        if let Some(waker) = self.waiting[to].take() {
            waker.wake();
        }
    }
}

/// Waits until `me` holds the baton.
struct Turn<'a> {
    baton: &'a Baton,
    me: usize,
}

impl Future for Turn<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.baton.holder.get() == self.me {
            return Poll::Ready(());
        }
        self.baton.waiting[self.me].set(Some(cx.waker().clone()));
        Poll::Pending
    }
}
