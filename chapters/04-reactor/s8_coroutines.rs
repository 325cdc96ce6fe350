//! The same conversation as a coroutine over the reactor: it reads from top to bottom.

use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use mainspring::generator::{Co, Coroutine, CoroutineState, Routine, coroutine};
use mainspring::reactor::{Reactor, Token};

use door::{SOON, accept};
use wire::Wire;

#[path = "clients.rs"]
mod clients;
#[path = "door.rs"]
mod door;
#[path = "wire.rs"]
mod wire;

/// A conversation that has begun. It yields when it would block.
type Talk = Routine<'static, (), (), io::Result<()>>;

fn main() -> ExitCode {
    clients::serve_or_play(serve, clients::two_order)
}

/// The conversation.
async fn talk(co: &Co<()>, wire: &mut Wire) -> io::Result<()> {
    let name = ask(co, wire, "What is your name?").await?;
    let mut question = format!("{name}, how many ducks shall be fed?");
    loop {
        let count = how_many(co, wire, question).await?;
        let sure = ask(co, wire, &format!("Feed {count} ducks, yes or no?")).await?;
        if sure == "yes" {
            wire.tell(&format!("{count} ducks are fed. Goodbye, {name}."));
            return until_ready(co, || wire.flush()).await;
        }
        question = "How many, then?".to_owned();
    }
}

/// Asks until the answer is a number.
async fn how_many(co: &Co<()>, wire: &mut Wire, first: String) -> io::Result<u32> {
    let mut question = first;
    loop {
        let answer = ask(co, wire, &question).await?;
        match answer.parse() {
            Ok(count) => return Ok(count),
            Err(_) => question = format!("{answer} is not a number. How many?"),
        }
    }
}

/// Asks a question, and returns the answer.
async fn ask(co: &Co<()>, wire: &mut Wire, question: &str) -> io::Result<String> {
    wire.tell(question);
    until_ready(co, || wire.flush()).await?;
    until_ready(co, || wire.line()).await
}

/// Tries an operation, and pauses the coroutine for as long as it would block.
async fn until_ready<T>(
    co: &Co<()>,
    mut operation: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    loop {
        match operation() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => co.yield_(()).await,
            outcome => return outcome,
        }
    }
}

/// Something has happened to a client: its conversation goes on.
fn go_on(reactor: &mut Reactor<Option<Talk>>, token: Token) {
    let Some(Some(talk)) = reactor.get_mut(token) else { return };
    if let CoroutineState::Complete(outcome) = talk.send(()) {
        // The coroutine is dropped, and its socket with it.
        reactor.remove(token);
        if let Err(error) = outcome {
            eprintln!("a client is lost: {error}");
        }
    }
}

/// Gives a client its conversation.
fn let_in(reactor: &mut Reactor<Option<Talk>>, stream: TcpStream) -> io::Result<()> {
    let mut wire = Wire::new(stream)?;
    let socket = wire.stream();
    let routine = coroutine(async move |co, ()| talk(co, &mut wire).await);
    reactor.register(socket, Some(routine))?;
    Ok(())
}

pub(crate) fn serve(door: TcpListener) -> io::Result<()> {
    door.set_nonblocking(true)?;
    let mut reactor = Reactor::new()?;
    let at_the_door = reactor.register(&door, None)?;
    let mut stuck = false;
    loop {
        reactor.wait(stuck.then_some(SOON))?;
        let mut look = stuck;
        while let Some((token, _)) = reactor.next_event() {
            look |= token == at_the_door;
            go_on(&mut reactor, token);
        }
        if look {
            accept(&door, &mut stuck, |stream| let_in(&mut reactor, stream));
        }
    }
}
