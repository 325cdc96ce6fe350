//! UDP.

use std::io;
use std::net::{self, SocketAddr};

use super::address::Address;
use crate::io::Async;
use crate::io::source::Kind;

/// A socket that sends and receives datagrams. What does not fit into the buffer of a receiver
/// is cut off; what there is no room for on the way is lost, and nobody hears of it.
///
/// # Examples
///
/// ```
/// use mainspring::net::UdpSocket;
///
/// mainspring::block_on(async {
///     let one = UdpSocket::bind("127.0.0.1:0").await?;
///     let other = UdpSocket::bind("127.0.0.1:0").await?;
///     one.send_to(b"hello", other.local_addr()?).await?;
///     let mut buffer = [0; 1500];
///     let (length, from) = other.recv_from(&mut buffer).await?;
///     assert_eq!((&buffer[..length], from), (&b"hello"[..], one.local_addr()?));
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub type UdpSocket = Async<net::UdpSocket>;

impl Async<net::UdpSocket> {
    /// Receives at an address; of several, at the first that will do. Port 0 has the system
    /// choose one.
    ///
    /// # Errors
    ///
    /// `AddrInUse`: somebody else receives there. The name is not known.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that nobody receives.
    pub async fn bind(address: impl Into<Address>) -> io::Result<Self> {
        let bind = async |address| net::UdpSocket::bind(address);
        Self::made(address.into().first(bind).await?, Kind::Other)
    }

    /// Sends to this address from now on, by [`send`](Self::send), and receives from it
    /// alone. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// There is no way to it. The name is not known.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early leaves the socket as it was.
    pub async fn connect(&self, address: impl Into<Address>) -> io::Result<()> {
        let connect = async |address| self.get_ref().connect(address);
        address.into().first(connect).await
    }

    /// Sends a datagram to the address it is connected to.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused`: nobody receives there, as the answer to an *earlier* datagram
    /// said. Else those of the system.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that it was not sent.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.write_with(|socket| socket.send(datagram)).await
    }

    /// Receives a datagram from the address it is connected to, and says how long it is.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused`: as [`send`](Self::send), also while it waits.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses no datagram.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|socket| socket.recv(buffer)).await
    }

    /// Sends a datagram to an address.
    ///
    /// # Errors
    ///
    /// Those of the system: the datagram is too long, or there is no way to the address.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early means that it was not sent.
    pub async fn send_to(&self, datagram: &[u8], to: SocketAddr) -> io::Result<usize> {
        self.write_with(|socket| socket.send_to(datagram, to)).await
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

    /// Where it receives.
    ///
    /// # Errors
    ///
    /// None that is known.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }
}
