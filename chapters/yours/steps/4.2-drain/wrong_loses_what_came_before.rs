//! Wrong: an error loses what was read before.

use std::io::{self, ErrorKind, Read};

pub fn drain(source: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 1024];
    let mut read = Vec::new();
    let end = loop {
        match source.read(&mut buffer) {
            Ok(0) => break true,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    };
    bytes.append(&mut read);
    Ok(end)
}
