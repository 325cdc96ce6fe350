//! Groups whose every decision can be replaced by a wrong one. Their children are no tasks: the
//! group polls them itself.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::suite::group::{Fault, Groups, Job};

/// What a group and its children share.
#[derive(Default)]
pub struct Scope {
    /// Children that the group has not taken over yet.
    new: RefCell<Vec<Job>>,
    /// How many children there are.
    pub count: Cell<usize>,
    failed: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Scope {
    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The decisions that a group takes.
pub trait Parts: 'static {
    /// Whether the group is done with this round after a child has failed.
    const STOPS_AT_ONCE: bool = false;
    /// Whether the error of the body comes first.
    const BODY_FIRST: bool = false;
    /// Whether the body is polled to its end whatever fails.
    const WAITS_FOR_THE_BODY: bool = false;

    /// What becomes of the children that are left when something has failed.
    fn abort(children: Vec<Job>) {
        drop(children);
    }

    /// What becomes of the children of a group that is dropped.
    fn leave(children: Vec<Job>) {
        drop(children);
    }

    /// A child has ended.
    fn ended(scope: &Scope) {
        scope.count.set(scope.count.get() - 1);
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

/// The children of a group that is alive.
struct Children<P: Parts>(Vec<Job>, PhantomData<P>);

impl<P: Parts> Drop for Children<P> {
    fn drop(&mut self) {
        P::leave(std::mem::take(&mut self.0));
    }
}

impl<P: Parts> Children<P> {
    /// Polls every child once.
    fn poll(&mut self, scope: &Scope, faults: &mut Vec<Fault>, cx: &mut Context<'_>) {
        self.0.append(&mut scope.new.borrow_mut());
        let mut index = 0;
        while index < self.0.len() {
            if P::STOPS_AT_ONCE && !faults.is_empty() {
                return;
            }
            let job = &mut self.0[index];
            match catch_unwind(AssertUnwindSafe(|| job.as_mut().poll(cx))) {
                Ok(Poll::Pending) => {
                    index += 1;
                    continue;
                }
                Ok(Poll::Ready(Ok(()))) => {}
                Ok(Poll::Ready(Err(number))) => faults.push(Fault::Failed(number)),
                Err(_) => faults.push(Fault::Panicked),
            }
            drop(self.0.remove(index));
            P::ended(scope);
            cx.waker().wake_by_ref(); // there is room
        }
    }
}

pub struct Group<P>(PhantomData<P>);

impl<P: Parts> Groups for Group<P> {
    type Group = Rc<Scope>;

    async fn run(
        body: impl FnOnce(Self::Group) -> Job + 'static,
    ) -> Result<(), Vec<Fault>> {
        let scope = Rc::new(Scope::default());
        let mut children = Children::<P>(Vec::new(), PhantomData);
        let mut faults = Vec::new();
        let (mut body, mut of_body) = (Some(body(Rc::clone(&scope))), None);
        poll_fn(|cx| {
            scope.waker.replace(Some(cx.waker().clone()));
            children.poll(&scope, &mut faults, cx);
            if let Some(Poll::Ready(result)) =
                body.as_mut().map(|body| body.as_mut().poll(cx))
            {
                body = None;
                of_body = result.err().map(Fault::Failed);
            }
            let failed = of_body.is_some() || !faults.is_empty();
            if failed && (body.is_none() || !P::WAITS_FOR_THE_BODY) {
                scope.failed.set(true);
                body = None;
                children.0.append(&mut scope.new.borrow_mut());
                P::abort(std::mem::take(&mut children.0));
                return Poll::Ready(());
            }
            let is_empty = children.0.is_empty() && scope.new.borrow().is_empty();
            if !scope.new.borrow().is_empty() {
                cx.waker().wake_by_ref();
            }
            if body.is_none() && is_empty { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        match P::BODY_FIRST {
            true => faults.splice(0..0, of_body).for_each(drop),
            false => faults.extend(of_body),
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    async fn spawn_within(group: &Self::Group, width: usize, job: Job) {
        poll_fn(|_| match group.count.get() < width || group.failed.get() {
            true => Poll::Ready(()),
            false => Poll::Pending, // whoever ends wakes the group, whose body this is
        })
        .await;
        if !group.failed.get() {
            group.count.set(group.count.get() + 1);
            group.new.borrow_mut().push(job);
            group.wake();
        }
    }
}
