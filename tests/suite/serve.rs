//! A server that accepts clients, so many at once, and is told to stop: whoever was accepted is
//! served, nobody is after that, and those at work have until patience ends.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::pending;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::sync::{CancelToken, Queue};
use mainspring::time::{Instant, sleep, timeout};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Outcome, Story, explore};

/// What the suite tests.
pub trait Server: 'static {
    /// Serves who comes to the door, at most `at_once`, until it is told to stop. Those at work
    /// then have as long as `patience` says, or until `now`, which also means stop; returns how
    /// many were cut.
    fn serve(
        door: Door,
        stop: CancelToken,
        now: CancelToken,
        at_once: usize,
        patience: Duration,
    ) -> impl Future<Output = io::Result<usize>>;
}

/// Makes a type a [`Server`] by the `serve` and the `Limits` of a module; with `now`, if its
/// `serve` takes that.
#[allow(unused_macros)]
macro_rules! server {
    ($name:ident, $module:ident $(, $now:ident)?) => {
        struct $name;

        impl crate::suite::serve::Server for $name {
            async fn serve(
                door: crate::suite::serve::Door,
                stop: mainspring::sync::CancelToken,
                _now: mainspring::sync::CancelToken,
                at_once: usize,
                patience: std::time::Duration,
            ) -> std::io::Result<usize> {
                $(let $now = &_now;)?
                let limits = $module::Limits { at_once, patience };
                let handler = |client| crate::suite::serve::work(client);
                let accept = async move || door.accept().await;
                $module::serve(accept, &stop, $($now,)? limits, handler).await
            }
        }
    };
}

#[allow(unused_imports)] // not each test binary has a module to make one of
pub(crate) use server;

/// How a client's work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Well,
    Panics,
    Never,
}

/// A client to come.
#[derive(Clone, Copy, Debug)]
struct Plan {
    comes: u64,
    seconds: u64,
    end: End,
}

#[derive(Clone, Debug)]
struct Case {
    at_once: usize,
    patience: u64,
    stops: u64,
    /// Whether the stop is before those who come at the same second.
    stops_first: bool,
    /// When patience is over, whatever the limits say.
    now: Option<u64>,
    plans: Vec<Plan>,
}

fn cases(with_now: bool) -> impl Strategy<Value = Case> {
    let now =
        if with_now { (0..12_u64).prop_map(Some).boxed() } else { Just(None).boxed() };
    let end =
        prop_oneof![6 => Just(End::Well), 1 => Just(End::Panics), 1 => Just(End::Never)];
    let plan = (0..8_u64, 1..6_u64, end).prop_map(|(comes, seconds, end)| Plan {
        comes,
        seconds,
        end,
    });
    (1..4_usize, 0..5_u64, 0..10_u64, any::<bool>(), now, vec(plan, 0..6)).prop_map(
        |(at_once, patience, stops, stops_first, now, mut plans)| {
            plans.sort_by_key(|plan| plan.comes);
            Case { at_once, patience, stops, stops_first, now, plans }
        },
    )
}

/// The number of a client, told as a letter.
#[derive(Clone, Copy)]
struct Name(u8);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", char::from(b'A' + self.0))
    }
}

/// Where clients come to. To drop it closes it.
pub struct Door(Rc<World>);

impl Drop for Door {
    fn drop(&mut self) {
        self.0.is_closed.set(true);
    }
}

impl Door {
    /// The next client. Dropping it early loses none.
    pub async fn accept(&self) -> io::Result<Client> {
        let world = &self.0;
        let client = world.line.get().await.expect("the line is never closed");
        world.happens(format!("{} is accepted", client.name));
        if world.stopped.get().is_some() {
            world.wrong("nobody is accepted after the stop", "somebody is");
        }
        client.was_accepted.set(true);
        Ok(client)
    }
}

/// A client who has come.
pub struct Client {
    name: Name,
    plan: Plan,
    world: Rc<World>,
    was_accepted: Cell<bool>,
    has_begun: Cell<bool>,
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.was_accepted.get() && !self.has_begun.get() {
            self.world.wrong(
                format!("{}, who was accepted, is served", self.name),
                "the connection is dropped before anybody has looked at it",
            );
        }
    }
}

