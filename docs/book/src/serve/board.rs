//! The site of the moment, and who waits for the next one.

use std::cell::RefCell;
use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame};
use mainspring::sync::{Receiver, Sender, oneshot};

use super::site::Site;

/// Where the newest site hangs.
#[derive(Debug)]
pub struct Board {
    site: RefCell<Rc<Site>>,
    waiting: RefCell<Vec<Sender<()>>>,
}

impl Board {
    /// With the first site.
    pub fn new(site: Site) -> Self {
        Self { site: RefCell::new(Rc::new(site)), waiting: RefCell::default() }
    }

    /// The newest site. An answer that has begun keeps what it has found.
    pub fn site(&self) -> Rc<Site> {
        Rc::clone(&self.site.borrow())
    }

    /// Hangs another one up and tells those who wait.
    pub fn publish(&self, site: Site) {
        let old = self.site.replace(Rc::new(site));
        drop(old); // with nothing borrowed, as it is with the wakes below
        for reader in mem::take(&mut *self.waiting.borrow_mut()) {
            let _ = reader.send(()); // an error: it has gone
        }
    }

    /// Resolves when there is another site than now.
    fn next(&self) -> Receiver<()> {
        let (sender, receiver) = oneshot();
        let mut waiting = self.waiting.borrow_mut();
        waiting.retain(|reader| !reader.is_closed());
        waiting.push(sender);
        receiver
    }
}

/// The body of an answer that never ends: the version of the site, and of each that follows, as an event of
/// server-sent events.
#[derive(Debug)]
pub struct Changes {
    board: Rc<Board>,
    /// What the client was told last.
    told: String,
    next: Receiver<()>,
}

impl Changes {
    /// For one client.
    pub fn new(board: Rc<Board>) -> Self {
        Self { next: board.next(), board, told: String::new() }
    }
}

impl Body for Changes {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        while Pin::new(&mut self.next).poll(cx).is_ready() {
            self.next = self.board.next();
        }
        let site = self.board.site();
        if self.told == site.version() {
            return Poll::Pending;
        }
        site.version().clone_into(&mut self.told);
        let event = format!("data: {}\n\n", self.told);
        Poll::Ready(Some(Ok(Frame::data(event.into()))))
    }
}
