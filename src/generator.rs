//! Functions that pause: coroutines, and the generators among them.
//!
//! A *coroutine* runs until it yields a value, and stands still there. Whoever resumes it
//! sends a value in, and it goes on where it stood, with its variables as they were. A
//! *generator* is the coroutine that is sent nothing and returns nothing: an iterator
//! written as a function.
//!
//! [`Coroutine`] is the trait, after the unstable one of std. It can be implemented by
//! hand, by an enum with a variant for each place to pause at. [`coroutine`] and
//! [`generator`] have the compiler write that enum: their body is an `async` closure, whose
//! only thing to wait for is the next resume.
//!
//! ```
//! use mainspring::generator::generator;
//!
//! let squares = generator(async |co| {
//!     for n in 1.. {
//!         co.yield_(n * n).await;
//!     }
//! });
//! assert_eq!(squares.take(4).collect::<Vec<_>>(), [1, 4, 9, 16]);
//! ```
//!
//! # How a value crosses
//!
//! A `Future` can be polled, and that is all: nothing goes in, and nothing comes out
//! before its end. So a [`Routine`] and the handle [`Co`] in its body share a cell, which
//! says whose turn it is and carries one value:
//!
//! ```text
//!              1 resume                2 take_in
//!     Idle ───────────────> Sent(s) ───────────────> Running
//!      ^ ^                                            │   │
//!      │ └──────────── 5 the body returns ────────────┘   │
//!      └──── 4 poll is pending ──── Yielded(y) <──────────┘
//!                                               3 pass_out
//! ```
//!
//! A value leaves the cell only by 2 and 4, so none is lost on the way. Any other step is a
//! mistake in the body, and panics with a message that says which: a body that awaits
//! something else than its own handle (nothing would ever wake it), or that leaves a yield
//! before it has been answered. That its handle escapes from a body does not compile, nor
//! that a body resumes itself; one that tries by a `RefCell` meets that cell's panic.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::iter::FusedIterator;
use std::mem;
use std::ops::DerefMut;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// What a coroutine answers when it is resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CoroutineState<Y, R> {
    /// It has paused, with this value.
    Yielded(Y),
    /// It has ended, with this value. It cannot be resumed again.
    Complete(R),
}

/// A function that can pause.
///
/// `S` is what is sent in by each resume. Unstable std has the same trait under the same
/// name, so what is written for this one is easily carried over.
///
/// A machine that the compiler writes can hold references into itself, so it is resumed
/// through a [`Pin`]: it will not move any more. One that is [`Unpin`] does not care, and
/// has [`send`](Coroutine::send). A [`Routine`] is one of these, whatever its body holds.
///
/// ```
/// use mainspring::generator::{Coroutine, CoroutineState};
/// use std::pin::Pin;
///
/// /// Counts down to one: the state machine by hand.
/// enum Countdown {
///     From(u32),
///     Done,
/// }
///
/// impl Coroutine for Countdown {
///     type Yield = u32;
///     type Return = &'static str;
///
///     fn resume(self: Pin<&mut Self>, _: ()) -> CoroutineState<u32, &'static str> {
///         let this = self.get_mut();
///         match *this {
///             Countdown::From(0) => {
///                 *this = Countdown::Done;
///                 CoroutineState::Complete("lift-off")
///             }
///             Countdown::From(n) => {
///                 *this = Countdown::From(n - 1);
///                 CoroutineState::Yielded(n)
///             }
///             Countdown::Done => panic!("the countdown is over"),
///         }
///     }
/// }
///
/// let mut countdown = Countdown::From(2);
/// assert_eq!(countdown.send(()), CoroutineState::Yielded(2));
/// assert_eq!(countdown.send(()), CoroutineState::Yielded(1));
/// assert_eq!(countdown.send(()), CoroutineState::Complete("lift-off"));
/// ```
pub trait Coroutine<S = ()> {
    /// What it gives each time it pauses.
    type Yield;
    /// What it gives at its end.
    type Return;

    /// Sends `value` in and lets it run until it pauses or ends.
    ///
    /// The first value starts it. After that, each is the answer to the yield it paused at.
    ///
    /// # Panics
    ///
    /// If it has ended. Implementations should say so, and should not start again.
    fn resume(
        self: Pin<&mut Self>,
        value: S,
    ) -> CoroutineState<Self::Yield, Self::Return>;

