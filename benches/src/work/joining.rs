//! One task that waits for many futures, or for many tasks.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use mainspring::group::task_group;
use mainspring::join;
use tokio::task::JoinSet;

use crate::meter::{cpu, cpu_each, scatter};
use crate::peers::{Mainspring, Monoio, MonoioUring, Name, Peer, Smol, Tokio};

/// `join_all`: mainspring's own, and that of the crate `futures` on every runtime.
pub fn all<const CROWD: usize>(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => crowds::<Mainspring, CROWD>(count, join::join_all),
        Name::Tokio => crowds::<Tokio, CROWD>(count, join_all),
        Name::Smol => crowds::<Smol, CROWD>(count, join_all),
        Name::Monoio => crowds::<Monoio, CROWD>(count, join_all),
        Name::MonoioUring => crowds::<MonoioUring, CROWD>(count, join_all),
        Name::Futures => crowds::<Mainspring, CROWD>(count, join_all),
        Name::Limit => Err("this row has no limit".into()),
    }
}

/// The same, against `FuturesUnordered`, which gives the outputs as they come.
pub fn all_in_any_order<const CROWD: usize>(
    peer: Name,
    count: usize,
) -> Result<f64, String> {
    match peer {
        Name::Mainspring => crowds::<Mainspring, CROWD>(count, join::join_all),
        Name::Tokio => crowds::<Tokio, CROWD>(count, unordered),
        Name::Smol => crowds::<Smol, CROWD>(count, unordered),
        Name::Monoio => crowds::<Monoio, CROWD>(count, unordered),
        Name::MonoioUring => crowds::<MonoioUring, CROWD>(count, unordered),
        Name::Futures => crowds::<Mainspring, CROWD>(count, unordered),
        Name::Limit => Err("this row has no limit".into()),
    }
}

async fn unordered(leaves: Vec<Leaf>) -> Vec<usize> {
    leaves.into_iter().collect::<FuturesUnordered<_>>().collect().await
}

/// Joins so many leaves, again and again, until there were `count`. A crowd goes before.
fn crowds<P: Peer, const CROWD: usize>(
    count: usize,
    join: impl AsyncFn(Vec<Leaf>) -> Vec<usize> + 'static,
) -> Result<f64, String> {
    P::run(async move {
        let hall = Rc::new(Hall::new(CROWD));
        hall.joined::<P>(&join).await;
        let crowds = (count / CROWD).max(1);
        let start = cpu();
        for _ in 0..crowds {
            hall.joined::<P>(&join).await;
        }
        cpu_each(start, CROWD * crowds)
    })
}

/// Where leaves wait.
struct Hall {
    waiting: RefCell<Vec<Option<Waker>>>,
    /// How many have come in.
    entered: Cell<usize>,
    /// Each of them once, mixed.
    order: Vec<usize>,
}

impl Hall {
    fn new(size: usize) -> Self {
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by_key(|number| scatter(*number as u64));
        let waiting = RefCell::new(vec![None; size]);
        Self { waiting, entered: Cell::new(0), order }
    }

    /// Joins as many leaves as there is room for, while another task calls them.
    async fn joined<P: Peer>(
        self: &Rc<Self>,
        join: &impl AsyncFn(Vec<Leaf>) -> Vec<usize>,
    ) {
        let size = self.order.len();
        self.entered.set(0);
        let caller = P::spawn(Rc::clone(self).call::<P>());
        let leaf = |number| Leaf { hall: Rc::clone(self), number, has_entered: false };
        let outputs = join((0..size).map(leaf).collect()).await;
        assert_eq!(black_box(outputs).len(), size);
        P::join(caller).await;
    }

    /// Waits until all have come in, and calls one after the other. The task that joins has its
    /// turn in between.
    async fn call<P: Peer>(self: Rc<Self>) {
        while self.entered.get() < self.order.len() {
            P::yield_now().await;
        }
        for number in &self.order {
            let waker = self.waiting.borrow_mut()[*number].take();
            waker.expect("it waits to be called").wake();
            P::yield_now().await;
        }
    }
}

