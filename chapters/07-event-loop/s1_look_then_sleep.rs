//! A loop that looks into its inbox, and then goes to sleep: it sleeps too well.

#[path = "../00-introduction/cli.rs"]
mod cli;
mod rounds;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{env, thread};

use rounds::{Bell, Mailbox};

#[derive(Default)]
struct Inbox {
    letters: Vec<u64>,
    /// The loop sleeps, so the bell has to be rung.
    asleep: bool,
}

struct LookThenSleep {
    inbox: Mutex<Inbox>,
    bell: Bell,
}

impl Mailbox for LookThenSleep {
    fn deliver(&self, letter: u64) {
        let mut inbox = self.inbox.lock().unwrap();
        inbox.letters.push(letter);
        if inbox.asleep {
            inbox.asleep = false;
            self.bell.ring();
        }
    }

    fn take(&self) -> Option<u64> {
        self.inbox.lock().unwrap().letters.pop()
    }

    fn sleep(&self) {
        let is_empty = self.inbox.lock().unwrap().letters.is_empty();
        if is_empty {
            be_interrupted(); // the racing line
            self.inbox.lock().unwrap().asleep = true;
            self.bell.listen();
        }
    }
}

/// The kernel takes the CPU away from a thread when it likes. So that you need not wait for
/// minutes until it does so in this very place, every thousandth time we give it away;
/// with `--no-pause` you wait.
fn be_interrupted() {
    static TIMES: AtomicU64 = AtomicU64::new(1);
    let times = TIMES.fetch_add(1, Ordering::Relaxed);
    if times.is_multiple_of(1000) && env::args().all(|argument| argument != "--no-pause")
    {
        thread::sleep(Duration::from_millis(5));
    }
}

fn main() {
    cli::options(&["--no-pause"]);
    rounds::run(LookThenSleep { inbox: Mutex::default(), bell: Bell::new() }, u64::MAX);
}
