//! The same crawler in callbacks, on the reactor: nobody waits, and everybody remembers.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use mainspring::reactor::{Reactor, Token};

use fetch::links;
use frontier::Frontier;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod fetch;
mod frontier;
mod site;

/// A page that is being fetched, and how far that is.
struct Fetch {
    path: String,
    stream: TcpStream,
    unsent: Vec<u8>,
    response: Vec<u8>,
}

struct Crawler {
    site: SocketAddr,
    reactor: Reactor<Fetch>,
    frontier: Frontier,
    at_work: usize,
}

impl Crawler {
    /// Begins to fetch all that is to be had.
    fn begin(&mut self) -> io::Result<()> {
        while let Some(path) = self.frontier.next() {
            let stream = TcpStream::connect(self.site)?; // on loopback at once
            stream.set_nonblocking(true)?;
            let unsent = fetch::request(&path).into_bytes();
            let fd = stream.try_clone()?;
            let fetch = Fetch { path, stream, unsent, response: Vec::new() };
            self.reactor.register(fd, fetch)?;
            self.at_work += 1;
        }
        Ok(())
    }

    /// Called when something has happened to a socket.
    fn on_event(&mut self, token: Token) -> io::Result<()> {
        let Some(fetch) = self.reactor.get_mut(token) else { return Ok(()) };
        match fetch.go_on() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            outcome => {
                let mut fetch = self.reactor.remove(token).expect("it was there");
                self.at_work -= 1;
                self.on_end(&mut fetch, outcome);
            }
        }
        self.begin()
    }

    /// Called when all of a page is there.
    fn on_end(&mut self, fetch: &mut Fetch, outcome: io::Result<()>) {
        let response = std::mem::take(&mut fetch.response);
        match outcome.and_then(|()| fetch::page(response)) {
            Ok(page) => links(&page).for_each(|link| self.frontier.add(link)),
            Err(error) => println!("{}: {error}", fetch.path),
        }
    }

    fn run(&mut self) -> io::Result<()> {
        self.begin()?;
        while self.at_work > 0 {
            self.reactor.wait(None)?;
            while let Some((token, _)) = self.reactor.next_event() {
                self.on_event(token)?;
            }
        }
        Ok(())
    }
}

impl Fetch {
    /// Sends and receives until it is done or would block.
    fn go_on(&mut self) -> io::Result<()> {
        while !self.unsent.is_empty() {
            let length = self.stream.write(&self.unsent)?;
            self.unsent.drain(..length);
        }
        self.stream.read_to_end(&mut self.response)?;
        Ok(())
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let site = site::open()?;
    let start = Instant::now();
    let (reactor, frontier) = (Reactor::new()?, Frontier::new("/1"));
    let mut crawler = Crawler { site, reactor, frontier, at_work: 0 };
    crawler.run()?;
    println!("{} links", crawler.frontier.seen());
    println!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
