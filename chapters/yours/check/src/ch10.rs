//! The checks of chapter 10's piece.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::sync::{Arc, TryLockError};

use super::join::Join;
use crate::suite::Outcome;
use crate::suite::many::{
    Child, goes_round_once, join, polls_nobody_else, polls_who_was_woken,
};

join!(Yours, watched);

/// `join_all`, whose children see whether the line is locked.
async fn watched(children: Vec<Child>) -> Vec<u32> {
    let mut join = Join::new(children);
    if let Some(child) = join.children.first().and_then(|child| child.future.as_ref()) {
        let line = Arc::clone(&join.line);
        let is_locked = move || matches!(line.try_lock(), Err(TryLockError::WouldBlock));
        child.watch("the line is locked", is_locked);
        let (line, wakers) = (Arc::clone(&join.line), join.children.iter());
        let wakers: Vec<_> = wakers.map(|child| Arc::clone(&child.waker)).collect();
        child.explain(move |number| {
            let stands = line.lock().is_ok_and(|line| line.woken.contains(&number));
            let counts = wakers[number].in_line.load(Ordering::Relaxed);
            (counts && !stands)
                .then_some("still counts as standing in line, and does not")
        });
    }
    poll_fn(|cx| join.poll_woken(cx)).await;
    join.outputs.into_iter().flatten().collect()
}

pub fn check(step: &str) -> Option<Outcome> {
    (step == "10.1").then(|| {
        polls_who_was_woken::<Yours>()
            .and_then(|()| polls_nobody_else::<Yours>())
            .and_then(|()| goes_round_once::<Yours>())
    })
}
