//! The future of a child: the user's, and the duty to tell the group.

use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::scope::Scope;
use crate::join::TaskError;
use crate::task::contain::contain;
use crate::task::{JoinError, JoinHandle, Place};

/// A child of a group. It is in its scope's list until it is dropped, which the executor does
/// before the end of its task can be seen.
pub(super) struct Child<F, E: 'static> {
    /// None once it has failed.
    future: Option<Pin<Box<F>>>,
    scope: Rc<Scope<E>>,
    /// Its place in the scope's list.
    place: usize,
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
        let place = scope.enter();
        let child =
            Self { future: Some(Box::pin(future)), scope: Rc::clone(scope), place };
        let handle = match scope.is_open() {
            true => scope.executor.spawn(child, None, location),
            false => scope.executor.spawn_refused(child, None, location),
        };
        scope.name(place, handle.key());
        handle
    }
}

impl<F, E> Child<F, E> {
    /// Tells of a failure, ends the future, and has the task dropped at its next turn.
    fn fail(&mut self, error: TaskError<E>) {
        self.scope.record(error);
        self.end();
        self.scope.abort(self.place);
    }

    /// Drops the future. A panic in its destructor is a failure, too.
    fn end(&mut self) {
        let future = self.future.take();
        if let Err(payload) = contain(|| drop(future)) {
            let label = self.scope.label(self.place);
            self.scope.record(TaskError::Join(JoinError::panic(
                label,
                Place::Drop,
                payload,
            )));
        }
    }
}

impl<F, T, E> Future for Child<F, E>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(future) = &mut self.future else { return Poll::Pending };
        let error = match contain(|| future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(output))) => return Poll::Ready(output),
            Ok(Poll::Ready(Err(error))) => TaskError::Failed(error),
            Err(payload) => {
                let label = self.scope.label(self.place);
                TaskError::Join(JoinError::panic(label, Place::Poll, payload))
            }
        };
        self.fail(error);
        Poll::Pending
    }
}

impl<F, E> Drop for Child<F, E> {
    fn drop(&mut self) {
        self.end();
        self.scope.leave(self.place);
    }
}
