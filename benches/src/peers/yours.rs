//! The reader's executor, as it is and with savings.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::Peer;

macro_rules! yours {
    ($($peer:ident $tree:ident)*) => {
        $(
            pub struct $peer;

            impl Peer for $peer {
                type Handle<T: 'static> = crate::yours::$tree::handle::Handle<T>;
                type Listener = crate::yours::$tree::net::Listener;
                type Stream = crate::yours::$tree::net::Stream;

                fn run<T: 'static>(
                    future: impl Future<Output = T> + 'static,
                ) -> Result<T, String> {
                    let runtime = crate::yours::$tree::runtime::Runtime::new();
                    let runtime = runtime.map_err(|error| error.to_string())?;
                    Ok(runtime.block_on(future)) // a task, as every other
                }

                fn spawn<T: 'static>(
                    future: impl Future<Output = T> + 'static,
                ) -> Self::Handle<T> {
                    crate::yours::$tree::runtime::spawn(future)
                }

                async fn join<T: 'static>(handle: Self::Handle<T>) -> T {
                    handle.await
                }

                fn yield_now() -> impl Future<Output = ()> {
                    crate::yours::$tree::timeout::yield_now()
                }

                fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
                    crate::yours::$tree::sleep::sleep(duration)
                }

                fn timeout<T>(
                    duration: Duration,
                    future: impl Future<Output = T>,
                ) -> impl Future<Output = Option<T>> {
                    crate::yours::$tree::timeout::timeout(duration, future)
                }

                async fn listen(
                    address: SocketAddr,
                ) -> io::Result<(Self::Listener, SocketAddr)> {
                    let listener = Self::Listener::bind(address)?;
                    let address = listener.local_addr()?;
                    Ok((listener, address))
                }

                async fn accept(listener: &Self::Listener) -> io::Result<Self::Stream> {
                    listener.accept().await
                }

                async fn echo<const BUFFER: usize>(
                    stream: Self::Stream,
                ) -> io::Result<()> {
                    let mut buffer = [0; BUFFER];
                    loop {
                        match stream.read(&mut buffer).await? {
                            0 => return Ok(()),
                            length => stream.write_all(&buffer[..length]).await?,
                        }
                    }
                }
            }
        )*
    };
}

yours! {
    Yours plain
    Slab slab
    Home home
    Kernel kernel
    Spare spare
    Bits bits
    Array array
    Clock clock
    Read read
}
