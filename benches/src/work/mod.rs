//! The rows of the table: what is done, how often, and what is to be reached.

mod channels;
mod clients;
mod echo;
mod handoff;
mod jobs;
mod joining;
mod lateness;
mod locks;
mod memory;
mod ping_pong;
mod sleeps;
mod spawn;
mod thread_wake;
mod timeouts;
mod wake_all;
mod yielding;

use self::echo::Tell;
use crate::goal::{Goal, tokio};
use crate::peers::{Mainspring, Monoio, MonoioUring, Name, Smol, Tokio};

/// One row.
pub struct Row {
    /// As it is called on the command line.
    pub name: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    /// How many operations one measurement makes.
    pub count: usize,
    pub goal: Goal,
    /// Who is measured.
    pub columns: &'static [Name],
    /// Measures one peer, in this process.
    pub measure: Measure,
}

type Measure = fn(Name, usize) -> Result<f64, String>;

const CPU: &str = "ns of CPU";

const RUNTIMES: [Name; 5] =
    [Name::Mainspring, Name::Tokio, Name::Smol, Name::Monoio, Name::MonoioUring];

/// There is a bare loop to compare with.
const WITH_LIMIT: [Name; 6] = [
    Name::Mainspring,
    Name::Tokio,
    Name::Smol,
    Name::Monoio,
    Name::MonoioUring,
    Name::Limit,
];

/// The crate `futures` has it, too.
const WITH_FUTURES: [Name; 6] = [
    Name::Mainspring,
    Name::Tokio,
    Name::Smol,
    Name::Monoio,
    Name::MonoioUring,
    Name::Futures,
];

/// Those that have mutexes and queues, or a crate that belongs to them has.
const LIBRARIES: [Name; 4] = [Name::Mainspring, Name::Tokio, Name::Smol, Name::Futures];

/// A function for each peer out of one that is generic over peers.
macro_rules! on_each {
    ($($workload:ident)::+ $(, $size:literal)? $(; limit $($limit:ident)::+)?) => {
        |peer, argument| match peer {
            Name::Mainspring => $($workload)::+::<Mainspring $(, $size)?>(argument),
            Name::Tokio => $($workload)::+::<Tokio $(, $size)?>(argument),
            Name::Smol => $($workload)::+::<Smol $(, $size)?>(argument),
            Name::Monoio => $($workload)::+::<Monoio $(, $size)?>(argument),
            Name::MonoioUring => $($workload)::+::<MonoioUring $(, $size)?>(argument),
            $(Name::Limit => $($limit)::+(argument),)?
            #[allow(unreachable_patterns)]
            _ => Err("this row has no such column".into()),
        }
    };
}

/// A curve: one row for each of four sizes.
macro_rules! curve {
    ($curve:literal, $title:literal, $growth:literal, $($workload:ident)::+) => {
        [
            curve!(@ $curve, $title, $growth, 1_000, "1000", $($workload)::+),
            curve!(@ $curve, $title, $growth, 10_000, "10000", $($workload)::+),
            curve!(@ $curve, $title, $growth, 100_000, "100000", $($workload)::+),
            curve!(@ $curve, $title, $growth, 1_000_000, "1000000", $($workload)::+),
        ]
    };
    (
        @ $curve:literal, $title:literal, $growth:literal, $size:literal, $text:literal,
        $($workload:ident)::+
    ) => {
        Row {
            name: concat!($curve, "-", $text),
            title: $title,
            unit: CPU,
            count: 1_000_000,
            goal: Goal::Flat { curve: $curve, size: $size, growth: $growth },
            columns: &RUNTIMES,
            measure: on_each!($($workload)::+, $size),
        }
    };
}

/// The servers that [`echo`] measures, each in a process of its own.
pub fn serve(peer: Name, server: &str) -> Result<(), String> {
    let serve: fn(Name, Tell) -> Result<(), String> = match server {
        "echo" => on_each!(echo::serve, 1_024; limit echo::limit),
        "idle" => on_each!(echo::serve, 1),
        _ => return Err("there is no such server".into()),
    };
    serve(peer, |address| println!("{address}"))
}

