//! A server whose every decision can be replaced by a wrong one.

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use mainspring::group::TaskGroup;
use mainspring::join::{Either, select};
use mainspring::sync::{CancelToken, OwnedSemaphorePermit, Semaphore};
use mainspring::task_group;
use mainspring::time::timeout;

use crate::suite::serve::{Client, Door, Server, work};

/// What a server has in hand.
pub struct Desk {
    pub stop: CancelToken,
    pub now: CancelToken,
    pub room: Rc<Semaphore>,
    pub places: usize,
    pub patience: Duration,
    pub group: TaskGroup<()>,
}

/// The decisions that a server takes.
pub trait Parts: Sized + 'static {
    /// How many places there are.
    fn places(at_once: usize) -> usize {
        at_once
    }

    /// The next client, with a place; none when the server is told to stop.
    async fn next(desk: &Desk, door: &Door) -> Option<(OwnedSemaphorePermit, Client)> {
        let next = async {
            let place = Rc::clone(&desk.room).acquire_owned().await;
            (place, door.accept().await.unwrap())
        };
        match select(Self::told(desk), next).await {
            Either::Left(()) => None,
            Either::Right(next) => Some(next),
        }
    }

    /// Waits until nobody is to be accepted any more.
    async fn told(desk: &Desk) {
        select(desk.stop.cancelled(), desk.now.cancelled()).await;
    }

    /// Has a client served.
    fn begin(desk: &Desk, place: OwnedSemaphorePermit, client: Client) {
        drop(desk.group.spawn(async move {
            contained(work(client)).await;
            drop(place);
            Ok(())
        }));
    }

    /// What is left of the door when it is told to stop.
    fn close(door: Door) -> Option<Door> {
        drop(door);
        None
    }

    /// Waits for those at work, and says how many are left.
    async fn drain(desk: &Desk) -> usize {
        let drained = timeout(desk.patience, desk.room.acquire_many(desk.places));
        match select(drained, desk.now.cancelled()).await {
            Either::Left(Ok(_)) => 0,
            Either::Left(Err(_)) | Either::Right(()) => desk.group.len(),
        }
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

/// Runs `work` to its end, which a panic is too.
pub async fn contained(work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    poll_fn(|cx| {
        let poll = AssertUnwindSafe(|| work.as_mut().poll(cx));
        catch_unwind(poll).unwrap_or(Poll::Ready(()))
    })
    .await;
}

impl<P: Parts> Server for P {
    async fn serve(
        door: Door,
        stop: CancelToken,
        now: CancelToken,
        at_once: usize,
        patience: Duration,
    ) -> io::Result<usize> {
        let served = task_group(async move |group| {
            let places = P::places(at_once);
            let room = Rc::new(Semaphore::new(places));
            let desk = Desk { stop, now, room, places, patience, group };
            while let Some((place, client)) = P::next(&desk, &door).await {
                P::begin(&desk, place, client);
            }
            let _door = P::close(door);
            let left = P::drain(&desk).await;
            desk.group.abort_all();
            Ok(left)
        });
        served.await.map_err(|_| io::Error::other("a client's task has failed"))
    }
}
