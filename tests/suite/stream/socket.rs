//! Real sockets that a case plays with: the near one counts what it is asked, the far one is
//! the peer's.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::rc::Rc;

use super::Machine;

/// What kind of socket it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Unix,
    Tcp,
    Datagram,
    /// The end of a pipe that is read.
    PipeReader,
    /// The end of a pipe that is written.
    PipeWriter,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Unix => "a Unix stream",
            Kind::Tcp => "a TCP stream",
            Kind::Datagram => "a Unix datagram socket",
            Kind::PipeReader => "a pipe to read from",
            Kind::PipeWriter => "a pipe to write to",
        })
    }
}

impl Kind {
    pub fn is_pipe(self) -> bool {
        matches!(self, Kind::PipeReader | Kind::PipeWriter)
    }

    /// Whether one side can end while the other goes on.
    pub fn has_halves(self) -> bool {
        matches!(self, Kind::Unix | Kind::Tcp)
    }
}

/// One call of the kernel, and what it said.
pub type Call = Result<usize, ErrorKind>;

/// The calls that a socket has made.
#[derive(Default)]
pub struct Calls {
    made: RefCell<Vec<Call>>,
    interrupt: Cell<bool>,
}

impl Calls {
    /// Takes those since the last time.
    pub fn take(&self) -> Vec<Call> {
        self.made.take()
    }

    /// Has it that only these were made.
    pub fn set(&self, made: Vec<Call>) {
        self.made.replace(made);
    }

    /// A signal will interrupt the next call.
    pub fn interrupt_next(&self) {
        self.interrupt.set(true);
    }

    fn note(&self, call: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
        let result = if self.interrupt.take() {
            Err(ErrorKind::Interrupted.into())
        } else {
            call()
        };
        self.made.borrow_mut().push(result.as_ref().map_err(io::Error::kind).copied());
        result
    }
}

/// The socket that the machine gets: it does not block, and has little room to write.
pub struct Socket {
    file: File,
    kind: Kind,
    calls: Rc<Calls>,
}

impl Socket {
    /// Connects to a listener, which counts the calls from here on.
    pub fn connect(address: SocketAddr, calls: Rc<Calls>) -> io::Result<Self> {
        let near = TcpStream::connect(address)?;
        near.set_nonblocking(true)?;
        Ok(Self { file: OwnedFd::from(near).into(), kind: Kind::Tcp, calls })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The socket alone: nobody counts what is asked of it.
    pub fn into_fd(self) -> OwnedFd {
        self.file.into()
    }

    /// Whether fewer bytes than there was room for mean that nothing is left.
    pub fn short_is_all(&self) -> bool {
        self.kind == Kind::Tcp
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Read for &Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls.note(|| (&self.file).read(buffer))
    }
}

impl Write for &Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls.note(|| (&self.file).write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The other end. It does not block either.
pub enum Peer {
    Unix(UnixStream),
    Tcp(TcpStream),
    Datagram(UnixDatagram),
    Pipe(File),
}

/// A machine with one end of a new connection, and who has the other. Whatever has room has
/// as little as the kernel allows.
pub fn connect<M: Machine>(kind: Kind) -> (M, Peer, Rc<Calls>) {
    let calls = Rc::new(Calls::default());
    let machine = |near: OwnedFd| {
        set_nonblocking(near.as_fd());
        M::new(Socket { file: near.into(), kind, calls: Rc::clone(&calls) })
    };
    let (machine, peer) = match kind {
        Kind::Unix => {
            let (near, far) = UnixStream::pair().expect("a pair of sockets");
            (machine(near.into()), Peer::Unix(far))
        }
        Kind::Datagram => {
            let (near, far) = UnixDatagram::pair().expect("a pair of sockets");
            (machine(near.into()), Peer::Datagram(far))
        }
        Kind::PipeReader => {
            let (near, far) = io::pipe().expect("a pipe");
            (machine(near.into()), Peer::Pipe(OwnedFd::from(far).into()))
        }
        Kind::PipeWriter => {
            let (far, near) = io::pipe().expect("a pipe");
            set_pipe_size(near.as_fd());
            (machine(near.into()), Peer::Pipe(OwnedFd::from(far).into()))
        }
        Kind::Tcp => {
            let (machine, far) =
                connect_tcp(&calls).expect("a connection to this machine");
            (machine, Peer::Tcp(far))
        }
    };
    set_nonblocking(peer.fd());
    if !kind.is_pipe() {
        set_option(machine.fd(), libc::SO_SNDBUF, &1_i32);
    }
    (machine, peer, calls)
}

/// Each thread listens once. Connections end by a reset, so that none of them stays in the
/// kernel for a minute.
fn connect_tcp<M: Machine>(calls: &Rc<Calls>) -> io::Result<(M, TcpStream)> {
    thread_local!(static LISTENER: TcpListener =
        TcpListener::bind("127.0.0.1:0").expect("a free port"));
    LISTENER.with(|listener| {
        let machine = M::connect(listener.local_addr()?, Rc::clone(calls));
        let (far, _) = listener.accept()?;
        far.set_nodelay(true)?;
        set_reset_when_closed(machine.fd());
        Ok((machine, far))
    })
}

impl Peer {
    fn fd(&self) -> BorrowedFd<'_> {
        match self {
            Peer::Unix(far) => far.as_fd(),
            Peer::Tcp(far) => far.as_fd(),
            Peer::Datagram(far) => far.as_fd(),
            Peer::Pipe(far) => far.as_fd(),
        }
    }

    /// Sends bytes, of which there are few.
    pub fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Peer::Unix(far) => (&*far).write(bytes),
            Peer::Tcp(far) => (&*far).write(bytes),
            Peer::Datagram(far) => far.send(bytes),
            Peer::Pipe(far) => (&*far).write(bytes),
        }
    }

    /// Sends a byte that overtakes the others.
    pub fn send_urgent(&self) -> io::Result<()> {
        let byte: *const u8 = &b'!';
        // SAFETY: the kernel reads one byte, and `byte` points to one.
        let sent =
            unsafe { libc::send(self.fd().as_raw_fd(), byte.cast(), 1, libc::MSG_OOB) };
        if sent == 1 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Sends bytes, and a descriptor with them.
    pub fn send_with_descriptor(&self, bytes: &[u8]) -> io::Result<usize> {
        send_with(self.fd(), bytes, File::open("/dev/null")?.as_fd())
    }

    /// Reads so many bytes, or as many as are there. Of datagrams it reads one.
    pub fn read(&self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let read = match self {
            Peer::Unix(far) => (&*far).read(&mut bytes),
            Peer::Tcp(far) => (&*far).read(&mut bytes),
            Peer::Datagram(far) => far.recv(&mut bytes),
            Peer::Pipe(far) => (&*far).read(&mut bytes),
        };
        bytes.truncate(read.unwrap_or(0));
        bytes
    }

    /// Says that nothing more will come.
    pub fn end(&self) -> io::Result<()> {
        match self {
            Peer::Unix(far) => far.shutdown(Shutdown::Write),
            Peer::Tcp(far) => far.shutdown(Shutdown::Write),
            Peer::Datagram(_) | Peer::Pipe(_) => Err(ErrorKind::Unsupported.into()),
        }
    }

    /// Closes as a process does that is killed by a power cut, and comes back: what is on its
    /// way is lost, and the other end gets an error.
    pub fn reset(self) {
        set_reset_when_closed(self.fd());
    }
}

