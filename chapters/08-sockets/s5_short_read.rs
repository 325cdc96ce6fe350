//! A read that is short says that there is no more: a system call saved, and an end lost.

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::iter;
use std::mem::zeroed;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use mainspring::io::Async;
use mainspring::reactor::Reactor;
use mainspring::time::{sleep, timeout};
use mainspring::{block_on, net, spawn, task};

use executor::Executor;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod executor;

/// A socket that is tried at once, unless it is known to have nothing.
struct Source {
    /// Or a Unix socket, with `--unix`: std reads both by the same call.
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

/// When the other end hangs up, behind a word.
#[derive(Clone, Copy, PartialEq)]
enum Moment {
    BeforeTheLook,
    BetweenLookAndRead,
    AfterTheRead,
}

const MOMENTS: [(&str, Moment); 3] = [
    ("  before the last look", Moment::BeforeTheLook),
    ("  between look and read", Moment::BetweenLookAndRead),
    ("  after the read", Moment::AfterTheRead),
];

fn main() -> io::Result<()> {
    let is_unix = !cli::options(&["--unix"]).is_empty();
    println!("{:25}{:16}{:16}the library", "", "always tries", "saves");
    if is_unix {
        let library = block_on(hear_three_in_the_library())?;
        row("three", &[hear_three(false)?, hear_three(true)?, library]);
        return Ok(());
    }
    let words = block_on(echo_words_in_the_library())?;
    row("1000 words", &[echo_words(false)?, echo_words(true)?, words]);
    println!("the end comes");
    for (name, moment) in MOMENTS {
        let library = block_on(hear_the_end_in_the_library(moment))?;
        row(name, &[hear_the_end(false, moment)?, hear_the_end(true, moment)?, library]);
    }
    Ok(())
}

fn row(name: &str, cells: &[String; 3]) {
    println!("{name:25}{:16}{:16}{}", cells[0], cells[1], cells[2]);
}

/// Has a thousand words echoed, one after the other. How often it reads.
fn echo_words(saves: bool) -> io::Result<String> {
    let (source, client, mut reactor) = connect(saves)?;
    let executor = Executor::default();
    executor.spawn(async move {
        let mut piece = [0; 1024];
        while let length @ 1.. = source.read(&mut piece).await.expect("a word") {
            (&source.socket).write_all(&piece[..length]).expect("there is room");
        }
    });
    let mut words = 0..1000;
    executor.run(|| {
        words.next().inspect(|_| client.say("hello"));
        look(&mut reactor)
    });
    Ok(reads())
}

/// A word, and the end at this moment. Whether it is heard, and how many reads it takes.
fn hear_the_end(saves: bool, moment: Moment) -> io::Result<String> {
    let (source, client, mut reactor) = connect(saves)?;
    let (client, is_heard) = (Rc::new(client), Rc::new(Cell::new(false)));
    let executor = Executor::default();
    executor.spawn({
        let (client, is_heard) = (Rc::clone(&client), Rc::clone(&is_heard));
        async move {
            hear(async |piece| source.read(piece).await, &client, moment).await;
            is_heard.set(true);
        }
    });
    let mut steps = client.steps(moment);
    executor.run(|| {
        steps.next();
        look(&mut reactor)
    });
    Ok(cell(is_heard.get()))
}

/// Reads until the end. The first poll finds nothing; the next one is that behind the look.
async fn hear(
    read: impl AsyncFn(&mut [u8]) -> io::Result<usize>,
    client: &Client,
    moment: Moment,
) {
    let mut polls = 0;
    let mut piece = [0; 1024];
    let mut word = Box::pin(read(&mut piece));
    poll_fn(|cx| {
        polls += 1;
        if polls == 2 && moment == Moment::BetweenLookAndRead {
            client.hang_up();
        }
        word.as_mut().poll(cx)
    })
    .await
    .expect("a word");
    drop(word);
    while read(&mut piece).await.expect("a word, or the end") > 0 {}
}

/// The other end of a source.
struct Client {
    stream: Cell<Option<TcpStream>>,
    /// The source's descriptor.
    source: RawFd,
}

impl Client {
    fn of(stream: TcpStream, source: &impl AsFd) -> Self {
        count_reads_of(source);
        Self { stream: Cell::new(Some(stream)), source: source.as_fd().as_raw_fd() }
    }

    /// Says a word, and hangs up with it or behind it: each step is for when the reader waits.
    /// The moment between look and read is not among them.
    fn steps(&self, moment: Moment) -> impl Iterator<Item = ()> {
        let word = move || {
            self.say("hello");
            if moment == Moment::BeforeTheLook {
                self.hang_up();
            }
        };
        let after = move || {
            if moment == Moment::AfterTheRead {
                self.hang_up();
            }
        };
        iter::once_with(word).chain(iter::once_with(after))
    }

    fn say(&self, word: &str) {
        let mut stream = self.stream.take().expect("nobody has hung up");
        stream.write_all(word.as_bytes()).expect("there is room");
        self.stream.set(Some(stream));
    }

