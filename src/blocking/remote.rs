//! The way in: tasks of this loop, started by any thread.
//!
//! A runtime has one mailbox. Other threads put letters in: closures that start a task when
//! they are opened. They are opened on the loop's thread, by a task whose whole life that
//! is, in the order in which they came. So everything that makes a wake from elsewhere sure
//! (*park under the lock*) makes a letter sure: to put one in is to wake that task.

use std::fmt;
use std::io::{self, ErrorKind};
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::runtime::extensions::Extension;
use crate::runtime::{Handle, event_loop};
use crate::task::{JoinError, Key, Label, Place, context};

impl Handle {
    /// A handle for other threads. It says "closed" if the runtime is gone.
    #[must_use]
    pub fn remote(&self) -> RemoteHandle {
        let open = || {
            let mailbox = Arc::<Mailbox>::default();
            drop(self.spawn_named("mailbox", Postman(Arc::clone(&mailbox))));
            RemoteHandle { mailbox }
        };
        match self.event_loop() {
            Some(event_loop) => RemoteHandle::clone(&event_loop.extensions.get(open)),
            None => {
                let mailbox = Arc::<Mailbox>::default();
                mailbox.lock().closed = true;
                RemoteHandle { mailbox }
            }
        }
    }
}

/// Starts tasks on a runtime from any thread, as asyncio's `run_coroutine_threadsafe`.
///
/// It may be cloned, sent and shared, and outlive the runtime, which it does not keep
/// alive. What is put in between two calls of `block_on` runs in the next one. A virtual
/// clock does not wait for it: a thread that is going to use it holds an
/// [`OutsideWork`](crate::runtime::OutsideWork) meanwhile.
///
/// # Examples
///
/// ```
/// use std::thread;
/// use mainspring::runtime::Handle;
/// use mainspring::spawn_blocking;
/// use mainspring::task::yield_now;
///
/// let answer = mainspring::block_on(async {
///     let remote = Handle::current().remote();
///     let thread = spawn_blocking(move || {
///         let task = remote.spawn(|| async {
///             yield_now().await; // on the loop's thread
///             42
///         });
///         task.unwrap().join() // on this one, which blocks
///     });
///     thread.await.unwrap().unwrap()
/// });
/// assert_eq!(answer, 42);
/// ```
#[derive(Clone, Debug)]
pub struct RemoteHandle {
    mailbox: Arc<Mailbox>,
}

/// Does something on the loop's thread, when it is opened.
type Letter = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Mailbox(Mutex<Mail>);

#[derive(Default)]
struct Mail {
    letters: Vec<Letter>,
    /// The task that opens them, while it waits.
    postman: Option<Waker>,
    closed: bool,
}

impl RemoteHandle {
    /// Makes a task of the future that `f` returns. Only `f` and what comes back are sent
    /// from thread to thread: the future is made on the loop's, and lives there.
    ///
    /// From one thread, and from threads that agree on an order, tasks begin in the order in
    /// which they were spawned.
    ///
    /// # Errors
    ///
    /// `NotConnected`: the runtime shuts down or is gone. Then `f` is dropped, here.
    #[track_caller]
    pub fn spawn<F, Fut>(&self, f: F) -> io::Result<RemoteJoinHandle<Fut::Output>>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: Send + 'static> + 'static,
    {
        let (sender, outcome) = channel();
        let (label, location) = (Label::of_nobody(), Location::caller());
        let (key, mailbox) = (Arc::new(OnceLock::new()), Arc::clone(&self.mailbox));
        let handle =
            RemoteJoinHandle { outcome, key: Arc::downgrade(&key), label, mailbox };
        self.mailbox.put(Box::new(move || {
            let executor = context::expect("the mailbox");
            let task = executor.spawn(async move { f().await }, None, location);
            let _ = key.set(task.key());
            task.deliver(move |label, outcome| {
                if let Err(SendError(outcome)) = sender.send(outcome) {
                    executor.discard(label, outcome.map(|output| Box::new(output) as _));
                }
                drop(key); // the handle sees by this that there is an outcome
            });
        }))?;
        Ok(handle)
    }

    /// Whether the runtime shuts down, or is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.mailbox.lock().closed
    }
}

