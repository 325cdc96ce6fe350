//! One read of a socket, and what happens between the call and the line after its `await`.

use std::cell::OnceCell;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_task::{ArcWake, waker};
use mainspring::io::Async;
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
    socket: Async<UnixStream>,
    spy: Rc<OnceCell<Arc<Spy>>>,
    log: Log,
) -> io::Result<()> {
    let mut piece = [0; 64];
    log.say("the line before");
    let read = pin!(socket.read_with(|mut socket| {
        let result = socket.read(&mut piece);
        log.say(&format!("  read: {:?}", result.as_ref().map_err(io::Error::kind)));
        result
    }));
    log.say("read_with(..) has returned");
    Spied { future: read, spy, log }.await?;
    log.say("the line after");
    Ok(())
}

async fn wake_too_early(spy: Rc<OnceCell<Arc<Spy>>>) {
    let spy = spy.get().expect("the reader has been polled");
    Spy::wake_by_ref(spy);
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let (near, mut far) = UnixStream::pair()?;
    block_on(async {
        let log = Log::begin();
        let ada = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            far.write_all(b"hello").map(|()| far)
        });
        let spy = Rc::default();
        let reader = spawn(journey(Async::new(near)?, Rc::clone(&spy), log));
        let early = task::Builder::new().name("another task");
        drop(early.spawn(wake_too_early(Rc::clone(&spy))));
        reader.await.expect("a task that does not panic")?;
        ada.join().expect("a thread that does not panic").map(drop)
    })
}
