//! The second way out once more, with one timeout: the answer to a *Your turn*.

use std::io;
use std::time::Duration;

use mainspring::net::UnixStream;
use mainspring::time::{Instant, timeout};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod table;

const SECOND: Duration = Duration::from_secs(1);

async fn read_line(stream: &UnixStream) -> io::Result<String> {
    let mut line = String::new();
    let mut byte = [0];
    while stream.read(&mut byte).await? == 1 && byte[0] != b'\n' {
        line.push(char::from(byte[0]));
    }
    Ok(line)
}

async fn master(stream: UnixStream) -> io::Result<()> {
    let start = Instant::now();
    let mut reading = timeout(SECOND, read_line(&stream));
    loop {
        if let Ok(line) = (&mut reading).await {
            println!("at {:?}: the move is {}", start.elapsed(), line?);
            return Ok(());
        }
        println!("at {:?}: still thinking", start.elapsed());
        reading.reset(Instant::now() + SECOND);
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    table::play(master)
}
