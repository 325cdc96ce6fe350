//! What the executor asks of the kernel, as safe functions.
//!
//! This is the only file of the crate with `unsafe` in it. Each `unsafe` block is one
//! system call; what the call needs to be sound, a descriptor that is open and memory
//! that stays valid, is what the functions here take as [`BorrowedFd`] and as references,
//! so a caller cannot get it wrong. Everything else about a call, which number means
//! which error and what a timeout is in the kernel's units, is settled here as well: the
//! rest of the crate sees `io::Result` and [`Duration`].
//!
//! A system call that a signal interrupts fails with `EINTR`. Here that is no error: a
//! wait ends early, with nothing, and a ring is tried again.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a source is watched for: both directions, the other end's hanging up, and each
/// change told once (edge-triggered). The kernel adds `EPOLLHUP` and `EPOLLERR` itself.
#[allow(clippy::cast_sign_loss)] // a set of flags; its highest bit is EPOLLET
const BOTH_DIRECTIONS: u32 =
    (libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLRDHUP | libc::EPOLLET) as u32;

/// Flags after which a read would not block, if only to say that the end is reached.
#[allow(clippy::cast_sign_loss)] // a set of flags
const READABLE: u32 =
    (libc::EPOLLIN | libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR) as u32;

/// Flags after which a write would not block, if only to say that nobody reads.
#[allow(clippy::cast_sign_loss)] // a set of flags
const WRITABLE: u32 = (libc::EPOLLOUT | libc::EPOLLHUP | libc::EPOLLERR) as u32;

/// How many events one wait brings at most. More of them stay with the kernel, which
/// hands them out at the next wait.
const EVENTS_PER_WAIT: usize = 1024;

/// Whether this kernel has been found to be without `epoll_pwait2`. A Miri run is one.
static NO_PWAIT2: AtomicBool = AtomicBool::new(cfg!(miri));

/// A new epoll: a set of descriptors in the kernel, and the list of those that are ready.
pub(crate) fn epoll_create() -> io::Result<OwnedFd> {
    // SAFETY: takes no memory.
    let fd = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
    // SAFETY: the kernel has opened it this moment, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Watches `fd` for both directions, edge-triggered; its events will carry `data`.
pub(crate) fn epoll_add(
    epoll: BorrowedFd<'_>,
    fd: impl AsRawFd,
    data: u64,
) -> io::Result<()> {
    let mut event = libc::epoll_event { events: BOTH_DIRECTIONS, u64: data };
    let (epoll, fd) = (epoll.as_raw_fd(), fd.as_raw_fd());
    // SAFETY: the kernel looks the number up, whatever it is, and copies `event` before it
    // returns.
    check(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &raw mut event) })?;
    Ok(())
}

/// Stops watching the descriptor with this number: no later wait brings an event of it. It
/// fails, and nothing happens, if there is none or if it is not watched.
pub(crate) fn epoll_delete(epoll: BorrowedFd<'_>, fd: impl AsRawFd) -> io::Result<()> {
    let (epoll, fd) = (epoll.as_raw_fd(), fd.as_raw_fd());
    // SAFETY: the kernel looks the number up, whatever it is, and reads no event.
    check(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_DEL, fd, ptr::null_mut()) })?;
    Ok(())
}

