//! Tokio: its current-thread runtime, in the form that takes futures that are not `Send`.

use std::time::Duration;

use tokio::runtime::{Builder, LocalOptions};
use tokio::task::{self, JoinHandle};
use tokio::time;

use super::Peer;

pub struct Tokio;

impl Peer for Tokio {
    type Handle<T: 'static> = JoinHandle<T>;

    fn run<T: 'static>(future: impl Future<Output = T> + 'static) -> Result<T, String> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default())
            .map_err(|error| error.to_string())?;
        Ok(runtime.block_on(async { Self::join(Self::spawn(future)).await }))
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Self::Handle<T> {
        task::spawn_local(future)
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
}
