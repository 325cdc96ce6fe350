//! Addresses, and the names that stand for them.
//!
//! A name is looked up by the system (`getaddrinfo`), which reads files and asks servers, for
//! seconds if it must, and cannot be interrupted. So it is asked on a thread of its own. The
//! thread holds one end of a pair of sockets. When it is done that end is closed, and this
//! the loop can wait for like for anything else.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::panic::resume_unwind;
use std::thread;

use crate::io::Async;
use crate::runtime;

/// Where to connect to, or where to be reached: an address, or a name with a port that has
/// to be looked up first, such as `"example.com:80"` or `("example.com", 80)`.
#[derive(Clone, Debug)]
pub struct Address(Host);

#[derive(Clone, Debug)]
enum Host {
    Known(Vec<SocketAddr>),
    /// With its port.
    Named(String),
}

impl Address {
    /// Tries its addresses, one after the other, until one will do.
    pub(super) async fn first<R>(
        self,
        attempt: impl AsyncFn(SocketAddr) -> io::Result<R>,
    ) -> io::Result<R> {
        let mut outcome = Err(io::Error::new(ErrorKind::InvalidInput, "no address"));
        for address in lookup(self).await? {
            outcome = attempt(address).await;
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

macro_rules! known {
    ($($known:ty),*) => {$(
        impl From<$known> for Address {
            fn from(address: $known) -> Self {
                Self(Host::Known(vec![address.into()]))
            }
        }
    )*};
}

known!(SocketAddr, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl From<Vec<SocketAddr>> for Address {
    fn from(addresses: Vec<SocketAddr>) -> Self {
        Self(Host::Known(addresses))
    }
}

impl From<&[SocketAddr]> for Address {
    fn from(addresses: &[SocketAddr]) -> Self {
        addresses.to_vec().into()
    }
}

impl From<(&str, u16)> for Address {
    fn from((host, port): (&str, u16)) -> Self {
        match host.parse::<IpAddr>() {
            Ok(ip) => (ip, port).into(),
            Err(_) => Self(Host::Named(format!("{host}:{port}"))),
        }
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        match text.parse::<SocketAddr>() {
            Ok(address) => address.into(),
            Err(_) => Self(Host::Named(text.into())),
        }
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

/// Looks up the addresses of a name and port, such as `"localhost:80"`, in the order in which
/// the system would try them. Other tasks go on meanwhile.
///
/// # Errors
///
/// The name has no port, or the system knows no address of it.
///
/// # Panics
///
/// Panics outside a runtime.
///
/// # Cancel safety
///
/// Dropping it early lets the thread that asks end by itself.
///
/// # Examples
///
/// ```
/// mainspring::block_on(async {
///     let addresses = mainspring::net::lookup("localhost:80").await?;
///     assert!(addresses.iter().all(|address| address.ip().is_loopback()));
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn lookup(name: impl Into<Address>) -> io::Result<Vec<SocketAddr>> {
    match name.into().0 {
        Host::Known(addresses) => Ok(addresses),
        Host::Named(name) => resolve(name).await,
    }
}

async fn resolve(name: String) -> io::Result<Vec<SocketAddr>> {
    let (near, far) = UnixStream::pair()?;
    let work = runtime::outside_work();
    let ask = move || {
        let addresses = name.to_socket_addrs().map(Vec::from_iter);
        drop((far, work));
        addresses
    };
    let thread = thread::Builder::new().name("lookup".into()).spawn(ask)?;
    Async::new(near)?.read(&mut [0]).await?;
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}
