//! From one to the other.

use std::io::{self, ErrorKind};

use super::traits::{AsyncRead, AsyncWrite};

/// How much is on the way at once.
const ON_THE_WAY: usize = 64 * 1024;

/// Reads to the end of `from`, and writes all of it to `to`. Returns how many bytes it was.
///
/// No more than 64 KiB are on the way: if `to` is slow, `from` has to wait.
///
/// # Errors
///
/// Those of reading and of writing.
///
/// # Cancel safety
///
/// Dropping it early loses what has been read and not written.
///
/// # Examples
///
/// ```
/// use mainspring::{io, net::UnixStream};
///
/// mainspring::block_on(async {
///     let (client, server) = UnixStream::pair()?;
///     let echo = mainspring::spawn(async move { io::copy(&server, &server).await });
///     client.write_all(b"hello").await?;
///     client.shutdown(std::net::Shutdown::Write)?;
///     let mut answer = Vec::new();
///     client.read_to_end(&mut answer).await?;
///     assert_eq!((answer.as_slice(), echo.await.unwrap()?), (&b"hello"[..], 5));
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn copy(from: &impl AsyncRead, to: &impl AsyncWrite) -> io::Result<u64> {
    let mut buffer = vec![0; ON_THE_WAY];
    let mut copied = 0;
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return Ok(copied);
        }
        let mut unwritten = &buffer[..count];
        while !unwritten.is_empty() {
            match to.write(unwritten).await? {
                0 => return Err(ErrorKind::WriteZero.into()),
                written => unwritten = &unwritten[written..],
            }
        }
        copied += count as u64;
    }
}
