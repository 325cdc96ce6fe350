//! What a timer costs in a heap and in the wheel, by how many there are.

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

/// Has no divisor in common with any of the sizes: its multiples visit every connection
/// once before they visit one again, and neighbours at different times.
const SCATTER: usize = 618_033;

/// How often everything is measured.
const ROUNDS: usize = if cfg!(debug_assertions) { 1 } else { 5 };

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
/// order of the requests is not that in which the connections lie in memory: one after the
/// other, each would find its timer in a cache, where the one before it has brought it.
fn put_off<T: Timers>(n: usize) -> f64 {
    let mut timers = T::new();
    let timeout = |id: usize| TIMEOUT + TIMEOUT * (id as u64 & 1);
    let time = |request: usize| TIMEOUT / 2 * request as u64 / n as u64;
    let mut keys: Vec<Option<T::Key>> =
        (0..n).map(|id| Some(timers.insert(time(id) + timeout(id), id))).collect();
    let mut requests = n;
    let mut request = || {
        let (id, now) = (requests % n * SCATTER % n, time(requests));
        requests += 1;
        assert!(timers.expire(now).is_none(), "every timer is put off in time");
        keys[id].take().and_then(|key| timers.cancel(key));
        keys[id] = Some(timers.insert(now + timeout(id), id));
    };
    // A minute, until the first of what was taken back is past its deadline. Only the list
    // takes longer than that, and keeps nothing of what was taken back.
    measure(4 * n, Duration::from_secs(3), &mut request);
    measure(n.max(100_000), Duration::from_millis(300), &mut request)
}

/// A timer that fires: `n` timers are set for any time in the next 30 seconds, which then
/// pass in small steps.
fn fire<T: Timers>(n: usize) -> f64 {
    let times = (200_000 / n).max(1);
    (0..times).map(|_| fire_once::<T>(n)).sum::<f64>() / times as f64
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

/// What is measured of a machine, with up to `largest` timers: more would take too long.
struct Machine {
    name: &'static str,
    largest: usize,
    put_off: fn(usize) -> f64,
    fire: fn(usize) -> f64,
}

fn machine<T: Timers>(name: &'static str, largest: usize) -> Machine {
    Machine { name, largest, put_off: put_off::<T>, fire: fire::<T> }
}

/// The heap and what the library has; with `all`, the chapter's other stages too.
fn machines(all: bool) -> Vec<Machine> {
    let heap = machine::<s2::Heap>("binary heap", usize::MAX);
    let wheel = machine::<Wheel>("mainspring's wheel", usize::MAX);
    if !all {
        return vec![heap, wheel];
    }
    vec![
        machine::<s1::SortedList>("sorted list", SIZES[2]),
        heap,
        machine::<s3::SingleWheel>("single wheel", usize::MAX),
        machine::<s4::Hierarchy>("hierarchy of wheels", usize::MAX),
        wheel,
    ]
}

/// A machine's costs in nanoseconds at each of the sizes; none where it takes too long.
struct Row {
    name: &'static str,
    put_off: Vec<Option<f64>>,
    fire: Vec<Option<f64>>,
}

/// Measures everything in turn, several times over, and takes the medians: whatever else the
/// machine does for a while falls upon all alike, and upon few of the rounds.
fn measure_all(machines: &[Machine]) -> Vec<Row> {
    let cells: Vec<(&Machine, usize)> = machines
        .iter()
        .flat_map(|machine| SIZES.map(|n| (machine, n)))
        .filter(|(machine, n)| *n <= machine.largest)
        .collect();
    let mut samples = vec![(Vec::new(), Vec::new()); cells.len()];
    for round in 1..=ROUNDS {
        for ((machine, n), (put_off, fire)) in cells.iter().zip(&mut samples) {
            put_off.push((machine.put_off)(*n));
            fire.push((machine.fire)(*n));
        }
        if ROUNDS > 1 {
            cli::note(&format!("round {round} of {ROUNDS} done"));
        }
    }
    let mut medians =
        samples.into_iter().map(|(put_off, fire)| (median(put_off), median(fire)));
    let row = |machine: &Machine| {
        let costs = |n| (n <= machine.largest).then(|| medians.next()).flatten();
        let (put_off, fire) = SIZES.map(costs).into_iter().map(Option::unzip).unzip();
        Row { name: machine.name, put_off, fire }
    };
    machines.iter().map(row).collect()
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
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

fn run(all: bool, svg: Option<&str>) -> io::Result<()> {
    let rows = measure_all(&machines(all));
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