struct World {
    story: Story,
    /// Those who stand at the door.
    line: Queue<Client>,
    is_closed: Cell<bool>,
    zero: Instant,
    at_once: usize,
    patience: Duration,
    at_work: Cell<usize>,
    cut: Cell<usize>,
    last_end: Cell<Instant>,
    stopped: Cell<Option<Instant>>,
    /// When it was told to cut at once.
    cut_at: Cell<Option<Instant>>,
    /// What should have been, and what was.
    wrong: RefCell<Option<(String, String)>>,
}

impl World {
    fn happens(&self, what: impl fmt::Display) {
        self.story.step(format!("{} s: {what}", self.zero.elapsed().as_secs()));
    }

    fn wrong(&self, expected: impl Into<String>, happened: impl Into<String>) {
        self.wrong.borrow_mut().get_or_insert((expected.into(), happened.into()));
    }

    /// Whether the patience with those at work ends at this moment.
    fn is_cut_off(&self) -> bool {
        let ends = self.stopped.get().map(|stopped| stopped + self.patience);
        ends == Some(Instant::now()) || self.cut_at.get() == Some(Instant::now())
    }
}

/// A client at work.
struct AtWork {
    name: Name,
    world: Rc<World>,
    has_ended: Cell<bool>,
}

impl AtWork {
    fn new(client: &Client) -> Self {
        let (name, world) = (client.name, Rc::clone(&client.world));
        client.has_begun.set(true);
        world.at_work.set(world.at_work.get() + 1);
        if world.at_work.get() > world.at_once {
            let most = world.at_once;
            world
                .wrong(format!("at most {most} are served at once"), "there is one more");
        }
        Self { name, world, has_ended: Cell::new(false) }
    }

    fn ends(&self, how: &str) {
        self.has_ended.set(true);
        self.world.happens(format!("{}{how}", self.name));
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let world = &self.world;
        world.at_work.set(world.at_work.get() - 1);
        world.last_end.set(Instant::now());
        if self.has_ended.get() {
            return;
        }
        world.happens(format!("{} is cut", self.name));
        world.cut.set(world.cut.get() + 1);
        if !world.is_cut_off() {
            world
                .wrong("nobody is cut before patience ends", format!("{} is", self.name));
        }
    }
}

/// Serves a client.
pub async fn work(client: Client) {
    let at_work = AtWork::new(&client);
    sleep(Duration::from_secs(client.plan.seconds)).await;
    match client.plan.end {
        End::Well => at_work.ends(" is done"),
        End::Never => pending().await,
        End::Panics => {
            at_work.ends("'s task panics");
            std::panic::resume_unwind(Box::new("a client's task")); // without the hook
        }
    }
}

/// Any server that passes this stops well.
pub fn stops_well<S: Server>() -> Outcome {
    stops::<S>(
        "who is accepted is served, at most so many at once; after the stop nobody is accepted, \
         and who is at work has as long as patience lasts",
        false,
    )
}

/// Any server that passes this stops well, and at once when it is told so.
pub fn stops_at_once<S: Server>() -> Outcome {
    stops::<S>(
        "it stops well; and when it is told to end now, it accepts nobody, cuts who is at work, \
         counts them, and returns",
        true,
    )
}

fn stops<S: Server>(promise: &'static str, with_now: bool) -> Outcome {
    explore(promise, &cases(with_now), |case, story| {
        let builder = Runtime::builder().virtual_clock().unhandled_panic(|_| ());
        let mut runtime = builder.build().expect("two descriptors are left");
        let world = runtime.block_on(run::<S>(case, story));
        drop(runtime);
        match world.wrong.take() {
            Some((expected, happened)) => story.broken(expected, happened),
            None => Ok(()),
        }
    })
}

