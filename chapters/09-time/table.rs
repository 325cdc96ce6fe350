//! The other end of a table: an opponent who writes each move down in two halves.

use std::io;
use std::time::Duration;

use mainspring::net::UnixStream;
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::time::sleep;

/// Half a move, a pause, and the other half.
async fn opponent(stream: UnixStream) -> io::Result<()> {
    stream.write_all(b"Qx").await?;
    sleep(Duration::from_millis(1500)).await;
    stream.write_all(b"e5\n").await
}

/// Runs `master` opposite the opponent, on a virtual clock.
pub fn play(master: impl AsyncFnOnce(UnixStream) -> io::Result<()>) -> io::Result<()> {
    Runtime::builder().virtual_clock().build()?.block_on(async {
        let (near, far) = UnixStream::pair()?;
        drop(spawn(opponent(far)));
        master(near).await
    })
}
