//! Waiting for a fixed few, of different types.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::all::infallible;

/// Waits for two to eight futures of any types, which run beside each other, and gives
/// their outputs as they stand.
///
/// All that are not done are polled each time: for a few, that is cheaper than to find out
/// which was woken. [`join_all`](super::join_all) does find out.
///
/// # Panics
///
/// A panic of one of them goes to whoever awaits this; the others are dropped.
///
/// # Cancel safety
///
/// Dropping it early drops the futures.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mainspring::join::join;
/// use mainspring::time::sleep;
///
/// mainspring::block_on(async {
///     let answer = async { 6 * 7 };
///     assert_eq!(join((answer, sleep(Duration::from_millis(1)))).await, (42, ()));
/// });
/// ```
pub fn join<J: Join>(futures: J) -> impl Future<Output = J::Output> {
    futures.join()
}

/// Waits for two to eight futures that give a `Result`, up to the first error. The others
/// are dropped then; of several errors at one time the first by position is given.
///
/// # Errors
///
/// The first error.
///
/// # Panics
///
/// As [`join`].
///
/// # Cancel safety
///
/// Dropping it early drops the futures.
///
/// # Examples
///
/// ```
/// use mainspring::join::try_join;
///
/// mainspring::block_on(async {
///     let number = async { "7".parse::<u8>() };
///     let nothing = async { "".parse::<u8>() };
///     try_join((number, nothing)).await.unwrap_err();
/// });
/// ```
pub fn try_join<J: TryJoin>(
    futures: J,
) -> impl Future<Output = Result<J::Output, J::Error>> {
    futures.try_join()
}

/// Tuples of futures: what [`join`] takes.
pub trait Join {
    /// The tuple of what they give.
    type Output;

    /// [`join`].
    fn join(self) -> impl Future<Output = Self::Output>;
}

/// Tuples of futures that give a `Result` with one type of error: what [`try_join`] takes.
pub trait TryJoin {
    /// The tuple of what they give if all goes well.
    type Output;
    /// The error that all of them may give.
    type Error;

    /// [`try_join`].
    fn try_join(self) -> impl Future<Output = Result<Self::Output, Self::Error>>;
}

/// Both traits for tuples of one length. For each place: the type of its future and of what
/// that gives if all goes well, and a variable for each.
macro_rules! tuples {
    ($($Future:ident $Output:ident $future:ident $output:ident),+) => {
        impl<$($Future: Future),+> Join for ($($Future,)+) {
            type Output = ($($Future::Output,)+);

            async fn join(self) -> Self::Output {
                let ($($future,)+) = self;
                let Ok(outputs) = ($(infallible($future),)+).try_join().await;
                outputs
            }
        }

        impl<E, $($Output, $Future: Future<Output = Result<$Output, E>>),+> TryJoin
            for ($($Future,)+)
        {
            type Output = ($($Output,)+);
            type Error = E;

            async fn try_join(self) -> Result<Self::Output, E> {
                let ($($future,)+) = self;
                $(let (mut $future, mut $output) = (pin!($future), None);)+
                poll_fn(|cx| {
                    $(if $output.is_none()
                        && let Poll::Ready(result) = $future.as_mut().poll(cx)
                    {
                        $output = Some(result?);
                    })+
                    let is_done = true $(&& $output.is_some())+;
                    if is_done { Poll::Ready(Ok(())) } else { Poll::Pending }
                })
                .await?;
                Ok(($($output.expect("all are done"),)+))
            }
        }
    };
}

tuples!(A T a t, B U b u);
tuples!(A T a t, B U b u, C V c v);
tuples!(A T a t, B U b u, C V c v, D W d w);
tuples!(A T a t, B U b u, C V c v, D W d w, F X f x);
tuples!(A T a t, B U b u, C V c v, D W d w, F X f x, G Y g y);
tuples!(A T a t, B U b u, C V c v, D W d w, F X f x, G Y g y, H Z h z);
tuples!(A T a t, B U b u, C V c v, D W d w, F X f x, G Y g y, H Z h z, I S i s);
