//! An echo server in one loop over the reactor: each is served when it has something to say.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use mainspring::reactor::Reactor;

#[path = "clients.rs"]
mod clients;

fn main() -> ExitCode {
    if clients::are_asked_for("--together") {
        return clients::end(clients::two_at_once(serve));
    }
    clients::serve_or_play(serve, clients::one_after_the_other)
}

/// Lets in who comes, and goes to whoever has said something.
fn serve(door: TcpListener) -> io::Result<()> {
    door.set_nonblocking(true)?;
    let mut reactor = Reactor::new()?;
    let at_the_door = reactor.register(&door, ())?;
    let mut clients = HashMap::new();
    loop {
        reactor.wait(None)?;
        while let Some((token, _)) = reactor.next_event() {
            if token == at_the_door {
                let (stream, _) = door.accept()?;
                stream.set_nonblocking(true)?;
                clients.insert(reactor.register(&stream, ())?, stream);
            } else if echo(&clients[&token]).is_err() {
                reactor.deregister(token, &clients[&token]);
                clients.remove(&token);
            }
        }
    }
}

/// Says back what the client has said; an error if it has left.
fn echo(mut stream: &TcpStream) -> io::Result<()> {
    let mut piece = [0; 1024];
    match stream.read(&mut piece) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(length) => stream.write_all(&piece[..length]),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
    }
}
