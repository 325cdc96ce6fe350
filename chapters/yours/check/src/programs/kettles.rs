//! three kettles on threads, and a breakfast that waits for them

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::End;
use crate::handle::{Handle, with_handle};
use crate::inbox::Inbox;
use crate::tasks::Tasks;

#[derive(Default)]
struct Kettle {
    boils: bool,
    waker: Option<Waker>,
}

/// Boils water on a thread, which wakes whoever waits.
async fn boiled(time: Duration) {
    let kettle = Arc::new(Mutex::new(Kettle::default()));
    let fire = Arc::clone(&kettle);
    thread::spawn(move || {
        thread::sleep(time);
        let mut kettle = fire.lock().unwrap();
        kettle.boils = true;
        let waker = kettle.waker.take();
        drop(kettle);
        waker.into_iter().for_each(Waker::wake);
    });
    poll_fn(|cx| {
        let mut kettle = kettle.lock().unwrap();
        if kettle.boils {
            return Poll::Ready(());
        }
        kettle.waker = Some(cx.waker().clone());
        Poll::Pending
    })
    .await;
}

async fn pot(what: &'static str, milliseconds: u64) -> &'static str {
    println!("{what}: on the fire");
    boiled(Duration::from_millis(milliseconds)).await;
    println!("{what}: boils");
    what
}

async fn breakfast(pots: Vec<Handle<&'static str>>) -> String {
    let mut ready = Vec::new();
    for pot in pots {
        ready.push(pot.await);
    }
    ready.join(", ")
}

pub fn run(_: &[String]) -> End {
    let main = thread::current();
    let tasks = Tasks::new(Arc::new(Inbox::new(move || main.unpark())));
    let pots = [("tea", 600), ("eggs", 200), ("coffee", 400)].map(|(what, time)| {
        let (work, handle) = with_handle(pot(what, time));
        tasks.spawn(work);
        handle
    });
    let (work, ready) = with_handle(breakfast(pots.into()));
    tasks.spawn(work);
    while !tasks.is_empty() {
        tasks.round();
        if !tasks.is_empty() && tasks.inbox.park() {
            thread::park(); // until the inbox rings
        }
    }
    let ready = ready.fetch().ok_or("All tasks are over, and there is no breakfast.")?;
    println!("breakfast: {ready}");
    Ok(())
}
