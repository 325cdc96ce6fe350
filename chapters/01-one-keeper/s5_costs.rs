//! Creates, switches and weighs a thousand processes and threads, a million coroutines.

mod machine;
mod program;

use std::hint::black_box;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use machine::{Child, Pinned, exit_now, fork, own_memory, own_memory_here};
use program::{Options, Problem};

const USAGE: &str = "\
usage: cargo run -- 1 s5 [OPTION VALUE]...
  --processes N    how many processes, 1 to 20000 (1000)
  --threads N      how many threads, 1 to 20000 (1000)
  --coroutines N   how many coroutines, 1000 to 10000000 (1000000)";

/// How often a byte goes there and back between two processes or threads.
const ROUND_TRIPS: u32 = 2_000;
/// How often that is measured; the fastest counts, because whatever else the machine
/// does can only make it slower.
const ROUNDS: u32 = 5;
/// How often a coroutine is resumed.
const RESUMES: u32 = 10_000_000;
/// How many MiB of addresses a thread has for its stack: as many as Rust gives it anyway,
/// unless `RUST_MIN_STACK` says otherwise.
const STACK: usize = 2;
/// How many processes are weighed.
const WEIGHED: usize = 50;

fn main() -> ExitCode {
    program::run(USAGE, &["processes", "threads", "coroutines"], |options| {
        program::print(&measure(options)?)
    })
}

/// Measures all three, and writes the table.
fn measure(options: &Options) -> Result<String, Problem> {
    let process_count = options.number("processes", 1_000, 1..=20_000)?;
    let thread_count = options.number("threads", 1_000, 1..=20_000)?;
    let coroutine_count = options.number("coroutines", 1_000_000, 1_000..=10_000_000)?;
    // Processes first: `fork` wants a process with one thread.
    let rows =
        [processes(process_count)?, threads(thread_count)?, coroutines(coroutine_count)?];
    let mut text = format!(
        "{:<10}{:>10}{:>14}{:>14}{:>12}{:>14}\n",
        "", "how many", "create", "end", "switch", "memory each"
    );
    rows.iter().for_each(|row| text += &row.line());
    text += "\nA switch is half a round trip, on one core. Processes and threads hand a byte\n";
    text += &format!(
        "through a pipe; the pipe alone, without a switch, takes {:.0} ns of it.\n",
        pipe_alone()?
    );
    rows.iter()
        .flat_map(|row| &row.remarks)
        .for_each(|line| text += &format!("{line}\n"));
    Ok(text)
}

/// What one kind of thing costs.
struct Row {
    name: &'static str,
    count: u32,
    /// To create one, in nanoseconds.
    create: f64,
    /// To see it end, in nanoseconds.
    end: f64,
    /// To go from one to another, in nanoseconds.
    switch: f64,
    /// What each has of its own while it waits, in bytes.
    memory: f64,
    /// What else there is to say, in lines.
    remarks: Vec<String>,
}

impl Row {
    fn line(&self) -> String {
        let count = grouped(f64::from(self.count));
        let (create, end) = (grouped(self.create), grouped(self.end));
        let memory = grouped(self.memory);
        format!(
            "{:<10}{count:>10}{create:>11} ns{end:>11} ns{:>9.1} ns{memory:>12} B\n",
            self.name, self.switch
        )
    }
}

/// Some processes that wait. Dropping them opens the gate first, then sees each end.
struct Crowd {
    open: PipeWriter,
    children: Vec<Child>,
}

/// Creates processes until there are `wanted`, or the system refuses.
fn processes(wanted: u32) -> Result<Row, Problem> {
    let switch = switch_processes()?;
    let (gate, open) = pipe()?;
    let start = Instant::now();
    let mut crowd = Crowd { open, children: Vec::new() };
    let mut remarks = Vec::new();
    for count in 0..wanted {
        // SAFETY: the program has not created a thread yet.
        match unsafe { fork() } {
            Ok(Some(child)) => crowd.children.push(child),
            Ok(None) => {
                // The child has a copy of the gate's other end, too.
                drop(crowd.open);
                wait_at(&gate);
                exit_now();
            }
            Err(error) => {
                remarks.push(refused("processes", count, wanted, &error)?);
                break;
            }
        }
    }
    let count = u32::try_from(crowd.children.len()).unwrap_or(u32::MAX);
    let create = each(start.elapsed(), count);
    let memory = weigh(&crowd.children)?;
    let start = Instant::now();
    drop(crowd);
    let end = each(start.elapsed(), count);
    Ok(Row { name: "process", count, create, end, switch, memory, remarks })
}