    /// [`resume`](Coroutine::resume) for a coroutine that may move, without the pin.
    ///
    /// The name is Python's: `generator.send(value)`.
    ///
    /// # Panics
    ///
    /// As `resume` does.
    #[track_caller]
    fn send(&mut self, value: S) -> CoroutineState<Self::Yield, Self::Return>
    where
        Self: Sized + Unpin,
    {
        Pin::new(self).resume(value)
    }
}

/// A borrowed coroutine is one: delegate to it, and keep it.
impl<S, C: Coroutine<S> + Unpin + ?Sized> Coroutine<S> for &mut C {
    type Yield = C::Yield;
    type Return = C::Return;

    #[track_caller]
    fn resume(mut self: Pin<&mut Self>, value: S) -> CoroutineState<C::Yield, C::Return> {
        Pin::new(&mut **self).resume(value)
    }
}

/// So is a pinned one: `Pin<Box<dyn Coroutine<S, Yield = Y, Return = R>>>` holds any.
impl<S, P> Coroutine<S> for Pin<P>
where
    P: DerefMut<Target: Coroutine<S>>,
{
    type Yield = <P::Target as Coroutine<S>>::Yield;
    type Return = <P::Target as Coroutine<S>>::Return;

    #[track_caller]
    fn resume(
        self: Pin<&mut Self>,
        value: S,
    ) -> CoroutineState<Self::Yield, Self::Return> {
        self.as_deref_mut().resume(value)
    }
}

/// Whose turn it is, and the value that is on its way. The module's documentation draws
/// the steps.
enum Turn<Y, S> {
    /// The body has not begun, is paused, or has ended.
    Idle,
    /// The body has been resumed, and has not taken the value yet.
    Sent(S),
    /// The body runs.
    Running,
    /// The body has yielded, and has to pause now.
    Yielded(Y),
}

/// The body's end of a coroutine: what it yields with.
///
/// A body has it by reference and can lend it to functions, which then yield on its behalf.
/// It cannot leave the body:
///
/// ```compile_fail
/// use mainspring::generator::{Co, generator};
///
/// let mut kept: Option<&Co<u32>> = None;
/// let numbers = generator(async |co| kept = Some(co)); // `co` would outlive its body
/// ```
pub struct Co<Y, S = ()> {
    turn: Rc<Cell<Turn<Y, S>>>,
}

impl<Y, S> Co<Y, S> {
    /// Pauses with `value`, and returns what the next resume sends.
    ///
    /// # Panics
    ///
    /// When it is awaited while another yield of the same body has not been answered
    /// (inside a `join`, or after a yield that was dropped half-way), or outside of
    /// `resume`.
    ///
    /// # Cancel safety
    ///
    /// Dropped after it has been polled, its answer has no receiver, so the body's next
    /// step panics instead of losing it. When the whole coroutine is dropped, this is where
    /// the body ends.
    pub async fn yield_(&self, value: Y) -> S {
        let mut value = Some(value);
        poll_fn(move |_| match value.take() {
            Some(value) => self.pass_out(value),
            None => self.take_in(),
        })
        .await
    }

    /// Runs `coroutine` to its end in place of the body: what it yields, the body yields;
    /// what is sent, it receives. Returns what it returns. `first` is what it is first
    /// resumed with.
    ///
    /// Python's `yield from`. A part of the body that is an `async fn` and takes `&Co`
    /// needs none: `.await` is its `yield from`.
    ///
    /// # Panics
    ///
    /// If `coroutine` panics; also as [`yield_`](Co::yield_) does.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops `coroutine`, whose clean-up runs before that of the body.
    pub async fn yield_from<C>(&self, coroutine: C, first: S) -> C::Return
    where
        C: Coroutine<S, Yield = Y>,
    {
        let mut coroutine = pin!(coroutine);
        let mut sent = first;
        loop {
            match coroutine.as_mut().resume(sent) {
                CoroutineState::Yielded(value) => sent = self.yield_(value).await,
                CoroutineState::Complete(result) => return result,
            }
        }
    }

    /// Step 3: lays down what is yielded, and pauses the body.
    fn pass_out(&self, value: Y) -> Poll<S> {
        match self.turn.replace(Turn::Yielded(value)) {
            Turn::Running => Poll::Pending,
            Turn::Idle => panic!("{OUTSIDE}"),
            Turn::Sent(_) | Turn::Yielded(_) => panic!("{UNANSWERED}"),
        }
    }

