//! Waiting for the first of them.

use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::task::Poll;

use super::children::{Children, is_spent};

/// Waits for the first of these futures that is done, and drops the others: they do not
/// finish, wherever they were. Gives what the first returned, and its position; none if
/// there is no future.
///
/// Of several at one time the first by position wins. Over handles of tasks the losers run
/// on, because only their handles are dropped.
///
/// # Panics
///
/// A panic of one of them goes to whoever awaits this; the others are dropped.
///
/// # Cancel safety
///
/// Dropping it early drops all of the futures.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::join::race;
/// use mainspring::time::sleep;
///
/// mainspring::block_on(async {
///     let runners = [20, 1, 30].map(|millis| sleep(Duration::from_millis(millis)));
///     assert_eq!(race(runners).await, Some((1, ())));
/// });
/// ```
pub fn race<I>(
    futures: I,
) -> impl Future<Output = Option<(usize, <I::Item as Future>::Output)>>
where
    I: IntoIterator<Item: Future>,
{
    let mut children = Children::boxed(futures);
    async move { children.next().await }
}

/// Waits for one of two futures of different types, and drops the other. `left` is polled
/// first, and so wins a tie; what it does in a turn is done before `right` is asked. But if it
/// has spent the turn's budget, the next turn begins with `right`, which would else never
/// come to its sockets.
///
/// To keep the loser, give it by reference: `select(&mut task, &mut sleep)`.
///
/// # Panics
///
/// A panic of one of them goes to whoever awaits this.
///
/// # Cancel safety
///
/// Dropping it early drops both futures.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::join::{Either, select};
/// use mainspring::time::sleep;
///
/// mainspring::block_on(async {
///     let mut task = mainspring::spawn(std::future::pending::<()>());
///     let Either::Right(()) = select(&mut task, sleep(Duration::from_millis(1))).await else {
///         panic!("the task never ends");
///     };
///     task.abort(); // it was kept
/// });
/// ```
pub async fn select<L: Future, R: Future>(
    left: L,
    right: R,
) -> Either<L::Output, R::Output> {
    let (mut left, mut right) = (pin!(left), pin!(right));
    let mut right_first = false;
    poll_fn(|cx| {
        let has_left_first = !mem::take(&mut right_first);
        if has_left_first && let Poll::Ready(output) = left.as_mut().poll(cx) {
            return Poll::Ready(Either::Left(output));
        }
        right_first = has_left_first && is_spent();
        match right.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Either::Right(output)),
            Poll::Pending if has_left_first => Poll::Pending,
            Poll::Pending => left.as_mut().poll(cx).map(Either::Left),
        }
    })
    .await
}

/// Which of two it was: what [`select`] gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Either<L, R> {
    /// The first of the two.
    Left(L),
    /// The second.
    Right(R),
}
