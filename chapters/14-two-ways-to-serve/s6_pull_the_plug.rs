//! A server that is told to stop, and drops everybody.

use std::io;

use mainspring::group::{GroupError, TaskGroup};
use mainspring::join::select;
use mainspring::net::TcpListener;
use mainspring::sync::CancelToken;
use mainspring::task_group;

mod app;
#[path = "../00-introduction/cli.rs"]
mod cli;
mod http;
mod visitors;

async fn serve(listener: TcpListener) -> Result<(), GroupError<io::Error>> {
    task_group(async |group: TaskGroup<io::Error>| {
        loop {
            let (stream, _) = listener.accept().await?;
            drop(group.spawn(async move {
                let _ = http::serve_async(&stream, visitors::app).await;
                Ok(())
            }));
        }
    })
    .await
}

async fn serve_until(listener: TcpListener, stop: CancelToken) {
    select(stop.cancelled(), serve(listener)).await;
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    visitors::run(serve_until)
}
