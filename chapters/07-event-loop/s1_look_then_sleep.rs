//! A loop that looks into its inbox, and then goes to sleep: it sleeps too well.

#[path = "../00-introduction/cli.rs"]
mod cli;
mod rounds;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

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
    /// Unless the kernel alone is to do it.
    is_interrupted: bool,
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
            self.be_interrupted(); // the racing line
            self.inbox.lock().unwrap().asleep = true;
            self.bell.listen();
        }
    }
}

impl LookThenSleep {
    /// The kernel takes the CPU away from a thread when it likes. So that you need not wait
    /// until it does so in this very place, every thousandth time we give it away; with
    /// `--no-pause` you wait.
    fn be_interrupted(&self) {
        static TIMES: AtomicU64 = AtomicU64::new(1);
        if self.is_interrupted
            && TIMES.fetch_add(1, Ordering::Relaxed).is_multiple_of(1000)
        {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn main() {
    // Looked at once, before there is a race that a look could disturb.
    let is_interrupted = cli::options(&["--no-pause"]).is_empty();
    let (inbox, bell) = (Mutex::default(), Bell::new());
    rounds::run(LookThenSleep { inbox, bell, is_interrupted }, u64::MAX);
}
