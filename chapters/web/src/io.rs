//! A connection for hyper.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};

/// How much is read at once.
const PIECE: usize = 8 * 1024;

/// Whatever is read and written by the traits of futures-io, for hyper: a `TcpStream` or a
/// `UnixStream` of mainspring, or a TLS stream around one.
///
/// hyper reads into memory that need not be initialised, and lets only `unsafe` say that it
/// was. So what is read goes through a piece of the stack, and is copied once.
#[derive(Debug)]
pub struct Io<S>(S);

impl<S> Io<S> {
    /// Around a stream.
    pub fn new(stream: S) -> Self {
        Self(stream)
    }

    /// The stream. Nothing is kept back here; what hyper has read ahead is in its `Parts`.
    pub fn into_inner(self) -> S {
        self.0
    }
}

impl<S: AsyncRead + Unpin> Read for Io<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut piece = [0; PIECE];
        let room = buffer.remaining().min(PIECE);
        let count = ready!(Pin::new(&mut self.0).poll_read(cx, &mut piece[..room]))?;
        buffer.put_slice(&piece[..count]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Write for Io<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, buffers)
    }

    /// As sockets do and TLS does. Another stream may write the first buffer alone, which is
    /// right, and slow.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