/// Waits until something is ready, for `timeout` at most, forever without one, and
/// replaces what is in `events`.
///
/// It may return early and empty-handed: a signal interrupted it, or the timeout is longer
/// than the kernel can count. A signal is not waited out here, because the caller keeps
/// the deadline and has to look at its clock anyway, and because the signal may be why
/// the caller would rather do something else.
pub(crate) fn epoll_wait(
    epoll: BorrowedFd<'_>,
    events: &mut Events,
    timeout: Option<Duration>,
) -> io::Result<()> {
    events.clear();
    let result = if NO_PWAIT2.load(Ordering::Relaxed) {
        wait_milliseconds(epoll, events, timeout)
    } else {
        match wait_nanoseconds(epoll, events, timeout) {
            Err(error) if is_missing(&error) => {
                NO_PWAIT2.store(true, Ordering::Relaxed);
                wait_milliseconds(epoll, events, timeout)
            }
            result => result,
        }
    };
    match result {
        Ok(count) => events.filled = count,
        Err(error) if error.kind() == ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Whether the error says that the kernel does not have this system call: it is older
/// than Linux 5.11, or a container's filter knows nothing as new.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM))
}

/// A time as newer system calls take it: two numbers of 64 bits, on machines of 32 bits too,
/// where `libc::timespec` is shorter.
#[repr(C)]
struct KernelTimespec {
    seconds: i64,
    nanoseconds: i64,
}

/// `epoll_pwait2`, whose timeout counts nanoseconds. By number, because the C library may
/// be older than the kernel.
fn wait_nanoseconds(
    epoll: BorrowedFd<'_>,
    events: &mut Events,
    timeout: Option<Duration>,
) -> io::Result<usize> {
    let timeout = timeout.map(|timeout| KernelTimespec {
        seconds: timeout.as_secs().try_into().unwrap_or(i64::MAX),
        nanoseconds: timeout.subsec_nanos().into(),
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    let no_signal_mask = ptr::null::<libc::sigset_t>();
    // SAFETY: the kernel writes at most the given number of events into the buffer, which
    // is as long; the timeout lives in this function; the mask may be null.
    let count = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll.as_raw_fd(),
            events.buffer.as_mut_ptr(),
            events.buffer.len(),
            timeout,
            no_signal_mask,
            0,
        )
    };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// `epoll_wait`, whose timeout counts milliseconds: rounded up, so that no wait is too
/// short, and at most some 24 days.
fn wait_milliseconds(
    epoll: BorrowedFd<'_>,
    events: &mut Events,
    timeout: Option<Duration>,
) -> io::Result<usize> {
    let timeout = timeout.map_or(-1, |timeout| {
        timeout.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(i32::MAX)
    });
    let room = events.buffer.len().try_into().unwrap_or(i32::MAX);
    let buffer = events.buffer.as_mut_ptr();
    // SAFETY: the kernel writes at most `room` events, and the buffer has as many.
    let count = unsafe { libc::epoll_wait(epoll.as_raw_fd(), buffer, room, timeout) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// The events of one wait, taken out one by one.
pub(crate) struct Events {
    buffer: Box<[libc::epoll_event]>,
    filled: usize,
    taken: usize,
}

/// One event: whose it is, and what is ready.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    /// What the descriptor was added with.
    pub(crate) data: u64,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
}

impl Events {
    pub(crate) fn new() -> Self {
        let empty = libc::epoll_event { events: 0, u64: 0 };
        Self { buffer: vec![empty; EVENTS_PER_WAIT].into(), filled: 0, taken: 0 }
    }

    /// How many have not been taken yet.
    pub(crate) fn len(&self) -> usize {
        self.filled - self.taken
    }

    /// Takes the next one.
    pub(crate) fn pop(&mut self) -> Option<Event> {
        // On x86-64 the kernel packs these structures, so their fields may not be aligned:
        // they are copied out and never borrowed.
        let libc::epoll_event { events: flags, u64: data } =
            *self.buffer[..self.filled].get(self.taken)?;
        self.taken += 1;
        Some(Event {
            data,
            readable: flags & READABLE != 0,
            writable: flags & WRITABLE != 0,
        })
    }

    fn clear(&mut self) {
        (self.filled, self.taken) = (0, 0);
    }
}

/// The machine's monotonic clock, in nanoseconds since some moment before the process
/// began.
pub(crate) fn monotonic() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes one `timespec`, and `now` is one.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    assert_eq!(result, 0, "every Linux has this clock");
    let seconds = u64::try_from(now.tv_sec).expect("it began at zero");
    let nanoseconds =
        u64::try_from(now.tv_nsec).expect("less than a second, not negative");
    seconds * 1_000_000_000 + nanoseconds
}

/// A new bell: a counter in the kernel. A ring after a wait is a new edge for the next
/// wait, though nobody has read the counter, so a bell that is watched need not be read; it
/// has room for 2^64 rings. Rings between two waits are told together.
pub(crate) fn eventfd() -> io::Result<File> {
    // SAFETY: takes no memory.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: the kernel has opened it this moment, and nobody else knows it.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// Rings the bell, from any thread. A signal cannot keep it from ringing.
pub(crate) fn eventfd_ring(mut bell: &File) -> io::Result<()> {
    bell.write_all(&1_u64.to_ne_bytes())
}

/// The result of a system call that returns -1 and sets `errno` when it fails.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
