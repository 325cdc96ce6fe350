//! Who is served when: the echo servers, timed.

// The stages are whole programs, each with its own `main` and its own clients.
#![allow(clippy::duplicate_mod, dead_code)]

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

#[path = "../00-introduction/cli.rs"]
mod cli;

#[path = "clients.rs"]
mod clients;

#[path = "s1_one_at_a_time.rs"]
mod one_at_a_time;

#[path = "s6_callbacks.rs"]
mod callbacks;

fn main() -> io::Result<()> {
    cli::options(&[]);
    println!("Ada connects, says a word, stays for 300 ms.\nBob connects after her.\n");
    println!("{:<14}{:>11}{:>11}", "", "Ada waits", "Bob waits");
    for (name, serve) in [
        ("one at a time", one_at_a_time::serve as fn(TcpListener) -> io::Result<()>),
        ("callbacks", callbacks::serve),
    ] {
        let (ada, bob) = two_waits(clients::start(serve)?)?;
        println!("{name:<14}{:>8} ms{:>8} ms", ada.as_millis(), bob.as_millis());
    }
    Ok(())
}

/// How long Ada waits for her echo, and Bob, who comes after her, for his.
fn two_waits(address: SocketAddr) -> io::Result<(Duration, Duration)> {
    let ada = TcpStream::connect(address)?;
    let bob = TcpStream::connect(address)?;
    let bob = thread::spawn(move || echo(&bob));
    let waited = echo(&ada)?;
    thread::sleep(Duration::from_millis(300));
    drop(ada);
    Ok((waited, bob.join().expect("Bob does not panic")?))
}

/// Says a word and waits for its echo.
fn echo(mut stream: &TcpStream) -> io::Result<Duration> {
    let start = Instant::now();
    stream.write_all(b"hello\n")?;
    BufReader::new(stream).read_line(&mut String::new())?;
    Ok(start.elapsed())
}
