//! The same server without a descriptor left: who stands at the door, and who looks there?

use std::collections::HashMap;
use std::env;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode};

use mainspring::reactor::Reactor;

use clients::Client;

#[path = "clients.rs"]
mod clients;
#[path = "door.rs"]
mod door;
mod mended;

/// Set where the program has few descriptors already.
const FEW: &str = "MAINSPRING_FEW_DESCRIPTORS";

fn main() -> ExitCode {
    let options = clients::cli::options(&["--mended", "--hoard"]);
    let asked = |option: &str| options.iter().any(|given| given == option);
    clients::end(if env::var_os(FEW).is_none() {
        with_few_descriptors()
    } else {
        let serve = if asked("--mended") { mended::serve } else { serve };
        play(serve, asked("--hoard"))
    })
}

/// Lets in all who stand at the door, and goes to whoever has said something.
fn serve(door: TcpListener) -> io::Result<()> {
    door.set_nonblocking(true)?;
    let mut reactor = Reactor::new()?;
    let at_the_door = reactor.register(&door, ())?;
    let mut clients = HashMap::new();
    loop {
        reactor.wait(None)?;
        while let Some((token, _)) = reactor.next_event() {
            if token == at_the_door {
                while let Ok((stream, _)) = door.accept() {
                    stream.set_nonblocking(true)?;
                    clients.insert(reactor.register(&stream, ())?, stream);
                }
            } else if echo(&clients[&token]).is_err() {
                reactor.deregister(token, &clients[&token]);
                clients.remove(&token);
            }
        }
    }
}

/// Says back what the client has said, all of it; an error if it has left.
fn echo(mut stream: &TcpStream) -> io::Result<()> {
    let mut piece = [0; 1024];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => stream.write_all(&piece[..length])?,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Ada is in when the descriptors run out; Bob stands at the door, and then Ada leaves. Or
/// she stays, and it is the program that gives one back, of its hoard.
fn play(serve: fn(TcpListener) -> io::Result<()>, of_the_hoard: bool) -> io::Result<()> {
    let address = clients::start(serve)?;
    let mut ada = Client::connect("Ada", address)?;
    ada.say("hello")?;
    ada.hear()?;
    let mut hoard = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        hoard.push(file);
    }
    hoard.pop();
    println!("one descriptor is left, and Bob's end takes it");
    let mut bob = Client::connect("Bob", address)?;
    bob.say("good morning")?;
    bob.hear()?;
    if of_the_hoard {
        println!("the program closes a file of its own");
        hoard.pop();
    } else {
        ada.leave();
    }
    bob.hear()?;
    Ok(())
}

/// Runs this program again, where it may have a few descriptors only.
fn with_few_descriptors() -> io::Result<()> {
    let status = Command::new("sh")
        .args(["-c", "ulimit -n 32; exec \"$0\" \"$@\""])
        .arg(env::current_exe()?)
        .args(env::args_os().skip(1))
        .env(FEW, "yes")
        .status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("it has failed")) }
}
