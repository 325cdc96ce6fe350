//! The traits of `futures-io`, by which crates read and write that know no runtime.
//!
//! An operation here is a future, which keeps its ticket from one poll to the next and gives
//! it back when it is dropped. The traits have polls alone, and between two of them nothing
//! that could keep a ticket. So it lies in the direction, and there is one for each:
//!
//! * Reading and writing have each their own, so one task may read while another one writes.
//! * Of several tasks that poll in one direction the last is woken, as the traits have it.
//!   Futures such as that of [`Async::read`] have tickets of their own, and are not concerned.
//! * To poll no more says nothing to anybody. So a task that was told to wait and has lost
//!   interest is woken once for nothing; and until then a virtual clock that has no deadline
//!   left waits with it, and reports no deadlock.
//!
//! All else is as in the futures: the attempts, the errors, the share of a turn.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use super::Async;
use super::source::{Direction, Ticket};

impl<T> Async<T> {
    /// Tries an operation in one direction. If it has to wait, the direction keeps the ticket.
    fn poll_in<R>(
        &self,
        direction: &Direction,
        cx: &mut Context<'_>,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let mut ticket = Ticket { direction, number: direction.kept.take() };
        let polled = self.source().poll(&mut ticket, cx, || operation(self.get_ref()));
        if polled.is_pending() {
            // To clone a waker is user code, and may have polled: the last one counts, which
            // is this, and the other's ticket is dropped.
            ticket.number = direction.kept.replace(ticket.number);
        }
        polled
    }
}

/// The same for an owner and for a reference, so that two tasks can share a socket.
macro_rules! readable {
    ($($(#[$docs:meta])* $reader:ty),*) => {$(
        $(#[$docs])*
        impl<T> AsyncRead for $reader
        where
            for<'a> &'a T: Read,
        {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                if buffer.is_empty() {
                    return Poll::Ready(Ok(0)); // as `Async::read`
                }
                self.poll_in(&self.source().read, cx, |_| self.read_now(buffer))
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                self.poll_in(&self.source().read, cx, |mut io| io.read_vectored(buffers))
            }
        }
    )*};
}

readable!(
    /// With the feature `futures-io`: what can be read here is read by the crates of
    /// others, also by reference.
    ///
    /// Of several tasks that poll it without success, the last one is woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::io;
    /// use std::pin::Pin;
    /// use futures_io::{AsyncRead, AsyncWrite};
    /// use mainspring::net::UnixStream;
    ///
    /// /// By somebody who knows of no runtime.
    /// async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    ///     let mut stream = Pin::new(&mut stream);
    ///     let mut word = [0; 4];
    ///     let count = poll_fn(|cx| stream.as_mut().poll_read(cx, &mut word)).await?;
    ///     poll_fn(|cx| stream.as_mut().poll_write(cx, &word[..count])).await?;
    ///     poll_fn(|cx| stream.as_mut().poll_close(cx)).await
    /// }
    ///
    /// mainspring::block_on(async {
    ///     let (near, far) = UnixStream::pair()?;
    ///     let server = mainspring::spawn(answer(far));
    ///     near.write_all(b"ping").await?;
    ///     let mut heard = Vec::new();
    ///     near.read_to_end(&mut heard).await?;
    ///     assert_eq!(heard, b"ping");
    ///     server.await.unwrap()
    /// })?;
    /// # Ok::<(), io::Error>(())
    /// ```
    Async<T>,
    &Async<T>
);

macro_rules! writable {
    ($($writer:ty),*) => {$(
        /// With the feature `futures-io`. To flush it does nothing, since nothing is kept
        /// back; to close it ends the writing half. Of a connection that is broken, or closed
        /// already, that is no error.
        impl AsyncWrite for $writer {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.poll_in(&self.source().write, cx, |mut io| io.write(bytes))
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                self.poll_in(&self.source().write, cx, |mut io| io.write_vectored(buffers))
            }

            // Also where there is no room: who has nothing to write need not wait for it.
            fn poll_flush(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_close(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Poll::Ready(match self.shutdown(Shutdown::Write) {
                    Err(error) if error.kind() == ErrorKind::NotConnected => Ok(()),
                    result => result,
                })
            }
        }
    )*};
}

// The streams whose one direction can be ended while the other goes on.
writable!(Async<TcpStream>, &Async<TcpStream>, Async<UnixStream>, &Async<UnixStream>);
