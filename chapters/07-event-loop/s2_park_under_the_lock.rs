//! The same loop, which decides to sleep and says so under one lock.

#[path = "../00-introduction/cli.rs"]
mod cli;
mod rounds;

use std::sync::Mutex;

use rounds::{Bell, Mailbox};

#[derive(Default)]
struct Inbox {
    letters: Vec<u64>,
    /// The loop sleeps, or is about to: the bell has to be rung.
    parked: bool,
}

struct ParkUnderTheLock {
    inbox: Mutex<Inbox>,
    bell: Bell,
}

impl Mailbox for ParkUnderTheLock {
    fn deliver(&self, letter: u64) {
        let mut inbox = self.inbox.lock().unwrap();
        inbox.letters.push(letter);
        if inbox.parked {
            inbox.parked = false;
            self.bell.ring();
        }
    }

    fn take(&self) -> Option<u64> {
        self.inbox.lock().unwrap().letters.pop()
    }

    fn sleep(&self) {
        let parked = {
            let mut inbox = self.inbox.lock().unwrap();
            inbox.parked = inbox.letters.is_empty();
            inbox.parked
        };
        if parked {
            self.bell.listen();
        }
    }
}

fn main() {
    cli::options(&[]);
    rounds::run(ParkUnderTheLock { inbox: Mutex::default(), bell: Bell::new() }, 100_000);
}
