//! Chapter 8: reads and writes that wait, held against the kernel itself.
//!
//! A socket, its peer, and several tasks that read and write it. The peer sends, ends, closes
//! and resets whenever it likes: between two looks of the loop, or between the kernel's event
//! and the look that brings it. After each look the kernel is asked directly what could be
//! done now, and whoever waits for that has to have been woken.
//!
//! Some wakers are strangers, who read the same socket when they are cloned or dropped. So the
//! machine must not hold a borrow while it does that.

mod kit;
mod socket;

use std::array;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind};
use std::mem::{self, ManuallyDrop};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use std::thread;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::TestRunner;

#[allow(unused_imports)] // where no machine is made of a source
pub use kit::{Event, Kit, Source};
pub use socket::{Calls, Kind, Socket};

use self::socket::{Call, Peer, Ready, connect};
use super::{Broken, Outcome, Story, explore};

/// An operation of a machine.
pub type Boxed<T> = Pin<Box<dyn Future<Output = io::Result<T>>>>;

/// What the suite tests: reads and writes of one socket, which wait until they can be done.
/// Everything happens on one thread.
pub trait Machine: 'static {
    /// Whether the sockets that it reads and writes are those that it was given, which count
    /// the calls.
    const COUNTED: bool = true;
    /// Whether it takes a short read of a TCP stream for a proof.
    const SPARES: bool = true;

    /// Watches a socket, which does not block.
    fn new(socket: Socket) -> Self;
    /// Watches a socket that it connects by TCP.
    fn connect(address: SocketAddr, calls: Rc<Calls>) -> Self
    where
        Self: Sized,
    {
        Self::new(Socket::connect(address, calls).expect("a connection to this machine"))
    }
    /// Reads at most so many bytes, one at least. None are the end.
    fn read(&self, room: usize) -> Boxed<Vec<u8>>;
    /// Writes some of these bytes, one at least, and says how many.
    fn write(&self, bytes: Vec<u8>) -> Boxed<usize>;
    /// Its socket.
    fn fd(&self) -> BorrowedFd<'_>;
    /// Hears of what has happened since the last look, without waiting.
    fn look(&self);
}

/// Which way the bytes go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Read,
    Write,
}

/// An operation that has its turn.
pub struct Operation<'a> {
    pub direction: Direction,
    /// Its name among the operations that wait.
    pub number: u64,
    /// Who wants to be woken when it is worth another attempt.
    pub waker: &'a Waker,
    /// How many bytes it would like.
    pub room: usize,
    /// It reads a stream of a kind whose reads are short only when nothing is left.
    pub short_is_all: bool,
    pub(crate) call: &'a mut dyn FnMut() -> io::Result<usize>,
}

impl Operation<'_> {
    /// Asks the kernel to do it now: so many bytes were read or written, or an error, of which
    /// `WouldBlock` says that it cannot be done yet.
    pub fn call(&mut self) -> io::Result<usize> {
        (self.call)()
    }
}

/// No edge is lost: whoever waits for what has come is woken, once, and reads what the kernel
/// has for it.
pub fn loses_nothing<M: Machine>() -> Outcome {
    explore(
        "whoever waits for a socket is woken when it is worth an attempt, and every byte \
         arrives once",
        &case(),
        |case, story| run::<M>(case, false, story),
    )
}

/// The flag pays: the kernel is asked at once where it may have something, and where it is
/// known to have nothing it is not asked before an event.
pub fn asks_when_it_is_worth_it<M: Machine>() -> Outcome {
    explore(
        "an operation asks the kernel once, and not before an event if nothing can be there",
        &case(),
        |case, story| run::<M>(case, true, story),
    )
}

/// Someone who reads or writes: the first few read, the others write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Name(usize);

const READERS: usize = 3;
const NAMES: usize = READERS + 2;

impl Name {
    fn direction(self) -> Direction {
        if self.0 < READERS { Direction::Read } else { Direction::Write }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(["A", "B", "C", "X", "Y"][self.0])
    }
}

/// What becomes of the waker at a poll.
#[derive(Clone, Copy, Debug)]
enum Waking {
    /// It is that of the last poll.
    Same,
    /// It is another one, as if the future had moved to another task.
    Other,
    /// It is another one, which polls in the very wake.
    Eager,
    /// It is another one, whose owner has a read of its own when it is cloned or dropped.
    Curious,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A read stops in front of what is sent in a special way: with a descriptor on a Unix
    /// stream, behind an urgent byte on a TCP stream.
    Send {
        count: usize,
        is_special: bool,
    },
    End,
    Close,
    Reset,
    /// The peer reads.
    Take(usize),
    /// Begins an operation on so many bytes, or polls the one that is under way.
    Poll(Name, usize, Waking),
    Drop(Name),
    Interrupt,
    Look,
}