/// Waits until the gate opens: reads from a pipe of which nothing comes but its end.
fn wait_at(mut gate: &PipeReader) {
    let _ = gate.read(&mut [0]);
}

/// What a process has of its own: the mean of some of them, in bytes.
fn weigh(children: &[Child]) -> io::Result<f64> {
    let step = children.len().div_ceil(WEIGHED);
    let some = children.iter().step_by(step).map(|child| own_memory(&child.id()));
    let some = some.collect::<io::Result<Vec<_>>>()?;
    Ok(some.iter().sum::<f64>() / some.len() as f64)
}

/// Where a system says how many processes and threads there may be.
const LIMITS: &str =
    "See `ulimit -u`, /proc/sys/kernel/threads-max, or a container's pids limit.";

/// The system allows none at all.
fn none(what: &str, error: &io::Error) -> Problem {
    Problem::Failed(format!("cannot create {what}: {error}\n{LIMITS}"))
}

/// The system allows no more; what the table says about it.
fn refused(
    what: &str,
    count: u32,
    wanted: u32,
    error: &io::Error,
) -> Result<String, Problem> {
    match count {
        0 => Err(none(what, error)),
        _ => Ok(format!("Only {count} {what} of {wanted}: {error}\n{LIMITS}")),
    }
}

/// Creates threads until there are `wanted`, or the system refuses.
fn threads(wanted: u32) -> Result<Row, Problem> {
    // First of all: the kernel is busy for a while with a thousand threads that ended.
    let switch = switch_threads()?;
    let (gate, open) = pipe()?;
    let gate = Arc::new(gate);
    let mut remarks = Vec::new();
    let before = own_memory_here()?;
    let start = Instant::now();
    let mut threads = Vec::new();
    for count in 0..wanted {
        let gate = Arc::clone(&gate);
        let thread = thread::Builder::new().stack_size(STACK << 20);
        match thread.spawn(move || wait_at(&gate)) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                remarks.push(refused("threads", count, wanted, &error)?);
                break;
            }
        }
    }
    let count = u32::try_from(threads.len()).unwrap_or(u32::MAX);
    let create = each(start.elapsed(), count);
    let memory = (own_memory_here()? - before) / f64::from(count);
    let start = Instant::now();
    drop(open);
    threads.into_iter().for_each(|thread| thread.join().expect("it only waits"));
    let end = each(start.elapsed(), count);
    remarks.push(format!(
        "A thread has {STACK} MiB of addresses for its stack, and pays for what it touches."
    ));
    Ok(Row { name: "thread", count, create, end, switch, memory, remarks })
}

/// Two processes that hand each other a byte.
fn switch_processes() -> Result<f64, Problem> {
    let _pinned = Pinned::here()?;
    let (ping_out, ping_in) = pipe()?;
    let (pong_out, pong_in) = pipe()?;
    // SAFETY: there is still no other thread.
    let child = unsafe { fork() }.map_err(|error| none("a process", &error))?;
    if child.is_none() {
        drop(ping_in);
        answer(ping_out, pong_in);
        exit_now();
    }
    // In this order: closing `ping_in` is what ends the child that is waited for.
    let result = round_trips(&ping_in, &pong_out);
    drop(ping_in);
    drop(child);
    Ok(result?)
}

