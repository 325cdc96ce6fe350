//! A conversation in callbacks: each question carries the rest of the talk with it.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use mainspring::reactor::{Reactor, Token};

use door::{SOON, accept};
use wire::Wire;

#[path = "clients.rs"]
mod clients;
#[path = "door.rs"]
mod door;
#[path = "wire.rs"]
mod wire;

/// What is to be done with the answer.
type Then = Box<dyn FnOnce(&mut Server, Token, io::Result<String>)>;

/// A client, and what comes next with it.
struct Client {
    wire: Wire,
    then: Option<Then>,
    leaving: bool,
}

/// The door has a place in the reactor too, an empty one.
struct Server {
    reactor: Reactor<Option<Client>>,
}

/// How many clients the server has.
static CLIENTS: AtomicUsize = AtomicUsize::new(0);

fn main() -> ExitCode {
    if clients::are_asked_for("--hang-up") {
        return clients::end(clients::start(serve).and_then(one_hangs_up));
    }
    clients::serve_or_play(serve, clients::two_order)
}

/// Ada is asked how many, and leaves. Does the server let her go?
fn one_hangs_up(address: SocketAddr) -> io::Result<()> {
    let mut ada = clients::Client::connect("Ada", address)?;
    ada.hear()?;
    ada.say("Ada")?;
    ada.hear()?;
    ada.leave();
    for _ in 0..100 {
        if CLIENTS.load(Ordering::Relaxed) == 0 {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    println!("clients left: {}", CLIENTS.load(Ordering::Relaxed));
    Ok(())
}

/// The conversation begins.
fn greet(server: &mut Server, token: Token) {
    server.ask(token, "What is your name?", |server, token, name| match name {
        Err(error) => server.end(token, Err(error)),
        Ok(name) => {
            let question = format!("{name}, how many ducks shall be fed?");
            order(server, token, name, &question);
        }
    });
}

/// The rest of it. A loop in a conversation is a function that calls itself, later.
fn order(server: &mut Server, token: Token, name: String, question: &str) {
    server.ask(token, question, move |server, token, count| match count {
        Err(error) => server.end(token, Err(error)),
        Ok(count) => match count.parse::<u32>() {
            Err(_) => {
                let question = format!("{count} is not a number. How many?");
                order(server, token, name, &question);
            }
            Ok(count) => {
                let question = format!("Feed {count} ducks, yes or no?");
                server.ask(token, &question, move |server, token, sure| match sure {
                    Err(error) => server.end(token, Err(error)),
                    Ok(sure) if sure == "yes" => {
                        let goodbye = format!("{count} ducks are fed. Goodbye, {name}.");
                        server.tell(token, &goodbye);
                        server.end(token, Ok(()));
                    }
                    Ok(_) => order(server, token, name, "How many, then?"),
                });
            }
        },
    });
}

impl Server {
    /// Asks a question, and notes what to do with the answer.
    fn ask(
        &mut self,
        token: Token,
        question: &str,
        then: impl FnOnce(&mut Server, Token, io::Result<String>) + 'static,
    ) {
        self.tell(token, question);
        if let Some(Some(client)) = self.reactor.get_mut(token) {
            client.then = Some(Box::new(then));
        }
    }

    fn tell(&mut self, token: Token, line: &str) {
        if let Some(Some(client)) = self.reactor.get_mut(token) {
            client.wire.tell(line);
        }
    }

    /// Ends the conversation: with an error at once, else when all has been sent.
    fn end(&mut self, token: Token, outcome: io::Result<()>) {
        match (outcome, self.reactor.get_mut(token)) {
            (Ok(()), Some(Some(client))) => client.leaving = true,
            (Err(error), Some(_)) => {
                self.reactor.remove(token);
                eprintln!("a client is lost: {error}");
            }
            _ => {}
        }
    }

    /// Something has happened to a client: sends, hears, calls back, until it would block.
    fn go_on(&mut self, token: Token) {
        while let Some(Some(client)) = self.reactor.get_mut(token) {
            let answer = match client.wire.flush() {
                Ok(()) if client.leaving => {
                    self.reactor.remove(token);
                    return;
                }
                Ok(()) => client.wire.line(),
                Err(error) => Err(error),
            };
            if matches!(&answer, Err(error) if error.kind() == ErrorKind::WouldBlock) {
                return;
            }
            let Some(then) = client.then.take() else { return };
            then(self, token, answer);
        }
    }

    /// The conversation with a client begins.
    fn let_in(&mut self, stream: TcpStream) -> io::Result<()> {
        let wire = Wire::new(stream)?;
        let socket = wire.stream();
        let client = Client { wire, then: None, leaving: false };
        let token = self.reactor.register(socket, Some(client))?;
        greet(self, token);
        Ok(())
    }
}

pub(crate) fn serve(door: TcpListener) -> io::Result<()> {
    door.set_nonblocking(true)?;
    let mut server = Server { reactor: Reactor::new()? };
    let at_the_door = server.reactor.register(&door, None)?;
    let mut stuck = false;
    loop {
        server.reactor.wait(stuck.then_some(SOON))?;
        let mut look = stuck;
        while let Some((token, _)) = server.reactor.next_event() {
            look |= token == at_the_door;
            server.go_on(token);
        }
        if look {
            accept(&door, &mut stuck, |stream| server.let_in(stream));
        }
        CLIENTS.store(server.reactor.len() - 1, Ordering::Relaxed);
    }
}
