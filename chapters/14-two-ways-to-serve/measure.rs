//! Starts each way to serve in a process of its own, puts loads on it, and writes down what
//! that cost: `points.csv`, and every latency in `latencies.csv`.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use mainspring::block_on;

use crate::load::{self, Load};

pub const WAYS: [&str; 6] =
    ["threads", "pool", "processes", "loop", "loops", "loop-and-pool"];

/// Each kind of work, how many requests a second there are for each connection, and at most.
const WORKS: [(&str, u32, u32); 3] =
    [("waits", 10, 1_000), ("burns", 10, 10), ("blocks", 10, 100)];

const CONNECTIONS: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// Where the results lie.
pub fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "target", "two-ways"].iter().collect()
}

/// A server that runs; it ends with this.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start(way: &str) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["--way", way, "--patience", "1"]);
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = &mut process.stdout {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.strip_prefix("http://").and_then(|rest| rest.split_once('/'));
        let address = address.and_then(|(address, _)| address.parse().ok());
        let address = address.ok_or_else(|| io::Error::other("it has not started"))?;
        Ok(Self { process, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.process.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.process.wait();
    }
}

/// What a process, its threads and its children have used so far.
#[derive(Clone, Copy, Default)]
struct Usage {
    /// Memory that is there, in KiB; what several share is divided among them.
    memory: u64,
    /// How often a thread gave its CPU up, and how often it was taken away.
    voluntary: u64,
    involuntary: u64,
    /// Hundredths of a second.
    cpu: u64,
}

/// The number behind a name in a file of lines `name: number`.
fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let word =
        line.and_then(|rest| rest.trim_start_matches(':').split_whitespace().next());
    word.and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn usage(pid: u32) -> io::Result<Usage> {
    let process = PathBuf::from(format!("/proc/{pid}"));
    let memory = fs::read_to_string(process.join("smaps_rollup"))?;
    let stat = fs::read_to_string(process.join("stat"))?;
    // The name of the program is in brackets, and may hold spaces.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let times = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    let mut usage =
        Usage { memory: number(&memory, "Pss"), cpu: times.sum(), ..Usage::default() };
    for task in fs::read_dir(process.join("task"))? {
        let task = task?.path();
        // A thread may end meanwhile.
        let status = fs::read_to_string(task.join("status")).unwrap_or_default();
        usage.voluntary += number(&status, "voluntary_ctxt_switches");
        usage.involuntary += number(&status, "nonvoluntary_ctxt_switches");
        let children = fs::read_to_string(task.join("children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
            let of_child = self::usage(child)?;
            usage.memory += of_child.memory;
            usage.voluntary += of_child.voluntary;
            usage.involuntary += of_child.involuntary;
            usage.cpu += of_child.cpu;
        }
    }
    Ok(usage)
}

/// Measures every way, or only one, and writes the results.
pub fn all(seconds: u64, only: Option<&str>) -> io::Result<()> {
    let mut points =
        "way,work,connections,rate,answered,unanswered,p50,p90,p99,p999,max,\
                      memory_kib,voluntary,involuntary,cpu_ms\n"
            .to_owned();
    let mut latencies = "way,work,connections,micros,count\n".to_owned();
    fs::create_dir_all(folder())?;
    print!("{points}");
    for way in WAYS.into_iter().filter(|way| only.is_none_or(|only| only == *way)) {
        for (work, each, most) in WORKS {
            for connections in CONNECTIONS {
                let count = u32::try_from(connections).unwrap_or(u32::MAX);
                let rate = count.saturating_mul(each).min(most);
                let one = point(way, Case { work, connections, rate, seconds })?;
                print!("{}", one.0);
                points += &one.0;
                latencies += &one.1;
                // Each time, so that a run that is broken off leaves what it has.
                fs::write(folder().join("points.csv"), &points)?;
                fs::write(folder().join("latencies.csv"), &latencies)?;
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Case {
    work: &'static str,
    connections: usize,
    rate: u32,
    seconds: u64,
}

/// One point of the curves: its line in each of the two files.
fn point(way: &str, case: Case) -> io::Result<(String, String)> {
    let Case { work, connections, rate, seconds } = case;
    let server = Server::start(way)?;
    let (pid, address) = (server.process.id(), server.address);
    let load = Load { server: address, work, connections, rate, seconds };
    let mut looks = Vec::new();
    let outcome = block_on(load::run(load, || {
        looks.push(usage(pid)?);
        Ok(())
    }))?;
    let [before, after] = looks[..] else { unreachable!("it looks twice") };
    let taken = &outcome.latencies;
    let [p50, p90, p99, p999] =
        [0.5, 0.9, 0.99, 0.999].map(|quantile| taken.value_at_quantile(quantile));
    let name = format!("{way},{work},{connections}");
    let line = format!(
        "{name},{rate},{},{},{p50},{p90},{p99},{p999},{},{},{},{},{}\n",
        taken.len() - outcome.unanswered,
        outcome.unanswered,
        taken.max(),
        after.memory,
        after.voluntary.saturating_sub(before.voluntary),
        after.involuntary.saturating_sub(before.involuntary),
        10 * after.cpu.saturating_sub(before.cpu),
    );
    let mut lines = String::new();
    for value in taken.iter_recorded() {
        let (micros, count) = (value.value_iterated_to(), value.count_at_value());
        let _ = writeln!(lines, "{name},{micros},{count}");
    }
    Ok((line, lines))
}
