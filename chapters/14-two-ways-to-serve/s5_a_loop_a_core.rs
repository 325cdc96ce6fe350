//! A loop a core: threads that share nothing but a listening socket.

use std::net::{self, Ipv4Addr};
use std::{io, thread};

use mainspring::io::Async;
use mainspring::net::TcpListener;
use mainspring::task::yield_now;
use mainspring::{block_on, spawn};

mod app;
#[path = "../00-introduction/cli.rs"]
mod cli;
mod clients;
mod http;

async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        drop(spawn(async move { http::serve_async(&stream, app::app_async).await }));
        yield_now().await; // serve this one before taking the next from another loop
    }
}

fn main() -> io::Result<()> {
    let options = cli::options(&["--silent", "--mixed"]);
    let listener = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let cores = thread::available_parallelism()?.get();
    for _ in 0..cores {
        let listener = listener.try_clone()?;
        thread::spawn(move || block_on(async { serve(Async::new(listener)?).await }));
    }
    clients::report(&format!("{cores} loops"), address, &options)
}
