//! A turn of a loop against a line on paper: who is polled, in which order, how many at most,
//! and whose timers fire. And what comes between two turns: when the loop sleeps, and what
//! wakes it.

use std::cell::Cell;
use std::future::poll_fn;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;

use super::runtime::Machine;
use super::{Broken, Outcome, Story, explore};

pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What the suite tests: a loop whose clock stands at 0.
pub trait Loop {
    fn new() -> Self;
    fn spawn(&self, work: Work);
    /// Sets a timer.
    fn set(&self, deadline: u64, waker: Waker);
    /// Moves the clock.
    fn advance(&self, ticks: u64);
    fn turn(&self);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A task that wakes itself so often before it ends.
    Spawn(u32),
    Timer(u64),
    Advance(u64),
    Turn,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4_u32).prop_map(Step::Spawn),
        1 => (58..140_u32).prop_map(Step::Spawn),
        2 => (0..4_u64).prop_map(Step::Timer),
        2 => (0..4_u64).prop_map(Step::Advance),
        4 => Just(Step::Turn),
    ]
}

/// How many polls a turn has.
const POLLS: usize = 61;

/// What a turn does, in its order.
type Log = Arc<Mutex<Vec<String>>>;

fn note(log: &Log, what: String) {
    let mut log = log.lock().expect("nobody panics under it");
    log.push(what);
    let is_endless = log.len() == 1_000;
    drop(log);
    assert!(!is_endless, "a thousand polls in one turn");
}

struct Yielder {
    name: usize,
    left: u32,
    log: Log,
}

impl Future for Yielder {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        note(&self.log, format!("{} is polled", name(self.name)));
        if self.left == 0 {
            return Poll::Ready(());
        }
        self.left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

struct Ringer(usize, Log);

impl Wake for Ringer {
    fn wake(self: Arc<Self>) {
        note(&self.1, fires(self.0));
    }
}

fn fires(timer: usize) -> String {
    format!("timer {timer} fires")
}

fn name(number: usize) -> char {
    char::from(b'A' + u8::try_from(number).expect("few tasks"))
}

/// Each turn polls whose turn it is, 61 at most, and then fires what is due.
pub fn takes_turns<L: Loop>() -> Outcome {
    let sentence =
        "a turn polls who is ready, in order and 61 at most, then fires timers";
    explore(sentence, &vec(step(), 0..9), |steps, story| run::<L>(steps, story))
}

fn run<L: Loop>(steps: &[Step], story: &mut Story) -> Result<(), Broken> {
    let machine = L::new();
    let log = Log::default();
    let mut line = std::collections::VecDeque::new();
    let (mut tasks, mut now, mut told) = (0, 0_u64, 0);
    let mut timers: Vec<(u64, usize)> = Vec::new();
    let mut set = 0;
    for step in steps {
        match *step {
            Step::Spawn(left) => {
                let times = if left == 1 { "once" } else { &format!("{left} times") };
                let how =
                    if left == 0 { "ends".into() } else { format!("yields {times}") };
                story.step(format!("spawn {}, which {how}", name(tasks)));
                let yielder = Yielder { name: tasks, left, log: Arc::clone(&log) };
                machine.spawn(Box::pin(yielder));
                line.push_back((tasks, left));
                tasks += 1;
            }
            Step::Timer(deadline) => {
                story.step(format!("set timer {set} for {deadline}"));
                machine
                    .set(deadline, Waker::from(Arc::new(Ringer(set, Arc::clone(&log)))));
                // What has passed already counts as the time of the last turn.
                timers.push((deadline.max(told), set));
                set += 1;
            }
            Step::Advance(ticks) => {
                now += ticks;
                story.step(format!("it is {now}"));
                machine.advance(ticks);
            }
            Step::Turn => {
                story.step("a turn");
                told = now;
                machine.turn();
                let mut expected = Vec::new();
                for _ in 0..POLLS {
                    let Some((task, left)) = line.pop_front() else { break };
                    expected.push(format!("{} is polled", name(task)));
                    if left > 0 {
                        line.push_back((task, left - 1));
                    }
                }
                timers.sort_unstable();
                let due = timers.partition_point(|(deadline, _)| *deadline <= now);
                expected.extend(timers.drain(..due).map(|(_, timer)| fires(timer)));
                let happened = std::mem::take(&mut *log.lock().expect("no panic"));
                agree(&expected, &happened, story)?;
            }
        }
    }
    Ok(())
}

/// The first place in which they differ.
fn agree(
    expected: &[String],
    happened: &[String],
    story: &mut Story,
) -> Result<(), Broken> {
    for index in 0..expected.len().max(happened.len()) {
        let (should, did) = (expected.get(index), happened.get(index));
        if should != did {
            let over = match index {
                0..POLLS => "the turn is over".to_owned(),
                _ => format!("the turn is over, after {POLLS} polls"),
            };
            return story
                .broken(should.unwrap_or(&over).clone(), did.unwrap_or(&over).clone());
        }
    }
    Ok(())
}

/// What the second suite tests, besides: a runtime on the machine's own clock.
pub trait Awake: Machine + 'static {
    fn block_on_real(main: Work);
    /// Has the loop watch a socket, and set the flag when it tells of it.
    fn watch(socket: UnixStream, told: Rc<Cell<bool>>);
}

