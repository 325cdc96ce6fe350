//! Many at once: waiting for several futures, or for several tasks.
//!
//! Two things can be waited for. A *future* belongs to whoever awaits it: it runs only
//! while that one is polled, and dropping it is its end. A *task* runs on its own, and its
//! handle is only the right to hear of its end. So the same function behaves differently
//! over the one and the other: where [`try_join_all`] gives up, futures are dropped and
//! tasks run on.
//!
//! | to wait for | futures | tasks, by their handles |
//! |---|---|---|
//! | all | [`join_all`], [`join`] | the same, or [`wait`] |
//! | all, up to the first error | [`try_join_all`], [`try_join`] | [`try_join_tasks`], [`wait_try`] |
//! | the first | [`race`], [`select`] | [`wait`] |
//! | each as it comes | | [`as_completed`] |
//!
//! All but the fixed few stand on one type, `Children`: a child is polled only when it was
//! woken. That the tasks end when their scope does is the business of
//! [`group`](crate::group).

mod all;
mod children;
mod completed;
mod error;
mod few;
mod first;
mod wait;

pub use all::{join_all, try_join_all, try_join_tasks};
pub use completed::{AsCompleted, as_completed};
pub use error::TaskError;
pub use few::{Join, TryJoin, join, try_join};
pub use first::{Either, race, select};
pub use wait::{ReturnWhen, Wait, wait, wait_try};