impl Extension for RemoteHandle {}

impl Mailbox {
    /// Puts a letter in, and wakes who opens it.
    fn put(&self, letter: Letter) -> io::Result<()> {
        let mut mail = self.lock();
        if mail.closed {
            drop(mail); // before the letter, which is a user's
            return Err(io::Error::new(ErrorKind::NotConnected, "the runtime is gone"));
        }
        mail.letters.push(letter);
        let postman = mail.postman.take();
        drop(mail);
        if let Some(postman) = postman {
            postman.wake();
        }
        Ok(())
    }

    /// Nothing of a user's runs under this lock.
    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that opens letters, for as long as the runtime lives.
struct Postman(Arc<Mailbox>);

impl Future for Postman {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut mail = self.0.lock();
        mail.postman = Some(cx.waker().clone());
        let letters = mem::take(&mut mail.letters);
        drop(mail);
        letters.into_iter().for_each(|open| open());
        Poll::Pending
    }
}

impl Drop for Postman {
    /// The runtime shuts down. *Owner drops*: letters are dropped unopened, on its thread.
    fn drop(&mut self) {
        let mut mail = self.0.lock();
        mail.closed = true;
        let letters = mem::take(&mut mail.letters);
        drop(mail);
        let executor = context::expect("the shutdown");
        for letter in letters {
            executor.contained(Label::of_nobody(), Place::Drop, || drop(letter));
        }
    }
}

/// A task that was started by a [`RemoteHandle`], seen from another thread.
///
/// Dropping it detaches the task: the thread of the loop drops the output, and a panic goes
/// to the runtime's hook for unhandled panics. What has arrived at the handle is the handle's.
#[derive(Debug)]
#[must_use = "dropping the handle detaches the task; say so by `drop(..)`"]
pub struct RemoteJoinHandle<T> {
    outcome: Receiver<Result<T, JoinError>>,
    /// The task, once it has begun. The loop's thread alone keeps this alive, until there is
    /// an outcome, or will be none.
    key: Weak<OnceLock<Key>>,
    label: Label,
    mailbox: Arc<Mailbox>,
}

impl<T> RemoteJoinHandle<T> {
    /// Asks for an abort: the task is dropped at its next turn. Too late, it does nothing.
    pub fn abort(&self) {
        let key = Weak::clone(&self.key);
        let _ = self.mailbox.put(Box::new(move || {
            if let Some(key) = key.upgrade().and_then(|key| key.get().copied()) {
                context::expect("the mailbox").abort(key);
            }
        }));
    }

    /// Whether the task is done, or was dropped with its runtime.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.key.strong_count() == 0
    }

    /// Blocks this thread until the task is done.
    ///
    /// A job of [`spawn_blocking`](crate::spawn_blocking) that waits so keeps the virtual
    /// clock of its runtime from moving: if the task waits for a timer there, both wait
    /// forever.
    ///
    /// # Errors
    ///
    /// The task panicked or was aborted, or its runtime was shut down before its end.
    ///
    /// # Panics
    ///
    /// Panics inside a runtime, whose tasks would stand still.
    #[track_caller]
    pub fn join(self) -> Result<T, JoinError> {
        let endless = self.join_timeout(Duration::MAX);
        endless.unwrap_or_else(|handle| Err(JoinError::cancelled(handle.label)))
    }

    /// Blocks this thread until the task is done, or for so long.
    ///
    /// # Errors
    ///
    /// The handle itself, if it takes longer; else as [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// Panics inside a runtime.
    #[track_caller]
    pub fn join_timeout(self, longest: Duration) -> Result<Result<T, JoinError>, Self> {
        assert!(
            event_loop::here().is_none(),
            "`join` was called inside a runtime, whose tasks would stand still: call it from \
             another thread, or `spawn` here and `.await` the handle"
        );
        match self.outcome.recv_timeout(longest) {
            Ok(outcome) => Ok(outcome),
            Err(RecvTimeoutError::Disconnected) => {
                Ok(Err(JoinError::cancelled(self.label)))
            }
            Err(RecvTimeoutError::Timeout) => Err(self),
        }
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").field("closed", &self.lock().closed).finish()
    }
}
