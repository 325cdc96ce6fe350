//! A future whose output has forgotten its type.
//!
//! Tasks of every type lie in one slab, so what is stored has to be one type. Every future
//! is an [`AnyFuture`]: its output moves into a box of `dyn Any` when there is one, and the
//! `JoinHandle`, which knows the type, gets it back by a downcast. A task that waits
//! pays nothing for an output that it does not have yet.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::error::JoinError;

pub(crate) trait AnyFuture {
    fn poll_any(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Box<dyn Any>>;
}

impl<F: Future<Output: 'static>> AnyFuture for F {
    fn poll_any(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Box<dyn Any>> {
        self.poll(cx).map(|output| Box::new(output) as Box<dyn Any>)
    }
}

pub(crate) type BoxFuture = Pin<Box<dyn AnyFuture>>;

/// What a finished task leaves behind for its `JoinHandle`.
pub(crate) type TaskResult = Result<Box<dyn Any>, JoinError>;
