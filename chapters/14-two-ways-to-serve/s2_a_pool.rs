//! A pool of four threads, each of which accepts for itself.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

mod app;
#[path = "../00-introduction/cli.rs"]
mod cli;
mod clients;
mod http;

const THREADS: usize = 4;

fn serve(listener: &TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept()?;
        let _ = http::serve(&stream, app::app); // a client that went away is no error
    }
}

fn main() -> io::Result<()> {
    let options = cli::options(&["--silent", "--mixed"]);
    let listener = Arc::new(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
    let address = listener.local_addr()?;
    for _ in 0..THREADS {
        let listener = Arc::clone(&listener);
        thread::spawn(move || serve(&listener));
    }
    clients::report(&format!("a pool of {THREADS} threads"), address, &options)
}
