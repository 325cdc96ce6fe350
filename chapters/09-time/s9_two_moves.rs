//! The second way out with two moves: a future that has ended, awaited again.

use std::io;
use std::panic::set_hook;
use std::pin::pin;
use std::time::Duration;

use mainspring::net::UnixStream;
use mainspring::runtime::Runtime;
use mainspring::time::{Instant, timeout};

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);

async fn read_line(stream: &UnixStream) -> io::Result<String> {
    let mut line = String::new();
    let mut byte = [0];
    while stream.read(&mut byte).await? == 1 && byte[0] != b'\n' {
        line.push(char::from(byte[0]));
    }
    Ok(line)
}

async fn master(stream: UnixStream, mended: bool) -> io::Result<()> {
    let start = Instant::now();
    let mut reading = pin!(read_line(&stream));
    loop {
        if let Ok(line) = timeout(SECOND, &mut reading).await {
            println!("at {:?}: the move is {}", start.elapsed(), line?);
            if mended {
                reading.set(read_line(&stream));
            }
            continue;
        }
        println!("at {:?}: still thinking", start.elapsed());
    }
}

fn main() -> io::Result<()> {
    set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&str>().copied();
        cli::note(&format!("panic: {}", text.unwrap_or("of another kind")));
    }));
    let mended = !cli::options(&["--mended"]).is_empty();
    Runtime::builder().virtual_clock().build()?.block_on(async {
        let (near, far) = UnixStream::pair()?;
        far.write_all(b"e4\nd4\n").await?;
        match timeout(SECOND * 3 / 2, master(near, mended)).await {
            Err(_) => Ok(()), // the game is over
            Ok(ended) => ended,
        }
    })
}
