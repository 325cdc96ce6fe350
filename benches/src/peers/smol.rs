//! Smol: async-executor's `LocalExecutor`, with async-io for the rest.

use std::time::Duration;

use async_executor::{LocalExecutor, Task};
use async_io::Timer;
use futures_lite::future;

use super::Peer;

pub struct Smol;

thread_local! {
    /// Smol's tasks are spawned on an executor that the program keeps; it lives as long as
    /// the measuring process.
    static EXECUTOR: &'static LocalExecutor<'static> =
        Box::leak(Box::new(LocalExecutor::new()));
}

impl Peer for Smol {
    type Handle<T: 'static> = Task<T>;

    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> Result<T, String> {
        let task = async { Self::join(Self::spawn(future)).await };
        Ok(async_io::block_on(EXECUTOR.with(|executor| executor.run(task))))
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Self::Handle<T> {
        EXECUTOR.with(|executor| executor.spawn(future))
    }

    async fn join<T: 'static>(handle: Self::Handle<T>) -> T {
        handle.await
    }

    fn detach<T: 'static>(handle: Self::Handle<T>) {
        handle.detach();
    }

    fn yield_now() -> impl Future<Output = ()> {
        future::yield_now()
    }

    async fn sleep(duration: Duration) {
        Timer::after(duration).await;
    }

    async fn timeout<T>(
        duration: Duration,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        let late = async {
            Timer::after(duration).await;
            None
        };
        future::or(async { Some(future.await) }, late).await
    }
}