#[derive(Clone, Debug)]
struct Case {
    kind: Kind,
    steps: Vec<Option<Step>>,
}

impl Step {
    /// What may do instead of it: nothing at all, or less.
    fn less(self) -> Vec<Option<Step>> {
        let mut less = vec![None];
        match self {
            Step::Send { count: 2.., is_special } => {
                less.push(Some(Step::Send { count: 1, is_special }));
            }
            Step::Poll(name, count @ 1.., waking) => {
                let fewer = [count - 1, 1].map(|count| Step::Poll(name, count, waking));
                less.extend(fewer[..count.min(2)].iter().copied().map(Some));
            }
            _ => {}
        }
        less
    }
}

impl Case {
    /// The same with less in one place, and then those with less in two: a byte that is not
    /// sent is no loss if it is not read either.
    fn simpler(&self) -> Vec<Self> {
        let places = self.steps.iter().enumerate();
        let less: Vec<(usize, Option<Step>)> = places
            .filter_map(|(place, step)| Some((place, (*step)?)))
            .flat_map(|(place, step)| {
                step.less().into_iter().map(move |less| (place, less))
            })
            .collect();
        let with = |changes: &[&(usize, Option<Step>)]| {
            let mut case = self.clone();
            for (place, step) in changes {
                case.steps[*place] = *step;
            }
            case
        };
        let in_one = less.iter().map(|change| with(&[change]));
        let in_two = less.iter().enumerate().flat_map(|(at, one)| {
            less[at + 1..]
                .iter()
                .filter(|other| other.0 != one.0)
                .map(move |other| (one, other))
        });
        in_one.chain(in_two.map(|(one, other)| with(&[one, other]))).collect()
    }
}

/// Cases that become simple twice: first as proptest has it, each step once, from the first
/// to the last; and when that has come to its end, wherever less will do.
#[derive(Debug)]
struct Twice<S>(S);

/// A case that is becoming simple.
struct Simpler<T> {
    /// The first time.
    tree: T,
    /// The simplest that is broken, the second time.
    broken: Option<Case>,
    /// What is simpler still, and has not been tried; the last is tried next.
    untried: Vec<Case>,
    tried: Option<Case>,
}

impl<S: Strategy<Value = Case>> Strategy for Twice<S> {
    type Tree = Simpler<S::Tree>;
    type Value = Case;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let tree = self.0.new_tree(runner)?;
        Ok(Simpler { tree, broken: None, untried: Vec::new(), tried: None })
    }
}

impl<T: ValueTree<Value = Case>> Simpler<T> {
    fn try_next(&mut self) -> bool {
        self.tried = self.untried.pop();
        self.tried.is_some()
    }
}

impl<T: ValueTree<Value = Case>> ValueTree for Simpler<T> {
    type Value = Case;

    fn current(&self) -> Case {
        self.tried.clone().unwrap_or_else(|| self.tree.current())
    }

    /// The current one is broken.
    fn simplify(&mut self) -> bool {
        let broken = self.current();
        if self.tried.is_none() && self.untried.is_empty() && self.tree.simplify() {
            self.broken = Some(broken);
            return true;
        }
        self.untried = broken.simpler();
        self.untried.reverse();
        self.broken = Some(broken);
        self.try_next()
    }

    /// The current one is not.
    fn complicate(&mut self) -> bool {
        if self.tried.is_none() {
            if self.tree.complicate() {
                return true;
            }
            let Some(broken) = &self.broken else { return false };
            self.untried = broken.simpler();
            self.untried.reverse();
        }
        self.try_next()
    }
}

/// Any steps in any order; one that makes no sense is left out. Each may be nothing, so that
/// it can be taken out late, when the others have become simple.
fn case() -> impl Strategy<Value = Case> {
    // Numbers, not alternatives: they shrink to the first, whatever else is tried.
    let kind = (0..12).prop_map(|number| match number {
        0..3 => Kind::Unix,
        3..8 => Kind::Tcp,
        8..10 => Kind::Datagram,
        10 => Kind::PipeReader,
        _ => Kind::PipeWriter,
    });
    let steps = vec(option::weighted(0.95, step()), 1..30);
    Twice((kind, steps).prop_map(|(kind, steps)| Case { kind, steps }))
}

