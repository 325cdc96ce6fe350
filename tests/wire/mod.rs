//! What tests of sockets begin with: connections, faults of the other end, and a count of the
//! descriptors that are open.

#![allow(dead_code, unsafe_code)] // no file needs all of it

use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use mainspring::net::{TcpListener, TcpStream, UnixStream};
use mainspring::task::{TaskInfo, all, yield_now};

/// A TCP connection: the end that has connected, and the one that was accepted.
pub async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (far, _) = listener.accept().await.unwrap();
    (near, far)
}

/// Ends a connection by a reset.
pub fn reset(stream: TcpStream) {
    stream.set_linger(Some(Duration::ZERO)).unwrap();
}

/// Writes until there is no room. How many bytes it was.
pub async fn fill<T>(stream: &mainspring::io::Async<T>) -> usize
where
    for<'a> &'a T: Write,
{
    let mut written = 0;
    loop {
        match stream.get_ref().write(&[7; 4096]) {
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return written,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What one poll says.
pub async fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

/// Lets other tasks run until one says what it waits on.
pub async fn until_waiting(text: &str) -> TaskInfo {
    loop {
        let is_waiting = |task: &TaskInfo| task.to_string().contains(text);
        if let Some(task) = all().into_iter().find(is_waiting) {
            return task;
        }
        yield_now().await;
    }
}

/// How many descriptors this process has open. For a process that does nothing else.
pub fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count() - 1 // the folder's own
}

/// Sets an option of a socket to a number.
pub fn set_option(
    socket: impl AsFd,
    level: i32,
    name: i32,
    value: i32,
) -> io::Result<()> {
    let fd = socket.as_fd().as_raw_fd();
    let size = libc::socklen_t::try_from(size_of::<i32>()).unwrap();
    // SAFETY: the kernel reads the four bytes of `value`.
    let result =
        unsafe { libc::setsockopt(fd, level, name, (&raw const value).cast(), size) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The least room that the system gives a Unix stream.
pub fn narrow() -> (UnixStream, UnixStream) {
    let (near, far) = UnixStream::pair().unwrap();
    for end in [&near, &far] {
        set_option(end, libc::SOL_SOCKET, libc::SO_SNDBUF, 1).unwrap();
    }
    (near, far)
}

/// Whether operations on a descriptor return at once.
pub fn is_nonblocking(fd: impl AsFd) -> bool {
    // SAFETY: takes no memory.
    let flags = unsafe { libc::fcntl(fd.as_fd().as_raw_fd(), libc::F_GETFL) };
    assert!(flags >= 0);
    flags & libc::O_NONBLOCK != 0
}

/// A descriptor that belongs to nobody, as in code that closes it by its number.
#[derive(Debug)]
pub struct Loose(pub RawFd);

impl Loose {
    pub fn close(number: RawFd) {
        // SAFETY: takes no memory; the test says who still uses the number.
        assert_eq!(unsafe { libc::close(number) }, 0);
    }
}

impl AsFd for Loose {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: not -1; the tests are about what happens when it is closed meanwhile.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

impl Read for &Loose {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // SAFETY: the kernel writes at most as many bytes as the buffer has.
        let count =
            unsafe { libc::read(self.0, buffer.as_mut_ptr().cast(), buffer.len()) };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }
}

impl Write for &Loose {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // SAFETY: the kernel reads as many bytes as there are.
        let count = unsafe { libc::write(self.0, bytes.as_ptr().cast(), bytes.len()) };
        usize::try_from(count).map_err(|_| io::Error::last_os_error())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
