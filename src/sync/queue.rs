//! A queue: many put in, many take out.
//!
//! An item that is put while somebody waits for one is handed to that one, past the queue;
//! an item for which there is no room waits outside with who brought it. So one of three
//! things is always so: getters wait, and the queue is empty; putters wait, and it is full;
//! or nobody waits.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;

use super::waiters::Waiters;

/// A first-in-first-out queue of items.
///
/// Any number of tasks may put, and any number get, by `&` or by [`Rc`](std::rc::Rc).
/// Each in its order: nobody passes by another who waits.
///
/// # Examples
///
/// ```
/// use mainspring::join::join;
/// use mainspring::sync::Queue;
///
/// mainspring::block_on(async {
///     let queue = Queue::bounded(2);
///     let producer = async {
///         for item in 0..10 {
///             queue.put(item).await.unwrap();
///         }
///         queue.close();
///     };
///     let consumer = async {
///         let mut sum = 0;
///         while let Some(item) = queue.get().await {
///             sum += item;
///         }
///         sum
///     };
///     assert_eq!(join((producer, consumer)).await.1, 45);
/// });
/// ```
pub struct Queue<T> {
    /// Each with its number, for those that come back.
    items: RefCell<VecDeque<Numbered<T>>>,
    capacity: usize,
    is_closed: Cell<bool>,
    /// How many have been put, and how many of them are not done.
    put: Cell<u64>,
    unfinished: Cell<usize>,
    /// Who gets none hears that the queue is closed.
    getters: Waiters<(), Option<Numbered<T>>>,
    putters: Waiters<T, Result<(), PutError<T>>>,
    joiners: Waiters<(), ()>,
}

type Numbered<T> = (u64, T);

impl<T> Queue<T> {
    /// A queue in which there is always room.
    #[must_use]
    pub const fn unbounded() -> Self {
        Self::bounded(usize::MAX)
    }

    /// A queue with room for so many items. With no room at all every item goes from hand to
    /// hand: who puts waits for who gets.
    #[must_use]
    pub const fn bounded(capacity: usize) -> Self {
        Self {
            items: RefCell::new(VecDeque::new()),
            capacity,
            is_closed: Cell::new(false),
            put: Cell::new(0),
            unfinished: Cell::new(0),
            getters: Waiters::new(),
            putters: Waiters::new(),
            joiners: Waiters::new(),
        }
    }

    /// Puts an item in, and waits for room if there is none.
    ///
    /// # Errors
    ///
    /// The queue is closed, or is while this waits. The error has the item.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early drops the item, if it is not in.
    pub async fn put(&self, item: T) -> Result<(), PutError<T>> {
        let waits_on = || "room in a queue".into();
        self.putters.wait(item, |item| self.accept(item), waits_on, |_| ()).await
    }

