//! Half a line lost on tokio, by its `select!`, and kept.

use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::runtime::Builder;
use tokio::time::{Instant, interval_at, sleep};

const SECOND: Duration = Duration::from_millis(200); // they are shorter here

async fn read_line(stream: &mut UnixStream) -> io::Result<String> {
    let mut line = String::new();
    let mut byte = [0];
    while stream.read(&mut byte).await? == 1 && byte[0] != b'\n' {
        line.push(char::from(byte[0]));
    }
    Ok(line)
}

async fn opponent(mut stream: UnixStream) -> io::Result<()> {
    stream.write_all(b"Qx").await?;
    sleep(3 * SECOND / 2).await;
    stream.write_all(b"e5\n").await
}

async fn loses(mut stream: UnixStream) -> io::Result<String> {
    let mut tick = interval_at(Instant::now() + SECOND, SECOND);
    loop {
        tokio::select! {
            line = read_line(&mut stream) => return line,
            _ = tick.tick() => println!("still thinking"),
        }
    }
}

async fn keeps(mut stream: UnixStream) -> io::Result<String> {
    let mut tick = interval_at(Instant::now() + SECOND, SECOND);
    let mut reading = pin!(read_line(&mut stream));
    loop {
        tokio::select! {
            line = &mut reading => return line,
            _ = tick.tick() => println!("still thinking"),
        }
    }
}

fn main() -> io::Result<()> {
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let (near, far) = UnixStream::pair()?;
        let (line, sent) = tokio::join!(loses(near), opponent(far));
        println!("the move is {}", line?);
        sent?;
        let (near, far) = UnixStream::pair()?;
        let (line, sent) = tokio::join!(keeps(near), opponent(far));
        println!("the move is {}", line?);
        sent
    })
}
