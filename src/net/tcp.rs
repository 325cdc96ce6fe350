//! TCP.

use std::io::{self, ErrorKind};
use std::net::{self, Shutdown, SocketAddr};
use std::os::fd::AsFd;
use std::time::Duration;

use super::accept::accept;
use super::address::Address;
use crate::io::Async;
use crate::io::source::Kind;
use crate::sys;

/// A socket that is connected to from elsewhere.
///
/// # Examples
///
/// ```
/// use mainspring::{io, net::{TcpListener, TcpStream}};
///
/// mainspring::block_on(async {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let address = listener.local_addr()?;
///     let server = mainspring::spawn(async move {
///         let (stream, _) = listener.accept().await?;
///         io::copy(&stream, &stream).await
///     });
///     let stream = TcpStream::connect(address).await?;
///     stream.write_all(b"hello").await?;
///     let mut answer = [0; 5];
///     stream.read_exact(&mut answer).await?;
///     assert_eq!(&answer, b"hello");
///     drop(stream);
///     server.await.unwrap()
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub type TcpListener = Async<net::TcpListener>;

/// A TCP connection. [`TcpListener`] has an example.
pub type TcpStream = Async<net::TcpStream>;

impl Async<net::TcpListener> {
    /// Listens at an address; of several, at the first that will do. Port 0 has the system
    /// choose one. A port whose last server has just ended can be had again (`SO_REUSEADDR`),
    /// and as many connections may wait as the system allows.
    ///
    /// # Errors
    ///
    /// `AddrInUse`: somebody else listens there. `PermissionDenied`: the port is below 1024.
    /// The name is not known.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that nobody listens.
    pub async fn bind(address: impl Into<Address>) -> io::Result<Self> {
        let bind = async |address| net::TcpListener::bind(address);
        let listener = address.into().first(bind).await?;
        sys::listen_more(listener.as_fd())?;
        Self::made(listener, Kind::Other)
    }

    /// Accepts the next connection: it, and whose it is.
    ///
    /// An error of one connection, which has been reset before it was accepted for example, is
    /// passed over. While the process or the machine has no descriptor left, it waits, and the
    /// connections wait with it; a list of tasks says that it waits for a free descriptor.
    ///
    /// # Errors
    ///
    /// What is wrong with the listener; or the system watches no more descriptors for this user
    /// (`fs.epoll.max_user_watches`), and the connection is closed.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses no connection.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, address) = accept(self, net::TcpListener::accept).await?;
        Ok((Async::made(stream, Kind::TcpStream)?, address))
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// None that is known.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }
}

impl Async<net::TcpStream> {
    /// Connects to an address; of several, to the first that can be reached.
    ///
    /// How long the system tries is up to it: minutes, if nobody answers. A
    /// [`timeout`](crate::time::timeout) ends that sooner.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused`: nobody listens there. `TimedOut`, `HostUnreachable` and the like.
    /// The name is not known. Of several addresses it is the error of the last.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early closes the socket: nothing is connected, or no longer.
    pub async fn connect(address: impl Into<Address>) -> io::Result<Self> {
        address.into().first(Self::connect_to).await
    }

    async fn connect_to(address: SocketAddr) -> io::Result<Self> {
        let socket = net::TcpStream::from(sys::connect_tcp(&address)?);
        let stream = Self::watched(socket, Kind::TcpStream)?;
        stream.write_with(is_connected).await?;
        Ok(stream)
    }

    /// Reads without taking: the next read has the same bytes again.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing.
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|stream| stream.peek(buffer)).await
    }

    /// Ends one direction, or both: the other end reads what was written, and then the end.
    /// Tasks that wait here are woken.
    ///
    /// # Errors
    ///
    /// `NotConnected`: the connection is broken already.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.get_ref().shutdown(how)
    }

    /// Has each write sent at once, and not held back until the one before it has arrived
    /// (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// None that is known.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.get_ref().set_nodelay(nodelay)
    }

    /// What closing the connection does with data that is still to be sent (`SO_LINGER`).
    /// `None`, as it is at first: the system sends it by and by. A duration of zero: the
    /// connection is reset. Another one is counted in seconds, rounded up, and keeps the
    /// *thread* in `drop` for as long: it is better not to.
    ///
    /// # Errors
    ///
    /// None that is known.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        sys::set_linger(self.get_ref().as_fd(), linger)
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// None that is known.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// `NotConnected`: the connection is broken.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().peer_addr()
    }
}

/// What has become of an attempt to connect.
fn is_connected(socket: &net::TcpStream) -> io::Result<()> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    match socket.peer_addr() {
        Err(error) if error.kind() == ErrorKind::NotConnected => {
            Err(ErrorKind::WouldBlock.into())
        }
        result => result.map(drop),
    }
}
