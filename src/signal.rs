//! Signals of the operating system: Ctrl-C, a request to end, a child that has ended.
//!
//! A signal interrupts whatever thread the kernel chooses, anywhere, and there its handler
//! runs: in the middle of an allocation, with a lock held. So a handler may do next to
//! nothing, and ours rings a bell: an eventfd, to which it writes a number. The loop waits
//! for that as for any other descriptor. This is the self-pipe trick (D. J. Bernstein), with
//! the kernel's counter in place of a pipe.
//!
//! Linux has `signalfd` too. It needs the signal blocked in every thread, those of other
//! libraries included, and child processes inherit that; a handler needs nothing of anyone.
//!
//! Each listener has a bell of its own, 64 in all, so that several may listen to the same
//! signal, in several runtimes at once. A bell is never closed and never another signal's:
//! a handler that runs at this moment may be about to ring it.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::process;
use std::sync::{Mutex, PoisonError};

pub use libc::{
    SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
    SIGWINCH,
};

use crate::io::Async;
use crate::runtime::event_loop;
use crate::sys;

/// The signals of a thread that has gone wrong in this instruction: to return from their
/// handler is to do it again.
const FAULTS: [i32; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL];

/// Which bells have a listener, a bit for each.
static TAKEN: Mutex<u64> = Mutex::new(0);

/// Waits for Ctrl-C, once.
///
/// It listens from its first poll on. Between two calls nobody does: whoever wants to hear
/// every one has a [`Signal`].
///
/// # Errors
///
/// As [`Signal::new`].
///
/// # Panics
///
/// Panics outside a runtime.
///
/// # Cancel safety
///
/// Dropping it early means that nobody listens any more. The signal no longer ends the
/// process all the same.
///
/// # Examples
///
/// ```no_run
/// mainspring::block_on(async {
///     println!("running, until Ctrl-C");
///     mainspring::signal::ctrl_c().await?;
///     println!("goodbye");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub async fn ctrl_c() -> io::Result<()> {
    Signal::new(SIGINT)?.recv().await
}

/// Listens to a signal.
///
/// From the first listener on the signal does nothing else any more in this process: it does
/// not end it, and a handler that was there before is not called. That stays so when the
/// listener is dropped.
///
/// # Examples
///
/// ```
/// use mainspring::signal::{SIGUSR1, Signal};
/// use std::process::Command;
///
/// mainspring::block_on(async {
///     let signal = Signal::new(SIGUSR1)?;
///     let me = std::process::id().to_string();
///     Command::new("kill").args(["-USR1", &me]).status()?;
///     signal.recv().await
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Signal {
    bell: Async<File>,
    _seat: Seat,
}

impl Signal {
    /// Begins to listen: what comes from here on is told by [`recv`](Self::recv).
    ///
    /// # Errors
    ///
    /// `InvalidInput`: there is no such signal, or none that can be listened to. `SIGKILL`
    /// and `SIGSTOP` are the kernel's; `SIGSEGV`, `SIGBUS`, `SIGFPE` and `SIGILL` leave no
    /// way to go on. `QuotaExceeded`: there are 64 listeners already, or the bells that are
    /// free are other signals'. Else the process has no descriptor left.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn new(number: i32) -> io::Result<Self> {
        if FAULTS.contains(&number) {
            let text = "to return from the handler of a fault is to fault again";
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        drop(event_loop::expect("`Signal::new`")); // before anything is changed
        let (seat, bell) = Seat::take(number)?;
        Ok(Self { bell, _seat: seat })
    }

    /// Waits until the signal comes, or has come since the last call. Those that have come
    /// between two calls are told once.
    ///
    /// # Errors
    ///
    /// The runtime in which it was made is gone.
    ///
    /// # Panics
    ///
    /// Panics in another runtime than its own.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing.
    pub async fn recv(&self) -> io::Result<()> {
        self.bell.read(&mut [0; size_of::<u64>()]).await?;
        Ok(())
    }
}

/// The right to a bell.
#[derive(Debug)]
struct Seat(usize);

impl Seat {
    /// Takes a bell of this signal that nobody listens to, or else hangs a new one.
    fn take(signal: i32) -> io::Result<(Self, Async<File>)> {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let own = |index: usize| {
            sys::SIGNAL_BELLS[index].get().map(|(own, process, _)| (*own, *process))
        };
        let free = |of| (0..64).find(|at| *taken & (1 << at) == 0 && own(*at) == of);
        let index = free(Some((signal, process::id())))
            .or_else(|| free(None))
            .ok_or_else(|| {
                let text = "all bells for signals are taken: drop a `Signal` first";
                io::Error::new(ErrorKind::QuotaExceeded, text)
            })?;
        let place = &sys::SIGNAL_BELLS[index];
        let bell = match place.get() {
            Some((_, _, hung)) => hung.try_clone()?,
            None => sys::eventfd()?,
        };
        let _ = (&bell).read(&mut [0; size_of::<u64>()]); // it has rung for nobody
        let original = bell.try_clone()?;
        let bell = Async::new(bell)?;
        // The last that can fail: without a listener the signal does what it did. And each
        // time: somebody may have set another handler since.
        sys::handle_signal(signal)?;
        let _ = place.set((signal, process::id(), original)); // unless one hangs there
        *taken |= 1 << index;
        Ok((Self(index), bell))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) &= !(1 << self.0);
    }
}
