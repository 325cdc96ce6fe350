//! An echo server that serves one client at a time: the second waits.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

#[path = "clients.rs"]
mod clients;

fn main() -> ExitCode {
    clients::serve_or_play(serve, clients::two_say_hello)
}

/// Takes the next client when the last one has left.
pub(crate) fn serve(door: TcpListener) -> io::Result<()> {
    for stream in door.incoming() {
        if let Err(error) = echo(&stream?) {
            eprintln!("a client is lost: {error}");
        }
    }
    Ok(())
}

/// Says back what the client says, until it leaves.
fn echo(mut stream: &TcpStream) -> io::Result<()> {
    let mut piece = [0; 1024];
    loop {
        let length = stream.read(&mut piece)?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&piece[..length])?;
    }
}
