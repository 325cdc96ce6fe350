//! One thread, three peers: `ready` says which of them has answered.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

#[path = "../00-introduction/cli.rs"]
mod cli;
// With `exercise.rs` in the next line it runs your `ready`.
#[path = "solution.rs"]
#[allow(dead_code, reason = "the other exercises are in the same file")]
mod written;
use written::ready;

fn wait_for_all(mut sockets: Vec<UnixStream>) -> io::Result<()> {
    let begin = Instant::now();
    while !sockets.is_empty() {
        // From behind, so that no place moves that is still to be looked at.
        for place in ready(&sockets)?.into_iter().rev() {
            let mut name = [0];
            sockets.remove(place).read_exact(&mut name)?;
            println!("{} after {} ms", name.escape_ascii(), begin.elapsed().as_millis());
        }
    }
    Ok(())
}

/// A peer that thinks for a while, and then says its name.
fn peer(name: u8, thinks: u64) -> io::Result<UnixStream> {
    let (near, mut far) = UnixStream::pair()?;
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(thinks));
        far.write_all(&[name])
    });
    Ok(near)
}

fn three_peers() -> io::Result<()> {
    let peers = [(b'a', 300), (b'b', 200), (b'c', 100)];
    let peers: io::Result<_> =
        peers.into_iter().map(|(name, ms)| peer(name, ms)).collect();
    wait_for_all(peers?)
}

fn main() -> ExitCode {
    cli::options(&[]);
    match three_peers() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::fail(1, &format!("the sockets failed: {error}")),
    }
}