/// All rows, in the order of the table.
pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row {
            name: "spawn",
            title: "spawn + join, one after the other",
            unit: CPU,
            count: 300_000,
            goal: Goal::Ratio(tokio(0.30).smol(0.25).monoio(0.50)),
            columns: &RUNTIMES,
            measure: on_each!(spawn::one_by_one),
        },
        Row {
            name: "spawn-batch",
            title: "spawn + join, 100 at a time",
            unit: CPU,
            count: 300_000,
            goal: Goal::Ratio(tokio(0.30).smol(0.30).monoio(1.25)),
            columns: &RUNTIMES,
            measure: on_each!(spawn::in_batches, 100),
        },
        Row {
            name: "yield",
            title: "yield among 1,000 tasks",
            unit: CPU,
            count: 1_000_000,
            goal: Goal::Ratio(tokio(0.28).smol(0.15).monoio(0.38)),
            columns: &RUNTIMES,
            measure: on_each!(yielding::among, 1_000),
        },
        Row {
            name: "handoff",
            title: "wake hand-off between two tasks",
            unit: CPU,
            count: 500_000,
            goal: Goal::Ratio(tokio(0.55).smol(0.28).monoio(0.40)),
            columns: &WITH_LIMIT,
            measure: on_each!(handoff::between_two; limit handoff::limit),
        },
        Row {
            name: "handoff-timer",
            title: "wake hand-off beside one pending timer",
            unit: CPU,
            count: 500_000,
            goal: Goal::Ratio(tokio(0.60)),
            columns: &RUNTIMES,
            measure: on_each!(handoff::beside_a_timer),
        },
        Row {
            name: "ping-pong",
            title: "ping-pong over `futures` channels",
            unit: CPU,
            count: 500_000,
            goal: Goal::Ratio(tokio(0.80).smol(0.45).monoio(0.70)),
            columns: &RUNTIMES,
            measure: on_each!(ping_pong::between_two),
        },
        Row {
            name: "timeout",
            title: "timeout armed and dropped, empty wheel",
            unit: CPU,
            count: 500_000,
            goal: Goal::Ratio(tokio(0.30).smol(0.27).monoio(0.70)),
            columns: &RUNTIMES,
            measure: on_each!(timeouts::beside, 0),
        },
        Row {
            name: "timeout-100k",
            title: "timeout armed and dropped, 100,000 in the wheel",
            unit: CPU,
            count: 500_000,
            goal: Goal::Ratio(tokio(0.30).smol(0.27).monoio(0.70)),
            columns: &RUNTIMES,
            measure: on_each!(timeouts::beside, 100_000),
        },
        Row {
            name: "sleeps",
            title: "200,000 sleeps within half a second",
            unit: CPU,
            count: 200_000,
            goal: Goal::Ratio(tokio(0.70).smol(0.40).monoio(0.70)),
            columns: &RUNTIMES,
            measure: on_each!(sleeps::crowd),
        },
        Row {
            name: "lateness",
            title: "lateness of a sleep, median",
            unit: "ns",
            count: 50,
            goal: Goal::Ratio(tokio(0.10).monoio(0.10).limit(1.05)),
            columns: &WITH_LIMIT,
            measure: on_each!(lateness::alone; limit lateness::limit),
        },
        Row {
            name: "lateness-ticking",
            title: "lateness beside 1,000 sleepers in step, median",
            unit: "ns",
            count: 100,
            goal: Goal::Ratio(tokio(0.15).at_most(2.0, "lateness")),
            columns: &RUNTIMES,
            measure: on_each!(lateness::beside_ticking),
        },
        Row {
            name: "lateness-scattered",
            title: "lateness beside 1,000 sleepers out of step, median",
            unit: "ns",
            count: 100,
            goal: Goal::Ratio(tokio(0.15).at_most(2.0, "lateness")),
            columns: &RUNTIMES,
            measure: on_each!(lateness::beside_scattered),
        },
        Row {
            name: "lateness-busy",
            title: "lateness among 100,000 ready tasks, median",
            unit: "ns",
            count: 50,
            goal: Goal::Ratio(tokio(1.0)),
            columns: &RUNTIMES,
            measure: on_each!(lateness::among_busy),
        },
        Row {
            name: "thread-wake",
            title: "wake from another thread, median latency",
            unit: "ns",
            count: 1_000,
            goal: Goal::Ratio(tokio(0.90).smol(0.85).monoio(0.90).limit(1.40)),
            columns: &WITH_LIMIT,
            measure: on_each!(thread_wake::latency; limit thread_wake::limit),
        },
        Row {
            name: "job",
            title: "a job to the pool of threads and back, median latency",
            unit: "ns",
            count: 2_000,
            goal: Goal::Ratio(tokio(1.00).smol(1.00)),
            columns: &WITH_LIMIT,
            measure: jobs::one_by_one,
        },
        Row {
            name: "job-batch",
            title: "jobs to the pool of threads, 100 at a time",
            unit: "ns",
            count: 20_000,
            goal: Goal::Ratio(tokio(1.00).smol(1.00)),
            columns: &RUNTIMES,
            measure: jobs::in_batches,
        },
        Row {
            name: "memory",
            title: "memory of a parked task",
            unit: "bytes",
            count: 200_000,
            goal: Goal::Ratio(tokio(0.60)),
            columns: &RUNTIMES,
            measure: on_each!(memory::parked),
        },
    ];
    rows.extend(echo_rows());
    rows.extend(join_rows());
    rows.extend(sync_rows());
    rows.extend(curve!(
        "flat-spawn",
        "spawn + join, so many at a time",
        2.0,
        spawn::in_batches
    ));
    rows.extend(curve!(
        "flat-wake",
        "wake and poll, so many tasks in turn",
        1.4,
        wake_all::among
    ));
    rows.extend(curve!(
        "flat-timer",
        "timeout beside so many timers",
        2.0,
        timeouts::beside
    ));
    rows.extend(join_curve());
    rows
}

