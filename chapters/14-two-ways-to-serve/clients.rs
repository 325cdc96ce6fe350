//! Clients who all come at once, each in a thread of its own, and how long they waited.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use std::{array, thread};

use crate::app;

/// How many come at once.
const CLIENTS: usize = 8;

/// How long a client waits for an answer, in times of the work, if some are silent.
const PATIENCE: u32 = 40;

/// Asks for `/work`, and gives the answer.
fn get(server: SocketAddr, work: &str, longest: Option<Duration>) -> io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(longest)?;
    write!(stream, "GET /{work} HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// For each kind of work: how long until the first client and the last have their answers, in
/// times of what the work of one takes. With `--silent` four others have come before, and say nothing; with
/// `--mixed` the clients come one after the other, and one of them blocks.
pub fn report(way: &str, server: SocketAddr, options: &[String]) -> io::Result<()> {
    let has = |option: &str| options.iter().any(|given| given == option);
    if has("--mixed") {
        return report_mixed(way, server);
    }
    let (count, longest) = match has("--silent") {
        false => (0, None),
        true => (4, Some(app::WHILE * PATIENCE)),
    };
    let silent: io::Result<Vec<_>> =
        (0..count).map(|_| TcpStream::connect(server)).collect();
    let _connections = silent?;
    println!("{CLIENTS} clients at once, {way}; answers, in times of one alone:");
    let burn = median_burn();
    for (work, one) in [("waits", app::WHILE), ("burns", burn), ("blocks", app::WHILE)] {
        match all_at_once(server, work, longest) {
            Some((first, last)) => {
                let [first, last] = [first, last].map(|time| time.div_duration_f64(one));
                println!(
                    "  work that {work:<6}  the first {first:.1}, the last {last:.1}"
                );
            }
            None => println!("  work that {work:<6}  nobody is answered"),
        }
    }
    Ok(())
}

/// What each client waits, in times of the work, if the one in the middle blocks.
fn report_mixed(way: &str, server: SocketAddr) -> io::Result<()> {
    println!("{CLIENTS} clients, each a tenth later than the one before, {way}:");
    let works: [_; CLIENTS] =
        array::from_fn(|n| if n == CLIENTS / 2 { "blocks" } else { "waits" });
    let answers = thread::scope(|threads| {
        let clients = (0..).zip(works).map(|(number, work)| {
            threads.spawn(move || {
                thread::sleep(app::WHILE / 10 * number);
                let start = Instant::now();
                get(server, work, None).map(|_| start.elapsed())
            })
        });
        let clients: Vec<_> = clients.collect(); // all of them have started
        clients.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    for (work, answer) in works.into_iter().zip(answers) {
        let waited = answer.map_err(|_| io::Error::other("a client panicked"))??;
        let times = waited.div_duration_f64(app::WHILE);
        println!("  work that {work:<6}{times:>5.1} times as long as one");
    }
    Ok(())
}

/// The middle one of nine: a machine that is busy for a moment does not move it.
fn median_burn() -> Duration {
    let mut burns: [_; 9] = array::from_fn(|_| {
        let start = Instant::now();
        app::burn();
        start.elapsed()
    });
    burns.sort();
    burns[burns.len() / 2]
}

/// How long it takes until the first and the last have their answers; none if somebody gets none.
fn all_at_once(
    server: SocketAddr,
    work: &str,
    longest: Option<Duration>,
) -> Option<(Duration, Duration)> {
    let start = Instant::now();
    let times = thread::scope(|threads| {
        let ask = || {
            let answer = get(server, work, longest).ok()?;
            answer.contains("200 OK").then(|| start.elapsed())
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| threads.spawn(ask)).collect();
        clients.into_iter().map(|client| client.join().ok()?).collect::<Option<Vec<_>>>()
    })?;
    Some((*times.iter().min()?, *times.iter().max()?))
}