fn set_reset_when_closed(fd: BorrowedFd<'_>) {
    set_option(fd, libc::SO_LINGER, &libc::linger { l_onoff: 1, l_linger: 0 });
}

fn set_nonblocking(fd: BorrowedFd<'_>) {
    // SAFETY: takes no memory.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    // SAFETY: takes no memory.
    let set =
        unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) };
    assert_eq!(set, 0, "a flag: {}", io::Error::last_os_error());
}

/// Room for one page.
fn set_pipe_size(fd: BorrowedFd<'_>) {
    // SAFETY: takes no memory.
    let size = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETPIPE_SZ, 1) };
    assert!(size > 0, "a size: {}", io::Error::last_os_error());
}

fn set_option<T>(fd: BorrowedFd<'_>, option: libc::c_int, value: &T) {
    let size = libc::socklen_t::try_from(size_of::<T>()).expect("a few bytes");
    let value: *const T = value;
    // SAFETY: the kernel reads `size` bytes, and `value` points to as many.
    let result = unsafe {
        libc::setsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, option, value.cast(), size)
    };
    assert_eq!(result, 0, "a socket option: {}", io::Error::last_os_error());
}

/// What of a socket could be done now, if the kernel is asked directly.
#[derive(Clone, Copy, Default, Debug)]
pub struct Ready {
    pub read: bool,
    pub write: bool,
    /// The end, or an error.
    pub end: bool,
    pub urgent: bool,
}

impl Ready {
    /// Asks without changing anything.
    pub fn of(fd: RawFd) -> Self {
        let events = libc::POLLIN | libc::POLLOUT | libc::POLLRDHUP | libc::POLLPRI;
        let mut entry = libc::pollfd { fd, events, revents: 0 };
        // SAFETY: the kernel reads and writes one entry, and `entry` is one.
        let result = unsafe { libc::poll(&raw mut entry, 1, 0) };
        assert!(result >= 0, "poll: {}", io::Error::last_os_error());
        let has = |flags: libc::c_short| entry.revents & flags != 0;
        let gone = libc::POLLHUP | libc::POLLERR;
        Self {
            read: has(libc::POLLIN | libc::POLLRDHUP | gone),
            write: has(libc::POLLOUT | gone),
            end: has(libc::POLLRDHUP | gone),
            urgent: has(libc::POLLPRI),
        }
    }
}

/// Sends bytes with a descriptor, as a Unix stream can. A read stops behind such bytes.
fn send_with(
    far: BorrowedFd<'_>,
    bytes: &[u8],
    passed: BorrowedFd<'_>,
) -> io::Result<usize> {
    #[repr(C)]
    struct Control {
        header: libc::cmsghdr,
        number: RawFd,
    }
    let number_size = u32::try_from(size_of::<RawFd>()).expect("four bytes");
    // SAFETY: it computes.
    let length = unsafe { libc::CMSG_LEN(number_size) };
    let mut control = Control {
        header: libc::cmsghdr {
            cmsg_len: length as _,
            cmsg_level: libc::SOL_SOCKET,
            cmsg_type: libc::SCM_RIGHTS,
        },
        number: passed.as_raw_fd(),
    };
    let mut vector =
        libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: a structure of numbers and pointers, which may be zero.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut vector;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = length as _;
    // SAFETY: the kernel reads the bytes and the control data, which live in this function or
    // longer, and are as long as the message says.
    let sent = unsafe { libc::sendmsg(far.as_raw_fd(), &raw const message, 0) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}
