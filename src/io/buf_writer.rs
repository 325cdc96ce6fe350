//! Writing many small pieces by few system calls.

use std::io::{self, ErrorKind, Write};
use std::thread;

use super::asynchronous::CHUNK;
use super::traits::AsyncWrite;

/// Collects what is written, and writes it when 8 KiB have come together, or on
/// [`flush`](Self::flush).
///
/// A destructor cannot wait. If a `BufWriter` is dropped with bytes that were never flushed,
/// they are lost, and it says so on stderr.
///
/// # Examples
///
/// ```
/// use mainspring::io::BufWriter;
/// use mainspring::net::UnixStream;
///
/// mainspring::block_on(async {
///     let (near, far) = UnixStream::pair()?;
///     let mut writer = BufWriter::new(&near);
///     for word in ["many", "small", "pieces"] {
///         writer.write_all(word.as_bytes()).await?;
///     }
///     writer.flush().await?; // one system call
///     let mut buffer = [0; 64];
///     assert_eq!(far.read(&mut buffer).await?, 15);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct BufWriter<W: AsyncWrite> {
    to: W,
    /// What has come together; `written` bytes of it have been written.
    bytes: Vec<u8>,
    written: usize,
}

impl<W: AsyncWrite> BufWriter<W> {
    /// Writes to `to`, a socket, a reference to one or an `Rc` of one.
    pub fn new(to: W) -> Self {
        Self { to, bytes: Vec::new(), written: 0 }
    }

    /// What it writes to. To write there goes past what this has collected.
    pub fn get_ref(&self) -> &W {
        &self.to
    }

    /// What was not written yet.
    pub fn buffer(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    /// Takes these bytes, all of them, and writes if more than 8 KiB have come together.
    ///
    /// # Errors
    ///
    /// Those of writing, of these bytes or of earlier ones. What was not written stays here.
    ///
    /// # Cancel safety
    ///
    /// The bytes are taken in the first poll. Dropping it after that loses none of them,
    /// and writes none twice: [`flush`](Self::flush) goes on.
    pub async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        if self.buffer().len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    /// Writes all that has come together.
    ///
    /// # Errors
    ///
    /// Those of writing. What was not written stays here.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing and writes nothing twice.
    pub async fn flush(&mut self) -> io::Result<()> {
        while !self.buffer().is_empty() {
            match self.to.write(&self.bytes[self.written..]).await? {
                0 => return Err(ErrorKind::WriteZero.into()),
                count => self.written += count,
            }
        }
        self.bytes.clear();
        self.written = 0;
        Ok(())
    }
}

impl<W: AsyncWrite> Drop for BufWriter<W> {
    fn drop(&mut self) {
        let count = self.buffer().len();
        if count > 0 && !thread::panicking() {
            let text = "mainspring: a `BufWriter` was dropped without a `flush`";
            let _ = writeln!(io::stderr(), "{text}: {count} bytes are lost");
        }
    }
}
