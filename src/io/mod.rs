//! Input and output that waits in a task and not in the thread.
//!
//! The kernel tells the [reactor](crate::reactor) that a descriptor is ready; a task wants
//! to read a line. What lies between is an [`Async`]: it tries an operation, and if the kernel
//! says that it would block, leaves word of the task, and lets the loop wake it. Everything
//! else here is written with that alone.
//!
//! | file | what is in it |
//! |---|---|
//! | `source` | what is known of a descriptor, and who waits for it |
//! | `short_read` | a system call that is saved |
//! | `asynchronous` | `Async`: operations that wait |
//! | `traits` | what can be read from and written to |
//! | `buf_reader`, `buf_writer`, `copy` | lines, pieces, and all of it |
//! | `futures_io` | the traits that other crates read and write by |
//!
//! # The crates of others
//!
//! Many crates know no runtime. Those that need a waker alone (async-channel, async-lock,
//! event-listener) run in a task as they are. Those that read and write do so by the traits of
//! the crate futures-io, which the sockets have with the feature of that name:
//!
//! ```toml
//! mainspring = { version = "0.1", features = ["futures-io"] }
//! ```
//!
//! A client of TLS, by futures-rustls. Its `config` says whom to trust: the authorities of the
//! system (the crate rustls-native-certs), or those of Mozilla (webpki-roots).
//!
//! ```ignore
//! use std::{io, sync::Arc};
//!
//! use futures_rustls::{TlsConnector, client::TlsStream, rustls::ClientConfig};
//! use mainspring::net::TcpStream;
//!
//! pub async fn connect(
//!     host: &str,
//!     port: u16,
//!     config: Arc<ClientConfig>,
//! ) -> io::Result<TlsStream<TcpStream>> {
//!     let name = host.to_owned().try_into().map_err(io::Error::other)?;
//!     let stream = TcpStream::connect((host, port)).await?;
//!     TlsConnector::from(config).connect(name, stream).await
//! }
//! ```
//!
//! Both ends of a WebSocket, by async-tungstenite:
//!
//! ```ignore
//! use async_tungstenite::tungstenite::{Error, Message};
//! use async_tungstenite::{accept_async, client_async};
//! use futures_util::StreamExt;
//! use mainspring::net::TcpStream;
//!
//! pub async fn echo(stream: TcpStream) -> Result<(), Error> {
//!     let mut socket = accept_async(stream).await?;
//!     while let Some(message) = socket.next().await {
//!         let message = message?;
//!         if message.is_text() || message.is_binary() {
//!             socket.send(message).await?; // it answers a ping and a close by itself
//!         }
//!     }
//!     Ok(())
//! }
//!
//! pub async fn ask(stream: TcpStream, question: &str) -> Result<Option<Message>, Error> {
//!     let (mut socket, _response) = client_async("ws://localhost/", stream).await?;
//!     socket.send(Message::text(question)).await?;
//!     let answer = socket.next().await.transpose()?;
//!     socket.close(None).await?;
//!     Ok(answer)
//! }
//! ```
//!
//! A server of HTTP, by hyper. hyper has traits of its own, so there is an adapter between:
//! `Io`, `Timer` and an `Executor` for HTTP/2, in three short files of the repository
//! (`chapters/web/src`), which are yours to copy. Around a TLS stream, `Io` makes it HTTPS.
//!
//! ```ignore
//! use hyper::server::conn::http1;
//! use hyper::service::service_fn;
//! use hyper::{Request, Response, body::Incoming};
//! use mainspring::net::TcpListener;
//! use mainspring_web::{Io, Timer};
//!
//! async fn hello(request: Request<Incoming>) -> Result<Response<String>, hyper::Error> {
//!     Ok(Response::new(format!("This is {}.\n", request.uri().path())))
//! }
//!
//! pub async fn serve(listener: TcpListener) -> std::io::Result<()> {
//!     let mut server = http1::Builder::new();
//!     server.timer(Timer::new()); // whoever sends no request within 30 s is hung up on
//!     loop {
//!         let (stream, _) = listener.accept().await?;
//!         let connection = server.serve_connection(Io::new(stream), service_fn(hello));
//!         drop(mainspring::spawn(connection)); // an error of one client is no one else's
//!     }
//! }
//! ```
//!
//! These three are files of the package `tests/ecosystem`, which runs them and more: what of
//! these crates works, and what of it is promised, stands in its `README.md`.

mod asynchronous;
mod buf_reader;
mod buf_writer;
mod copy;
#[cfg(feature = "futures-io")]
mod futures_io;
mod short_read;
pub(crate) mod source;
mod traits;

pub use asynchronous::Async;
pub use buf_reader::BufReader;
pub use buf_writer::BufWriter;
pub use copy::copy;
pub use traits::{AsyncRead, AsyncWrite};