fn step() -> impl Strategy<Value = Step> {
    // Most of them read: what is wrong with one direction mostly is with the other.
    let name = || {
        (0..10_usize).prop_map(|number| match number {
            0..8 => Name(number % READERS),
            _ => Name(READERS + number % 2),
        })
    };
    let waking = (0..14).prop_map(|number| match number {
        0..7 => Waking::Same,
        7 => Waking::Other,
        8..12 => Waking::Eager,
        _ => Waking::Curious,
    });
    let ending = (0..3).prop_map(|number| match number {
        0 => Step::Close,
        1 => Step::End,
        _ => Step::Reset,
    });
    let bytes = prop_oneof![0..MOST_ROOM, 1_000..60_000_usize];
    prop_oneof![
        16 => (name(), bytes, waking).prop_map(|(name, bytes, waking)| {
            Step::Poll(name, bytes, waking)
        }),
        8 => Just(Step::Look),
        9 => (1..4_usize, 0..8).prop_map(|(count, number)| {
            Step::Send { count, is_special: number == 7 }
        }),
        3 => name().prop_map(Step::Drop),
        2 => prop_oneof![1..4_usize, Just(100_000)].prop_map(Step::Take),
        3 => ending,
        1 => Just(Step::Interrupt),
    ]
}

/// The steps, with names given in the order in which they are needed. So a story begins with
/// A, whoever it was in the case. Where bytes go one way only, all read or all write.
fn by_their_order(case: &Case) -> Vec<Step> {
    let mut names = [None; NAMES];
    let mut next = [0, READERS];
    let role = |Name(name): Name| match case.kind {
        Kind::PipeReader => name % READERS,
        Kind::PipeWriter => READERS + name % (NAMES - READERS),
        _ => name,
    };
    let rename = |step: Step| match step {
        Step::Poll(name, room, waking) => {
            let next = &mut next[Name(role(name)).direction() as usize];
            let new = *names[role(name)].get_or_insert_with(|| {
                *next += 1;
                Name(*next - 1)
            });
            Some(Step::Poll(new, room, waking))
        }
        Step::Drop(name) => names[role(name)].map(Step::Drop),
        step => Some(step),
    };
    case.steps.iter().flatten().copied().filter_map(rename).collect()
}

/// What a machine has done, in this order.
enum Happened {
    Woken(Arc<Bell>),
    Polled { name: Name, polled: Poll<Done>, calls: Vec<Call>, before: Ready },
}

/// How an operation ended.
#[derive(Debug)]
enum Done {
    Read(io::Result<Vec<u8>>),
    Wrote(io::Result<usize>),
}

enum UnderWay {
    Read(Boxed<Vec<u8>>),
    Write(Boxed<usize>),
}

/// The operations of all names, each with the bell that its waker rings.
type Futures = [Option<(UnderWay, Arc<Bell>)>; NAMES];

/// The operations under way, where wakers can reach them.
struct Table {
    futures: RefCell<Futures>,
    happened: RefCell<Vec<Happened>>,
    number: RawFd,
    calls: Rc<Calls>,
}

thread_local! {
    /// Wakers can be sent, futures cannot: so the table is here.
    static TABLE: RefCell<Option<Rc<Table>>> = const { RefCell::new(None) };
}

thread_local! {
    /// What a curious waker does, for the same reason.
    static VISIT: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Tells that it was woken.
struct Bell {
    name: Name,
    eager: bool,
    curious: bool,
}

impl Bell {
    fn new(name: Name, waking: Waking) -> Arc<Self> {
        let eager = matches!(waking, Waking::Eager);
        Arc::new(Self { name, eager, curious: matches!(waking, Waking::Curious) })
    }

    fn wake(self: &Arc<Self>) {
        let Some(table) = TABLE.with_borrow(Option::clone) else { return };
        table.happened.borrow_mut().push(Happened::Woken(Arc::clone(self)));
        // Once a look: a machine that wakes it again and again comes to its end.
        if self.eager && !table.has_polled(self.name) {
            table.poll(self.name);
        }
    }

    /// What a stranger may do in its code, except while a panic is on its way already.
    fn visit(&self) {
        if self.curious && !thread::panicking() {
            VISIT.with_borrow(|visit| visit.as_ref().map_or((), |visit| visit()));
        }
    }
}

/// Lends a waker that rings the bell. `std::task::Wake` would make it without `unsafe`, but has
/// no say in what happens when a waker is cloned.
fn with_waker<R>(bell: &Arc<Bell>, f: impl FnOnce(&Waker) -> R) -> R {
    let data = Arc::as_ptr(bell).cast();
    // SAFETY: the functions of `VTABLE` keep to the contract of `RawWaker`, each for a pointer
    // into an `Arc` that lives, and a `Bell` is `Send + Sync`. This waker has no share of it: it
    // is gone before the bell, and never dropped.
    f(&ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) }))
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_share);

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker is borrowed for this call, and its bell lives as long as it does.
    unsafe { &*data.cast::<Bell>() }.visit();
    // SAFETY: as above, so the count is at least one.
    unsafe { Arc::increment_strong_count(data.cast::<Bell>()) };
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: only a clone is woken by value, and it has a share, which nobody takes back again.
    unsafe { Arc::from_raw(data.cast::<Bell>()) }.wake();
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: as in `clone`; the share of the waker stays with it.
    ManuallyDrop::new(unsafe { Arc::from_raw(data.cast::<Bell>()) }).wake();
}

