//! A wait in a line, from the first poll to the turn, or to its early end.
//!
//! Wakers are well behaved here: none uses the semaphore in its clone. The library's wait asks
//! once more when it has cloned (src/sync/waiters.rs).

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use super::line::{Line, Seat};

/// Waits at the end of the line. If this is dropped before it is over, the seat leaves the
/// line, and then `gone` hears whether it had been granted its turn.
pub async fn wait<R: Copy>(line: &Line<R>, request: R, gone: impl Fn(bool)) {
    let mut place = Place { line, seat: None, gone };
    poll_fn(|cx| {
        let waker = cx.waker().clone();
        let Some(seat) = &place.seat else {
            place.seat = Some(line.join(request, waker));
            return Poll::Pending;
        };
        if seat.is_granted() {
            place.seat = None;
            return Poll::Ready(());
        }
        seat.wakes(waker);
        Poll::Pending
    })
    .await;
}

struct Place<'a, R: Copy, F: Fn(bool)> {
    line: &'a Line<R>,
    seat: Option<Rc<Seat<R>>>,
    gone: F,
}

impl<R: Copy, F: Fn(bool)> Drop for Place<'_, R, F> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.take() {
            self.line.leave(&seat);
            (self.gone)(seat.is_granted());
        }
    }
}