    /// And waits until the other end's kernel has heard of it.
    fn hang_up(&self) {
        drop(self.stream.take());
        let mut ended =
            libc::pollfd { fd: self.source, events: libc::POLLRDHUP, revents: 0 };
        // SAFETY: it is one such structure. The descriptor is open, since somebody reads there.
        assert_eq!(unsafe { libc::poll(&raw mut ended, 1, 1000) }, 1, "the end arrives");
    }
}

/// A source in a reactor, and the other end of it.
fn connect(saves: bool) -> io::Result<(Rc<Source>, Client, Reactor<Rc<Source>>)> {
    let door = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(door.local_addr()?)?;
    let (socket, _) = door.accept()?;
    socket.set_nonblocking(true)?;
    let client = Client::of(client, &socket);
    let (source, reactor) = watch(socket, saves)?;
    Ok((source, client, reactor))
}

fn watch(
    socket: TcpStream,
    saves: bool,
) -> io::Result<(Rc<Source>, Reactor<Rc<Source>>)> {
    let (drained, waiters) = (Cell::new(false), RefCell::default());
    let source = Rc::new(Source { socket, saves, drained, waiters });
    let mut reactor = Reactor::new()?;
    reactor.register(&source.socket, Rc::clone(&source))?;
    Ok((source, reactor))
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
async fn echo_words_in_the_library() -> io::Result<String> {
    let door = net::TcpListener::bind("127.0.0.1:0").await?;
    let client = net::TcpStream::connect(door.local_addr()?).await?;
    let (server, _) = door.accept().await?;
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
    echo.abort();
    Ok(reads())
}

async fn hear_the_end_in_the_library(moment: Moment) -> io::Result<String> {
    let door = net::TcpListener::bind("127.0.0.1:0").await?;
    let client = TcpStream::connect(door.local_addr()?)?;
    let (server, _) = door.accept().await?;
    let client = Rc::new(Client::of(client, &server));
    let reader = spawn({
        let client = Rc::clone(&client);
        async move { hear(async |piece| server.read(piece).await, &client, moment).await }
    });
    task::yield_now().await;
    for () in client.steps(moment) {
        sleep(Duration::from_millis(20)).await;
    }
    Ok(cell(timeout(Duration::from_secs(1), reader).await.is_ok()))
}

/// Three words by a Unix socket, the second with a descriptor: whether the third is heard.
fn hear_three(saves: bool) -> io::Result<String> {
    let (socket, ada) = UnixStream::pair()?;
    socket.set_nonblocking(true)?;
    count_reads_of(&socket);
    let (source, mut reactor) = watch(OwnedFd::from(socket).into(), saves)?;
    let is_heard = Rc::new(Cell::new(false));
    let executor = Executor::default();
    executor.spawn({
        let is_heard = Rc::clone(&is_heard);
        async move {
            read_three(async |piece| source.read(piece).await).await;
            is_heard.set(true);
        }
    });
    let mut words = iter::once_with(|| say_three(&ada).expect("there is room"));
    executor.run(|| {
        words.next();
        look(&mut reactor)
    });
    Ok(cell(is_heard.get()))
}

async fn hear_three_in_the_library() -> io::Result<String> {
    let (socket, ada) = UnixStream::pair()?;
    count_reads_of(&socket);
    let socket = Async::new(socket)?;
    let reader =
        spawn(async move { read_three(async |piece| socket.read(piece).await).await });
    task::yield_now().await;
    say_three(&ada)?;
    Ok(cell(timeout(Duration::from_secs(1), reader).await.is_ok()))
}

async fn read_three(read: impl AsyncFn(&mut [u8]) -> io::Result<usize>) {
    let (mut piece, mut length) = ([0; 1024], 0);
    while length < "onetwothree".len() {
        length += read(&mut piece).await.expect("a word");
    }
}

fn say_three(mut socket: &UnixStream) -> io::Result<()> {
    socket.write_all(b"one")?;
    pass_with(socket, b"two", socket)?;
    socket.write_all(b"three")
}

/// Sends a word, and a descriptor with it.
fn pass_with(socket: &UnixStream, word: &[u8], passed: &impl AsFd) -> io::Result<()> {
    #[repr(C)]
    struct Control {
        header: libc::cmsghdr,
        descriptor: RawFd,
    }
    // SAFETY: a structure of numbers, which may be zero.
    let mut control = unsafe { zeroed::<Control>() };
    // SAFETY: one of numbers and pointers, which may be zero.
    let mut message = unsafe { zeroed::<libc::msghdr>() };
    let size = size_of::<RawFd>().try_into().expect("four bytes");
    // SAFETY: it computes.
    let length = unsafe { libc::CMSG_LEN(size) };
    control.header.cmsg_len = length as _;
    control.header.cmsg_level = libc::SOL_SOCKET;
    control.header.cmsg_type = libc::SCM_RIGHTS;
    control.descriptor = passed.as_fd().as_raw_fd();
    let mut bytes =
        libc::iovec { iov_base: word.as_ptr().cast_mut().cast(), iov_len: word.len() };
    message.msg_iov = &raw mut bytes;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    message.msg_controllen = length as _;
    // SAFETY: word and control live until it returns, and are as long as the message says.
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, 0) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Which socket's reads are counted, from now on.
fn count_reads_of(socket: &impl AsFd) {
    READS.store(0, Ordering::Relaxed);
    COUNTED.store(socket.as_fd().as_raw_fd(), Ordering::Relaxed);
}

fn reads() -> String {
    format!("{} reads", READS.load(Ordering::Relaxed))
}

fn cell(is_heard: bool) -> String {
    format!("{}, {}", if is_heard { "heard" } else { "LOST" }, reads())
}

/// The socket whose reads are counted, and how many there have been.
static COUNTED: AtomicI32 = AtomicI32::new(-1);
static READS: AtomicUsize = AtomicUsize::new(0);

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
