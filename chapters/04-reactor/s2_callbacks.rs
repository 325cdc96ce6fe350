//! The echo server with a callback for each socket, on the reactor: nobody waits.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::rc::Rc;

use mainspring::reactor::{Reactor, Token};

#[path = "clients.rs"]
mod clients;

/// What is called when a socket is ready. It goes on until it would block, and says so;
/// any other result is its last.
type Callback = Box<dyn FnMut(&mut Loop) -> io::Result<()>>;

/// A reactor that keeps a callback with each socket. The place of one that is running is
/// empty.
struct Loop {
    reactor: Reactor<Option<Callback>>,
}

fn main() -> ExitCode {
    clients::serve_or_play(serve, clients::two_say_hello)
}

/// Watches the door, and then whoever comes in.
pub(crate) fn serve(door: TcpListener) -> io::Result<()> {
    let mut events = Loop { reactor: Reactor::new()? };
    door.set_nonblocking(true)?;
    let door = Rc::new(door);
    let token = events.watch(Rc::clone(&door), move |events| accept(&door, events))?;
    events.run(token)
}

impl Loop {
    /// From now on calls `callback` whenever something has happened to `fd`.
    fn watch(
        &mut self,
        fd: impl AsFd,
        callback: impl FnMut(&mut Loop) -> io::Result<()> + 'static,
    ) -> io::Result<Token> {
        self.reactor.register(fd, Some(Box::new(callback)))
    }

    /// Calls back, for ever.
    fn run(&mut self, door: Token) -> io::Result<()> {
        loop {
            self.reactor.wait(None)?;
            while let Some((token, _)) = self.reactor.next_event() {
                // Whoever leaves gives back a descriptor; someone may wait for one.
                if self.call(token) {
                    self.call(door);
                }
            }
        }
    }

    /// Calls back. Whether it was for the last time.
    fn call(&mut self, token: Token) -> bool {
        let place = self.reactor.get_mut(token);
        let Some(mut callback) = place.and_then(Option::take) else { return false };
        match callback(self) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if let Some(place) = self.reactor.get_mut(token) {
                    *place = Some(callback);
                }
                false
            }
            outcome => {
                self.reactor.remove(token);
                if let Err(error) = outcome {
                    eprintln!("a client is lost: {error}");
                }
                true // and the callback is dropped, and its socket with it
            }
        }
    }
}

/// Lets in everyone who stands at the door. The door stays, whatever goes wrong.
fn accept(door: &TcpListener, events: &mut Loop) -> io::Result<()> {
    loop {
        match let_in(door, events) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                eprintln!("nobody can come in now: {error}");
                return Err(ErrorKind::WouldBlock.into());
            }
            outcome => outcome?,
        }
    }
}

fn let_in(door: &TcpListener, events: &mut Loop) -> io::Result<()> {
    let (stream, _) = door.accept()?;
    stream.set_nonblocking(true)?;
    let stream = Rc::new(stream);
    let mut heard = Vec::new();
    events.watch(Rc::clone(&stream), move |_| echo(&stream, &mut heard))?;
    Ok(())
}

/// Says back what has been heard, and hears more, until either would block.
fn echo(mut stream: &TcpStream, heard: &mut Vec<u8>) -> io::Result<()> {
    loop {
        while !heard.is_empty() {
            let length = stream.write(heard)?;
            heard.drain(..length);
        }
        let mut piece = [0; 1024];
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            length => heard.extend_from_slice(&piece[..length]),
        }
    }
}
