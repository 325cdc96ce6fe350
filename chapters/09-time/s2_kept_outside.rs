//! The first way out: what has come is kept outside the future.

use std::io;
use std::mem;
use std::time::Duration;

use mainspring::net::UnixStream;
use mainspring::time::{Instant, timeout};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod table;

const SECOND: Duration = Duration::from_secs(1);

async fn read_line(stream: &UnixStream, kept: &mut String) -> io::Result<String> {
    let mut byte = [0];
    while stream.read(&mut byte).await? == 1 && byte[0] != b'\n' {
        kept.push(char::from(byte[0]));
    }
    Ok(mem::take(kept))
}

async fn master(stream: UnixStream) -> io::Result<()> {
    let start = Instant::now();
    let mut kept = String::new();
    loop {
        if let Ok(line) = timeout(SECOND, read_line(&stream, &mut kept)).await {
            println!("at {:?}: the move is {}", start.elapsed(), line?);
            return Ok(());
        }
        println!("at {:?}: still thinking", start.elapsed());
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    table::play(master)
}
