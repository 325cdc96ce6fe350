//! Clients who all come at once, each in a thread of its own, and how long they waited.

// Each program has use for some of it.
#![allow(dead_code)]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::app;

/// How many come at once.
pub const CLIENTS: usize = 8;

/// Asks for `/work`, and gives the answer.
pub fn get(server: SocketAddr, work: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    write!(stream, "GET /{work} HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// For each kind of work: how long until the last client has its answer, in times of what the
/// work of one takes.
pub fn report(way: &str, server: SocketAddr) {
    println!("{CLIENTS} clients at once, {way}:");
    let start = Instant::now();
    app::burn();
    let burn = start.elapsed();
    for (work, one) in [("waits", app::WHILE), ("burns", burn), ("blocks", app::WHILE)] {
        let all = all_at_once(server, work).div_duration_f64(one);
        println!("  work that {work:<6}{all:>5.1} times as long as one");
    }
}

fn all_at_once(server: SocketAddr, work: &str) -> Duration {
    let start = Instant::now();
    thread::scope(|threads| {
        for _ in 0..CLIENTS {
            threads.spawn(|| {
                let answer = get(server, work).expect("the server is there");
                assert!(answer.contains("200 OK"), "{answer}");
            });
        }
    });
    start.elapsed()
}
