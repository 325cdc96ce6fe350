//! The echo server with a callback for each socket: nobody waits for one who is silent.

use std::collections::HashSet;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::rc::Rc;

use mainspring::reactor::{Reactor, Token};

use door::{SOON, accept};

#[path = "clients.rs"]
mod clients;
#[path = "door.rs"]
mod door;

/// What is called when a socket is ready.
type Callback = Box<dyn FnMut(&mut Loop) -> Next>;

/// When a callback is to be called again.
enum Next {
    /// At the next event: it went on until it would block.
    Event,
    /// Soon, without an event: something else than `WouldBlock` has stopped it.
    Soon,
    /// Never: it is done.
    Never,
}

/// A reactor that keeps a callback with each socket. The place of one that is running is
/// empty.
struct Loop {
    reactor: Reactor<Option<Callback>>,
    soon: HashSet<Token>,
}

fn main() -> ExitCode {
    if clients::are_asked_for("--twice") {
        return clients::end(clients::one_speaks_twice(serve));
    }
    clients::serve_or_play(serve, clients::two_say_hello)
}

/// Watches the door, and then whoever comes in.
pub(crate) fn serve(door: TcpListener) -> io::Result<()> {
    let mut server = Loop { reactor: Reactor::new()?, soon: HashSet::new() };
    door.set_nonblocking(true)?;
    let door = Rc::new(door);
    let mut stuck = false;
    server.watch(Rc::clone(&door), move |server| {
        accept(&door, &mut stuck, |stream| let_in(stream, server));
        if stuck { Next::Soon } else { Next::Event }
    })?;
    server.run()
}

impl Loop {
    /// From now on calls `callback` whenever something has happened to `fd`.
    fn watch(
        &mut self,
        fd: impl AsFd,
        callback: impl FnMut(&mut Loop) -> Next + 'static,
    ) -> io::Result<Token> {
        self.reactor.register(fd, Some(Box::new(callback)))
    }

    /// Calls back, for ever.
    fn run(&mut self) -> io::Result<()> {
        loop {
            let patience = (!self.soon.is_empty()).then_some(SOON);
            self.reactor.wait(patience)?;
            while let Some((token, _)) = self.reactor.next_event() {
                self.call(token);
            }
            for token in mem::take(&mut self.soon) {
                self.call(token);
            }
        }
    }

    /// Calls back. The callback is out of its place meanwhile.
    fn call(&mut self, token: Token) {
        let place = self.reactor.get_mut(token);
        let Some(mut callback) = place.and_then(Option::take) else { return };
        match callback(self) {
            Next::Event => {}
            Next::Soon => {
                self.soon.insert(token);
            }
            Next::Never => {
                self.reactor.remove(token);
                return; // and the callback is dropped, and its socket with it
            }
        }
        if let Some(place) = self.reactor.get_mut(token) {
            *place = Some(callback);
        }
    }
}

/// Gives a socket its callback.
fn let_in(stream: TcpStream, server: &mut Loop) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let stream = Rc::new(stream);
    let mut heard = Vec::new();
    server.watch(Rc::clone(&stream), move |_| match echo(&stream, &mut heard) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Next::Event,
        Err(error) => {
            eprintln!("a client is lost: {error}");
            Next::Never
        }
        Ok(()) => Next::Never,
    })?;
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
