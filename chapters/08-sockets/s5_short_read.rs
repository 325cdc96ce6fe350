//! A read that is short says that there is no more: a system call saved, and an end lost.

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use mainspring::reactor::Reactor;
use mainspring::{block_on, net, spawn, task};

use executor::Executor;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod executor;

/// A socket that is tried at once, unless it is known to have nothing.
struct Source {
    socket: TcpStream,
    /// Whether a short read says that there is nothing left.
    saves: bool,
    drained: Cell<bool>,
    waiters: RefCell<Vec<Waker>>,
}

impl Source {
    async fn read(&self, piece: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| {
            if !self.drained.get() {
                match (&self.socket).read(piece) {
                    Ok(count) => {
                        let is_short = 0 < count && count < piece.len();
                        self.drained.set(self.saves && is_short);
                        return Poll::Ready(Ok(count));
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        self.drained.set(true);
                    }
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
            self.waiters.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// The kernel has told of something to read.
    fn notice(&self) {
        self.drained.set(false);
        self.waiters.take().into_iter().for_each(Waker::wake);
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    for (name, saves) in [("It always tries.", false), ("It saves a read.", true)] {
        println!("{name}");
        echo_words(saves)?;
        hear_the_end(saves)?;
    }
    println!("The library.");
    block_on(async {
        echo_words_in_the_library().await?;
        hear_the_end_in_the_library().await
    })
}

/// Has a thousand words echoed, one after the other.
fn echo_words(saves: bool) -> io::Result<()> {
    let (source, mut client, mut reactor) = connect(saves)?;
    count_reads_of(&source.socket);
    let executor = Executor::default();
    executor.spawn(async move {
        let mut piece = [0; 1024];
        while let length @ 1.. = source.read(&mut piece).await.expect("a word") {
            (&source.socket).write_all(&piece[..length]).expect("there is room");
        }
    });
    let mut words = 0..1000;
    executor.run(|| {
        if words.next().is_some() {
            client.write_all(b"hello").expect("there is room");
        }
        look(&mut reactor)
    });
    report_reads();
    Ok(())
}

/// A word and the end, between two looks.
fn hear_the_end(saves: bool) -> io::Result<()> {
    let (source, client, mut reactor) = connect(saves)?;
    let executor = Executor::default();
    let heard = Rc::new(Cell::new(false));
    let end = Rc::clone(&heard);
    executor.spawn(async move {
        let mut piece = [0; 1024];
        while source.read(&mut piece).await.expect("a word, or the end") > 0 {
            println!("  hello is heard");
        }
        println!("  the end is heard");
        end.set(true);
    });
    let mut client = Some(client);
    executor.run(|| look(&mut reactor) || say_goodbye(&mut client));
    if !heard.get() {
        println!("  the end is there, and nothing more happens");
    }
    Ok(())
}

/// Says a word, and hangs up, once. Whether it has.
fn say_goodbye(client: &mut Option<TcpStream>) -> bool {
    let Some(mut client) = client.take() else { return false };
    client.write_all(b"hello").expect("there is room");
    true
}

/// A source in a reactor, and the other end of it.
fn connect(saves: bool) -> io::Result<(Rc<Source>, TcpStream, Reactor<Rc<Source>>)> {
    let door = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(door.local_addr()?)?;
    let (socket, _) = door.accept()?;
    socket.set_nonblocking(true)?;
    let (drained, waiters) = (Cell::new(false), RefCell::default());
    let source = Rc::new(Source { socket, saves, drained, waiters });
    let mut reactor = Reactor::new()?;
    reactor.register(&source.socket, Rc::clone(&source))?;
    Ok((source, client, reactor))
}

/// Tells what has happened. Waits a little for it, as the network may; then nothing has.
fn look(reactor: &mut Reactor<Rc<Source>>) -> bool {
    let events = reactor.wait(Some(Duration::from_millis(50))).expect("it is open");
    while let Some((token, ready)) = reactor.next_event() {
        if ready.readable
            && let Some(source) = reactor.get(token)
        {
            source.notice();
        }
    }
    events > 0
}

/// The same two, with the library's sockets.
async fn echo_words_in_the_library() -> io::Result<()> {
    let (server, client) = connect_in_the_library().await?;
    count_reads_of(&server);
    let echo = spawn(async move {
        let mut piece = [0; 1024];
        while let length @ 1.. = server.read(&mut piece).await.expect("a word") {
            server.write_all(&piece[..length]).await.expect("there is room");
        }
    });
    task::yield_now().await;
    for _ in 0..1000 {
        client.write_all(b"hello").await?;
        client.read_exact(&mut [0; 5]).await?;
    }
    report_reads();
    echo.abort();
    Ok(())
}

async fn hear_the_end_in_the_library() -> io::Result<()> {
    let (server, client) = connect_in_the_library().await?;
    let heard = spawn(async move {
        let mut piece = [0; 1024];
        while server.read(&mut piece).await.expect("a word, or the end") > 0 {
            println!("  hello is heard");
        }
        println!("  the end is heard");
    });
    task::yield_now().await;
    client.write_all(b"hello").await?;
    drop(client);
    heard.await.expect("it does not panic");
    Ok(())
}

async fn connect_in_the_library() -> io::Result<(net::TcpStream, net::TcpStream)> {
    let door = net::TcpListener::bind("127.0.0.1:0").await?;
    let client = net::TcpStream::connect(door.local_addr()?).await?;
    let (server, _) = door.accept().await?;
    Ok((server, client))
}

/// The socket whose reads are counted, and how many there have been.
static COUNTED: AtomicI32 = AtomicI32::new(-1);
static READS: AtomicUsize = AtomicUsize::new(0);

fn count_reads_of(socket: &impl AsFd) {
    READS.store(0, Ordering::Relaxed);
    COUNTED.store(socket.as_fd().as_raw_fd(), Ordering::Relaxed);
}

fn report_reads() {
    println!("  1000 words take {} reads", READS.load(Ordering::Relaxed));
}

/// Stands in for the C library's function, by which std reads a socket, and counts.
///
/// # Safety
///
/// As of `recv`: there is room for `length` bytes at `buffer`.
#[unsafe(no_mangle)]
unsafe extern "C" fn recv(
    socket: c_int,
    buffer: *mut c_void,
    length: usize,
    flags: c_int,
) -> isize {
    if socket == COUNTED.load(Ordering::Relaxed) {
        READS.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the caller's buffer has that room; the sender's address is not asked for.
    unsafe { libc::recvfrom(socket, buffer, length, flags, null_mut(), null_mut()) }
}
