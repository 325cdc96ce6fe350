//! Items that go from one task to another: through a queue, or once.

use std::cell::Cell;
use std::fmt::Debug;
use std::hint::black_box;
use std::rc::Rc;

use futures_channel::{mpsc as futures_mpsc, oneshot as futures_oneshot};
use futures_util::{SinkExt, StreamExt};
use mainspring::sync::{Queue, oneshot};
use tokio::sync::{mpsc as tokio_mpsc, oneshot as tokio_oneshot};

use crate::meter::{cpu, cpu_each, cpu_of_each};
use crate::peers::{Mainspring, Name, Peer, Smol, Tokio};

/// Through a queue with room for so many: the producer waits for room, the consumer for
/// items.
pub fn bounded<const ROOM: usize>(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => {
            let queue = Rc::new(Queue::bounded(ROOM));
            let other = Rc::clone(&queue);
            let put = async move |item| other.put(item).await.expect("it is open");
            pass::<Mainspring>(count, put, async move || queue.get().await)
        }
        Name::Tokio => {
            let (sender, mut receiver) = tokio_mpsc::channel(ROOM);
            let put = async move |item| sender.send(item).await.expect("it is open");
            pass::<Tokio>(count, put, async move || receiver.recv().await)
        }
        Name::Smol => {
            let (sender, receiver) = async_channel::bounded(ROOM);
            let put = async move |item| sender.send(item).await.expect("it is open");
            pass::<Smol>(count, put, async move || receiver.recv().await.ok())
        }
        Name::Futures => {
            // Each sender has room for one more.
            let (mut sender, mut receiver) = futures_mpsc::channel(ROOM - 1);
            let put = async move |item| sender.send(item).await.expect("it is open");
            pass::<Mainspring>(count, put, async move || receiver.next().await)
        }
        _ => Err("it has no queue".into()),
    }
}

/// Through a queue that always has room. The producer puts so many at once, and gives way.
pub fn unbounded<const BATCH: usize>(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => {
            let queue = Rc::new(Queue::unbounded());
            let other = Rc::clone(&queue);
            let put = async move |item| {
                other.try_put(item).expect("it is open");
                give_way_after::<Mainspring, BATCH>(item).await;
            };
            pass::<Mainspring>(count, put, async move || queue.get().await)
        }
        Name::Tokio => {
            let (sender, mut receiver) = tokio_mpsc::unbounded_channel();
            let put = async move |item| {
                sender.send(item).expect("it is open");
                give_way_after::<Tokio, BATCH>(item).await;
            };
            pass::<Tokio>(count, put, async move || receiver.recv().await)
        }
        Name::Smol => {
            let (sender, receiver) = async_channel::unbounded();
            let put = async move |item| {
                sender.try_send(item).expect("it is open");
                give_way_after::<Smol, BATCH>(item).await;
            };
            pass::<Smol>(count, put, async move || receiver.recv().await.ok())
        }
        Name::Futures => {
            let (sender, mut receiver) = futures_mpsc::unbounded();
            let put = async move |item| {
                sender.unbounded_send(item).expect("it is open");
                give_way_after::<Mainspring, BATCH>(item).await;
            };
            pass::<Mainspring>(count, put, async move || receiver.next().await)
        }
        _ => Err("it has no queue".into()),
    }
}

async fn give_way_after<P: Peer, const BATCH: usize>(item: usize) {
    if (item + 1).is_multiple_of(BATCH) {
        P::yield_now().await;
    }
}

/// A task that puts, and one that gets, `count` items after those that warm it up.
fn pass<P: Peer>(
    count: usize,
    mut put: impl AsyncFnMut(usize) + 'static,
    mut get: impl AsyncFnMut() -> Option<usize> + 'static,
) -> Result<f64, String> {
    let warm_up = count / 10;
    P::run(async move {
        let producer = P::spawn(async move {
            for item in 0..warm_up + count {
                put(black_box(item)).await;
            }
        });
        let consumer = P::spawn(async move {
            for item in 0..warm_up {
                assert_eq!(get().await, Some(item));
            }
            let start = cpu();
            for item in warm_up..warm_up + count {
                assert_eq!(get().await, Some(item));
            }
            cpu_each(start, count)
        });
        let time = P::join(consumer).await;
        P::join(producer).await;
        time
    })
}

/// A oneshot is made, something is sent, and that is received, all by one task.
pub fn to_oneself(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => sent_first::<Mainspring, _, _, _>(count, oneshot),
        Name::Tokio => sent_first::<Tokio, _, _, _>(count, tokio_oneshot::channel),
        Name::Futures => {
            sent_first::<Mainspring, _, _, _>(count, futures_oneshot::channel)
        }
        _ => Err("it has no oneshot".into()),
    }
}

/// A oneshot is made and left with another task, which sends what this one waits for.
pub fn answer(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => asked::<Mainspring, _, _, _>(count, oneshot),
        Name::Tokio => asked::<Tokio, _, _, _>(count, tokio_oneshot::channel),
        Name::Futures => asked::<Mainspring, _, _, _>(count, futures_oneshot::channel),
        _ => Err("it has no oneshot".into()),
    }
}

fn sent_first<P, S, R, E>(count: usize, make: fn() -> (S, R)) -> Result<f64, String>
where
    P: Peer,
    S: Sends,
    R: Future<Output = Result<usize, E>> + 'static,
    E: Debug + 'static,
{
    P::run(cpu_of_each(count, async move || {
        let (sender, receiver) = make();
        sender.give(black_box(1));
        black_box(receiver.await.expect("it was sent"));
    }))
}

fn asked<P, S, R, E>(count: usize, make: fn() -> (S, R)) -> Result<f64, String>
where
    P: Peer,
    S: Sends,
    R: Future<Output = Result<usize, E>> + 'static,
    E: Debug + 'static,
{
    let question = Rc::new(Cell::new(None));
    P::run(async move {
        P::detach(P::spawn(answers::<P, S>(Rc::clone(&question))));
        cpu_of_each(count, async move || {
            let (sender, receiver) = make();
            question.set(Some(sender));
            black_box(receiver.await.expect("it was sent"));
        })
        .await
    })
}

/// Answers whoever has left a sender, for as long as the runtime runs.
async fn answers<P: Peer, S: Sends>(question: Rc<Cell<Option<S>>>) {
    loop {
        if let Some(sender) = question.take() {
            sender.give(black_box(1));
        }
        P::yield_now().await;
    }
}

/// The end of a oneshot that sends.
trait Sends: 'static {
    fn give(self, item: usize);
}

impl Sends for mainspring::sync::Sender<usize> {
    fn give(self, item: usize) {
        self.send(item).expect("somebody receives it");
    }
}

impl Sends for tokio_oneshot::Sender<usize> {
    fn give(self, item: usize) {
        self.send(item).expect("somebody receives it");
    }
}

impl Sends for futures_oneshot::Sender<usize> {
    fn give(self, item: usize) {
        self.send(item).expect("somebody receives it");
    }
}
