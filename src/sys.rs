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
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What a source is watched for: both directions, urgent data, the other end's hanging up,
/// and each change told once (edge-triggered). The kernel adds `EPOLLHUP` and `EPOLLERR`
/// itself.
#[allow(clippy::cast_sign_loss)] // a set of flags; its highest bit is EPOLLET
const BOTH_DIRECTIONS: u32 =
    (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT | libc::EPOLLRDHUP | libc::EPOLLET)
        as u32;

/// Flags after which a read would not block, if only to say that the end is reached.
#[allow(clippy::cast_sign_loss)] // a set of flags
const READABLE: u32 =
    (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR)
        as u32;

/// Flags after which a write would not block, if only to say that nobody reads.
#[allow(clippy::cast_sign_loss)] // a set of flags
const WRITABLE: u32 = (libc::EPOLLOUT | libc::EPOLLHUP | libc::EPOLLERR) as u32;

/// Flags that come once, though more than one read or write is needed to hear all of what
/// they say: the end behind the last data, an error before it, a mark in the middle.
#[allow(clippy::cast_sign_loss)] // a set of flags
const FINAL: u32 =
    (libc::EPOLLPRI | libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR) as u32;

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
    /// The end, an error, or urgent data is among it.
    pub(crate) is_final: bool,
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
            is_final: flags & FINAL != 0,
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

/// Has the calls on a descriptor return at once, or wait again. Says how it was before.
/// What the descriptor stands for is what changes: duplicates change along.
pub(crate) fn set_nonblocking(fd: RawFd, nonblocking: bool) -> io::Result<bool> {
    // SAFETY: takes no memory.
    let flags = check(unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    let was_nonblocking = flags & libc::O_NONBLOCK != 0;
    if was_nonblocking != nonblocking {
        let flags = flags ^ libc::O_NONBLOCK;
        // SAFETY: takes no memory.
        check(unsafe { libc::fcntl(fd, libc::F_SETFL, flags) })?;
    }
    Ok(was_nonblocking)
}

/// A non-blocking TCP socket that is being connected: it becomes writable when it is, and
/// when that has failed.
pub(crate) fn connect_tcp(address: &SocketAddr) -> io::Result<OwnedFd> {
    match address {
        SocketAddr::V4(address) => {
            let ip = libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) };
            let name = libc::sockaddr_in {
                sin_family: family(libc::AF_INET),
                sin_port: address.port().to_be(),
                sin_addr: ip,
                sin_zero: [0; 8],
            };
            connect(libc::AF_INET, &name)
        }
        SocketAddr::V6(address) => {
            let name = libc::sockaddr_in6 {
                sin6_family: family(libc::AF_INET6),
                sin6_port: address.port().to_be(),
                sin6_flowinfo: address.flowinfo(),
                sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
                sin6_scope_id: address.scope_id(),
            };
            connect(libc::AF_INET6, &name)
        }
    }
}

/// A non-blocking stream socket that is connected to a socket in the file system.
pub(crate) fn connect_unix(address: &net::SocketAddr) -> io::Result<OwnedFd> {
    let mut name =
        libc::sockaddr_un { sun_family: family(libc::AF_UNIX), sun_path: [0; 108] };
    let path = address.as_pathname().ok_or(ErrorKind::InvalidInput)?;
    for (to, from) in name.sun_path.iter_mut().zip(path.as_os_str().as_bytes()) {
        *to = from.cast_signed() as libc::c_char; // signed on some machines
    }
    connect(libc::AF_UNIX, &name)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // families are small
fn family(family: libc::c_int) -> libc::sa_family_t {
    family as libc::sa_family_t
}

/// Makes a non-blocking stream socket and begins to connect it. `N` is the name of an
/// address as the family has it.
fn connect<N: SocketName>(family: libc::c_int, name: &N) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_STREAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: takes no memory.
    let fd = check(unsafe { libc::socket(family, kind, 0) })?;
    // SAFETY: the kernel has opened it this moment, and nobody else knows it.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    let length = length_of::<N>();
    // SAFETY: the kernel reads as many bytes as the name has.
    match check(unsafe { libc::connect(fd, ptr::from_ref(name).cast(), length) }) {
        // A signal does not stop the attempt, which goes on as it would have.
        Err(error) if !is_under_way(&error) => Err(error),
        _ => Ok(socket),
    }
}

/// The structures in which the kernel takes the name of a socket.
trait SocketName {}
impl SocketName for libc::sockaddr_in {}
impl SocketName for libc::sockaddr_in6 {}
impl SocketName for libc::sockaddr_un {}

fn is_under_way(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR))
}

fn length_of<T>() -> libc::socklen_t {
    size_of::<T>().try_into().expect("these structures are small")
}

/// Lets as many connections wait for `accept` as the system allows.
pub(crate) fn listen_more(listener: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: takes no memory.
    check(unsafe { libc::listen(listener.as_raw_fd(), libc::c_int::MAX) })?;
    Ok(())
}

/// What closing a socket does with data that is still to be sent: without a duration the
/// system sends it by and by.
pub(crate) fn set_linger(
    socket: BorrowedFd<'_>,
    linger: Option<Duration>,
) -> io::Result<()> {
    let seconds = linger.unwrap_or_default().as_nanos().div_ceil(1_000_000_000);
    let linger = libc::linger {
        l_onoff: linger.is_some().into(),
        l_linger: seconds.try_into().unwrap_or(libc::c_int::MAX),
    };
    let (level, name) = (libc::SOL_SOCKET, libc::SO_LINGER);
    let (fd, length) = (socket.as_raw_fd(), length_of::<libc::linger>());
    // SAFETY: the kernel reads as many bytes as the structure has.
    check(unsafe {
        libc::setsockopt(fd, level, name, ptr::from_ref(&linger).cast(), length)
    })?;
    Ok(())
}

/// The bells that the handler rings, each with its signal. A bell that is hung stays for the
/// rest of the process: a handler that runs on some thread at this moment may be about to
/// ring it.
pub(crate) static SIGNAL_BELLS: [OnceLock<(libc::c_int, u32, File)>; 64] =
    [const { OnceLock::new() }; 64];

/// Has the handler called for a signal, from here on.
pub(crate) fn handle_signal(signal: libc::c_int) -> io::Result<()> {
    let handler: extern "C" fn(libc::c_int) = ring_signal_bells;
    // SAFETY: the handler does only what may be done at any moment.
    match unsafe { libc::signal(signal, handler as libc::sighandler_t) } {
        libc::SIG_ERR => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// The handler of every signal that somebody listens to. It may interrupt anything, even
/// the allocator with its lock held: so it looks and writes, takes no memory and no lock,
/// and leaves `errno` to whom it has interrupted.
extern "C" fn ring_signal_bells(signal: libc::c_int) {
    // SAFETY: takes nothing.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: it is this thread's, and lives as long as the thread.
    let before = unsafe { *errno };
    let process = std::process::id(); // a child that was forked shares the bells
    for (own, its_process, bell) in SIGNAL_BELLS.iter().filter_map(OnceLock::get) {
        if *own == signal && *its_process == process {
            let _ = eventfd_ring(bell); // a counter without room has been rung
        }
    }
    // SAFETY: as above.
    unsafe { *errno = before };
}

/// The result of a system call that returns -1 and sets `errno` when it fails.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
