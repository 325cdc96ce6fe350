//! The third way out: a task reads, and only its handle is let go of.

use std::io;
use std::time::Duration;

use mainspring::net::UnixStream;
use mainspring::spawn;
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
    let mut reader = spawn(async move { read_line(&stream).await });
    loop {
        if let Ok(joined) = timeout(SECOND, &mut reader).await {
            let line = joined.expect("nobody aborts the reader")?;
            println!("at {:?}: the move is {line}", start.elapsed());
            return Ok(());
        }
        println!("at {:?}: still thinking", start.elapsed());
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    table::play(master)
}
