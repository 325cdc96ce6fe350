//! Mainspring: a [`Runtime`] with the machine's clock.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mainspring::net::{TcpListener, TcpStream};
use mainspring::runtime::Runtime;
use mainspring::task::{self, JoinHandle};
use mainspring::time;

use super::Peer;

pub struct Mainspring;

impl Peer for Mainspring {
    type Handle<T: 'static> = JoinHandle<T>;
    type Listener = TcpListener;
    type Stream = TcpStream;

    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> Result<T, String> {
        let mut runtime = Runtime::new().map_err(|error| error.to_string())?;
        Ok(runtime.block_on(async { Self::join(Self::spawn(future)).await }))
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Self::Handle<T> {
        task::spawn(future)
    }

    async fn join<T: 'static>(handle: Self::Handle<T>) -> T {
        handle.await.expect("no task of a workload panics")
    }

    fn yield_now() -> impl Future<Output = ()> {
        task::yield_now()
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

    async fn listen(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
        Ok(listener.accept().await?.0)
    }

    async fn echo<const BUFFER: usize>(stream: TcpStream) -> io::Result<()> {
        let mut buffer = [0; BUFFER];
        loop {
            match stream.read(&mut buffer).await? {
                0 => return Ok(()),
                length => stream.write_all(&buffer[..length]).await?,
            }
        }
    }
}