unsafe fn drop_share(data: *const ()) {
    // SAFETY: as in `wake`.
    unsafe { Arc::from_raw(data.cast::<Bell>()) }.visit();
}

impl Table {
    /// Polls the operation of `name`, unless it is over or is being polled.
    fn poll(&self, name: Name) {
        let Some((mut future, bell)) = self.futures.borrow_mut()[name.0].take() else {
            return;
        };
        self.calls.take();
        let before = Ready::of(self.number);
        let polled = with_waker(&bell, |waker| {
            let cx = &mut Context::from_waker(waker);
            match &mut future {
                UnderWay::Read(future) => future.as_mut().poll(cx).map(Done::Read),
                UnderWay::Write(future) => future.as_mut().poll(cx).map(Done::Wrote),
            }
        });
        let calls = self.calls.take();
        if polled.is_pending() {
            self.futures.borrow_mut()[name.0] = Some((future, bell));
        } else {
            drop(future);
        }
        let polled = Happened::Polled { name, polled, calls, before };
        self.happened.borrow_mut().push(polled);
    }

    /// Whether it has been polled in this step.
    fn has_polled(&self, name: Name) -> bool {
        let happened = self.happened.borrow();
        happened.iter().any(
            |one| matches!(one, Happened::Polled { name: polled, .. } if *polled == name),
        )
    }
}

/// An operation that is under way, as the suite sees it.
struct Waiting {
    /// How many bytes it asks for.
    room: usize,
    /// What it writes.
    bytes: Vec<u8>,
    bell: Arc<Bell>,
    /// Its place among those that wait; none if it has been woken since its last poll.
    place: Option<u64>,
}

/// The bytes that are on their way: each packet for itself, or all of them together.
struct Wire {
    packets: VecDeque<Vec<u8>>,
    are_one: bool,
}

impl Wire {
    fn new(kind: Kind) -> Self {
        Self { packets: VecDeque::new(), are_one: kind != Kind::Datagram }
    }

    fn put(&mut self, bytes: &[u8]) {
        match self.packets.back_mut() {
            Some(all) if self.are_one => all.extend(bytes),
            _ => self.packets.push_back(bytes.to_vec()),
        }
    }

    fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// How many bytes a read can get.
    fn len(&self) -> usize {
        self.packets.front().map_or(0, Vec::len)
    }

    /// Takes what a read of so many bytes, at most `room`, has to get.
    fn take(&mut self, count: usize, room: usize) -> Vec<u8> {
        let Some(mut packet) = self.packets.pop_front() else { return Vec::new() };
        if self.are_one {
            let rest = packet.split_off(count.min(packet.len()));
            if !rest.is_empty() {
                self.packets.push_front(rest);
            }
        } else {
            packet.truncate(room);
        }
        packet
    }
}

struct Play<M> {
    machine: Rc<M>,
    number: RawFd,
    kind: Kind,
    peer: Option<Peer>,
    table: Rc<Table>,
    waiting: [Option<Waiting>; NAMES],
    bells: [Arc<Bell>; NAMES],
    /// Those that were replaced by others.
    old_bells: Vec<Arc<Bell>>,
    places: u64,
    /// For each direction: nothing can be there, and no event has come since that is known.
    is_empty: [bool; 2],
    /// The end or an error has been told.
    heard_end: bool,
    /// Whether the calls are counted too.
    counts: bool,
    /// The peer has ended, closed or reset.
    ended: bool,
    sent_urgent: bool,
    /// How many bytes there have been.
    sent: usize,
    incoming: Wire,
    outgoing: Wire,
}

/// A look of the loop: what could be done before it, and after it.
#[derive(Clone, Copy)]
struct Look {
    before: Ready,
    after: Ready,
}

impl Look {
    /// Whether something could be done all the time.
    fn could(self, direction: Direction) -> bool {
        match direction {
            Direction::Read => self.before.read && self.after.read,
            Direction::Write => self.before.write && self.after.write,
        }
    }

    /// Whether there may have been a reason to wake somebody.
    fn may_wake(self, direction: Direction) -> bool {
        let urgent = self.before.urgent || self.after.urgent;
        match direction {
            Direction::Read => self.before.read || self.after.read || urgent,
            Direction::Write => self.before.write || self.after.write,
        }
    }
}

/// Who has been woken by one look.
#[derive(Default)]
struct Order {
    woken: [bool; NAMES],
    /// For each direction, the place of the last.
    last_place: [Option<u64>; 2],
}

/// Takes the table away at the end of a case, whichever way it ends.
struct Tidy;

impl Drop for Tidy {
    fn drop(&mut self) {
        let (visit, table) = (VISIT.take(), TABLE.take());
        drop(visit);
        drop(table);
    }
}