/// The rows of servers.
fn echo_rows() -> [Row; 4] {
    let echo = |name, title, measure| Row {
        name,
        title,
        unit: CPU,
        count: 50_000,
        goal: Goal::Ratio(tokio(0.90).smol(0.70).monoio(0.92).limit(1.05)),
        columns: &WITH_LIMIT,
        measure,
    };
    [
        echo("echo-1", "TCP echo, 1 connection", echo::round_trips::<1>),
        echo("echo-100", "TCP echo, 100 connections", echo::round_trips::<100>),
        echo("echo-5000", "TCP echo, 5,000 connections", echo::round_trips::<5_000>),
        Row {
            name: "idle",
            title: "memory of an idle TCP connection",
            unit: "bytes",
            count: 9_000,
            goal: Goal::Ratio(tokio(0.5).smol(0.5).monoio(0.7)),
            columns: &RUNTIMES,
            measure: echo::idle,
        },
    ]
}

/// The rows of one task that waits for many.
fn join_rows() -> [Row; 8] {
    let row = |name, title, targets, measure: Measure| Row {
        name,
        title,
        unit: CPU,
        count: 300_000,
        goal: Goal::Ratio(targets),
        columns: &WITH_FUTURES,
        measure,
    };
    let no_slower = tokio(1.0).smol(1.0).monoio(1.0).futures(1.0);
    [
        row(
            "join-all-100",
            "`join_all` of 100 futures, each woken once",
            no_slower,
            joining::all::<100>,
        ),
        row(
            "join-all-100k",
            "`join_all` of 100,000 futures, each woken once",
            no_slower,
            joining::all::<100_000>,
        ),
        row(
            "join-unordered-100",
            "the same 100, theirs by `FuturesUnordered`",
            no_slower,
            joining::all_in_any_order::<100>,
        ),
        row(
            "join-unordered-100k",
            "the same 100,000, theirs by `FuturesUnordered`",
            no_slower,
            joining::all_in_any_order::<100_000>,
        ),
        row(
            "join-tasks-100",
            "100 tasks that yield once, by `as_completed`",
            no_slower,
            joining::tasks::<100>,
        ),
        row(
            "join-tasks-100k",
            "100,000 tasks that yield once, by `as_completed`",
            no_slower,
            joining::tasks::<100_000>,
        ),
        row(
            "group-100",
            "100 tasks that yield once, in a `task_group`",
            no_slower,
            joining::group::<100>,
        ),
        row(
            "group-100k",
            "100,000 tasks that yield once, in a `task_group`",
            no_slower,
            joining::group::<100_000>,
        ),
    ]
}

/// If one wake polled them all, the last point would be a thousand times the first. Futures do not lie in the
/// order of their wakes, and among many each is a first touch: the target leaves room for that.
fn join_curve() -> [Row; 4] {
    let point = |name, size, measure: Measure| Row {
        name,
        title: "`join_all` of so many futures, each woken once",
        unit: CPU,
        count: 1_000_000,
        goal: Goal::Flat { curve: "flat-join", size, growth: 10.0 },
        columns: &WITH_FUTURES,
        measure,
    };
    [
        point("flat-join-1000", 1_000, joining::all::<1_000>),
        point("flat-join-10000", 10_000, joining::all::<10_000>),
        point("flat-join-100000", 100_000, joining::all::<100_000>),
        point("flat-join-1000000", 1_000_000, joining::all::<1_000_000>),
    ]
}

/// The rows of taking turns.
fn sync_rows() -> [Row; 8] {
    let row = |name, title, measure: Measure| Row {
        name,
        title,
        unit: CPU,
        count: 500_000,
        goal: Goal::Ratio(tokio(1.0).smol(1.0).futures(1.0)),
        columns: &LIBRARIES,
        measure,
    };
    [
        row("lock", "a mutex locked and unlocked", locks::alone),
        row("lock-handover", "a mutex between two tasks, by turns", locks::in_turn),
        row("semaphore", "a permit taken and given back", locks::permits),
        row("queue-1", "an item through a queue with room for 1", channels::bounded::<1>),
        row(
            "queue-100",
            "an item through a queue with room for 100",
            channels::bounded::<100>,
        ),
        row(
            "queue-unbounded",
            "an item through an unbounded queue, 100 at a time",
            channels::unbounded::<100>,
        ),
        row("oneshot", "a oneshot made, sent to, and received", channels::to_oneself),
        row(
            "oneshot-answer",
            "an answer by a oneshot, from another task",
            channels::answer,
        ),
    ]
}