fn tell(case: &Case, story: &Story) {
    story.given(format!("{} at once, patience for {} s", case.at_once, case.patience));
    for (number, plan) in (0..).zip(&case.plans) {
        let name = Name(number);
        let end = match plan.end {
            End::Well => format!("needs {} s", plan.seconds),
            End::Panics => format!("panics after {} s", plan.seconds),
            End::Never => "never ends".to_owned(),
        };
        story.given(format!("{name} {end}"));
    }
}

async fn run<S: Server>(case: &Case, story: &Story) -> Rc<World> {
    tell(case, story);
    let patience = Duration::from_secs(case.patience);
    let zero = Instant::now();
    let world = Rc::new(World {
        story: story.clone(),
        line: Queue::unbounded(),
        is_closed: Cell::default(),
        zero,
        at_once: case.at_once,
        patience,
        at_work: Cell::default(),
        cut: Cell::default(),
        last_end: Cell::new(zero),
        stopped: Cell::default(),
        cut_at: Cell::default(),
        wrong: RefCell::default(),
    });
    let door = Door(Rc::clone(&world));
    let (stop, now) = (CancelToken::new(), CancelToken::new());
    let server = S::serve(door, stop.clone(), now.clone(), case.at_once, patience);
    let here = Rc::clone(&world);
    let server = mainspring::spawn(async move {
        let cut = server.await;
        has_ended(&here, cut);
    });
    for second in 0..12 {
        happen(case, second, &world, &stop, &now);
        sleep(Duration::from_millis(500)).await;
        is_anybody_kept_waiting(&world);
        sleep(Duration::from_millis(500)).await;
    }
    if timeout(Duration::from_secs(100), server).await.is_err() {
        world.wrong("the server ends", "it does not");
    }
    world
}

/// What happens at one second.
fn happen(
    case: &Case,
    second: u64,
    world: &Rc<World>,
    stop: &CancelToken,
    now: &CancelToken,
) {
    let stops = || {
        if case.stops == second && world.stopped.get().is_none() {
            world.happens("the server is told to stop");
            world.stopped.set(Some(Instant::now()));
            stop.cancel();
        }
        if case.now == Some(second) {
            world.happens("the server is told to end now");
            world.stopped.set(world.stopped.get().or(Some(Instant::now())));
            world.cut_at.set(Some(Instant::now()));
            now.cancel();
        }
    };
    if case.stops_first {
        stops();
    }
    for (number, plan) in (0..).zip(&case.plans).filter(|(_, plan)| plan.comes == second)
    {
        let name = Name(number);
        world.happens(format!("{name} comes"));
        let client = Client {
            name,
            plan: *plan,
            world: Rc::clone(world),
            was_accepted: Cell::default(),
            has_begun: Cell::default(),
        };
        drop(world.line.try_put(client));
    }
    if !case.stops_first {
        stops();
    }
}

/// Half a second after anything can have happened.
fn is_anybody_kept_waiting(world: &World) {
    let at_work = world.at_work.get();
    if world.stopped.get().is_some() {
        if !world.is_closed.get() {
            world.wrong("the door is closed when it is told to stop", "it is open");
        }
        if world.cut_at.get().is_some() && at_work > 0 {
            let goes_on = format!("{at_work} go on");
            world.wrong("who is at work when it is told to end now is cut", goes_on);
        }
    } else if at_work < world.at_once && !world.line.is_empty() {
        world.wrong(
            "who comes is accepted as soon as there is a place",
            format!("{at_work} are at work, and somebody waits"),
        );
    }
}

/// The server has returned: was it time, and is what it says so?
fn has_ended(world: &World, result: io::Result<usize>) {
    world.happens(format!("the server returns {result:?}"));
    let Some(stopped) = world.stopped.get() else {
        return world
            .wrong("the server goes on until it is told to stop", "it has ended");
    };
    let at_work = world.at_work.get();
    if at_work > 0 {
        return world.wrong("nobody is left at work", format!("{at_work} are"));
    }
    if Instant::now() != stopped.max(world.last_end.get()) {
        world.wrong("it returns as soon as nobody is left", "it is late");
    }
    let cut = world.cut.get();
    if !matches!(result, Ok(count) if count == cut) {
        world.wrong(format!("it says that it cut {cut}"), format!("{result:?}"));
    }
}
