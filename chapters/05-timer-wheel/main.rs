//! What a timer costs, in a list, a heap, one wheel and many, by how many there are.

#![allow(
    clippy::duplicate_mod,
    dead_code,
    reason = "each stage is a whole program with its own `cli` and its own `main`"
)]

use std::hint::black_box;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[path = "plot.rs"]
mod plot;
#[path = "s1_sorted_list.rs"]
mod s1;
#[path = "s2_binary_heap.rs"]
mod s2;
#[path = "s3_single_wheel.rs"]
mod s3;
#[path = "s4_hierarchy.rs"]
mod s4;

/// One tick is a millisecond, because the single wheel has to be turned by each.
const TIMEOUT: u64 = 30_000;

/// How many timers are pending; a tenth of that where nothing is optimised.
const SIZES: [usize; 4] = match cfg!(debug_assertions) {
    false => [1_000, 10_000, 100_000, 1_000_000],
    true => [100, 1_000, 10_000, 100_000],
};

/// What all machines can do, so that they can be measured alike.
trait Timers {
    type Key;
    fn new() -> Self;
    fn insert(&mut self, deadline: u64, id: usize) -> Self::Key;
    fn cancel(&mut self, key: Self::Key) -> Option<usize>;
    fn expire(&mut self, now: u64) -> Option<(u64, usize)>;
}

macro_rules! timers {
    ($($machine:ty, $key:ty;)*) => {$(
        impl Timers for $machine {
            type Key = $key;
            fn new() -> Self {
                <$machine>::new(0)
            }
            fn insert(&mut self, deadline: u64, id: usize) -> $key {
                <$machine>::insert(self, deadline, id)
            }
            fn cancel(&mut self, key: $key) -> Option<usize> {
                <$machine>::cancel(self, key)
            }
            fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
                <$machine>::expire(self, now)
            }
        }
    )*};
}

timers! {
    s1::SortedList, (u64, u64);
    s2::Heap, std::rc::Rc<std::cell::Cell<Option<usize>>>;
    s3::SingleWheel, (u64, u64);
    s4::Hierarchy, (u64, u64);
    Wheel, mainspring::wheel::TimerKey;
}

type Wheel = mainspring::wheel::Wheel<usize>;

/// A generator of numbers that look random, the same in each run (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

/// Nanoseconds for each call of `step`, of which there are `most`, or as many as there is
/// time for.
fn measure(most: usize, time: Duration, mut step: impl FnMut()) -> f64 {
    const AT_ONCE: usize = 100;
    let start = Instant::now();
    let mut done = 0;
    while done < most && start.elapsed() < time {
        (0..AT_ONCE).for_each(|_| step());
        done += AT_ONCE;
    }
    start.elapsed().as_nanos() as f64 / done as f64
}

