//! One loop, which sends to a pool of threads what would keep its own.

use std::io;

use mainspring::net::TcpListener;
use mainspring::{block_on, spawn, spawn_blocking};

mod app;
#[path = "../00-introduction/cli.rs"]
mod cli;
mod clients;
mod http;

async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        drop(spawn(async move { http::serve_async(&stream, app::app_in_threads).await }));
    }
}

fn main() -> io::Result<()> {
    let options = cli::options(&["--silent", "--mixed"]);
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        drop(spawn(serve(listener)));
        let clients = spawn_blocking(move || {
            clients::report("one loop and a pool", address, &options)
        });
        clients.await.map_err(io::Error::other)?
    })
}
