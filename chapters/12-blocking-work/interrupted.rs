//! A handler that takes a lock, and comes while the thread that it interrupts holds it.

#![allow(unsafe_code)]

use std::sync::Mutex;
use std::time::Duration;
use std::{process, thread};

use mainspring::signal::SIGINT;

static PRESSED: Mutex<u32> = Mutex::new(0);

extern "C" fn count(_: i32) {
    *PRESSED.lock().unwrap() += 1;
}

pub fn lock_in_handler() {
    let handler: extern "C" fn(i32) = count;
    // SAFETY: what the handler does is wrong and shown to be, but it touches no memory
    // without its lock.
    unsafe { libc::signal(SIGINT, handler as libc::sighandler_t) };
    thread::spawn(watch);
    let pressed = PRESSED.lock().unwrap();
    println!("it is pressed while the count, {pressed}, is read");
    // SAFETY: it takes a number. The handler runs on this thread, before this returns.
    unsafe { libc::raise(SIGINT) };
    println!("and the count is given back");
}

/// Ends the process, as nobody else is going to.
fn watch() {
    thread::sleep(Duration::from_secs(1));
    let taken = PRESSED.try_lock().is_err();
    println!("a second later the handler has not returned; the count is taken: {taken}");
    process::exit(0);
}