    /// Puts an item in, if there is room and nobody waits for it.
    ///
    /// # Errors
    ///
    /// There is no room, or the queue is closed. The error has the item.
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        let mut item = Some(item);
        if let Some(accepted) = self.accept(&mut item) {
            return accepted;
        }
        let Some(item) = item else { unreachable!("who is not let in keeps the item") };
        Err(PutError::Full(item))
    }

    /// Takes the first item out, and waits for one if there is none. None if the queue is
    /// closed, and nothing is left in it.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing: an item that was handed over already goes back to
    /// where it was.
    pub async fn get(&self) -> Option<T> {
        let waits_on = || "an item of a queue".into();
        let gone = |granted: Option<Option<_>>| {
            if let Some(item) = granted.flatten() {
                self.put_back(item);
            }
        };
        let granted = self.getters.wait((), |_| self.take(), waits_on, gone).await;
        // An item may have come back since this one was told that there are none.
        let (_, item) = granted.or_else(|| self.take().flatten())?;
        Some(item)
    }

    /// Takes the first item out, if there is one.
    ///
    /// # Errors
    ///
    /// There is none, for the moment or for good.
    pub fn try_get(&self) -> Result<T, TryGetError> {
        let (_, item) =
            self.take().ok_or(TryGetError::Empty)?.ok_or(TryGetError::Closed)?;
        Ok(item)
    }

    /// How many items are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many there is room for; none if there is always room. An item that comes back from a getter that was dropped is
    /// let in all the same.
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        (self.capacity < usize::MAX).then_some(self.capacity)
    }

    /// Lets no more items in. Those that are in can be taken out; who waits, to put or to get, hears of it at
    /// once.
    pub fn close(&self) {
        self.is_closed.set(true);
        self.putters.grant_all(|item| Err(PutError::Closed(item)));
        self.getters.grant_all(|()| None);
    }

    /// Whether it is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// Says that the work on an item is done, for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// Panics if it is said more often than items have been put.
    pub fn task_done(&self) {
        let left = self.unfinished.get().checked_sub(1);
        self.unfinished.set(left.expect("`task_done` was called more often than `put`"));
        if left == Some(0) {
            self.joiners.grant_all(|()| ());
        }
    }

    /// Waits until [`task_done`](Self::task_done) has been called for every item that was
    /// put.
    ///
    /// # Cancel safety
    ///
    /// Dropping it early loses nothing.
    pub async fn join(&self) {
        let take = |_: &mut _| (self.unfinished.get() == 0).then_some(());
        self.joiners
            .wait((), take, || "the work on a queue's items".into(), |_| ())
            .await;
    }

    /// Lets an item in, if there is room or a getter for it. None if it has to wait.
    fn accept(&self, item: &mut Option<T>) -> Option<Result<(), PutError<T>>> {
        if !self.is_closed() && self.getters.len() == 0 && self.len() >= self.capacity {
            return None;
        }
        let item = item.take()?;
        if self.is_closed() {
            return Some(Err(PutError::Closed(item)));
        }
        let item = self.number(item);
        self.hand_over(item);
        Some(Ok(()))
    }

    /// The first item. None if there is none now but may be later, and none in it if there
    /// will never be one.
    fn take(&self) -> Option<Option<Numbered<T>>> {
        let first = self.items.borrow_mut().pop_front();
        let first = first.or_else(|| self.take_from_putter()); // with nothing borrowed
        self.refill();
        if first.is_some() || self.is_closed() { Some(first) } else { None }
    }

    /// The item of the putter who waits first: there is no room in between.
    fn take_from_putter(&self) -> Option<Numbered<T>> {
        let mut taken = None;
        self.putters.grant_first(|item| {
            taken = Some(self.number(item));
            Ok(())
        });
        taken
    }

    /// Lets those in who wait for room, as far as there is any.
    fn refill(&self) {
        let let_in = |item| {
            self.items.borrow_mut().push_back(self.number(item));
            Ok(())
        };
        while self.len() < self.capacity && self.putters.grant_first(let_in) {}
    }

    /// Counts an item that is let in.
    fn number(&self, item: T) -> Numbered<T> {
        let number = self.put.get();
        self.put.set(number + 1);
        self.unfinished.set(self.unfinished.get() + 1);
        (number, item)
    }

    /// Gives an item to who waits for one; else it goes to the end of the queue.
    fn hand_over(&self, item: Numbered<T>) {
        if self.getters.len() == 0 {
            self.items.borrow_mut().push_back(item);
        } else {
            self.getters.grant_first(|()| Some(item));
        }
    }

    /// An item was handed over to a getter that is gone. It goes to the next, or back in its
    /// order.
    fn put_back(&self, item: Numbered<T>) {
        if self.getters.len() > 0 {
            return self.hand_over(item);
        }
        let mut items = self.items.borrow_mut();
        let place = items.partition_point(|(number, _)| *number < item.0);
        items.insert(place, item);
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("is_closed", &self.is_closed())
            .field("getters", &self.getters)
            .field("putters", &self.putters)
            .finish_non_exhaustive()
    }
}

/// An item was not put into a queue. It is handed back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PutError<T> {
    /// There is no room: by [`Queue::try_put`] only.
    Full(T),
    /// The queue is closed.
    Closed(T),
}

/// There is no item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TryGetError {
    /// Not at the moment.
    Empty,
    /// There will be none: the queue is closed.
    Closed,
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the queue is full",
            Self::Closed(_) => "the queue is closed",
        })
    }
}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PutError({self})")
    }
}

impl fmt::Display for TryGetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the queue is empty",
            Self::Closed => "the queue is closed, and nothing is left in it",
        })
    }
}

impl<T> Error for PutError<T> {}
impl Error for TryGetError {}
