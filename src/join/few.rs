//! Waiting for a fixed few, of different types.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use super::all::infallible;
use super::children::is_spent;

/// Waits for two to eight futures of any types, which run beside each other, and gives
/// their outputs as they stand.
///
/// All that are not done are polled each time: to find out which was woken would take a
/// waker, and so an allocation, for each. [`join_all`](super::join_all) does find out. They are polled as they
/// stand; where one does so much input and output that it has to give way, the next turn
/// begins with the one behind it.
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

/// Polls one of them: [`step`].
type Step<'a, E> = &'a mut dyn FnMut(&mut Context<'_>) -> Poll<Result<(), E>>;

/// Polls all of them at each wake, until all are done or one has failed. They begin with the
/// first; but if one has spent the turn's budget, the next turn begins with the one behind it.
async fn run<E>(steps: &mut [Step<'_, E>]) -> Result<(), E> {
    poll_fn(|cx| {
        let (mut all, mut spent_by) = (Poll::Ready(Ok(())), None);
        for (place, step) in steps.iter_mut().enumerate() {
            if step(cx)?.is_pending() {
                all = Poll::Pending;
            }
            if is_spent() {
                spent_by.get_or_insert(place);
            }
        }
        steps.rotate_left(spent_by.map_or(0, |place| place + 1));
        all
    })
    .await
}

/// Polls a future that is not done yet. When it is, it is dropped, and leaves its output.
fn step<T, E>(
    mut future: Pin<&mut Option<impl Future<Output = Result<T, E>>>>,
    output: &mut Option<T>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), E>> {
    if let Some(future) = future.as_mut().as_pin_mut() {
        *output = Some(ready!(future.poll(cx))?);
    }
    future.set(None);
    Poll::Ready(Ok(()))
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
                $(let (mut $future, mut $output) = (pin!(Some($future)), None);)+
                run(&mut [
                    $(&mut |cx: &mut _| step($future.as_mut(), &mut $output, cx),)+
                ])
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
