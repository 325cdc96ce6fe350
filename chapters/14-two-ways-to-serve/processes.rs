//! Processes that inherit the listener, as their input; each serves one client at a time.

use std::env;
use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, parent_id};
use std::process::{self, Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::head::Limits;
use crate::say;

/// How a process says, by its exit code, that it has cut its client.
pub const HAS_CUT: i32 = 75;

/// How often one looks whether another has died.
const PAUSE: Duration = Duration::from_millis(50);

pub struct Workers {
    /// None when the server is told to stop.
    listener: Mutex<Option<TcpListener>>,
    processes: Mutex<Vec<Child>>,
    limits: Limits,
}

impl Workers {
    /// Starts so many. One that dies is followed by another, until [`stop`](Self::stop).
    pub fn start(
        listener: TcpListener,
        limits: Limits,
        count: usize,
    ) -> io::Result<Arc<Self>> {
        let processes: io::Result<_> =
            (0..count).map(|_| worker(&listener, limits)).collect();
        let processes = Mutex::new(processes?);
        let workers =
            Arc::new(Self { listener: Mutex::new(Some(listener)), processes, limits });
        let watched = Arc::clone(&workers);
        thread::spawn(move || watched.replace_the_dead());
        Ok(workers)
    }

    /// Tells all that are left to stop; told twice, they end at once.
    pub fn stop(&self) {
        drop(self.listener.lock().unwrap().take());
        for process in self.processes.lock().unwrap().iter() {
            let pid = process.id().to_string();
            let _ = Command::new("kill").args(["-TERM", &pid]).status();
        }
    }

    /// Waits until all have ended, and says how many of them have cut their client.
    pub fn wait(&self) -> usize {
        let mut cut = 0;
        let mut is_at_work = |process: &mut Child| {
            let ended = process.try_wait().ok().flatten();
            cut += usize::from(ended.is_some_and(|how| how.code() == Some(HAS_CUT)));
            ended.is_none()
        };
        while !self.processes.lock().unwrap().is_empty() {
            thread::sleep(PAUSE);
            self.processes.lock().unwrap().retain_mut(&mut is_at_work);
        }
        cut
    }

    fn replace_the_dead(&self) {
        loop {
            thread::sleep(PAUSE);
            let listener = self.listener.lock().unwrap();
            let Some(listener) = &*listener else { return };
            for process in self.processes.lock().unwrap().iter_mut() {
                if let Ok(Some(how)) = process.try_wait() {
                    say(&format!("a process has ended ({how}); another takes its place"));
                    match worker(listener, self.limits) {
                        Ok(another) => *process = another,
                        Err(error) => say(&format!("not yet: {error}")),
                    }
                }
            }
        }
    }
}

/// A worker whose parent has died has nobody who would tell it to stop.
pub fn end_with_the_parent() {
    let parent = parent_id();
    thread::spawn(move || {
        while parent_id() == parent {
            thread::sleep(PAUSE);
        }
        process::exit(1);
    });
}

fn worker(listener: &TcpListener, limits: Limits) -> io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["--shares", "--way", "pool", "--threads", "1"]);
    command.args(["--body", &limits.body.to_string()]);
    for (name, time) in [
        ("--slow", limits.slow),
        ("--idle", limits.idle),
        ("--patience", limits.patience),
    ] {
        command.args([name, &time.as_secs().to_string()]);
    }
    command.process_group(0); // Ctrl-C is for the one that started it
    command.stdin(Stdio::from(OwnedFd::from(listener.try_clone()?))).spawn()
}
