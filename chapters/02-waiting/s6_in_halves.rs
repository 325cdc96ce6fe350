//! `write_all` and `read_exact` on a non-blocking socket: what becomes of half the bytes.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

#[path = "../00-introduction/cli.rs"]
mod cli;

fn write_a_megabyte() -> io::Result<()> {
    let (mut near, mut far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    let said = near.write_all(&[0; 1 << 20]).map_err(|error| error.kind());
    drop(near);
    let arrived = io::copy(&mut far, &mut io::sink())?;
    println!("write_all: {said:?}, and {arrived} bytes have arrived");
    Ok(())
}

fn read_two_bytes() -> io::Result<()> {
    let (mut near, mut far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    for sent in ["a", "bc"] {
        far.write_all(sent.as_bytes())?;
        let mut two = [0; 2];
        let said = near.read_exact(&mut two).map_err(|error| error.kind());
        let two = two.escape_ascii();
        println!("{sent:?} comes; read_exact: {said:?}, and \"{two}\" is read");
    }
    Ok(())
}

fn main() -> ExitCode {
    cli::options(&[]);
    match write_a_megabyte().and_then(|()| read_two_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::fail(1, &format!("the sockets failed: {error}")),
    }
}
