//! Monoio, on its two drivers: epoll, which it calls legacy, and io_uring.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};
use monoio::task::JoinHandle;
use monoio::{IoUringDriver, LegacyDriver, RuntimeBuilder, time};

use super::Peer;

pub struct Monoio;
pub struct MonoioUring;

macro_rules! monoio_on {
    ($peer:ty, $driver:ty) => {
        impl Peer for $peer {
            type Handle<T: 'static> = JoinHandle<T>;
            type Listener = TcpListener;
            type Stream = TcpStream;

            // Its loop fires timers when it parks, and parks when no task is ready.
            const TIMERS_COME_LAST: bool = true;

            fn run<T: 'static>(
                future: impl Future<Output = T> + 'static,
            ) -> Result<T, String> {
                let mut runtime = RuntimeBuilder::<$driver>::new()
                    .enable_timer()
                    .build()
                    .map_err(|error| {
                        format!("no runtime with {}: {error}", stringify!($driver))
                    })?;
                Ok(runtime.block_on(async { Self::join(Self::spawn(future)).await }))
            }

            fn spawn<T: 'static>(
                future: impl Future<Output = T> + 'static,
            ) -> Self::Handle<T> {
                monoio::spawn(future)
            }

            async fn join<T: 'static>(handle: Self::Handle<T>) -> T {
                handle.await
            }

            fn yield_now() -> impl Future<Output = ()> {
                YieldNow(false)
            }

            fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
                time::sleep(duration)
            }

            async fn timeout<T>(
                duration: Duration,
                future: impl Future<Output = T>,
            ) -> Option<T> {
                time::timeout(duration, future).await.ok()
            }

            async fn listen(
                address: SocketAddr,
            ) -> io::Result<(TcpListener, SocketAddr)> {
                let listener = TcpListener::bind(address)?;
                let address = listener.local_addr()?;
                Ok((listener, address))
            }

            async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
                Ok(listener.accept().await?.0)
            }

            fn echo<const BUFFER: usize>(
                stream: TcpStream,
            ) -> impl Future<Output = io::Result<()>> + 'static {
                echo::<BUFFER>(stream)
            }
        }
    };
}

monoio_on!(Monoio, LegacyDriver);
monoio_on!(MonoioUring, IoUringDriver);

thread_local! {
    /// Who has given way, in this order.
    static YIELDED: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
}

/// Monoio has no `yield_now`, and a task that wakes itself while it is polled goes to the
/// front of monoio's queue: it gives way to nobody. This one does: a task at the end of
/// the queue wakes all who have yielded until then.
struct YieldNow(bool);

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        let is_first = YIELDED.with_borrow(Vec::is_empty);
        YIELDED.with_borrow_mut(|yielded| yielded.push(cx.waker().clone()));
        if is_first {
            drop(monoio::spawn(async {
                YIELDED.take().into_iter().for_each(Waker::wake)
            }));
        }
        Poll::Pending
    }
}

/// Monoio is lent its buffers: they are taken away and given back.
async fn echo<const BUFFER: usize>(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(BUFFER);
    let mut result;
    loop {
        (result, buffer) = stream.read(buffer).await;
        if result? == 0 {
            return Ok(());
        }
        (result, buffer) = stream.write_all(buffer).await;
        result?;
    }
}
