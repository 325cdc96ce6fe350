//! Sockets: TCP, UDP, and those of Unix.
//!
//! There is one shape for all of them: each is an [`Async`](crate::io::Async) of the socket
//! that the standard library has under the same name. Reading and writing, vectored and
//! exact, to the end and all of it, stand there, once. What is here is what only sockets
//! do: bind, connect, accept, send a datagram.
//!
//! What the standard library knows besides (options, multicast, timestamps) is reached by
//! [`get_ref`](crate::io::Async::get_ref); a socket that was set up by it, or handed to
//! the process, becomes one of these by [`Async::new`](crate::io::Async::new). (A TCP stream
//! that was made so does without the saving of `short_read`.)
//!
//! | file | what is in it |
//! |---|---|
//! | `address` | addresses and names; looking names up off the loop |
//! | `accept` | accepting, whatever happens to one connection |
//! | `tcp`, `udp`, `unix` | what is particular to each |

mod accept;
mod address;
mod tcp;
mod udp;
mod unix;

pub use address::{Address, lookup};
pub use tcp::{TcpListener, TcpStream};
pub use udp::UdpSocket;
pub use unix::{UnixDatagram, UnixListener, UnixStream};