/// A read of a socket that has nothing to read. It is begun, has to wait, and is dropped.
fn visit<M: Machine>(machine: &M, calls: &Calls) {
    let ready = Ready::of(machine.fd().as_raw_fd());
    if ready.read || ready.urgent {
        return;
    }
    let made = calls.take();
    // If the poll panics, this is not dropped: it would panic again, and abort.
    let mut read = ManuallyDrop::new(machine.read(1));
    let _ = read.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(ManuallyDrop::into_inner(read));
    calls.set(made);
}

fn run<M: Machine>(case: &Case, counts: bool, story: &mut Story) -> Result<(), Broken> {
    story.given(format!("{}, and its peer", case.kind));
    let _tidy = Tidy;
    let mut play = Play::<M>::new(case.kind, counts);
    for step in by_their_order(case) {
        play.take(step, story)?;
    }
    play.look(story)?;
    play.leave(story)
}

impl<M: Machine> Play<M> {
    fn new(kind: Kind, counts: bool) -> Self {
        let (machine, peer, calls) = connect::<M>(kind);
        let machine = Rc::new(machine);
        let number = machine.fd().as_raw_fd();
        // Visits make the calls hard to foretell. And of some sockets nobody can read.
        if !counts && kind != Kind::PipeWriter {
            let (machine, calls) = (Rc::clone(&machine), Rc::clone(&calls));
            VISIT.set(Some(Box::new(move || visit(&*machine, &calls))));
        }
        let table = Rc::new(Table {
            futures: RefCell::default(),
            happened: RefCell::default(),
            number,
            calls,
        });
        TABLE.set(Some(Rc::clone(&table)));
        Self {
            machine,
            number,
            kind,
            peer: Some(peer),
            table,
            waiting: Default::default(),
            bells: array::from_fn(|at| Bell::new(Name(at), Waking::Same)),
            old_bells: Vec::new(),
            places: 0,
            is_empty: [false; 2],
            heard_end: false,
            counts,
            ended: false,
            sent_urgent: false,
            sent: 0,
            incoming: Wire::new(kind),
            outgoing: Wire::new(kind),
        }
    }

    /// Takes a step, unless it makes no sense now.
    fn take(&mut self, step: Step, story: &mut Story) -> Result<(), Broken> {
        match step {
            Step::Poll(name, count, waking) => self.poll(name, count, waking, story),
            Step::Drop(name) => self.drop(name, story),
            Step::Look => self.look(story),
            Step::Take(count) => self.take_bytes(count, story),
            Step::Interrupt if !M::COUNTED => Ok(()),
            Step::Interrupt => {
                story.step("a signal will come in the middle of the next call");
                self.table.calls.interrupt_next();
                Ok(())
            }
            _ => {
                self.peer(step, story);
                Ok(())
            }
        }
    }

    /// What the peer does.
    fn peer(&mut self, step: Step, story: &mut Story) {
        let Some(peer) = &self.peer else { return };
        match step {
            Step::Send { count, is_special }
                if !self.ended && self.kind != Kind::PipeWriter =>
            {
                story.step(format!("the peer sends {}", some(count)));
                let bytes = bytes(self.sent, count);
                let has_urgent = is_special && self.kind == Kind::Tcp;
                // One is enough. And it makes the calls hard to foretell.
                if has_urgent && !self.sent_urgent && !self.counts {
                    story.go_on(", behind an urgent one that no read gets");
                    self.sent_urgent = true;
                    peer.send_urgent().expect("a byte is sent");
                }
                let sent = if is_special && self.kind == Kind::Unix {
                    story.go_on(" with a descriptor");
                    peer.send_with_descriptor(&bytes)
                } else {
                    peer.send(&bytes)
                };
                self.has_sent(&bytes, sent);
            }
            Step::Close if self.kind != Kind::Datagram => {
                story.step("the peer closes");
                self.ended = true;
                self.peer = None;
            }
            Step::Reset if self.kind == Kind::Tcp => {
                story.step("the peer resets the connection");
                self.ended = true;
                if let Some(peer) = self.peer.take() {
                    peer.reset();
                }
            }
            _ => {}
        }
    }

    fn has_sent(&mut self, bytes: &[u8], result: io::Result<usize>) {
        let sent = result.expect("there is room for a few bytes");
        assert_eq!(sent, bytes.len(), "there is room for a few bytes");
        self.sent += sent;
        self.incoming.put(bytes);
    }

    /// The peer reads.
    fn take_bytes(&mut self, count: usize, story: &mut Story) -> Result<(), Broken> {
        if self.kind == Kind::PipeReader {
            return Ok(());
        }
        let Some(peer) = &self.peer else { return Ok(()) };
        story.step(format!("the peer reads up to {}", some(count)));
        let read = peer.read(count);
        story.go_on(&format!(": {}", some(read.len())));
        if read.is_empty() || read == self.outgoing.take(read.len(), count) {
            return Ok(());
        }
        story.broken("the bytes that were written, each once", "other bytes")
    }

