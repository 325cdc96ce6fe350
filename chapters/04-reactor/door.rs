//! The door of a server: what the callbacks and both conversations stand on.

use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// How long a door that is stuck is left alone, if nothing else happens.
pub const SOON: Duration = Duration::from_millis(100);

/// Lets in everyone who stands at the door. If `stuck` is set after that, somebody may stand
/// there still, and no event will tell: try again soon.
pub fn accept(
    door: &TcpListener,
    stuck: &mut bool,
    mut let_in: impl FnMut(TcpStream) -> io::Result<()>,
) {
    loop {
        match door.accept() {
            Ok((stream, _)) => {
                if let Err(error) = let_in(stream) {
                    eprintln!("a client is lost: {error}");
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                *stuck = false;
                return;
            }
            Err(error) => {
                if !*stuck {
                    eprintln!("nobody can come in now: {error}");
                }
                *stuck = true;
                return;
            }
        }
    }
}
