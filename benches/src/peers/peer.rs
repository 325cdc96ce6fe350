//! What a workload asks of a runtime.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// What a workload asks of a runtime: what each of them offers its users.
pub trait Peer: 'static {
    /// The handle of a task.
    type Handle<T: 'static>: 'static;

    type Listener: 'static;
    type Stream: 'static;

    /// Whether no timer fires as long as some task is ready.
    const TIMERS_COME_LAST: bool = false;

    /// Runs a future to its end as a task of a new runtime on this thread. As a task,
    /// because runtimes poll the future of their `block_on` in ways of their own, and most
    /// of a program's work is done in tasks.
    ///
    /// # Errors
    ///
    /// The runtime cannot be made here; the text says why.
    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> Result<T, String>;

    /// Makes a task of a future, inside [`run`](Self::run).
    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Self::Handle<T>;

    /// Waits for a task's output.
    fn join<T: 'static>(handle: Self::Handle<T>) -> impl Future<Output = T>;

    /// Lets a task run on with nobody waiting for it.
    fn detach<T: 'static>(handle: Self::Handle<T>) {
        drop(handle);
    }

    /// Gives way to the other tasks.
    fn yield_now() -> impl Future<Output = ()>;

    /// Waits for a time.
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static;

    /// Waits for a future, for a time at most. None if the time was over first.
    fn timeout<T>(
        duration: Duration,
        future: impl Future<Output = T>,
    ) -> impl Future<Output = Option<T>>;

    /// Listens at an address, inside [`run`](Self::run). Says where, if the port was 0.
    fn listen(
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<(Self::Listener, SocketAddr)>>;

    /// Accepts the next connection.
    fn accept(
        listener: &Self::Listener,
    ) -> impl Future<Output = io::Result<Self::Stream>>;

    /// Sends back what comes, to the end, by way of a buffer of so many bytes.
    fn echo<const BUFFER: usize>(
        stream: Self::Stream,
    ) -> impl Future<Output = io::Result<()>> + 'static;
}
