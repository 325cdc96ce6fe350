//! The loop looks whether there is something to do, and then goes to sleep: what comes
//! between the two is lost, since the bell rings only for a loop that sleeps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use crate::suite::runtime::Doorbell;

#[derive(Default)]
pub struct LooksThenSleeps {
    rung: AtomicBool,
    asleep: AtomicBool,
    bell: (Mutex<bool>, Condvar),
}

impl Doorbell for LooksThenSleeps {
    const SHOWS_ITS_GAP: bool = true;

    const PATIENCE: Duration = Duration::from_millis(500); // it is known to be broken

    fn new() -> Self {
        Self::default()
    }

    fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) {
            *self.bell.0.lock().unwrap() = true;
            self.bell.1.notify_one();
        }
    }

    fn wait(&self, gap: &dyn Fn()) {
        while !self.rung.swap(false, Ordering::SeqCst) {
            // The racing line: a ring here finds nobody asleep.
            gap();
            self.asleep.store(true, Ordering::SeqCst);
            let mut rung = self.bell.0.lock().unwrap();
            while !*rung {
                rung = self.bell.1.wait(rung).unwrap();
            }
            *rung = false;
            self.asleep.store(false, Ordering::SeqCst);
        }
    }
}
