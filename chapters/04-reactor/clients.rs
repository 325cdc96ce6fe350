//! What the servers of this chapter share: clients of their own, and room for yours.

// Each server has use for one of the scripts.
#![allow(dead_code)]

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

#[path = "../00-introduction/cli.rs"]
pub mod cli;

/// How long a client waits for an answer before it says that there is none.
const PATIENCE: Duration = Duration::from_secs(1);

/// Serves on the port that `--port` asks for until Ctrl-C, or, without it, plays a script
/// of clients against the server and ends with it.
pub fn serve_or_play(
    serve: fn(TcpListener) -> io::Result<()>,
    script: fn(SocketAddr) -> io::Result<()>,
) -> ExitCode {
    let outcome = match port() {
        Ok(Some(port)) => open(port).and_then(serve),
        Ok(None) => start(serve).and_then(script),
        Err(problem) => return cli::fail(2, &problem),
    };
    end(outcome)
}

/// How a program ends.
pub fn end(outcome: io::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::fail(1, &error.to_string()),
    }
}

/// Whether this option, and no other, was given: another play than the usual one.
pub fn are_asked_for(option: &str) -> bool {
    cli::arguments() == [option]
}

/// The port in `--port 7000`, if it is there.
fn port() -> Result<Option<u16>, String> {
    let args = cli::arguments();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(None),
        ["--port", word] => match word.parse() {
            Ok(port) => Ok(Some(port)),
            Err(_) => Err(format!("a port is a number up to 65535, not `{word}`")),
        },
        _ => {
            let usage = "usage: [--port NUMBER]   serve there, for a client of yours";
            Err(format!("unknown: `{}`\n{usage}", args.join(" ")))
        }
    }
}

/// A listener for clients of this machine.
fn open(port: u16) -> io::Result<TcpListener> {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
        let advice = format!("cannot listen on port {port}: {error}; try another");
        io::Error::new(error.kind(), advice)
    })?;
    let port = door.local_addr()?.port();
    println!("serving: try `nc 127.0.0.1 {port}` or `curl telnet://127.0.0.1:{port}`");
    Ok(door)
}

/// Starts a server in a thread, on any port that is free, and says where.
pub fn start(serve: fn(TcpListener) -> io::Result<()>) -> io::Result<SocketAddr> {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = door.local_addr()?;
    start_at(door, serve);
    Ok(address)
}

/// Starts a server in a thread.
fn start_at(door: TcpListener, serve: fn(TcpListener) -> io::Result<()>) {
    thread::spawn(move || {
        if let Err(error) = serve(door) {
            eprintln!("the server ends: {error}");
        }
    });
}

/// A client who says aloud what happens to it.
pub struct Client {
    name: &'static str,
    stream: BufReader<TcpStream>,
}

impl Client {
    pub fn connect(name: &'static str, address: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        println!("{name} connects");
        Ok(Client { name, stream: BufReader::new(stream) })
    }

    pub fn say(&mut self, line: &str) -> io::Result<()> {
        println!("{} says   {line}", self.name);
        self.stream.get_mut().write_all(format!("{line}\n").as_bytes())
    }

    /// Whether an answer has come in time.
    pub fn hear(&mut self) -> io::Result<bool> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) => println!("{} hears  (the server hangs up)", self.name),
            Ok(_) => println!("{} hears  {}", self.name, line.trim_end()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                println!("{} hears  nothing for {PATIENCE:?}", self.name);
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    pub fn leave(self) {
        println!("{} leaves", self.name);
    }
}

/// Ada says two things, the first before the server starts. Bob comes after that.
pub fn one_speaks_twice(serve: fn(TcpListener) -> io::Result<()>) -> io::Result<()> {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = door.local_addr()?;
    let mut ada = Client::connect("Ada", address)?;
    ada.say("hello")?;
    println!("the server starts");
    start_at(door, serve);
    ada.hear()?;
    // Whatever the server still does about her first word, it has done.
    thread::sleep(Duration::from_millis(50));
    ada.say("and again")?;
    ada.hear()?;
    let Ok(mut bob) = Client::connect("Bob", address) else {
        println!("Bob finds no door");
        return Ok(());
    };
    bob.say("good morning")?;
    bob.hear()?;
    Ok(())
}

/// Ada comes first and stays, Bob comes second: is he served before she leaves?
pub fn two_say_hello(address: SocketAddr) -> io::Result<()> {
    let mut ada = Client::connect("Ada", address)?;
    let mut bob = Client::connect("Bob", address)?;
    ada.say("hello")?;
    ada.hear()?;
    bob.say("good morning")?;
    if !bob.hear()? {
        ada.leave();
        bob.hear()?;
    }
    Ok(())
}

/// Ada comes first and stays, Bob comes when she has had her answer.
pub fn one_after_the_other(address: SocketAddr) -> io::Result<()> {
    let mut ada = Client::connect("Ada", address)?;
    ada.say("hello")?;
    ada.hear()?;
    let mut bob = Client::connect("Bob", address)?;
    bob.say("good morning")?;
    bob.hear()?;
    Ok(())
}

/// Ada and Bob stand at the door before the server looks there. Does Bob come in, or not
/// before Cleo knocks?
pub fn two_at_once(serve: fn(TcpListener) -> io::Result<()>) -> io::Result<()> {
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = door.local_addr()?;
    let mut ada = Client::connect("Ada", address)?;
    let mut bob = Client::connect("Bob", address)?;
    println!("the server starts");
    start_at(door, serve);
    ada.say("hello")?;
    ada.hear()?;
    bob.say("good morning")?;
    if !bob.hear()? {
        let mut cleo = Client::connect("Cleo", address)?;
        bob.hear()?;
        cleo.say("good evening")?;
        cleo.hear()?;
    }
    Ok(())
}

/// Two people order at once; Ada does not know what a number is, Bob changes his mind.
pub fn two_order(address: SocketAddr) -> io::Result<()> {
    let mut ada = Client::connect("Ada", address)?;
    let mut bob = Client::connect("Bob", address)?;
    for (says_ada, says_bob) in
        [("Ada", "Bob"), ("many", "500"), ("3", "no"), ("yes", "5"), ("", "yes")]
    {
        for (client, line) in [(&mut ada, says_ada), (&mut bob, says_bob)] {
            if !line.is_empty() {
                client.hear()?;
                client.say(line)?;
            }
        }
    }
    ada.hear()?;
    bob.hear()?;
    Ok(())
}
