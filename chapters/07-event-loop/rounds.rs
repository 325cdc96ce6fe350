//! A loop that asks another thread for letters, one after the other, and someone who
//! watches over both.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Where other threads leave letters for a loop. A letter is the number of a round.
pub trait Mailbox: Send + Sync + 'static {
    /// Puts a letter in, and wakes the loop if it sleeps. For other threads.
    fn deliver(&self, letter: u64);
    /// Takes a letter out. For the loop.
    fn take(&self) -> Option<u64>;
    /// Sleeps until there is a letter. For the loop, when it has nothing to do.
    fn sleep(&self);
}

/// A bell that remembers: whoever listens after it was rung hears it all the same.
pub struct Bell(PipeReader, PipeWriter);

impl Bell {
    pub fn new() -> Bell {
        let (reader, writer) = io::pipe().expect("this process may open two descriptors");
        Bell(reader, writer)
    }

    pub fn ring(&self) {
        (&self.1).write_all(b"!").expect("both ends of the pipe are open");
    }

    /// Sleeps until it is rung.
    pub fn listen(&self) {
        (&self.0).read_exact(&mut [0]).expect("both ends of the pipe are open");
    }
}

/// Lets a loop ask for `count` letters, one after the other, and says how it went.
pub fn run(mailbox: impl Mailbox, count: u64) {
    let mailbox = Arc::new(mailbox);
    let asked = Arc::new(AtomicU64::new(0));
    let done = Arc::new(AtomicU64::new(0));
    thread::spawn({
        let (mailbox, asked) = (Arc::clone(&mailbox), Arc::clone(&asked));
        move || answer(&*mailbox, &asked)
    });
    thread::spawn({
        let (mailbox, done) = (Arc::clone(&mailbox), Arc::clone(&done));
        move || {
            for round in 1..=count {
                asked.store(round, Ordering::Release);
                while mailbox.take() != Some(round) {
                    mailbox.sleep();
                }
                done.store(round, Ordering::Release);
            }
        }
    });
    watch(&*mailbox, &done, count)
}

/// The other thread: answers each question after a moment, now a shorter, now a longer one.
fn answer(mailbox: &impl Mailbox, asked: &AtomicU64) {
    for round in 1.. {
        while asked.load(Ordering::Acquire) < round {
            thread::yield_now();
        }
        for _ in 0..round % 1000 {
            std::hint::spin_loop();
        }
        mailbox.deliver(round);
    }
}

/// Looks once a second whether the loop has come any further.
fn watch(mailbox: &impl Mailbox, done: &AtomicU64, count: u64) {
    let mut before = None;
    loop {
        let rounds = done.load(Ordering::Acquire);
        if rounds == count {
            println!("{rounds} letters asked for and received.");
            return;
        }
        if before == Some(rounds) {
            let letter = mailbox.take();
            println!("{rounds} letters asked for and received.");
            println!("Then the loop sleeps, for a second now.");
            println!("A letter is in its inbox: {}.", letter.is_some());
            return;
        }
        before = Some(rounds);
        thread::sleep(Duration::from_secs(1));
    }
}
