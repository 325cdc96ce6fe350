//! What the four programs share: a slow peer, a desk with other work on it, and a meter.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

#[path = "../00-introduction/cli.rs"]
mod cli;

const USAGE: &str = "\
options: --delay-ms N   the peer takes N ms to answer, 0 to 10000 (default 100)
         --sheet-ms N   a sheet takes N ms of CPU, 0 to 10000 (default 5)";

/// How much other work lies on the desk.
const SHEETS: u32 = 5;

/// How long the peer takes to answer, and how much CPU time each sheet of work takes.
pub type Times = (Duration, Duration);

/// The other work of a program, and the notes taken while the program runs.
pub struct Desk {
    /// How often the program has asked for the answer. It counts this itself.
    pub asks: u64,
    sheet: Duration,
    done: u32,
    working: Duration,
    answer: Option<(Instant, u32)>,
}

impl Desk {
    /// Does one sheet of work; false if none is left.
    pub fn work(&mut self) -> bool {
        if self.done == SHEETS {
            return false;
        }
        let start = cpu_time(libc::CLOCK_THREAD_CPUTIME_ID);
        let mut used = Duration::ZERO;
        while used < self.sheet {
            used = cpu_time(libc::CLOCK_THREAD_CPUTIME_ID) - start;
        }
        self.working += used;
        self.done += 1;
        true
    }

    /// Notes that the program has the answer in its hands.
    pub fn answered(&mut self) {
        self.answer = Some((Instant::now(), self.done));
    }
}

/// Asks a slow peer, runs a program that waits for its answer and does the work on the
/// desk, and prints what that took.
pub fn row(
    name: &str,
    (delay, sheet): Times,
    program: impl FnOnce(UnixStream, &mut Desk) -> io::Result<()>,
) -> io::Result<()> {
    let (mut socket, far_end) = UnixStream::pair()?;
    let peer = thread::spawn(move || slow_peer(far_end, delay));
    let mut desk =
        Desk { asks: 0, sheet, done: 0, working: Duration::ZERO, answer: None };

    let cpu_before = cpu_time(libc::CLOCK_PROCESS_CPUTIME_ID);
    let start = Instant::now();
    socket.write_all(b"?")?;
    program(socket, &mut desk)?;
    let took = start.elapsed();
    let cpu = cpu_time(libc::CLOCK_PROCESS_CPUTIME_ID) - cpu_before;

    let sent = peer.join().expect("the peer does not panic")?;
    let (noticed, meanwhile) = desk.answer.expect("the program notes the answer");
    writeln!(
        io::stdout(),
        " {name:<11}{:>5.0}{:>5}{:>9}{:>5}{meanwhile:>7}",
        milliseconds(took),
        short(cpu.saturating_sub(desk.working)),
        desk.asks,
        short(noticed.saturating_duration_since(sent)),
    )
}

/// Reads the question, takes its time, answers with one byte, and returns when that was.
fn slow_peer(mut socket: UnixStream, delay: Duration) -> io::Result<Instant> {
    socket.read_exact(&mut [0])?;
    thread::sleep(delay);
    let sent = Instant::now();
    socket.write_all(b"!")?;
    Ok(sent)
}

/// The CPU time that this thread, or all threads of this process, have used so far.
fn cpu_time(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of ours, which the call fills in.
    let result = unsafe { libc::clock_gettime(clock, &raw mut time) };
    assert_eq!(result, 0, "Linux has both of the CPU clocks");
    let seconds = u64::try_from(time.tv_sec).expect("CPU time is not negative");
    let nanoseconds = u32::try_from(time.tv_nsec).expect("less than a second");
    Duration::new(seconds, nanoseconds)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Milliseconds, with a tenth only below a hundred, so that a row is no wider than a phone.
fn short(time: Duration) -> String {
    let time = milliseconds(time);
    if time < 99.95 { format!("{time:.1}") } else { format!("{time:.0}") }
}

/// Prints the head of the table, then the rows that `rows` makes for the times that the
/// command line asks for.
pub fn table(rows: impl FnOnce(Times) -> io::Result<()>) -> ExitCode {
    let times = match times_from_args() {
        Ok(times) => times,
        Err(problem) => return cli::fail(2, &format!("{problem}\n{USAGE}")),
    };
    let result = writeln!(
        io::stdout(),
        "{:12}{:>5}{:>5}{:>9}{:>5}{:>7}\n{:12}{:>5}{:>5}{:>9}{:>5}{:>7}",
        "",
        "took",
        "CPU",
        "asked",
        "late",
        "sheets",
        "",
        "ms",
        "ms",
        "times",
        "ms",
        "done",
    );
    match result.and_then(|()| rows(times)) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            cli::fail(1, &format!("the measurement failed: {error}"))
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Prints the line above a program's rows.
pub fn heading(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

/// What the options say: 100 ms for the answer and 5 for a sheet, if they say nothing.
fn times_from_args() -> Result<Times, String> {
    let (mut delay, mut sheet) = (100, 5);
    let mut args = cli::arguments().into_iter();
    while let Some(option) = args.next() {
        let time = match &*option {
            "--delay-ms" => &mut delay,
            "--sheet-ms" => &mut sheet,
            _ => return Err(format!("there is no option `{option}`")),
        };
        let value = args.next().ok_or(format!("{option} needs a number"))?;
        *time = value
            .parse()
            .ok()
            .filter(|time| *time <= 10_000)
            .ok_or_else(|| format!("{option} cannot be `{value}`"))?;
    }
    Ok((Duration::from_millis(delay), Duration::from_millis(sheet)))
}
