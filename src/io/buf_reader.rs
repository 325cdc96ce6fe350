//! Reading by lines, and whatever else is not cut as the bytes arrive.

use std::io::{self, ErrorKind};

use super::asynchronous::CHUNK;
use super::traits::AsyncRead;

/// The longest line, with its end, where nobody says otherwise: asyncio's limit too.
const LIMIT: usize = 64 * 1024;

/// Reads ahead, and hands out what it has by lines and in pieces of a given size.
///
/// What has come and was not handed out stays here, whoever waited for more and went away.
/// That is why its methods lose nothing when they are dropped early, where those of a bare
/// socket do.
///
/// # Examples
///
/// ```
/// use mainspring::io::BufReader;
/// use mainspring::net::UnixStream;
///
/// mainspring::block_on(async {
///     let (near, far) = UnixStream::pair()?;
///     far.write_all(b"one\r\ntwo\nand a half").await?;
///     drop(far);
///     let mut lines = BufReader::new(&near);
///     while let Some(line) = lines.next_line().await? {
///         println!("{line}"); // one, two, and a half
///     }
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct BufReader<R> {
    from: R,
    /// What has come; `taken` bytes of it have been handed out.
    bytes: Vec<u8>,
    taken: usize,
    /// Where the next bytes arrive.
    chunk: Box<[u8]>,
    limit: usize,
}

impl<R: AsyncRead> BufReader<R> {
    /// Reads from `from`, a socket, a reference to one or an `Rc` of one. No line is longer
    /// than 64 KiB.
    pub fn new(from: R) -> Self {
        Self::with_limit(from, LIMIT)
    }

    /// The same, where no line, with its end, is longer than `limit` bytes.
    pub fn with_limit(from: R, limit: usize) -> Self {
        let chunk = vec![0; CHUNK].into();
        Self { from, bytes: Vec::new(), taken: 0, chunk, limit }
    }

    /// What it reads from. To read there goes past what this has read ahead.
    pub fn get_ref(&self) -> &R {
        &self.from
    }

    /// What has been read ahead and not handed out.
    pub fn buffer(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    /// Gives back what it reads from, and what it has read ahead.
    pub fn into_parts(mut self) -> (R, Vec<u8>) {
        self.bytes.drain(..self.taken);
        (self.from, self.bytes)
    }

    /// The next line, without its end, which is `\n` or `\r\n`; what comes behind the last
    /// end is a line too. `None` at the end.
    ///
    /// # Errors
    ///
    /// `InvalidData`: the line is longer than the limit, or no UTF-8. It stays where it is;
    /// [`read_until`](Self::read_until) or [`read`](Self::read) get past the latter. Else those of reading.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing: what has come stays for the next call.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        let length = self.find_end(b'\n').await?;
        let Ok(line) = str::from_utf8(&self.buffer()[..length]) else {
            return Err(io::Error::new(ErrorKind::InvalidData, "the line is not UTF-8"));
        };
        let text =
            line.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text));
        let next = (length > 0).then(|| text.unwrap_or(line).to_owned());
        self.taken += length;
        Ok(next)
    }

    /// The next bytes, up to the first `end` and with it; at the end those that are left, or
    /// none.
    ///
    /// # Errors
    ///
    /// `InvalidData`: more bytes than the limit. They stay where they are. Else those of
    /// reading.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing: what has come stays for the next call.
    pub async fn read_until(&mut self, end: u8) -> io::Result<Vec<u8>> {
        let length = self.find_end(end).await?;
        Ok(self.take(length).to_vec())
    }

    /// Fills `buffer`.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof`: the end came first. What came before it stays here. Else those of
    /// reading.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing: what has come stays for the next call.
    pub async fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        while self.buffer().len() < buffer.len() {
            if self.fill().await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        buffer.copy_from_slice(self.take(buffer.len()));
        Ok(())
    }

    /// Reads into `buffer` what is there, and waits if nothing is; 0 is the end.
    ///
    /// # Errors
    ///
    /// Those of reading.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing.
    pub async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.buffer().is_empty() && !buffer.is_empty() {
            self.fill().await?;
        }
        let length = buffer.len().min(self.buffer().len());
        buffer[..length].copy_from_slice(self.take(length));
        Ok(length)
    }

    /// How long the next piece is, up to `end` and with it, or up to the end of all.
    async fn find_end(&mut self, end: u8) -> io::Result<usize> {
        let mut searched = 0;
        loop {
            let unread = self.buffer();
            let found = unread[searched..].iter().position(|byte| *byte == end);
            let length = found.map_or(unread.len(), |index| searched + index + 1);
            if length > self.limit {
                let text = format!("no end within the limit of {} bytes", self.limit);
                return Err(io::Error::new(ErrorKind::InvalidData, text));
            }
            if found.is_some() || self.fill().await? == 0 {
                return Ok(length);
            }
            searched = length;
        }
    }

    /// Has more bytes come; 0 at the end. They arrive in the chunk and not in `bytes`: if
    /// this is dropped while it waits, there is nothing to clean up.
    async fn fill(&mut self) -> io::Result<usize> {
        let count = self.from.read(&mut self.chunk).await?;
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(&self.chunk[..count]);
        Ok(count)
    }

    fn take(&mut self, length: usize) -> &[u8] {
        let start = self.taken;
        self.taken += length;
        &self.bytes[start..self.taken]
    }
}
