//! Lines over a socket that never waits: what both conversations stand on.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::rc::Rc;

/// No line is longer than this, and nobody fills the memory by never ending one.
const LONGEST_LINE: usize = 1024;

/// A socket, what has come in and not been read, and what has still to go out.
pub struct Wire {
    stream: Rc<TcpStream>,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Wire {
    pub fn new(stream: TcpStream) -> io::Result<Wire> {
        stream.set_nonblocking(true)?;
        Ok(Wire { stream: Rc::new(stream), input: Vec::new(), output: Vec::new() })
    }

    /// The socket, to register it.
    pub fn stream(&self) -> Rc<TcpStream> {
        Rc::clone(&self.stream)
    }

    /// Puts a line behind what has to go out.
    pub fn tell(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.push(b'\n');
    }

    /// Sends what has to go out; `WouldBlock` if some of it still has to.
    pub fn flush(&mut self) -> io::Result<()> {
        while !self.output.is_empty() {
            let length = (&*self.stream).write(&self.output)?;
            self.output.drain(..length);
        }
        Ok(())
    }

    /// The next line that comes in; `WouldBlock` if it is not there yet.
    pub fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.input.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.input.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim().to_owned());
            }
            if self.input.len() > LONGEST_LINE {
                return Err(io::Error::new(ErrorKind::InvalidData, "a line without end"));
            }
            let mut piece = [0; 256];
            match (&*self.stream).read(&mut piece)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                length => self.input.extend_from_slice(&piece[..length]),
            }
        }
    }
}
