//! heavy work on a thread of the pool, and the loop ticks on

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::pool::Pool;
use crate::rules::Yours;
use crate::runtime::{Runtime, spawn};
use crate::sleep::sleep;
use crate::{End, text};

/// A number whose hash ends in twenty zeros: nobody knows a shorter way than to try.
fn search() -> u32 {
    let hash = |number: u32| {
        let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let hash = number.to_le_bytes().into_iter().fold(0x811C_9DC5, mix);
        (hash ^ (hash >> 15)).wrapping_mul(0x2C1B_3C6D)
    };
    (1..).find(|number| hash(*number).trailing_zeros() >= 20).expect("there is one")
}

#[derive(Default)]
struct Answer {
    number: Option<u32>,
    waker: Option<Waker>,
}

/// Has the pool do it, and waits: the thread that is done wakes the task.
async fn in_the_pool(pool: &mut Pool<Yours>, work: fn() -> u32) -> u32 {
    let answer = Arc::new(Mutex::new(Answer::default()));
    let place = Arc::clone(&answer);
    pool.submit_all(vec![Box::new(move || {
        let number = work();
        let mut answer = place.lock().unwrap();
        answer.number = Some(number);
        let waker = answer.waker.take();
        drop(answer);
        waker.into_iter().for_each(Waker::wake);
        number
    })]);
    poll_fn(|cx| {
        let mut answer = answer.lock().unwrap();
        answer.waker = Some(cx.waker().clone());
        answer.number.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

pub fn run(_: &[String]) -> End {
    let runtime = Runtime::new().map_err(text)?;
    runtime.block_on(async {
        let ticks = Rc::new(Cell::new(0));
        let ticked = Rc::clone(&ticks);
        spawn(async move {
            loop {
                sleep(Duration::from_millis(10)).await;
                ticked.set(ticked.get() + 1);
            }
        });
        let mut pool = Pool::new(2);
        println!("the search begins, on a thread of the pool");
        let number = in_the_pool(&mut pool, search).await;
        println!("the loop ticked {} times meanwhile", ticks.get());
        println!("found: {number}");
    });
    Ok(())
}
