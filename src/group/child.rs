//! The future of a child: the user's, and the duty to tell the group.

use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::scope::Scope;
use crate::join::TaskError;
use crate::task::contain::{Payload, contain};
use crate::task::{JoinError, JoinHandle, Place};

/// A child of a group. It is in its scope's list until it is dropped, which the executor does
/// before the end of its task can be seen.
pub(super) struct Child<F, E: 'static> {
    /// None once it has ended.
    future: Option<Pin<Box<F>>>,
    scope: Rc<Scope<E>>,
    /// Its slot in the scope's list.
    slot: usize,
}

impl<F, T, E> Child<F, E>
where
    F: Future<Output = Result<T, E>> + 'static,
    T: 'static,
{
    pub(super) fn spawn(
        scope: &Rc<Scope<E>>,
        future: F,
        location: &'static Location<'static>,
    ) -> JoinHandle<T> {
        if scope.refuses() {
            return scope.executor.spawn_refused(future, None, location);
        }
        let (scope, slot) = (Rc::clone(scope), scope.next_slot());
        let child =
            Self { future: Some(Box::pin(future)), scope: Rc::clone(&scope), slot };
        let handle = scope.executor.spawn(child, None, location);
        scope.enter(handle.key());
        handle
    }
}

impl<F, E> Child<F, E> {
    /// Drops the future. A panic in its destructor is a failure; false then.
    fn end(&mut self) -> bool {
        let future = self.future.take();
        let dropped = contain(|| drop(future));
        dropped.map_err(|payload| self.panicked(Place::Drop, payload)).is_ok()
    }

    /// Its code has panicked. It is the task that runs.
    fn panicked(&self, place: Place, payload: Payload) {
        let label = self.scope.executor.current_label();
        self.scope.record(TaskError::Join(JoinError::panic(label, place, payload)));
    }
}

impl<F, T, E> Future for Child<F, E>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = T;

    /// One that has failed is pending, and dropped at its next turn: so its handle says that
    /// it was cancelled.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        match contain(|| future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(output))) if self.end() => return Poll::Ready(output),
            Ok(Poll::Ready(Ok(_))) => {}
            Ok(Poll::Ready(Err(error))) => self.scope.record(TaskError::Failed(error)),
            Err(payload) => self.panicked(Place::Poll, payload),
        }
        self.end();
        self.scope.abort(self.slot);
        Poll::Pending
    }
}

impl<F, E> Drop for Child<F, E> {
    fn drop(&mut self) {
        self.end();
        self.scope.leave(self.slot);
    }
}
