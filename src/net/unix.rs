//! Sockets within the machine, which have a path for an address, or none.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::time::Duration;

use super::accept::accept;
use crate::io::Async;
use crate::io::source::Kind;
use crate::sys;
use crate::time::sleep;

/// How long a datagram waits for room at a receiver before it is tried again.
const WHILE: Duration = Duration::from_millis(1);

/// A socket in the file system that is connected to.
///
/// # Examples
///
/// ```
/// use mainspring::net::{UnixListener, UnixStream};
///
/// # let folder = std::env::temp_dir();
/// let path = folder.join(format!("mainspring-doc-{}", std::process::id()));
/// mainspring::block_on(async {
///     let listener = UnixListener::bind(&path)?;
///     let client = UnixStream::connect(&path).await?;
///     let (server, _) = listener.accept().await?;
///     client.write_all(b"hello").await?;
///     let mut buffer = [0; 64];
///     assert_eq!(server.read(&mut buffer).await?, 5);
///     Ok::<(), std::io::Error>(())
/// })?;
/// std::fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub type UnixListener = Async<net::UnixListener>;

/// A connection within the machine. [`UnixListener`] has an example.
pub type UnixStream = Async<net::UnixStream>;

/// A socket for datagrams within the machine: none gets lost, their order stays, and who
/// sends waits for room.
///
/// # Examples
///
/// ```
/// use mainspring::net::UnixDatagram;
///
/// mainspring::block_on(async {
///     let (near, far) = UnixDatagram::pair()?;
///     near.send(b"hello").await?;
///     let mut buffer = [0; 64];
///     assert_eq!(far.recv(&mut buffer).await?, 5);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub type UnixDatagram = Async<net::UnixDatagram>;

impl Async<net::UnixListener> {
    /// Makes a socket at this path, and listens. The path is not removed again.
    ///
    /// # Errors
    ///
    /// `AddrInUse`: there is something at the path already, if only what an earlier server
    /// left. Else those of making a file.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        let listener = net::UnixListener::bind(path)?;
        sys::listen_more(listener.as_fd())?;
        Self::made(listener, Kind::Other)
    }

    /// Accepts the next connection: it, and whose it is. Errors as of
    /// [`TcpListener::accept`](super::TcpListener#method.accept).
    ///
    /// # Errors
    ///
    /// What is wrong with the listener.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses no connection.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let (stream, address) = accept(self, net::UnixListener::accept).await?;
        Ok((Async::made(stream, Kind::Other)?, address))
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

impl Async<net::UnixStream> {
    /// Connects to the socket at this path. Within a machine that is done at once, or fails.
    ///
    /// # Errors
    ///
    /// `NotFound`, `PermissionDenied`: of the path. `ConnectionRefused`: nobody listens there
    /// any more. `ResourceBusy`: too many wait to be accepted; the system does not tell when
    /// that changes.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early closes the socket.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<Self> {
        let address = SocketAddr::from_pathname(path)?;
        match sys::connect_unix(&address) {
            Ok(socket) => Self::watched(socket.into(), Kind::Other),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let text = "too many connections wait to be accepted there";
                Err(io::Error::new(ErrorKind::ResourceBusy, text))
            }
            Err(error) => Err(error),
        }
    }

    /// Two ends that are connected to each other.
    ///
    /// # Errors
    ///
    /// There is no descriptor left.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = net::UnixStream::pair()?;
        Ok((Self::made(one, Kind::Other)?, Self::made(other, Kind::Other)?))
    }

    /// Ends one direction, or both: the other end reads what was written, and then the end.
    /// Tasks that wait here are woken.
    ///
    /// # Errors
    ///
    /// `NotConnected`: the connection is broken already.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.get_ref().shutdown(how)?;
        // The kernel does not tell of it a writer at this end that waits for room.
        self.source().stir();
        Ok(())
    }
}

impl Async<net::UnixDatagram> {
    /// Makes a socket at this path, and receives there.
    ///
    /// # Errors
    ///
    /// `AddrInUse`: there is something at the path already. Else those of making a file.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::made(net::UnixDatagram::bind(path)?, Kind::Other)
    }

    /// A socket without a path, to send from.
    ///
    /// # Errors
    ///
    /// There is no descriptor left.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    pub fn unbound() -> io::Result<Self> {
        Self::made(net::UnixDatagram::unbound()?, Kind::Other)
    }

    /// Two ends that are connected to each other.
    ///
    /// # Errors
    ///
    /// There is no descriptor left.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = net::UnixDatagram::pair()?;
        Ok((Self::made(one, Kind::Other)?, Self::made(other, Kind::Other)?))
    }

    /// Sends a datagram to the other end.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused`, `BrokenPipe`: there is nobody any more. `NotConnected`: there is no other end.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that it was not sent.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.write_with(|socket| socket.send(datagram)).await
    }

    /// Sends a datagram to the socket at this path. If that one has no room, it tries again
    /// every millisecond, since the system does not tell of it; of a socket that is connected
    /// to the receiver ([`get_ref`](Self::get_ref)`().connect`) it does.
    ///
    /// # Errors
    ///
    /// `NotFound`, `ConnectionRefused`: nobody receives there.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that it was not sent.
    pub async fn send_to(
        &self,
        datagram: &[u8],
        path: impl AsRef<Path>,
    ) -> io::Result<usize> {
        let path = path.as_ref();
        let send = |socket: &net::UnixDatagram| match socket.send_to(datagram, path) {
            // The kernel tells of room at a receiver only those who are connected to it.
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            result => result.map(Some),
        };
        loop {
            match self.attempt(send).await? {
                Some(length) => return Ok(length),
                None => sleep(WHILE).await,
            }
        }
    }

    /// Receives a datagram, and says how long it is.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses no datagram.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|socket| socket.recv(buffer)).await
    }

    /// Receives a datagram, and says how long it is and whose.
    ///
    /// # Errors
    ///
    /// Those of the system.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses no datagram.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.read_with(|socket| socket.recv_from(buffer)).await
    }
}