/// Two threads that hand each other a byte.
fn switch_threads() -> Result<f64, Problem> {
    let _pinned = Pinned::here()?;
    let (ping_out, ping_in) = pipe()?;
    let (pong_out, pong_in) = pipe()?;
    let thread = thread::Builder::new()
        .spawn(move || answer(ping_out, pong_in))
        .map_err(|error| none("a thread", &error))?;
    let result = round_trips(&ping_in, &pong_out);
    drop(ping_in);
    thread.join().expect("`answer` does not panic");
    Ok(result?)
}

/// Sends a byte and waits for the answer, again and again; returns the time of one way.
fn round_trips(mut there: &PipeWriter, mut back: &PipeReader) -> io::Result<f64> {
    fastest(|| {
        let start = Instant::now();
        for _ in 0..ROUND_TRIPS {
            there.write_all(&[1])?;
            back.read_exact(&mut [0])?;
        }
        Ok(each(start.elapsed(), 2 * ROUND_TRIPS))
    })
}

/// Answers every byte with one, until no more can come.
fn answer(mut from: PipeReader, mut to: PipeWriter) {
    while from.read_exact(&mut [0]).is_ok() && to.write_all(&[1]).is_ok() {}
}

/// A byte into a pipe and out again, by one thread: what of the figures is the pipe.
fn pipe_alone() -> io::Result<f64> {
    let (mut from, mut to) = pipe()?;
    fastest(|| {
        let start = Instant::now();
        for _ in 0..ROUND_TRIPS {
            to.write_all(&[1])?;
            from.read_exact(&mut [0])?;
        }
        Ok(each(start.elapsed(), ROUND_TRIPS))
    })
}

/// The smallest of some measurements.
fn fastest(mut measure: impl FnMut() -> io::Result<f64>) -> io::Result<f64> {
    (0..ROUNDS).try_fold(f64::INFINITY, |least, _| Ok(least.min(measure()?)))
}

/// The meal of a duck, as a coroutine by hand: between two steps, its variant is the
/// place where it goes on, and the fields are what it has to remember.
enum Meal {
    Hungry { bowls: u32 },
    Eating { bowls: u32 },
    Full,
}

impl Meal {
    /// Runs to the next pause.
    #[inline(never)]
    fn resume(&mut self) {
        *self = match *self {
            Meal::Hungry { bowls: 0 } | Meal::Full => Meal::Full,
            Meal::Hungry { bowls } => Meal::Eating { bowls },
            Meal::Eating { bowls } => Meal::Hungry { bowls: bowls - 1 },
        };
    }
}

/// Creates coroutines, each in a box of its own, as one that is waiting would be.
fn coroutines(count: u32) -> Result<Row, Problem> {
    let before = own_memory_here()?;
    let start = Instant::now();
    let meals: Vec<Box<Meal>> = (0..count)
        .map(|_| Box::new(black_box(Meal::Hungry { bowls: RESUMES })))
        .collect();
    let create = each(start.elapsed(), count);
    let memory = (own_memory_here()? - before) / f64::from(count);
    let start = Instant::now();
    drop(black_box(meals));
    let end = each(start.elapsed(), count);
    let remarks = vec![format!(
        "A coroutine here is {} B of state; the rest is its box and its place in a list.",
        size_of::<Meal>()
    )];
    Ok(Row {
        name: "coroutine",
        count,
        create,
        end,
        switch: switch_coroutines(),
        memory,
        remarks,
    })
}

/// Two coroutines that are resumed in turn.
fn switch_coroutines() -> f64 {
    let mut meals = [(); 2].map(|()| Box::new(Meal::Hungry { bowls: RESUMES }));
    let start = Instant::now();
    for _ in 0..RESUMES / 2 {
        for meal in &mut meals {
            black_box(meal).resume();
        }
    }
    each(start.elapsed(), RESUMES)
}

/// The share of each of `count` in a time, in nanoseconds.
fn each(time: Duration, count: u32) -> f64 {
    time.as_secs_f64() * 1e9 / f64::from(count)
}

/// A whole number, in groups of three digits.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let comma = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    let pairs = digits
        .char_indices()
        .flat_map(|(at, digit)| comma(at).then_some(',').into_iter().chain([digit]));
    pairs.collect()
}
