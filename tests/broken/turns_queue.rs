//! A queue whose every decision can be replaced by a wrong one.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::suite::turns::Items;

#[derive(Default)]
pub struct State {
    /// Each with its number, in the order in which they were let in.
    pub items: VecDeque<(u64, u32)>,
    pub capacity: usize,
    pub is_closed: bool,
    pub getters: VecDeque<u64>,
    pub putters: VecDeque<u64>,
    pub hands: BTreeMap<u64, (Hand, Waker)>,
    last: u64,
}

/// What somebody waits for, or has been given.
#[derive(Clone)]
pub enum Hand {
    Getting,
    /// None: the queue is closed.
    Given(Option<(u64, u32)>),
    Putting(u32),
    In,
    Refused(u32),
}

impl State {
    pub fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Gives somebody something, and has it woken.
    pub fn give(&mut self, number: u64, hand: Hand) -> Hand {
        let (own, waker) = self.hands.get_mut(&number).expect("it waits");
        waker.wake_by_ref();
        std::mem::replace(own, hand)
    }

    fn let_in(&mut self, item: u32) {
        let item = (self.number(), item);
        match self.getters.pop_front() {
            Some(getter) => drop(self.give(getter, Hand::Given(Some(item)))),
            None => self.items.push_back(item),
        }
    }

    /// The item of the putter who is first.
    pub fn take_from_putter(&mut self) -> Option<(u64, u32)> {
        let putter = self.putters.pop_front()?;
        match self.give(putter, Hand::In) {
            Hand::Putting(item) => Some((self.number(), item)),
            _ => None,
        }
    }
}

/// The decisions that a queue takes. Nobody's code runs in its wakers here.
pub trait Parts: 'static {
    /// An item was taken out: there may be room for others.
    fn refill(state: &mut State) {
        while state.items.len() < state.capacity
            && let Some(item) = state.take_from_putter()
        {
            state.items.push_back(item);
        }
    }

    /// A getter is gone that had been given an item.
    fn put_back(state: &mut State, item: (u64, u32)) {
        if let Some(getter) = state.getters.pop_front() {
            state.give(getter, Hand::Given(Some(item)));
        } else {
            let place = state.items.partition_point(|other| other.0 < item.0);
            state.items.insert(place, item);
        }
    }

    /// Who has been told that there are no items looks once more.
    fn looks_again() -> bool {
        true
    }

    fn close(state: &mut State) {
        state.is_closed = true;
        for getter in std::mem::take(&mut state.getters) {
            state.give(getter, Hand::Given(None));
        }
        for putter in std::mem::take(&mut state.putters) {
            if let Hand::Putting(item) = state.hands[&putter].0 {
                state.give(putter, Hand::Refused(item));
            }
        }
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

pub struct Queue<P>(RefCell<State>, PhantomData<P>);

impl<P: Parts> Queue<P> {
    pub fn made(capacity: usize) -> Rc<dyn Items> {
        let state = State { capacity, ..State::default() };
        Rc::new(Self(RefCell::new(state), PhantomData))
    }

    fn accept(&self, item: u32) -> Option<Result<(), u32>> {
        let mut state = self.0.borrow_mut();
        if state.is_closed {
            return Some(Err(item));
        }
        if state.getters.is_empty() && state.items.len() >= state.capacity {
            return None;
        }
        state.let_in(item);
        Some(Ok(()))
    }

    fn take(&self) -> Option<Option<u32>> {
        let mut state = self.0.borrow_mut();
        let first = state.items.pop_front().or_else(|| state.take_from_putter());
        P::refill(&mut state);
        let item = first.map(|(_, item)| item);
        if item.is_some() || state.is_closed { Some(item) } else { None }
    }

    /// Waits in one of the lines; `done` says what comes of what one has in hand.
    async fn wait<T>(
        self: Rc<Self>,
        hand: Hand,
        now: impl Fn() -> Option<T>,
        done: impl Fn(Hand) -> Option<T>,
    ) -> T {
        let mut place = Place { queue: Rc::clone(&self), number: None };
        let mut hand = Some(hand);
        poll_fn(|cx| {
            let Some(number) = place.number else {
                if let Some(result) = now() {
                    return Poll::Ready(result);
                }
                let hand = hand.take().expect("it joins once");
                place.number = Some(self.join(hand, cx.waker()));
                return Poll::Pending;
            };
            let hand = {
                let mut state = self.0.borrow_mut();
                let (hand, waker) = state.hands.get_mut(&number).expect("it waits");
                waker.clone_from(cx.waker());
                hand.clone()
            };
            let Some(result) = done(hand) else { return Poll::Pending };
            self.0.borrow_mut().hands.remove(&number);
            place.number = None;
            Poll::Ready(result)
        })
        .await
    }

    fn join(&self, hand: Hand, waker: &Waker) -> u64 {
        let mut state = self.0.borrow_mut();
        let number = state.number();
        match hand {
            Hand::Getting => state.getters.push_back(number),
            _ => state.putters.push_back(number),
        }
        state.hands.insert(number, (hand, waker.clone()));
        number
    }
}

struct Place<P: Parts> {
    queue: Rc<Queue<P>>,
    number: Option<u64>,
}

impl<P: Parts> Drop for Place<P> {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut state = self.queue.0.borrow_mut();
        state.getters.retain(|other| *other != number);
        state.putters.retain(|other| *other != number);
        if let Some((Hand::Given(Some(item)), _)) = state.hands.remove(&number) {
            P::put_back(&mut state, item);
        }
    }
}

impl<P: Parts> Items for Queue<P> {
    fn put(self: Rc<Self>, item: u32) -> Pin<Box<dyn Future<Output = Result<(), u32>>>> {
        let queue = Rc::clone(&self);
        let now = move || queue.accept(item);
        Box::pin(self.wait(Hand::Putting(item), now, |hand| match hand {
            Hand::In => Some(Ok(())),
            Hand::Refused(item) => Some(Err(item)),
            _ => None,
        }))
    }

    fn try_put(&self, item: u32) -> Result<(), u32> {
        self.accept(item).unwrap_or(Err(item))
    }

    fn get(self: Rc<Self>) -> Pin<Box<dyn Future<Output = Option<u32>>>> {
        let (queue, again) = (Rc::clone(&self), Rc::clone(&self));
        let now = move || queue.take();
        Box::pin(self.wait(Hand::Getting, now, move |hand| match hand {
            Hand::Given(Some((_, item))) => Some(Some(item)),
            Hand::Given(None) if P::looks_again() => Some(again.take().flatten()),
            Hand::Given(None) => Some(None),
            _ => None,
        }))
    }

    fn try_get(&self) -> Option<u32> {
        self.take().flatten()
    }

    fn close(&self) {
        P::close(&mut self.0.borrow_mut());
    }
}
