//! The game by lines, read by a task: what becomes of the task when the game is dropped.

use std::io;
use std::time::Duration;

use mainspring::io::BufReader;
use mainspring::net::UnixStream;
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::time::{Instant, sleep, timeout, timeout_at};

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);

/// Moves, however they are cut: after so many seconds these bytes.
async fn opponent(stream: UnixStream) -> io::Result<()> {
    for (seconds, bytes) in [(0, "Qx"), (3, "e5\nKf"), (1, "8\n"), (9, "Rd1\n")] {
        sleep(seconds * SECOND).await;
        stream.write_all(bytes.as_bytes()).await?;
    }
    Ok(())
}

/// Says each move; gets impatient every two seconds. A task reads, and says so.
async fn game(stream: UnixStream, start: Instant) -> io::Result<()> {
    let mut lines = BufReader::new(stream);
    loop {
        let mut reader = spawn(async move {
            let line = lines.next_line().await;
            println!("{:>4?}  the task has {line:?}", start.elapsed());
            (line, lines)
        });
        let joined = loop {
            match timeout(2 * SECOND, &mut reader).await {
                Err(_) => println!("{:>4?}  still thinking", start.elapsed()),
                Ok(joined) => break joined,
            }
        };
        let (line, back) = joined.expect("nobody aborts the reader");
        let Some(line) = line? else { return Ok(()) };
        println!("{:>4?}  {line}", start.elapsed());
        lines = back;
    }
}

fn main() -> io::Result<()> {
    let longer = !cli::options(&["--longer"]).is_empty();
    Runtime::builder().virtual_clock().build()?.block_on(async {
        let start = Instant::now();
        let (near, far) = UnixStream::pair()?;
        let opponent = spawn(opponent(far));
        match timeout_at(start + 9 * SECOND, game(near, start)).await {
            Err(_) => println!("{:>4?}  the flag falls", start.elapsed()),
            Ok(over) => over?,
        }
        let end = opponent.await.expect("nobody aborts the opponent");
        let end = end.map_err(|error| error.kind());
        println!("{:>4?}  the opponent ends: {end:?}", start.elapsed());
        if longer {
            sleep(SECOND).await;
        }
        Ok(())
    })
}
