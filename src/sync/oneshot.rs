//! One value, from one task to another.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::event::Event;

/// A way for one value: what is sent by the one end arrives at the other.
///
/// # Examples
///
/// ```
/// use mainspring::sync::oneshot;
///
/// mainspring::block_on(async {
///     let (sender, receiver) = oneshot();
///     drop(mainspring::spawn(async { sender.send("an answer") }));
///     assert_eq!(receiver.await, Ok("an answer"));
/// });
/// ```
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Rc::new(Shared {
        value: Cell::new(None),
        sender_is_gone: Event::new(),
        receiver_is_gone: Event::new(),
    });
    (Sender { shared: Rc::clone(&shared) }, Receiver { shared, seat: None })
}

/// Who sends is gone afterwards. So one event tells the receiver of the value and of its end.
struct Shared<T> {
    value: Cell<Option<T>>,
    sender_is_gone: Event,
    receiver_is_gone: Event,
}

/// The end that sends: [`oneshot()`].
pub struct Sender<T> {
    shared: Rc<Shared<T>>,
}

impl<T> Sender<T> {
    /// Sends the value.
    ///
    /// # Errors
    ///
    /// The receiver is gone. The value is handed back.
    pub fn send(self, value: T) -> Result<(), T> {
        if self.is_closed() {
            return Err(value);
        }
        self.shared.value.set(Some(value));
        Ok(()) // the receiver is woken when `self` is dropped
    }

    /// Whether the receiver is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.receiver_is_gone.is_set()
    }

    /// Waits until the receiver is gone: nobody needs the value any more.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing.
    pub async fn closed(&self) {
        self.shared.receiver_is_gone.wait().await;
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.sender_is_gone.set();
    }
}

/// The end that receives, by being awaited: [`oneshot()`].
///
/// # Errors
///
/// [`Closed`]: the sender was dropped and has sent nothing, or what it sent has been
/// received.
///
/// # Cancel safety
///
/// Dropping a future that awaits `&mut receiver` loses nothing. With the receiver goes what
/// was sent and not received.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Receiver<T> {
    shared: Rc<Shared<T>>,
    seat: Option<usize>,
}

impl<T> Receiver<T> {
    /// The value, if it was sent.
    ///
    /// # Errors
    ///
    /// [`Closed`]: it will never be, or has been received.
    pub fn try_recv(&mut self) -> Option<Result<T, Closed>> {
        let shared = &*self.shared;
        shared.sender_is_gone.is_set().then(|| shared.value.take().ok_or(Closed))
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { shared, seat } = &mut *self;
        let sent = shared.sender_is_gone.poll(seat, "what a oneshot sends", cx);
        sent.map(|()| shared.value.take().ok_or(Closed))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.sender_is_gone.leave(&mut self.seat);
        self.shared.receiver_is_gone.set();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("is_closed", &self.is_closed()).finish()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

/// The sender is gone, and what was sent, if anything was, has been received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender is gone, and has left nothing")
    }
}

impl Error for Closed {}
