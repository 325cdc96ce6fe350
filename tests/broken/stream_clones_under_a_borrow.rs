//! The waker is cloned when the list is borrowed already: whoever is cloned comes back and finds
//! the borrow.

use std::task::Waker;

use super::stream::{Parts, Waiters};

pub struct ClonesUnderABorrow;

impl Parts for ClonesUnderABorrow {
    fn wait(waiters: &Waiters, number: u64, waker: &Waker) {
        let mut all = waiters.borrow_mut();
        let place = all.iter().position(|(other, _)| *other == number);
        let waker = waker.clone();
        let before = match place {
            Some(place) => Some(std::mem::replace(&mut all[place].1, waker)),
            None => {
                all.push((number, waker));
                None
            }
        };
        drop(all);
        drop(before);
    }
}