    /// Begins an operation, or polls again the one that is under way.
    fn poll(
        &mut self,
        name: Name,
        count: usize,
        waking: Waking,
        story: &mut Story,
    ) -> Result<(), Broken> {
        let bell = &mut self.bells[name.0];
        let is_other = !matches!(waking, Waking::Same) || bell.eager || bell.curious;
        if is_other {
            self.old_bells.push(mem::replace(bell, Bell::new(name, waking)));
        }
        let bell = Arc::clone(bell);
        let under_way =
            self.table.futures.borrow_mut()[name.0].take().map(|(future, _)| future);
        let is_first = under_way.is_none();
        let future = if let Some(future) = under_way {
            story.step(format!("{name} is polled again"));
            future
        } else {
            self.begin(name, count, story)
        };
        story.go_on(match waking {
            Waking::Eager => ", with a waker that polls in the wake",
            Waking::Curious => ", with a waker that reads when it is cloned or dropped",
            _ if is_other && !is_first => ", with another waker",
            _ => "",
        });
        if let Some(waiting) = &mut self.waiting[name.0] {
            waiting.bell = Arc::clone(&bell);
        }
        self.table.futures.borrow_mut()[name.0] = Some((future, bell));
        self.table.poll(name);
        self.happened(None, story)
    }

    fn begin(&mut self, name: Name, count: usize, story: &mut Story) -> UnderWay {
        let (room, bytes, future) = match name.direction() {
            Direction::Read => {
                let room = 1 + count % MOST_ROOM;
                story.step(format!("{name} reads, with room for {}", some(room)));
                (room, Vec::new(), UnderWay::Read(self.machine.read(room)))
            }
            Direction::Write => {
                let most = if self.kind == Kind::Datagram { 1_000 } else { usize::MAX };
                let bytes = bytes(self.sent, count.clamp(1, most));
                self.sent += bytes.len();
                story.step(format!("{name} writes {}", some(bytes.len())));
                (bytes.len(), bytes.clone(), UnderWay::Write(self.machine.write(bytes)))
            }
        };
        let bell = Arc::clone(&self.bells[name.0]);
        self.waiting[name.0] = Some(Waiting { room, bytes, bell, place: None });
        future
    }

    /// Drops an operation: nothing of it is left.
    fn drop(&mut self, name: Name, story: &mut Story) -> Result<(), Broken> {
        let Some(waiting) = self.waiting[name.0].take() else { return Ok(()) };
        story.step(format!("the {} of {name} is dropped", noun(name)));
        let future = self.table.futures.borrow_mut()[name.0].take();
        drop(future);
        self.happened(None, story)?;
        self.is_gone(name, waiting, story)
    }

    /// After an operation has ended or was dropped: nobody has its waker any more.
    fn is_gone(
        &self,
        name: Name,
        waiting: Waiting,
        story: &mut Story,
    ) -> Result<(), Broken> {
        let bell = waiting.bell;
        if Arc::strong_count(&bell) == 2 {
            return Ok(());
        }
        story.broken(
            format!("the waker of {name} is dropped too"),
            "somebody keeps it, for an operation that is no more",
        )
    }

    /// The loop looks.
    fn look(&mut self, story: &mut Story) -> Result<(), Broken> {
        story.step("the loop looks");
        let before = Ready::of(self.number);
        self.machine.look();
        let look = Look { before, after: Ready::of(self.number) };
        self.heard_end |= look.before.end;
        for direction in [Direction::Read, Direction::Write] {
            if look.may_wake(direction) {
                self.is_empty[direction as usize] = false;
            }
        }
        self.happened(Some(look), story)?;
        for name in (0..NAMES).map(Name) {
            let Some(waiting) = &self.waiting[name.0] else { continue };
            if waiting.place.is_some() && look.could(name.direction()) {
                return story.broken(
                    format!("{name} is woken: {}", self.what(name.direction())),
                    "nobody tells it, and no other event will come: it waits forever",
                );
            }
        }
        Ok(())
    }

    /// What a direction can be woken for.
    fn what(&self, direction: Direction) -> String {
        match direction {
            Direction::Write if self.peer.is_none() => "the peer is gone".into(),
            Direction::Write => "there is room".into(),
            Direction::Read if self.incoming.is_empty() => "the end is there".into(),
            Direction::Read => match self.incoming.len() {
                1 => "1 byte is there".into(),
                count => format!("{count} bytes are there"),
            },
        }
    }

