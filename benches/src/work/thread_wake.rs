//! A thread wakes a task whose loop sleeps: how long until the task runs, in the middle.

use std::fs::File;
use std::future::poll_fn;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::meter::median;
use crate::peers::Peer;

/// Long enough for a loop to fall asleep.
const PAUSE: Duration = Duration::from_micros(100);

pub fn latency<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(async move {
        let stamp = Arc::new(Stamp::new());
        let caller = stamp.caller(Waker::wake);
        let mut latencies = Vec::with_capacity(count);
        for _ in 0..count {
            let mut asked = false;
            let latency = poll_fn(|cx| {
                if let Some(latency) = stamp.take() {
                    return Poll::Ready(latency);
                }
                if !asked {
                    asked = true;
                    caller.send(cx.waker().clone()).expect("the thread waits for wakers");
                }
                Poll::Pending
            })
            .await;
            latencies.push(latency);
        }
        median(&mut latencies)
    })
}

/// The same by an eventfd, without a runtime and with no epoll between.
pub fn limit(count: usize) -> Result<f64, String> {
    // SAFETY: takes no memory; the flags are valid ones.
    let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC) };
    if fd == -1 {
        return Err(format!("eventfd: {}", std::io::Error::last_os_error()));
    }
    // SAFETY: the kernel has opened `fd` this moment, and nobody else knows it.
    let bell = Arc::new(unsafe { File::from_raw_fd(fd) });
    let stamp = Arc::new(Stamp::new());
    let caller = stamp.caller({
        let bell = Arc::clone(&bell);
        move |()| {
            (&*bell).write_all(&1_u64.to_ne_bytes()).expect("an eventfd can be rung");
        }
    });
    let mut latencies = Vec::with_capacity(count);
    for _ in 0..count {
        caller.send(()).expect("the thread waits for calls");
        (&*bell).read_exact(&mut [0; 8]).map_err(|error| error.to_string())?;
        latencies.push(stamp.take().expect("the stamp is set before the bell is rung"));
    }
    Ok(median(&mut latencies))
}

/// When the other thread began to wake: nanoseconds since `zero`, or 0 for not yet.
struct Stamp {
    zero: Instant,
    at: AtomicU64,
}

impl Stamp {
    fn new() -> Self {
        Self { zero: Instant::now(), at: AtomicU64::new(0) }
    }

    /// Starts a thread that, for each thing sent to it, pauses, stamps, and calls.
    fn caller<T: Send + 'static>(
        self: &Arc<Self>,
        call: impl Fn(T) + Send + 'static,
    ) -> Sender<T> {
        let (sender, receiver) = channel();
        let stamp = Arc::clone(self);
        thread::spawn(move || {
            for thing in receiver {
                thread::sleep(PAUSE);
                stamp.at.store(stamp.nanos(), Ordering::Release);
                call(thing);
            }
        });
        sender
    }

    fn nanos(&self) -> u64 {
        u64::try_from(self.zero.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// How long ago it was stamped, if it was.
    fn take(&self) -> Option<f64> {
        match self.at.swap(0, Ordering::Acquire) {
            0 => None,
            at => Some((self.nanos() - at) as f64),
        }
    }
}
