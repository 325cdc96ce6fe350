//! The server whose door may be stuck, mended: it looks there again without being told.

use std::collections::HashMap;
use std::io;
use std::net::TcpListener;

use mainspring::reactor::Reactor;

use super::door::{SOON, accept};
use super::echo;

/// Lets in all who stand at the door, now or soon, and goes to whoever has said something.
pub fn serve(door: TcpListener) -> io::Result<()> {
    door.set_nonblocking(true)?;
    let mut reactor = Reactor::new()?;
    let at_the_door = reactor.register(&door, ())?;
    let mut clients = HashMap::new();
    let mut stuck = false;
    loop {
        reactor.wait(stuck.then_some(SOON))?;
        let mut look = stuck;
        while let Some((token, _)) = reactor.next_event() {
            if token == at_the_door {
                look = true;
            } else if echo(&clients[&token]).is_err() {
                reactor.deregister(token, &clients[&token]);
                clients.remove(&token);
            }
        }
        if look {
            accept(&door, &mut stuck, |stream| {
                stream.set_nonblocking(true)?;
                clients.insert(reactor.register(&stream, ())?, stream);
                Ok(())
            });
        }
    }
}
