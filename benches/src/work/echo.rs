//! Servers that send back what they get, over TCP: what they cost, and what they keep.
//!
//! A server is a process of its own, and what it takes is measured from outside, by the
//! process that plays its clients ([`super::clients`]).

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use super::clients::{Clients, Server};
use crate::epoll::Epoll;
use crate::peers::{Name, Peer};

/// Where servers listen: nowhere else than on this machine, at a port of the system's choice.
const ADDRESS: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// How much the server without a runtime reads at once, as the others do.
const BUFFER: usize = 1024;

/// Connections that a server has before its memory is measured.
const FIRST: usize = 100;

/// What a server does once it listens: it tells where.
pub type Tell = fn(SocketAddr);

/// So many connections make `count` round trips together: the server's processor time for
/// each.
pub fn round_trips<const CONNECTIONS: usize>(
    peer: Name,
    count: usize,
) -> Result<f64, String> {
    let measure = || {
        let mut clients = Clients::of(Server::start(peer, "echo", CONNECTIONS)?)?;
        clients.connect(CONNECTIONS)?;
        clients.round_trips(count / 10)?;
        let start = clients.server.cpu()?;
        clients.round_trips(count)?;
        Ok((clients.server.cpu()? - start).as_nanos() as f64 / count as f64)
    };
    measure().map_err(|error: io::Error| error.to_string())
}

/// Bytes of the server's resident memory for each of `count` connections that have made a
/// round trip, and whose tasks wait for the next message.
pub fn idle(peer: Name, count: usize) -> Result<f64, String> {
    let measure = || {
        let mut clients = Clients::of(Server::start(peer, "idle", FIRST + count)?)?;
        clients.connect(FIRST)?;
        let before = clients.server.resident()?;
        clients.connect(count)?;
        // By then the last task waits too.
        thread::sleep(Duration::from_millis(50));
        Ok((clients.server.resident()? - before) / count as f64)
    };
    measure().map_err(|error: io::Error| error.to_string())
}

/// A server with a task for each connection, and a buffer of so many bytes in each task. It
/// tells where it listens, and goes on for ever.
pub fn serve<P: Peer, const SIZE: usize>(tell: Tell) -> Result<(), String> {
    let serve = async move {
        let (listener, address) = P::listen(ADDRESS.into()).await?;
        tell(address);
        loop {
            let stream = P::accept(&listener).await?;
            P::detach(P::spawn(P::echo::<SIZE>(stream)));
        }
    };
    P::run::<io::Result<()>>(serve)?.map_err(|error| error.to_string())
}

/// The same without a runtime. Messages are short: what cannot be written at once is an
/// error.
pub fn limit(tell: Tell) -> Result<(), String> {
    let serve = || {
        let listener = TcpListener::bind(ADDRESS)?;
        tell(listener.local_addr()?);
        serve_bare(&listener)
    };
    serve().map_err(|error: io::Error| error.to_string())
}

fn serve_bare(listener: &TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut epoll = Epoll::new()?;
    epoll.watch(listener, usize::MAX)?;
    let mut streams = Vec::new();
    loop {
        let mut accept = false;
        for number in epoll.wait()? {
            match number {
                usize::MAX => accept = true,
                number => echo(&streams[number])?,
            }
        }
        while accept && let Some(stream) = accepted(listener)? {
            epoll.watch(&stream, streams.len())?;
            streams.push(stream);
        }
    }
}

/// The next connection, if there is one.
fn accepted(listener: &TcpListener) -> io::Result<Option<TcpStream>> {
    match listener.accept() {
        Ok((stream, _)) => {
            stream.set_nonblocking(true)?;
            Ok(Some(stream))
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sends back what is there. A buffer that is not filled has been given all of it.
fn echo(mut stream: &TcpStream) -> io::Result<()> {
    let mut buffer = [0; BUFFER];
    loop {
        let length = stream.read(&mut buffer)?;
        stream.write_all(&buffer[..length])?;
        if length < BUFFER {
            return Ok(());
        }
    }
}