/// Waits once, to be called.
struct Leaf {
    hall: Rc<Hall>,
    number: usize,
    has_entered: bool,
}

impl Future for Leaf {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let hall = Rc::clone(&self.hall);
        let place = &mut hall.waiting.borrow_mut()[self.number];
        if self.has_entered && place.is_none() {
            return Poll::Ready(self.number);
        }
        *place = Some(cx.waker().clone());
        if !self.has_entered {
            self.has_entered = true;
            hall.entered.set(hall.entered.get() + 1);
        }
        Poll::Pending
    }
}

/// Tasks that are spawned together, and whose outputs are taken as they come.
pub fn tasks<const CROWD: usize>(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => batches::<Mainspring, CROWD>(count, completed),
        Name::Tokio => batches::<Tokio, CROWD>(count, join_set),
        Name::Smol => batches::<Smol, CROWD>(count, unordered_tasks::<Smol>),
        Name::Monoio => batches::<Monoio, CROWD>(count, unordered_tasks::<Monoio>),
        Name::MonoioUring => {
            batches::<MonoioUring, CROWD>(count, unordered_tasks::<MonoioUring>)
        }
        Name::Futures => {
            batches::<Mainspring, CROWD>(count, unordered_tasks::<Mainspring>)
        }
        Name::Limit => Err("this row has no limit".into()),
    }
}

/// The same, by a task group of mainspring's.
pub fn group<const CROWD: usize>(peer: Name, count: usize) -> Result<f64, String> {
    match peer {
        Name::Mainspring => batches::<Mainspring, CROWD>(count, grouped),
        _ => tasks::<CROWD>(peer, count),
    }
}

/// Spawns and joins so many tasks, again and again, until there were `count`.
fn batches<P: Peer, const CROWD: usize>(
    count: usize,
    batch: impl AsyncFn(usize) -> usize + 'static,
) -> Result<f64, String> {
    P::run(async move {
        let sum = (0..CROWD).sum();
        assert_eq!(batch(black_box(CROWD)).await, sum);
        let batches = (count / CROWD).max(1);
        let start = cpu();
        for _ in 0..batches {
            assert_eq!(batch(black_box(CROWD)).await, sum);
        }
        cpu_each(start, CROWD * batches)
    })
}

async fn gives_way<P: Peer>(number: usize) -> usize {
    P::yield_now().await;
    number
}

async fn completed(size: usize) -> usize {
    let spawn = |number| Mainspring::spawn(gives_way::<Mainspring>(number));
    let mut tasks = join::as_completed((0..size).map(spawn));
    let mut sum = 0;
    while let Some(Ok((_, output))) = tasks.next().await {
        sum += output.expect("it does not panic");
    }
    sum
}

async fn grouped(size: usize) -> usize {
    let group = task_group(async |group| {
        let spawn = |number| {
            group.spawn(async move { Ok(gives_way::<Mainspring>(number).await) })
        };
        let tasks: Vec<_> = (0..size).map(spawn).collect();
        let mut sum = 0;
        for task in tasks {
            sum += Mainspring::join(task).await;
        }
        Ok::<usize, Infallible>(sum)
    });
    group.await.expect("nothing fails")
}

async fn join_set(size: usize) -> usize {
    let mut tasks = JoinSet::new();
    for number in 0..size {
        tasks.spawn_local(gives_way::<Tokio>(number));
    }
    let mut sum = 0;
    while let Some(output) = tasks.join_next().await {
        sum += output.expect("it does not panic");
    }
    sum
}

async fn unordered_tasks<P: Peer>(size: usize) -> usize {
    let spawn = |number| P::join(P::spawn(gives_way::<P>(number)));
    let tasks: FuturesUnordered<_> = (0..size).map(spawn).collect();
    tasks.fold(0, async |sum, output| sum + output).await
}