    /// Step 2: takes what was sent.
    fn take_in(&self) -> Poll<S> {
        match self.turn.replace(Turn::Running) {
            Turn::Sent(value) => Poll::Ready(value),
            Turn::Yielded(value) => {
                // Polled twice in one turn, as a future may be: it goes on waiting.
                self.turn.set(Turn::Yielded(value));
                Poll::Pending
            }
            Turn::Idle => panic!("{OUTSIDE}"),
            // From a yield's `pass_out` to its answer the cell is never `Running`.
            Turn::Running => unreachable!("a yield that waits is the only one"),
        }
    }
}

impl<Y, S> fmt::Debug for Co<Y, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Co").finish_non_exhaustive()
    }
}

/// A coroutine whose state machine the compiler has written: what [`coroutine`] returns.
///
/// It yields `Y`, is sent `S` and returns `R`. Its body may borrow for `'a`. The machine
/// lies in a box, so a `Routine` may move though its body may not.
///
/// Dropping it drops the variables of the body where it stands, the last one first, as a
/// `return` there would. A body that was never resumed has not run, so it has nothing to
/// clean up.
#[must_use = "a coroutine does nothing until it is resumed"]
pub struct Routine<'a, Y, S = (), R = ()> {
    body: Body<'a, R>,
    turn: Rc<Cell<Turn<Y, S>>>,
}

/// What is left to run of a body.
enum Body<'a, R> {
    Alive(Pin<Box<dyn Future<Output = R> + 'a>>),
    Complete,
    Panicked,
}

/// Makes a coroutine of an `async` closure (or an `async fn`).
///
/// The body gets the handle to yield with, and what the first resume sends. Nothing of it
/// runs before that.
///
/// ```
/// use mainspring::generator::{Coroutine, CoroutineState, coroutine};
///
/// let mut average = coroutine(async |co, first: f64| {
///     let (mut sum, mut count) = (first, 1.0);
///     loop {
///         sum += co.yield_(sum / count).await;
///         count += 1.0;
///     }
/// });
/// assert_eq!(average.send(10.0), CoroutineState::<f64, ()>::Yielded(10.0));
/// assert_eq!(average.send(20.0), CoroutineState::Yielded(15.0));
/// assert_eq!(average.send(60.0), CoroutineState::Yielded(30.0));
/// ```
pub fn coroutine<'a, Y: 'a, S: 'a, R>(
    body: impl AsyncFnOnce(&Co<Y, S>, S) -> R + 'a,
) -> Routine<'a, Y, S, R> {
    let turn = Rc::new(Cell::new(Turn::Idle));
    let co = Co { turn: Rc::clone(&turn) };
    let future = async move {
        let first = poll_fn(|_| co.take_in()).await;
        body(&co, first).await
    };
    Routine { body: Body::Alive(Box::pin(future)), turn }
}

impl<Y, S, R> Coroutine<S> for Routine<'_, Y, S, R> {
    type Yield = Y;
    type Return = R;

    /// # Panics
    ///
    /// If the body has ended or panicked before; if it panics now; if it awaits something
    /// that is not its own yield; if it leaves a yield unanswered. After any of these it
    /// counts as panicked, and its variables have been dropped.
    #[track_caller]
    fn resume(self: Pin<&mut Self>, value: S) -> CoroutineState<Y, R> {
        let this = self.get_mut();
        // Whatever panics below leaves `Panicked` behind, and drops the body on its way.
        match mem::replace(&mut this.body, Body::Panicked) {
            Body::Alive(mut future) => {
                this.turn.set(Turn::Sent(value));
                let polled = poll(future.as_mut());
                let state = this.settle(polled);
                this.body = match state {
                    CoroutineState::Yielded(_) => Body::Alive(future),
                    CoroutineState::Complete(_) => Body::Complete,
                };
                state
            }
            Body::Complete => {
                this.body = Body::Complete;
                panic!("{COMPLETE}")
            }
            Body::Panicked => panic!("{PANICKED}"),
        }
    }
}