    /// Holds what the machine has done against what it should have.
    fn happened(&mut self, look: Option<Look>, story: &mut Story) -> Result<(), Broken> {
        let happened = self.table.happened.take();
        if look.is_some() {
            story.go_on(if happened.is_empty() { ", and wakes nobody" } else { "" });
        }
        let mut order = Order::default();
        let mut joint = ", and wakes ";
        for one in happened {
            match one {
                Happened::Woken(bell) => {
                    story.go_on(joint);
                    story.go_on(&bell.name.to_string());
                    joint = " and ";
                    self.woken(&bell, look, &mut order, story)?;
                }
                Happened::Polled { name, polled, calls, before } => {
                    let calls = if M::COUNTED {
                        self.agree(name, &polled, &calls, story)?;
                        calls
                    } else {
                        self.guess(name, &polled, before)
                    };
                    self.polled(name, polled, &calls, story)?;
                    joint = "; then it wakes ";
                }
            }
        }
        Ok(())
    }

    /// Somebody was woken: it had waited, in this place of the queue, and for this.
    fn woken(
        &mut self,
        bell: &Arc<Bell>,
        look: Option<Look>,
        order: &mut Order,
        story: &mut Story,
    ) -> Result<(), Broken> {
        let name = bell.name;
        let Some(waiting) = &mut self.waiting[name.0] else {
            return story.broken(
                format!("nothing: {name} has no operation under way"),
                format!("{name} is woken"),
            );
        };
        if !Arc::ptr_eq(&waiting.bell, bell) {
            return story.broken(
                format!("{name} is woken by its last waker"),
                "an older one is woken: that of another task, perhaps",
            );
        }
        let Some(place) = waiting.place.take() else {
            return story.broken(
                format!("{name} is woken once"),
                "it is woken again, before it was polled",
            );
        };
        if !look.is_some_and(|look| look.may_wake(name.direction())) {
            return story.broken(
                format!("{name} goes on waiting: there is nothing that it could do"),
                "it is woken",
            );
        }
        if mem::replace(&mut order.woken[name.0], true) {
            return story.broken(
                format!("one edge wakes {name} once"),
                "it is woken again, for the same edge",
            );
        }
        let last = &mut order.last_place[name.direction() as usize];
        if last.is_some_and(|last| last > place) {
            return story.broken(
                "who has waited longest is woken first",
                format!("{name} is woken after one that came later"),
            );
        }
        *last = Some(place);
        Ok(())
    }

    /// What the kernel has been asked, if that is to be told from the answers.
    fn guess(&self, name: Name, polled: &Poll<Done>, before: Ready) -> Vec<Call> {
        let is_ready = match name.direction() {
            Direction::Read => before.read,
            Direction::Write => before.write,
        };
        let is_empty = self.is_empty[name.direction() as usize];
        if polled.is_pending() && (is_ready || is_empty) {
            return Vec::new();
        }
        vec![says(polled)]
    }

    /// An operation was polled, and the kernel has said this to it.
    fn polled(
        &mut self,
        name: Name,
        polled: Poll<Done>,
        calls: &[Call],
        story: &mut Story,
    ) -> Result<(), Broken> {
        story.go_on(&telling(&polled));
        if self.counts {
            self.counted(name, calls, story)?;
        }
        self.learn(name, calls.last().copied());
        let Poll::Ready(done) = polled else {
            let waiting = self.waiting[name.0].as_mut().expect("it is under way");
            if waiting.place.is_none() {
                waiting.place = Some(self.places);
                self.places += 1;
            }
            return Ok(());
        };
        let waiting = self.waiting[name.0].take().expect("it is under way");
        match done {
            Done::Read(Ok(bytes)) => self.has_read(&bytes, waiting.room, story)?,
            Done::Wrote(Ok(count)) => self.outgoing.put(&waiting.bytes[..count]),
            Done::Read(Err(_)) | Done::Wrote(Err(_)) => {}
        }
        self.is_gone(name, waiting, story)
    }

    /// What an operation says is what the kernel has said to it last; signals are nobody's
    /// business.
    fn agree(
        &self,
        name: Name,
        polled: &Poll<Done>,
        calls: &[Call],
        story: &mut Story,
    ) -> Result<(), Broken> {
        let mut asked = calls.to_vec();
        asked.retain(|call| *call != Err(ErrorKind::Interrupted));
        let agrees = match asked.as_slice() {
            [] => polled.is_pending(),
            [before @ .., last] => {
                let in_vain =
                    before.iter().all(|call| *call == Err(ErrorKind::WouldBlock));
                in_vain && *last == says(polled)
            }
        };
        if agrees {
            return Ok(());
        }
        story.go_on(&telling(polled));
        if says(polled) == Err(ErrorKind::Interrupted) {
            return story.broken(
                "the call is made again: it has not happened, and that is all",
                "the signal is an error",
            );
        }
        let asked: Vec<_> = calls.iter().map(|call| told(*call)).collect();
        story.broken(
            format!("the {} of {name} says what the kernel has said to it", noun(name)),
            format!("the kernel has said: {}", asked.join(", then ")),
        )
    }

