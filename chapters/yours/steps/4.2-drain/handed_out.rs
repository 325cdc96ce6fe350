//! 4.2 Drain: the rule of the edge.

use std::io::{self, Read};

/// Reads all that is there now, and adds it to `bytes`: what epoll has told by an edge, it
/// does not tell again. True if the end has come, false if more may come later.
///
/// What was read before an error stays in `bytes`.
///
/// # Errors
///
/// Those of the source, but for `WouldBlock`, which is no error here, and `Interrupted`,
/// after which the read is tried again.
pub fn drain(source: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 1024];
    let count = source.read(&mut buffer)?; // Yours: once is not enough.
    bytes.extend_from_slice(&buffer[..count]);
    Ok(false)
}
