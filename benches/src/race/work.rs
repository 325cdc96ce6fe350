//! What is measured: four rows of the big comparison.

#[path = "../work/clients.rs"]
mod clients;
#[path = "../work/echo.rs"]
mod echo;
#[path = "../work/spawn.rs"]
mod spawn;
#[path = "../work/timeouts.rs"]
mod timeouts;
#[path = "../work/yielding.rs"]
mod yielding;

use crate::peers::*;

pub struct Work {
    pub name: &'static str,
    pub title: &'static str,
    /// How many operations one measurement makes.
    pub count: usize,
    /// The reader's executor with the savings that matter here, each on top of the last.
    pub savings: &'static [Name],
    pub measure: fn(Name, usize) -> Result<f64, String>,
}

pub const WORKS: [Work; 4] = [
    Work {
        name: "spawn",
        title: "a task is spawned, runs, and its output is fetched",
        count: 300_000,
        savings: &[Name::Slab, Name::Home, Name::Spare],
        measure: |peer, count| match peer {
            Name::Yours => spawn::one_by_one::<Yours>(count),
            Name::Mainspring => spawn::one_by_one::<Mainspring>(count),
            Name::Tokio => spawn::one_by_one::<Tokio>(count),
            Name::Slab => spawn::one_by_one::<Slab>(count),
            Name::Home => spawn::one_by_one::<Home>(count),
            Name::Spare => spawn::one_by_one::<Spare>(count),
            _ => nobody(),
        },
    },
    Work {
        name: "yield",
        title: "one of 1,000 tasks gives way to the others",
        count: 1_000_000,
        savings: &[Name::Slab, Name::Home, Name::Kernel],
        measure: |peer, count| match peer {
            Name::Yours => yielding::among::<Yours, 1_000>(count),
            Name::Mainspring => yielding::among::<Mainspring, 1_000>(count),
            Name::Tokio => yielding::among::<Tokio, 1_000>(count),
            Name::Slab => yielding::among::<Slab, 1_000>(count),
            Name::Home => yielding::among::<Home, 1_000>(count),
            Name::Kernel => yielding::among::<Kernel, 1_000>(count),
            _ => nobody(),
        },
    },
    Work {
        name: "timeout",
        title: "a timeout of some minutes is set, and not needed",
        count: 500_000,
        savings: &[Name::Bits, Name::Array, Name::Clock],
        measure: |peer, count| match peer {
            Name::Yours => timeouts::beside::<Yours, 0>(count),
            Name::Mainspring => timeouts::beside::<Mainspring, 0>(count),
            Name::Tokio => timeouts::beside::<Tokio, 0>(count),
            Name::Bits => timeouts::beside::<Bits, 0>(count),
            Name::Array => timeouts::beside::<Array, 0>(count),
            Name::Clock => timeouts::beside::<Clock, 0>(count),
            _ => nobody(),
        },
    },
    Work {
        name: "echo",
        title: "a server sends a message back, by TCP, to one of 100",
        count: 30_000,
        savings: &[Name::Read],
        measure: echo::round_trips::<100>,
    },
];

/// The server of `echo`, which is a process of its own.
pub fn serve(peer: Name) -> Result<(), String> {
    let tell: echo::Tell = |address| println!("{address}");
    match peer {
        Name::Yours => echo::serve::<Yours, 1_024>(tell),
        Name::Mainspring => echo::serve::<Mainspring, 1_024>(tell),
        Name::Tokio => echo::serve::<Tokio, 1_024>(tell),
        Name::Read => echo::serve::<Read, 1_024>(tell),
        _ => nobody(),
    }
}

fn nobody<T>() -> Result<T, String> {
    Err("nobody is measured so".into())
}