    /// How often the kernel was asked.
    fn counted(
        &self,
        name: Name,
        calls: &[Call],
        story: &mut Story,
    ) -> Result<(), Broken> {
        let is_empty = self.is_empty[name.direction() as usize];
        let mut asked = calls.to_vec();
        asked.retain(|call| *call != Err(ErrorKind::Interrupted));
        match (is_empty, asked.len()) {
            (true, 0) | (false, 1) => Ok(()),
            (true, _) => story.broken(
                format!("{name} waits: there is nothing, and no event has come since"),
                "the kernel is asked in vain",
            ),
            (false, 0) => story.broken(
                "the kernel is asked: nothing speaks against it",
                format!("{name} waits"),
            ),
            (false, _) => story.broken(
                "the kernel is asked once".to_owned(),
                format!("{} times", asked.len()),
            ),
        }
    }

    /// What is known of a direction after a call.
    fn learn(&mut self, name: Name, said: Option<Call>) {
        let room = self.waiting[name.0].as_ref().map_or(0, |waiting| waiting.room);
        let reads = name.direction() == Direction::Read;
        let is_short =
            matches!(said, Some(Ok(count)) if 0 < count && count < room) && reads;
        let is_all = is_short && M::SPARES && self.kind == Kind::Tcp && !self.heard_end;
        if said == Some(Err(ErrorKind::WouldBlock)) || is_all {
            self.is_empty[name.direction() as usize] = true;
        }
    }

    /// Bytes arrive in order, none is lost, and none comes twice.
    fn has_read(
        &mut self,
        bytes: &[u8],
        room: usize,
        story: &mut Story,
    ) -> Result<(), Broken> {
        if bytes.is_empty() {
            return if self.ended && self.incoming.is_empty() {
                Ok(())
            } else {
                story.broken("bytes, or a wait: this is not the end", "the end")
            };
        }
        let expected = self.incoming.take(bytes.len(), room);
        if bytes == expected {
            return Ok(());
        }
        story.broken(format!("the bytes {expected:?}"), format!("the bytes {bytes:?}"))
    }

    /// Everything is dropped, and nothing is left.
    fn leave(mut self, story: &mut Story) -> Result<(), Broken> {
        story.step("everything is dropped");
        for name in (0..NAMES).map(Name) {
            let future = self.table.futures.borrow_mut()[name.0].take();
            drop(future);
            self.waiting[name.0] = None;
        }
        self.happened(None, story)?;
        drop(VISIT.take());
        drop(self.machine);
        for bell in self.bells.iter().chain(&self.old_bells) {
            if Arc::strong_count(bell) > 1 {
                return story.broken(
                    "every waker is dropped",
                    format!("a waker of {} is kept", bell.name),
                );
            }
        }
        Ok(())
    }
}

/// What an operation says, as a call of the kernel would say it.
fn says(polled: &Poll<Done>) -> Call {
    match polled {
        Poll::Pending => Err(ErrorKind::WouldBlock),
        Poll::Ready(Done::Read(Ok(bytes))) => Ok(bytes.len()),
        Poll::Ready(Done::Wrote(Ok(count))) => Ok(*count),
        Poll::Ready(Done::Read(Err(error)) | Done::Wrote(Err(error))) => {
            Err(error.kind())
        }
    }
}

/// The same in words.
fn telling(polled: &Poll<Done>) -> String {
    match polled {
        Poll::Pending => ": it waits".to_owned(),
        Poll::Ready(Done::Read(Ok(bytes))) if bytes.is_empty() => {
            ": it gets the end".to_owned()
        }
        Poll::Ready(Done::Read(Ok(bytes))) => format!(": it gets {}", some(bytes.len())),
        Poll::Ready(Done::Wrote(Ok(1))) => ": 1 byte is taken".to_owned(),
        Poll::Ready(Done::Wrote(Ok(count))) => format!(": {count} bytes are taken"),
        Poll::Ready(Done::Read(Err(error)) | Done::Wrote(Err(error))) => {
            format!(": it gets the error {:?}", error.kind())
        }
    }
}

const MOST_ROOM: usize = 6;

/// So many bytes of the sequence that is sent.
#[allow(clippy::cast_possible_truncation)] // less than 251
fn bytes(from: usize, count: usize) -> Vec<u8> {
    (from..from + count).map(|index| (index % 251) as u8).collect()
}

fn some(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}

fn noun(name: Name) -> &'static str {
    match name.direction() {
        Direction::Read => "read",
        Direction::Write => "write",
    }
}

fn told(call: Call) -> String {
    match call {
        Ok(count) => some(count),
        Err(error) => format!("{error:?}"),
    }
}
