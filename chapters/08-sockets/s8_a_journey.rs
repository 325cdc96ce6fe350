//! One read of a socket, and what happens between the call and the line after its `await`.

use std::cell::{Cell, OnceCell};
use std::ffi::{c_int, c_void};
use std::io::{self, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_task::{ArcWake, waker};
use mainspring::io::{Async, AsyncRead};
use mainspring::net::TcpListener;
use mainspring::{block_on, spawn, task};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[path = "../07-event-loop/log.rs"]
mod log;

use log::Log;

/// A future with a spy around it.
struct Spied<'a, F> {
    future: Pin<&'a mut F>,
    spy: Rc<OnceCell<Arc<Spy>>>,
    log: Log,
}

/// Passes a wake on to the task's waker, and says so.
struct Spy {
    task: Waker,
    log: Log,
}

impl ArcWake for Spy {
    fn wake_by_ref(this: &Arc<Self>) {
        let who = task::current().map_or("no task".into(), |task| task.name);
        this.log.say(&format!("wake is called, in {who}"));
        this.task.wake_by_ref();
    }
}

impl<F: Future<Output = io::Result<usize>>> Future for Spied<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let (task, log) = (cx.waker().clone(), self.log);
        let spy = Arc::clone(self.spy.get_or_init(|| Arc::new(Spy { task, log })));
        log.say("poll");
        let waker = waker(spy);
        let polled = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        log.say(&format!("  {polled:?}"));
        polled
    }
}

async fn journey(
    socket: &impl AsyncRead,
    spy: &Rc<OnceCell<Arc<Spy>>>,
    log: Log,
) -> io::Result<()> {
    let mut piece = [0; 64];
    log.say("the line before");
    let read = pin!(socket.read(&mut piece));
    log.say("read(..) has returned");
    Spied { future: read, spy: Rc::clone(spy), log }.await?;
    log.say("the line after");
    Ok(())
}

async fn wake_too_early(spy: Rc<OnceCell<Arc<Spy>>>) {
    let spy = spy.get().expect("the reader has been polled");
    Spy::wake_by_ref(spy);
}

fn main() -> io::Result<()> {
    let options = cli::options(&["--again", "--tcp"]);
    let is_given = |option: &str| options.iter().any(|given| given == option);
    let words: &[&str] =
        if is_given("--again") { &["hello", "again"] } else { &["hello"] };
    block_on(async {
        if is_given("--tcp") {
            let door = TcpListener::bind("127.0.0.1:0").await?;
            let far = TcpStream::connect(door.local_addr()?)?;
            let (near, _) = door.accept().await?;
            travel(near, far, words).await
        } else {
            let (near, far) = UnixStream::pair()?;
            travel(Async::new(near)?, far, words).await
        }
    })
}

/// Reads as often as Ada says something.
async fn travel(
    near: impl AsyncRead + 'static,
    mut far: impl Write + Send + 'static,
    words: &'static [&str],
) -> io::Result<()> {
    let log = Log::begin();
    LOG.set(Some(log));
    let ada = thread::spawn(move || {
        for word in words {
            thread::sleep(Duration::from_millis(100));
            far.write_all(word.as_bytes())?;
        }
        io::Result::Ok(far)
    });
    let spy = Rc::default();
    let seen = Rc::clone(&spy);
    let reader = spawn(async move {
        for _ in words {
            journey(&near, &seen, log).await?;
        }
        io::Result::Ok(())
    });
    let early = task::Builder::new().name("another task");
    drop(early.spawn(wake_too_early(spy)));
    reader.await.expect("a task that does not panic")?;
    ada.join().expect("a thread that does not panic").map(drop)
}

thread_local! {
    /// Where this thread's reads are told.
    static LOG: Cell<Option<Log>> = const { Cell::new(None) };
}

/// Stands in for the C library's function, by which std reads a socket, and tells of it.
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
    // SAFETY: the caller's buffer has that room; the sender's address is not asked for.
    let count =
        unsafe { libc::recvfrom(socket, buffer, length, flags, null_mut(), null_mut()) };
    let error = io::Error::last_os_error();
    if let Some(log) = LOG.get() {
        let said = if count < 0 { Err(error.kind()) } else { Ok(count) };
        log.say(&format!("  read: {said:?}"));
    }
    // SAFETY: every thread has one.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: it is this thread's. The log may have changed it.
    unsafe { *errno = error.raw_os_error().unwrap_or(0) };
    count
}
