//! Two workers wait for jobs at one socket: who is woken?

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use mainspring::reactor::Reactor;

use executor::Executor;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod executor;

/// Those who wait at a socket.
trait Waiters: Default + 'static {
    fn add(&self, waker: Waker);
    /// Something has happened.
    fn wake(&self);
}

/// As in the stage before: there is one place.
#[derive(Default)]
struct TheLast(Cell<Option<Waker>>);

impl Waiters for TheLast {
    fn add(&self, waker: Waker) {
        self.0.set(Some(waker));
    }

    fn wake(&self) {
        self.0.take().into_iter().for_each(Waker::wake);
    }
}

/// A queue: the first is woken.
#[derive(Default)]
struct TheFirst(RefCell<VecDeque<Waker>>);

impl Waiters for TheFirst {
    fn add(&self, waker: Waker) {
        self.0.borrow_mut().push_back(waker);
    }

    fn wake(&self) {
        let first = self.0.borrow_mut().pop_front();
        first.into_iter().for_each(Waker::wake);
    }
}

/// A list: all are woken.
#[derive(Default)]
struct Everyone(RefCell<Vec<Waker>>);

impl Waiters for Everyone {
    fn add(&self, waker: Waker) {
        self.0.borrow_mut().push(waker);
    }

    fn wake(&self) {
        self.0.take().into_iter().for_each(Waker::wake);
    }
}

struct Source<W> {
    socket: UnixDatagram,
    waiters: W,
}

impl<W: Waiters> Source<W> {
    async fn receive(&self) -> io::Result<u8> {
        let mut job = [0];
        poll_fn(|cx| match self.socket.recv(&mut job) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.waiters.add(cx.waker().clone());
                Poll::Pending
            }
            outcome => Poll::Ready(outcome),
        })
        .await?;
        Ok(job[0])
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    println!("The last one is woken.");
    two_jobs::<TheLast>()?;
    println!("The first one is woken.");
    two_jobs::<TheFirst>()?;
    println!("Everyone is woken.");
    two_jobs::<Everyone>()
}

/// Two workers wait, two jobs arrive, each worker does one and goes home.
fn two_jobs<W: Waiters>() -> io::Result<()> {
    let (socket, foreman) = UnixDatagram::pair()?;
    socket.set_nonblocking(true)?;
    let source = Rc::new(Source { socket, waiters: W::default() });
    let mut reactor = Reactor::new()?;
    reactor.register(&source.socket, Rc::clone(&source))?;
    let executor = Executor::default();
    for name in ["Ada", "Bob"] {
        let source = Rc::clone(&source);
        executor.spawn(async move {
            let job = source.receive().await.expect("a job");
            println!("  {name} does job {job}");
        });
    }
    let mut jobs = [[1], [2]].iter();
    executor.run(|| {
        for job in jobs.by_ref() {
            foreman.send(job).expect("there is room");
        }
        look(&mut reactor).expect("the kernel can be asked")
    });
    while let Ok(1) = source.socket.recv(&mut [0]) {
        println!("  a job lies there, and nothing more happens");
    }
    Ok(())
}

/// Tells what has happened, without waiting. Whether anything has.
fn look<W: Waiters>(reactor: &mut Reactor<Rc<Source<W>>>) -> io::Result<bool> {
    let events = reactor.wait(Some(Duration::ZERO))?;
    while let Some((token, ready)) = reactor.next_event() {
        if ready.readable
            && let Some(source) = reactor.get(token)
        {
            source.waiters.wake();
        }
    }
    Ok(events > 0)
}
