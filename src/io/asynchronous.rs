//! Anything with a descriptor, waited for.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::rc::Rc;

use super::source::{Direction, Kind, Source};
use super::traits::{AsyncRead, AsyncWrite};
use crate::reactor::Token;
use crate::runtime::event_loop;
use crate::sys;

/// How much is read at once where the caller brings no buffer.
pub(super) const CHUNK: usize = 8 * 1024;

/// Something with a descriptor, whose operations wait without keeping the thread.
///
/// Sockets are such things ([`net`](crate::net)); a pipe, the output of a child process, an
/// inotify or a terminal can be made one. Reading and writing take `&self`, so that two tasks
/// can share it by `&` or by `Rc`, one reading and one writing. Any number of tasks may wait
/// for the same thing: each of them is woken when there is something to try, and one of
/// them will get it.
///
/// It belongs to the runtime in which it was made. Once that is gone, its operations return
/// an error of the kind `NotConnected`.
///
/// A task whose operations never have to wait gives way by itself: once in 128 of them.
///
/// # Panics
///
/// Its operations panic outside a runtime, and in another runtime than that in which it
/// was made.
///
/// # Examples
///
/// The output of a child process, while a task goes on beside it:
///
/// ```
/// use std::io::PipeReader;
/// use std::os::fd::OwnedFd;
/// use std::process::{Command, Stdio};
/// use mainspring::io::Async;
///
/// mainspring::block_on(async {
///     let beside = mainspring::spawn(async { "not kept waiting" });
///     let mut child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
///     let stdout = OwnedFd::from(child.stdout.take().unwrap());
///     let stdout = Async::new(PipeReader::from(stdout))?;
///     let mut output = Vec::new();
///     stdout.read_to_end(&mut output).await?;
///     assert_eq!(output, b"hello\n");
///     assert_eq!(beside.await.unwrap(), "not kept waiting");
///     child.wait()
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Async<T> {
    // Before `io`: a descriptor is watched no longer when it is closed.
    registration: Registration,
    io: T,
}

impl<T: AsFd> Async<T> {
    /// Has the loop of this runtime watch a descriptor, and makes it non-blocking. It is
    /// made blocking again, if it was, when this is dropped: what it stands for may be
    /// shared with others, as a terminal is with the shell.
    ///
    /// Make one of it and share that, by `&` or `Rc`. Duplicates (`try_clone`; the input and the
    /// output of a terminal) can be watched each, but what they stand for is one thing, and
    /// blocks or does not: the drop of the first `Async` of them makes all of them blocking.
    ///
    /// # Errors
    ///
    /// `Unsupported`: the descriptor never blocks, like that of a file on a disk; read it on
    /// a thread. `AlreadyExists`: it is watched already, by another `Async`. Else the
    /// kernel's limits.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn new(io: T) -> io::Result<Self> {
        let new = Self::watched(io, Kind::Other)?;
        let source = new.source();
        source.was_blocking.set(!sys::set_nonblocking(source.number, true)?);
        Ok(new)
    }

    /// The same with a socket that was made here. It stays non-blocking.
    #[track_caller]
    pub(crate) fn made(io: T, kind: Kind) -> io::Result<Self> {
        sys::set_nonblocking(io.as_fd().as_raw_fd(), true)?;
        Self::watched(io, kind)
    }

    /// The same with one that is non-blocking already.
    #[track_caller]
    pub(crate) fn watched(io: T, kind: Kind) -> io::Result<Self> {
        let here = event_loop::expect("`io::Async::new`");
        let fd = io.as_fd(); // user code, and so before the reactor is borrowed
        let source = Rc::new(Source::new(&here, fd.as_raw_fd(), kind));
        let token = here.watch(fd, Rc::clone(&source) as _)?;
        Ok(Self { registration: Registration { source, token }, io })
    }
}

impl<T> Async<T> {
    /// What is inside. Its own operations do not wait: they return `WouldBlock`.
    pub fn get_ref(&self) -> &T {
        &self.io
    }

    /// What is inside, watched no longer. What was given to [`new`](Self::new) is as it was
    /// before. A socket that was made here, by `bind`, `connect`, `accept` or `pair`, is
    /// non-blocking.
    pub fn into_inner(self) -> T {
        self.io
    }

    pub(crate) fn source(&self) -> &Source {
        &self.registration.source
    }

    /// Does an operation that reads, in the wide sense: one whose `WouldBlock` means that
    /// something has to arrive first. It is tried at once, and again each time that something
    /// has arrived, until it says something else.
    ///
    /// # Errors
    ///
    /// Those of the operation, but `WouldBlock` and `Interrupted`.
    ///
    /// # Panics
    ///
    /// Panics in another runtime than its own.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that the operation has not happened: the poll in which it
    /// happens returns what it gave.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::net::UnixDatagram;
    /// use mainspring::io::Async;
    ///
    /// mainspring::block_on(async {
    ///     let (near, far) = UnixDatagram::pair()?;
    ///     let near = Async::new(near)?;
    ///     far.send(b"a message")?;
    ///     let mut buffer = [0; 64];
    ///     let length = near.read_with(|socket| socket.recv(&mut buffer)).await?;
    ///     assert_eq!(&buffer[..length], b"a message");
    ///     Ok(())
    /// })
    /// # .map_err(|error: std::io::Error| panic!("{error}"));
    /// ```
    pub fn read_with<R>(
        &self,
        operation: impl FnMut(&T) -> io::Result<R>,
    ) -> impl Future<Output = io::Result<R>> {
        self.operate(&self.source().read, operation)
    }

