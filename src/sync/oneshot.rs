//! One value, from one task to another.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::event::Event;
use super::waiters::Waiters;

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
        value: RefCell::new(None),
        sender_is_gone: Cell::new(false),
        receiver_is_gone: Event::new(),
        receiver: Waiters::new(),
    });
    (Sender { shared: Rc::clone(&shared) }, Receiver { shared, seat: None })
}

#[derive(Debug)]
struct Shared<T> {
    value: RefCell<Option<T>>,
    sender_is_gone: Cell<bool>,
    receiver_is_gone: Event,
    /// The receiver, while it waits.
    receiver: Waiters<(), Result<T, Closed>>,
}

impl<T> Shared<T> {
    fn take(&self) -> Option<Result<T, Closed>> {
        let value = self.value.borrow_mut().take().map(Ok);
        value.or_else(|| self.sender_is_gone.get().then_some(Err(Closed)))
    }
}

/// The end that sends: [`oneshot()`].
#[derive(Debug)]
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
        if self.shared.receiver.len() == 0 {
            *self.shared.value.borrow_mut() = Some(value);
        } else {
            self.shared.receiver.grant_first(|()| Ok(value));
        }
        Ok(())
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
        self.shared.sender_is_gone.set(true);
        self.shared.receiver.grant_first(|()| Err(Closed));
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
#[derive(Debug)]
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
        self.shared.receiver.leave(&mut self.seat).or_else(|| self.shared.take())
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { shared, seat } = &mut *self;
        let waits_on = || "what a oneshot sends".into();
        shared.receiver.poll(seat, &mut Some(()), |_| shared.take(), waits_on, cx)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.receiver_is_gone.set();
        drop(self.try_recv());
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
