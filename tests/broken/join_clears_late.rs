//! The flag is cleared after the poll: a child that is woken while it is polled has no seat.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use super::join::{Bell, Parts};
use crate::suite::join::Job;

pub struct ClearsLate;

impl Parts for ClearsLate {
    fn poll(job: &mut Job, bell: &Arc<Bell>) -> Poll<Result<u32, u32>> {
        let waker = Waker::from(Arc::clone(bell));
        let polled = job.as_mut().poll(&mut Context::from_waker(&waker));
        bell.in_line.store(false, Ordering::Release);
        polled
    }
}
