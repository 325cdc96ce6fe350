//! A limit of time around a write, and half of it that is sent twice.

use std::io;
use std::time::Duration;

use mainspring::io::{BufReader, BufWriter};
use mainspring::net::UnixStream;
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::time::{sleep, timeout};

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);
const MOVES: u32 = 200_000;

/// All that is known of the game, as often as it takes.
async fn insist(stream: UnixStream, record: &[u8]) -> io::Result<()> {
    loop {
        if let Ok(sent) = timeout(SECOND, stream.write_all(record)).await {
            return sent;
        }
    }
}

/// The same; what is not written yet stays in the writer.
async fn go_on(stream: UnixStream, record: &[u8]) -> io::Result<()> {
    let mut writer = BufWriter::new(stream);
    if let Ok(taken) = timeout(SECOND, writer.write_all(record)).await {
        taken?;
    }
    loop {
        if let Ok(sent) = timeout(SECOND, writer.flush()).await {
            return sent;
        }
    }
}

/// Looks up after a second and a half, and counts how often the first move has come, and
/// the last.
async fn reader(stream: UnixStream) -> io::Result<(u32, u32)> {
    sleep(SECOND * 3 / 2).await;
    let last = format!("move {MOVES}");
    let mut lines = BufReader::new(stream);
    let mut counts = (0, 0);
    while let Some(line) = lines.next_line().await? {
        // Half a line may stand before it.
        counts.0 += u32::from(line.ends_with("move 1"));
        counts.1 += u32::from(line.ends_with(&last));
    }
    Ok(counts)
}

fn play(write: impl AsyncFnOnce(UnixStream, &[u8]) -> io::Result<()>) -> io::Result<()> {
    let record: String = (1..=MOVES).map(|n| format!("move {n}\n")).collect();
    Runtime::builder().virtual_clock().build()?.block_on(async {
        let (near, far) = UnixStream::pair()?;
        let reader = spawn(reader(far));
        write(near, record.as_bytes()).await?;
        let (first, last) = reader.await.expect("nobody aborts the reader")?;
        println!("move 1 has come {first} x, move {MOVES} {last} x");
        Ok(())
    })
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    print!("write_all again  ");
    play(insist)?;
    print!("flush again      ");
    play(go_on)
}
