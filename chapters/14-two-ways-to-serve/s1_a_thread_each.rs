//! A thread a connection: the oldest way to serve many.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

mod app;
#[path = "../00-introduction/cli.rs"]
mod cli;
mod clients;
mod http;

fn serve(listener: &TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept()?;
        thread::spawn(move || http::serve(&stream, app::app));
    }
}

fn main() -> io::Result<()> {
    let options = cli::options(&["--silent", "--mixed"]);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || serve(&listener));
    clients::report("a thread each", address, &options)
}