/// A timer that is put off. Each of `n` connections has a timeout, of 30 seconds or of 60;
/// every 15 seconds it has a request, which takes the timeout back and sets it anew. The
/// best of a few rounds.
fn put_off<T: Timers>(n: usize) -> f64 {
    let mut timers = T::new();
    let timeout = |id: usize| TIMEOUT + TIMEOUT * (id as u64 & 1);
    let time = |request: usize| TIMEOUT / 2 * request as u64 / n as u64;
    let mut keys: Vec<Option<T::Key>> =
        (0..n).map(|id| Some(timers.insert(time(id) + timeout(id), id))).collect();
    let mut requests = n;
    let mut request = || {
        let (id, now) = (requests % n, time(requests));
        requests += 1;
        assert!(timers.expire(now).is_none(), "every timer is put off in time");
        keys[id].take().and_then(|key| timers.cancel(key));
        keys[id] = Some(timers.insert(now + timeout(id), id));
    };
    // A minute, until the first of what was taken back is past its deadline.
    measure(4 * n, Duration::from_secs(1), &mut request);
    let mut round = || measure(n.max(50_000), Duration::from_millis(100), &mut request);
    (0..4).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// A timer that fires: `n` timers are set for any time in the next 30 seconds, which then
/// pass in small steps. The best of a few rounds.
fn fire<T: Timers>(n: usize) -> f64 {
    let rounds = (100_000 / n).clamp(1, 20);
    (0..rounds).map(|_| fire_once::<T>(n)).fold(f64::INFINITY, f64::min)
}

fn fire_once<T: Timers>(n: usize) -> f64 {
    let mut timers = T::new();
    let mut random = Random(n as u64);
    let start = Instant::now();
    for id in 0..n {
        timers.insert(random.below(TIMEOUT), id);
    }
    let steps = TIMEOUT.min(n as u64);
    for step in 1..=steps {
        while let Some(due) = timers.expire(TIMEOUT * step / steps) {
            black_box(due);
        }
    }
    start.elapsed().as_nanos() as f64 / n as f64
}

/// A machine's costs in nanoseconds at each of the sizes; none where it takes too long.
struct Row {
    name: &'static str,
    put_off: Vec<Option<f64>>,
    fire: Vec<Option<f64>>,
}

fn row<T: Timers>(name: &'static str, largest: usize) -> Row {
    let each = |cost: fn(usize) -> f64| {
        SIZES.iter().map(|n| (*n <= largest).then(|| cost(*n))).collect()
    };
    Row { name, put_off: each(put_off::<T>), fire: each(fire::<T>) }
}

fn table(title: &str, rows: &[Row], costs: fn(&Row) -> &[Option<f64>]) -> String {
    let widths = SIZES.map(|n| n.to_string().len() + 1);
    let mut text = format!("{title:<19}");
    for (n, width) in SIZES.iter().zip(widths) {
        text += &format!("{n:>width$}");
    }
    for row in rows {
        text += &format!("\n{:<19}", row.name);
        for (cost, width) in costs(row).iter().zip(widths) {
            text += &cost
                .map_or(format!("{:>width$}", "-"), |cost| format!("{cost:>width$.0}"));
        }
    }
    text + "\n"
}

/// What asyncio has and what the library has; with `all`, the chapter's other stages too.
fn rows(all: bool) -> Vec<Row> {
    let heap = || row::<s2::Heap>("binary heap", usize::MAX);
    let wheel = || row::<Wheel>("mainspring's wheel", usize::MAX);
    if !all {
        return vec![heap(), wheel()];
    }
    vec![
        row::<s1::SortedList>("sorted list", SIZES[2]),
        heap(),
        row::<s3::SingleWheel>("single wheel", usize::MAX),
        row::<s4::Hierarchy>("hierarchy of wheels", usize::MAX),
        wheel(),
    ]
}

fn run(all: bool, svg: Option<&str>) -> io::Result<()> {
    let rows = rows(all);
    let first = table("ns to put it off", &rows, |row| &row.put_off);
    let second = table("ns to set and fire", &rows, |row| &row.fire);
    write!(io::stdout(), "{first}\n{second}")?;
    match svg {
        Some(file) => std::fs::write(file, plot::draw(&rows, &SIZES)),
        None => Ok(()),
    }
}

fn main() -> ExitCode {
    let args = cli::arguments();
    let (all, svg) = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => (false, None),
        ["--all"] => (true, None),
        ["--svg", file] => (true, Some(file)),
        _ => {
            let usage = "usage: cargo run --release -- 5 [--all | --svg FILE]";
            return cli::fail(2, &format!("unknown: `{}`\n{usage}", args.join(" ")));
        }
    };
    if cfg!(debug_assertions) {
        cli::note(
            "not optimised, so a short run; `cargo run --release -- 5` is the real one",
        );
    }
    match run(all, svg) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            cli::fail(1, &format!("cannot write: {error}"))
        }
        _ => ExitCode::SUCCESS,
    }
}