impl<Y, S, R> Routine<'_, Y, S, R> {
    /// Steps 4 and 5: what the body's end or pause means, by what lies in the cell.
    #[track_caller]
    fn settle(&self, polled: Poll<R>) -> CoroutineState<Y, R> {
        match (polled, self.turn.replace(Turn::Idle)) {
            (Poll::Pending, Turn::Yielded(value)) => CoroutineState::Yielded(value),
            (Poll::Pending, _) => panic!("{NOT_A_YIELD}"),
            (Poll::Ready(result), Turn::Running) => CoroutineState::Complete(result),
            (Poll::Ready(_), _) => panic!("{UNANSWERED}"),
        }
    }
}

impl<Y, S, R> fmt::Debug for Routine<'_, Y, S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.body {
            Body::Alive(_) => "Routine(Suspended)",
            Body::Complete => "Routine(Complete)",
            Body::Panicked => "Routine(Panicked)",
        })
    }
}

/// Runs a body until it pauses. Nothing will wake it but the next resume, so its waker does
/// nothing.
fn poll<R>(body: Pin<&mut (dyn Future<Output = R> + '_)>) -> Poll<R> {
    body.poll(&mut Context::from_waker(Waker::noop()))
}

/// An iterator over what a coroutine yields that is sent nothing and returns nothing.
///
/// After its end, or a panic in its body, it gives `None` for ever. Dropping it closes it:
/// see [`Routine`].
#[derive(Debug)]
#[must_use = "a generator does nothing until it is asked for a value"]
pub struct Generator<C> {
    coroutine: Option<C>,
}

/// Makes a generator of an `async` closure (or an `async fn`).
///
/// ```
/// use mainspring::generator::{Co, generator};
///
/// async fn bits(co: &Co<u32>, mut n: u32) {
///     while n > 0 {
///         co.yield_(n & 1).await;
///         n >>= 1;
///     }
/// }
///
/// let two_numbers = generator(async |co| {
///     bits(co, 6).await;
///     bits(co, 1).await;
/// });
/// assert_eq!(two_numbers.collect::<Vec<_>>(), [0, 1, 1, 1]);
/// ```
pub fn generator<'a, Y: 'a>(
    body: impl AsyncFnOnce(&Co<Y>) + 'a,
) -> Generator<Routine<'a, Y>> {
    Generator::new(coroutine(async move |co: &Co<Y>, ()| body(co).await))
}

impl<C: Coroutine<Return = ()> + Unpin> Generator<C> {
    /// Iterates over what `coroutine` yields from here on, whether it has begun or not.
    ///
    /// ```
    /// use mainspring::generator::{Coroutine, CoroutineState, Generator, coroutine};
    ///
    /// let mut count = coroutine(async |co, ()| {
    ///     for n in 1..=3 {
    ///         co.yield_(n).await;
    ///     }
    /// });
    /// assert_eq!(count.send(()), CoroutineState::Yielded(1));
    /// assert_eq!(Generator::new(count).collect::<Vec<_>>(), [2, 3]);
    /// ```
    pub fn new(coroutine: C) -> Self {
        Generator { coroutine: Some(coroutine) }
    }
}

impl<C: Coroutine<Return = ()> + Unpin> Iterator for Generator<C> {
    type Item = C::Yield;

    fn next(&mut self) -> Option<C::Yield> {
        // Taken out for the time it runs, so that one that panics does not come back.
        let mut coroutine = self.coroutine.take()?;
        match coroutine.send(()) {
            CoroutineState::Yielded(value) => {
                self.coroutine = Some(coroutine);
                Some(value)
            }
            CoroutineState::Complete(()) => None,
        }
    }
}

impl<C: Coroutine<Return = ()> + Unpin> FusedIterator for Generator<C> {}

const COMPLETE: &str = "this coroutine was resumed after it had completed: `Complete` is \
    its last answer. Stop there, or loop over a `Generator`, which ends with `None`";

const PANICKED: &str = "this coroutine was resumed after it had panicked: its variables \
    are gone. Look for the first panic, or make a new coroutine";

const NOT_A_YIELD: &str = "the body of this coroutine awaits something that is not its \
    own yield, and nothing would ever wake it. Await `yield_` and `yield_from` of the \
    body's own handle, and what is ready at once";

const UNANSWERED: &str = "the body of this coroutine left a yield before it was answered. \
    Await each yield to its end before the next one and before the body's end, outside of \
    any `join` or `select`";

const OUTSIDE: &str = "a yield was polled while its coroutine was not running. Only \
    `resume` may poll it: await it in the body";
