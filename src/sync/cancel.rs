//! A token that says: stop, in your own time.
//!
//! To abort a task is to drop it where it stands. A task that has to tidy up first, and to
//! wait while it does, is asked instead: it is given a token, and looks at it, or waits for
//! it beside its work.

use std::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};

use super::event::Event;

/// Whether work is to stop. A clone is the same token; a [child](Self::child) is one that is
/// cancelled with it, and can be cancelled without it.
///
/// Once cancelled it stays so. Dropping a token cancels nothing.
///
/// # Examples
///
/// ```
/// use mainspring::join::{Either, select};
/// use mainspring::sync::CancelToken;
///
/// mainspring::block_on(async {
///     let stop = CancelToken::new();
///     let token = stop.child();
///     let worker = mainspring::spawn(async move {
///         match select(token.cancelled(), std::future::pending::<()>()).await {
///             Either::Left(()) => "tidied up",
///             Either::Right(()) => "done",
///         }
///     });
///     stop.cancel();
///     assert_eq!(worker.await.unwrap(), "tidied up");
/// });
/// ```
#[derive(Clone)]
pub struct CancelToken(Rc<Node>);

struct Node {
    is_cancelled: Event,
    children: RefCell<Vec<Weak<Node>>>,
    /// Kept alive, for what is above it to reach what is below.
    parent: Option<Rc<Node>>,
}

impl CancelToken {
    /// A token that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self(Node::new(None))
    }

    /// A token that is cancelled when this one is.
    #[must_use]
    pub fn child(&self) -> Self {
        let child = Node::new(Some(Rc::clone(&self.0)));
        if self.is_cancelled() {
            child.is_cancelled.set();
        } else {
            self.0.adopt(&child);
        }
        Self(child)
    }

    /// Cancels this token and all below it. Who waits for one of them is woken, when all are
    /// cancelled.
    pub fn cancel(&self) {
        let (mut nodes, mut next) = (vec![Rc::clone(&self.0)], 0);
        while let Some(node) = nodes.get(next) {
            node.is_cancelled.set_silently();
            let children = node.children.take();
            nodes.extend(children.iter().filter_map(Weak::upgrade));
            next += 1;
        }
        nodes.iter().for_each(|node| node.is_cancelled.set());
    }

    /// Whether it is cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled.is_set()
    }

    /// Waits until it is cancelled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing.
    pub async fn cancelled(&self) {
        self.0.is_cancelled.wait().await;
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

impl Node {
    fn new(parent: Option<Rc<Self>>) -> Rc<Self> {
        Rc::new(Self { is_cancelled: Event::new(), children: RefCell::default(), parent })
    }

    /// Notes a child. Those that are gone are struck off whenever the list is full. Then there
    /// is to be room for as many as are left: so each costs a few steps, over all.
    fn adopt(&self, child: &Rc<Node>) {
        let mut children = self.children.borrow_mut();
        if children.len() == children.capacity() {
            children.retain(|child| child.strong_count() > 0);
            let left = children.len();
            children.reserve(left);
        }
        children.push(Rc::downgrade(child));
    }
}

impl Drop for Node {
    /// A long line of ancestors is dropped one after the other, and not one within the other.
    fn drop(&mut self) {
        let mut parent = self.parent.take();
        while let Some(mut node) = parent.and_then(Rc::into_inner) {
            parent = node.parent.take();
        }
    }
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("is_cancelled", &self.is_cancelled()).finish()
    }
}
