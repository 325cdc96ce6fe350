//! What the four programs share: a slow peer, a desk with other work on it, and a meter.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

#[path = "../00-introduction/cli.rs"]
mod cli;

const USAGE: &str = "\
options: --delay-ms N   the peer takes N ms to answer, 0 to 10000 (default 100)";

/// How much other work lies on the desk, and how much CPU time each sheet of it takes.
const SHEETS: u32 = 5;
const SHEET: Duration = Duration::from_millis(5);

/// The other work of a program, and the notes taken while the program runs.
pub struct Desk {
    /// How often the program has asked for the answer. It counts this itself.
    pub asks: u64,
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
        while used < SHEET {
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
    delay: Duration,
    program: impl FnOnce(UnixStream, &mut Desk) -> io::Result<()>,
) -> io::Result<()> {
    let (mut socket, far_end) = UnixStream::pair()?;
    let peer = thread::spawn(move || slow_peer(far_end, delay));
    let mut desk = Desk { asks: 0, done: 0, working: Duration::ZERO, answer: None };

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
        " {name:<11}{:>5.0}{:>6.1}{:>8}{:>5.1}{meanwhile:>7}",
        milliseconds(took),
        milliseconds(cpu.saturating_sub(desk.working)),
        desk.asks,
        milliseconds(noticed.saturating_duration_since(sent)),
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

/// Prints the head of the table, then the rows that `rows` makes for the delay that the
/// command line asks for.
pub fn table(rows: impl FnOnce(Duration) -> io::Result<()>) -> ExitCode {
    let delay = match delay_from_args() {
        Ok(delay) => delay,
        Err(problem) => return cli::fail(2, &format!("{problem}\n{USAGE}")),
    };
    let result = writeln!(
        io::stdout(),
        "{:12}{:>5}{:>6}{:>8}{:>5}{:>7}\n{:12}{:>5}{:>6}{:>8}{:>5}{:>7}",
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
    match result.and_then(|()| rows(delay)) {
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

/// The peer's delay: what `--delay-ms` says, or 100 ms.
fn delay_from_args() -> Result<Duration, String> {
    let mut delay = 100;
    let mut args = cli::arguments().into_iter();
    while let Some(option) = args.next() {
        if option != "--delay-ms" {
            return Err(format!("there is no option `{option}`"));
        }
        let value = args.next().ok_or("--delay-ms needs a number")?;
        delay = value
            .parse()
            .ok()
            .filter(|delay| *delay <= 10_000)
            .ok_or_else(|| format!("--delay-ms cannot be `{value}`"))?;
    }
    Ok(Duration::from_millis(delay))
}
