//! A server that is a process of its own, and its clients: the same for every peer.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::epoll::Epoll;
use crate::meter;
use crate::peers::Name;

/// What a client sends, and waits for.
const MESSAGE: [u8; 64] = [b'-'; 64];

/// Descriptors that a process has open beside its connections, at most.
const BESIDE_CONNECTIONS: usize = 50;

/// A process that runs [`echo::serve`](super::echo::serve).
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts it, for so many connections, and waits until it listens. It says why on stderr
    /// if it does not.
    ///
    /// Server and clients share one processor, and neither takes it from the other before
    /// there is nothing left to do (`SCHED_BATCH`). On two processors it would depend on
    /// how fast the one is beside the other how often the server sleeps, and how many
    /// events one wait brings: the slower a server, the cheaper each of its waits.
    pub fn start(peer: Name, server: &str, connections: usize) -> io::Result<Self> {
        meter::allow_descriptors(connections + BESIDE_CONNECTIONS)?;
        meter::share_one_processor()?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--serve", server, peer.text()])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().ok_or(ErrorKind::BrokenPipe)?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse();
        let address =
            address.map_err(|_| io::Error::other("the server does not start"))?;
        Ok(Self { process, address })
    }

    /// The processor time that it has used.
    pub fn cpu(&self) -> io::Result<Duration> {
        meter::cpu_of(self.process.id())
    }

    /// Its resident memory.
    pub fn resident(&self) -> io::Result<f64> {
        meter::resident_of(&self.process.id().to_string()).map_err(io::Error::other)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It fails if the process has ended, which is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Connections to a server. Each client sends a message, waits until it has come back, and
/// sends it again.
pub struct Clients {
    /// It is ended first, so that it does not hear of their end.
    pub server: Server,
    epoll: Epoll,
    connections: Vec<Connection>,
}

impl Clients {
    /// None yet, but of this server.
    pub fn of(server: Server) -> io::Result<Self> {
        Ok(Self { server, epoll: Epoll::new()?, connections: Vec::new() })
    }

    /// Makes so many more connections, one after the other. Each makes a round trip, so that the
    /// server has accepted it before the next one comes.
    pub fn connect(&mut self, count: usize) -> io::Result<()> {
        for _ in 0..count {
            let mut connection = Connection::to(self.server.address)?;
            connection.send()?;
            while !connection.has_received()? {}
            connection.stream.set_nonblocking(true)?;
            self.epoll.watch(&connection.stream, self.connections.len())?;
            self.connections.push(connection);
        }
        Ok(())
    }

    /// So many round trips, all connections together.
    pub fn round_trips(&mut self, count: usize) -> io::Result<()> {
        let (mut sent, mut received) = (0, 0);
        for connection in self.connections.iter_mut().take(count) {
            connection.send()?;
            sent += 1;
        }
        while received < count {
            for number in self.epoll.wait()? {
                let connection = &mut self.connections[number];
                if connection.has_received()? {
                    received += 1;
                    if sent < count {
                        connection.send()?;
                        sent += 1;
                    }
                }
            }
        }
        Ok(())
    }
}

struct Connection {
    stream: TcpStream,
    /// How many bytes of the message have not come back yet.
    missing: usize,
}

impl Connection {
    fn to(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        reset_at_the_end(&stream)?;
        Ok(Self { stream, missing: 0 })
    }

    fn send(&mut self) -> io::Result<()> {
        self.missing = MESSAGE.len();
        self.stream.write_all(&MESSAGE)
    }

    /// Reads what is there: whether the message is back.
    fn has_received(&mut self) -> io::Result<bool> {
        match self.stream.read(&mut [0; 1024]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => self.missing -= length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(self.missing == 0)
    }
}

/// Closing a connection shall leave nothing behind: the ports of hundreds of thousands of them
/// would stay taken for a minute.
fn reset_at_the_end(stream: &TcpStream) -> io::Result<()> {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    // SAFETY: the kernel reads one `linger`, which is there.
    let result = unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const linger).cast(),
            size_of::<libc::linger>() as libc::socklen_t,
        )
    };
    meter::checked(result)
}
