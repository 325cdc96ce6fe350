//! A saving: a read that does not fill its buffer has read all that there was.

use std::cell::Cell;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::os::fd::AsFd;
use std::rc::Rc;

use mainspring::reactor::{Readiness, Token};

use super::operation::{Direction, Operation};
use super::runtime::{Watcher, current};
use super::source::Source;

impl Watcher for Source {
    fn notice(&self, readiness: Readiness) {
        if readiness.readable {
            self.note(Direction::Read);
        }
        if readiness.writable {
            self.note(Direction::Write);
        }
    }
}

/// A socket that the loop watches. It belongs to the loop that it was made in.
pub struct Socket<T: AsFd> {
    inside: T,
    source: Rc<Source>,
    token: Token,
    operations: Cell<u64>,
}

/// A wait that leaves its socket's list when it is dropped.
struct Place<'a> {
    source: &'a Source,
    direction: Direction,
    number: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.source.leave(self.direction, self.number);
    }
}

impl<T: AsFd> Socket<T> {
    /// Watches a socket, which must not block.
    fn new(inside: T) -> io::Result<Self> {
        let source = Rc::new(Source::default());
        let runtime = current();
        let watcher = Rc::clone(&source) as Rc<dyn Watcher>;
        let token = runtime.reactor.borrow_mut().register(&inside, watcher)?;
        Ok(Socket { inside, source, token, operations: Cell::new(0) })
    }

    /// Tries until the kernel says something else than `WouldBlock`, and waits in between.
    async fn operate(
        &self,
        direction: Direction,
        mut call: impl FnMut(&T) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let number = self.operations.replace(self.operations.get() + 1);
        let place = Place { source: &self.source, direction, number };
        poll_fn(|cx| {
            let call = &mut || call(&self.inside);
            let waker = cx.waker();
            place.source.attempt(&mut Operation { direction, number, waker, call })
        })
        .await
    }
}

impl<T: AsFd> Drop for Socket<T> {
    /// First it is struck off, then closed.
    fn drop(&mut self) {
        let source = current().reactor.borrow_mut().deregister(self.token, &self.inside);
        drop(source);
    }
}

/// Waits for connections.
pub struct Listener(Socket<TcpListener>);

impl Listener {
    /// # Errors
    ///
    /// Those of std's `bind`, and no descriptor left.
    pub fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Listener(Socket::new(listener)?))
    }

    /// # Errors
    ///
    /// Those of std's `local_addr`.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.inside.local_addr()
    }

    /// The next connection. Dropped early, it has taken none.
    ///
    /// # Errors
    ///
    /// Those of std's `accept`.
    pub async fn accept(&self) -> io::Result<Stream> {
        let mut accepted = None;
        let accept = |listener: &TcpListener| {
            accepted = Some(listener.accept()?.0);
            Ok(0)
        };
        self.0.operate(Direction::Read, accept).await?;
        Stream::of(accepted.expect("it was accepted"))
    }
}

/// A connection.
pub struct Stream(Socket<TcpStream>);

impl Stream {
    fn of(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Stream(Socket::new(stream)?))
    }

    /// Connects, for which it blocks the thread: on one machine that is no time.
    ///
    /// # Errors
    ///
    /// Those of std's `connect`.
    pub fn connect(address: impl ToSocketAddrs) -> io::Result<Self> {
        Self::of(TcpStream::connect(address)?)
    }

    /// Reads some bytes; none are the end. Dropped early, it has read none.
    ///
    /// # Errors
    ///
    /// Those of std's `read`.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = buffer.len();
        let read = |mut stream: &TcpStream| stream.read(buffer);
        let count = self.0.operate(Direction::Read, read).await?;
        // The library asks too whether the end has come already, of which there would be no
        // other edge. The clients of the race never close one side only.
        if 0 < count && count < room {
            self.0.source.drained(Direction::Read);
        }
        Ok(count)
    }

    /// Writes all bytes. Dropped early, it has written some.
    ///
    /// # Errors
    ///
    /// Those of std's `write`, and `WriteZero` if it takes none.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let write = |mut stream: &TcpStream| stream.write(bytes);
            match self.0.operate(Direction::Write, write).await? {
                0 => return Err(ErrorKind::WriteZero.into()),
                count => bytes = &bytes[count..],
            }
        }
        Ok(())
    }
}