/// What there is between two turns.
#[derive(Clone, Copy, Debug)]
enum Between {
    /// So many tasks that end at their first poll.
    Tasks(usize),
    /// Main wakes itself, and a byte has come for a socket.
    Socket,
    /// Main waits for another thread.
    Thread,
}

/// How often main asks whether the socket was told.
const YIELDS: u32 = 1_000;

/// How long main waits for another thread: long, since this is no measure of speed.
const PATIENCE: u64 = 2;

/// The loop sleeps if nobody is ready, and looks at its sockets in any case.
pub fn sleeps_if_nobody_is_ready<M: Awake>() -> Outcome {
    let sentence = "a loop sleeps if nobody is ready, and hears of sockets and threads";
    let between = prop_oneof![
        8 => (1..140_usize).prop_map(Between::Tasks),
        1 => Just(Between::Socket),
        1 => Just(Between::Thread),
    ];
    explore(sentence, &between, |between, story| match *between {
        Between::Tasks(count) => polls_before_it_sleeps::<M>(count, story),
        Between::Socket => looks_at_its_sockets::<M>(story),
        Between::Thread => hears_of_threads::<M>(story),
    })
}

fn polls_before_it_sleeps<M: Awake>(
    count: usize,
    story: &mut Story,
) -> Result<(), Broken> {
    story.step("main spawns a task that sleeps 5 s");
    let plural = if count == 1 { "" } else { "s" };
    let each = if count == 1 { "it" } else { "each in turn" };
    story.step(format!("main spawns {count} task{plural} more, and waits for {each}"));
    let ended_at = Rc::new(Cell::new(0));
    let ends_at = Rc::clone(&ended_at);
    M::block_on(Box::pin(async move {
        let sleeper = M::spawn(M::sleep(5));
        let tasks: Vec<M::Task> =
            (0..count).map(|_| M::spawn(Box::pin(async {}))).collect();
        for task in tasks {
            task.await;
        }
        ends_at.set(M::now());
        drop(sleeper);
    }));
    match ended_at.get() {
        0 => Ok(()),
        late => story.broken("it ends at 0 s", format!("it ends at {late} s")),
    }
}

fn looks_at_its_sockets<M: Awake>(story: &mut Story) -> Result<(), Broken> {
    story.step("a byte has come for a socket");
    story.step(format!("main yields until the socket is told, {YIELDS} times at most"));
    let (socket, mut peer) = UnixStream::pair().expect("a pair of sockets");
    peer.write_all(b"x").expect("room for a byte");
    let told = Rc::new(Cell::new(false));
    let is_told = Rc::clone(&told);
    M::block_on_real(Box::pin(async move {
        M::watch(socket, Rc::clone(&is_told));
        let mut left = YIELDS;
        poll_fn(|cx| {
            if is_told.get() || left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }));
    match told.get() {
        true => Ok(()),
        false => story.broken("the socket is told", "it is not"),
    }
}

fn hears_of_threads<M: Awake>(story: &mut Story) -> Result<(), Broken> {
    story.step("main waits, and the loop sleeps");
    story.step("another thread wakes main");
    let woken = Arc::new(AtomicBool::new(false));
    let in_time = Rc::new(Cell::new(false));
    let (wakes, is_woken, is_in_time) =
        (Arc::clone(&woken), Arc::clone(&woken), Rc::clone(&in_time));
    M::block_on_real(Box::pin(async move {
        let mut other = None;
        let wait = poll_fn(move |cx| {
            other.get_or_insert_with(|| {
                let (waker, wakes) = (cx.waker().clone(), Arc::clone(&wakes));
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(1));
                    wakes.store(true, Ordering::Release);
                    waker.wake();
                })
            });
            if is_woken.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
        });
        // When the time is over it is polled once more; that is too late.
        let begun = Instant::now();
        M::timeout(PATIENCE, Box::pin(wait)).await;
        is_in_time.set(begun.elapsed() < Duration::from_secs(PATIENCE));
    }));
    match in_time.get() {
        true => Ok(()),
        false => story.broken("main is polled", "the loop sleeps on"),
    }
}