    /// Does an operation that writes: one whose `WouldBlock` means that there has to be room
    /// first. Else as [`read_with`](Self::read_with).
    ///
    /// # Errors
    ///
    /// Those of the operation, but `WouldBlock` and `Interrupted`.
    ///
    /// # Panics
    ///
    /// Panics in another runtime than its own.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that the operation has not happened.
    pub fn write_with<R>(
        &self,
        operation: impl FnMut(&T) -> io::Result<R>,
    ) -> impl Future<Output = io::Result<R>> {
        self.operate(&self.source().write, operation)
    }

    /// Does an operation that no edge is told of. It is not to say `WouldBlock`.
    pub(crate) async fn attempt<R>(
        &self,
        operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.operate(&Direction::default(), operation).await
    }

    /// Not an `async fn`: that would keep its arguments beside what it makes of them, and what
    /// a task keeps while it waits for a socket is this.
    fn operate<R>(
        &self,
        direction: &Direction,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> impl Future<Output = io::Result<R>> {
        let mut ticket = direction.ticket();
        poll_fn(move |cx| self.source().poll(&mut ticket, cx, || operation(&self.io)))
    }
}

/// Reading.
impl<T> Async<T>
where
    for<'a> &'a T: Read,
{
    /// Reads into `buffer` what is there, and waits if nothing is. Returns how many bytes it
    /// was: 0 at the end, and if there is no room in `buffer`.
    ///
    /// # Errors
    ///
    /// Those of reading from `T`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing: nothing has been read.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0); // where TCP would wait
        }
        self.read_with(|_| self.read_now(buffer)).await
    }

    /// Reads what is there now, and notes whether that was all.
    pub(super) fn read_now(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = (&self.io).read(buffer)?;
        self.source().has_read(count, buffer.len());
        Ok(count)
    }

    /// Reads into several buffers, one after the other, by one system call.
    ///
    /// # Errors
    ///
    /// Those of reading from `T`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing: nothing has been read.
    pub async fn read_vectored(
        &self,
        buffers: &mut [IoSliceMut<'_>],
    ) -> io::Result<usize> {
        self.read_with(|mut io| io.read_vectored(buffers)).await
    }

    /// Fills `buffer`.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof`: the end came first. Else those of reading from `T`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses what has come: nobody knows how much of `buffer` is filled. A
    /// [`BufReader`](super::BufReader) keeps it.
    pub async fn read_exact(&self, buffer: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]).await? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                count => filled += count,
            }
        }
        Ok(())
    }

    /// Reads to the end, into `bytes`, behind what is there. Returns how many bytes it was.
    /// There is no bound: the other end decides how much memory it takes.
    ///
    /// # Errors
    ///
    /// Those of reading from `T`. What came before stands in `bytes`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing: what has come stands in `bytes`.
    pub async fn read_to_end(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let before = bytes.len();
        let mut chunk = vec![0; CHUNK];
        loop {
            match self.read(&mut chunk).await? {
                0 => return Ok(bytes.len() - before),
                count => bytes.extend_from_slice(&chunk[..count]),
            }
        }
    }
}

/// Writing.
impl<T> Async<T>
where
    for<'a> &'a T: Write,
{
    /// Writes as many of these bytes as there is room for, and waits if there is none.
    /// Returns how many it was. What is written is the system's: it is sent whether or not
    /// anyone waits.
    ///
    /// # Errors
    ///
    /// `BrokenPipe`, `ConnectionReset`: nobody is going to read it. Else those of writing to
    /// `T`. A socket raises no signal.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that nothing has been written.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with(|mut io| io.write(bytes)).await
    }

    /// Writes several buffers, one after the other, by one system call.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), but std asks for no silence here: in a program that has put
    /// SIGPIPE back to its default, the signal is raised.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that nothing has been written.
    pub async fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_with(|mut io| io.write_vectored(buffers)).await
    }

    /// Writes all of these bytes, and waits for room as often as it has to.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write). Some of the bytes may have been written.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early leaves some of the bytes written, and nobody knows how many. A
    /// [`BufWriter`](super::BufWriter) does.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write_with(|mut io| io.write(bytes)).await? {
                0 => return Err(ErrorKind::WriteZero.into()),
                count => bytes = &bytes[count..],
            }
        }
        Ok(())
    }
}

impl<T> AsyncRead for Async<T>
where
    for<'a> &'a T: Read,
{
    async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Async::read(self, buffer).await
    }
}

impl<T> AsyncWrite for Async<T>
where
    for<'a> &'a T: Write,
{
    async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Async::write(self, bytes).await
    }
}

impl<T: AsFd> AsFd for Async<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl<T: fmt::Debug> fmt::Debug for Async<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Async").field(&self.io).finish()
    }
}

/// That a descriptor is watched.
struct Registration {
    source: Rc<Source>,
    token: Token,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let is_open = self.source.unwatch(self.token);
        if is_open && self.source.was_blocking.get() {
            // It does not fail: the descriptor is open.
            let _ = sys::set_nonblocking(self.source.number, false);
        }
    }
}
