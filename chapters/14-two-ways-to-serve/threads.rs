//! The ways of threads: one for each connection, or a pool.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::app;
use crate::head::Limits;
use crate::sync_http;

/// How many are at work, and whether the server is told to stop.
#[derive(Default)]
struct Gate {
    at_work: Mutex<usize>,
    changed: Condvar,
    stop: AtomicBool,
}

impl Gate {
    /// Waits for a place, and takes it.
    fn enter(&self, at_once: usize) {
        let at_work = self.at_work.lock().unwrap();
        let mut at_work =
            self.changed.wait_while(at_work, |count| *count >= at_once).unwrap();
        *at_work += 1;
    }

    fn leave(&self) {
        *self.at_work.lock().unwrap() -= 1;
        self.changed.notify_all();
    }
}

/// Leaves the gate, whichever way its thread ends.
struct Place(Arc<Gate>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Accepts until the listener is shut down: with a place, as in `serve.rs`.
fn accept_all(
    listener: &TcpListener,
    gate: &Arc<Gate>,
    limits: Limits,
    serve: impl Fn(TcpStream, Place),
) {
    loop {
        gate.enter(limits.at_once);
        let place = Place(Arc::clone(gate));
        match listener.accept() {
            Ok((stream, _)) => serve(stream, place),
            Err(_) if gate.stop.load(Ordering::Relaxed) => return,
            Err(_) => thread::sleep(limits.slow / 100), // no descriptor is left
        }
    }
}

/// Serves until `told_to_stop` returns; says how many were cut. With no number of `threads`
/// each connection has its own.
pub fn serve(
    listener: TcpListener,
    limits: Limits,
    threads: Option<usize>,
    told_to_stop: impl FnOnce() -> io::Result<()>,
) -> io::Result<usize> {
    let gate = Arc::<Gate>::default();
    let listener = Arc::new(listener);
    for _ in 0..threads.unwrap_or(1) {
        let (listener, gate) = (Arc::clone(&listener), Arc::clone(&gate));
        thread::spawn(move || match threads {
            Some(_) => accept_all(&listener, &gate, limits, |stream, _place| {
                let _ = sync_http::serve(&stream, &limits, &gate.stop, true, app::app);
            }),
            None => accept_all(&listener, &gate, limits, |stream, place| {
                let gate = Arc::clone(&gate);
                // Without a thread the connection is closed: there are too many.
                let _ = thread::Builder::new().spawn(move || {
                    let _place = place;
                    let _ =
                        sync_http::serve(&stream, &limits, &gate.stop, false, app::app);
                });
            }),
        });
    }
    told_to_stop()?;
    gate.stop.store(true, Ordering::Relaxed);
    // The kernel ends every `accept` of a socket that is shut down.
    let _ =
        TcpStream::from(OwnedFd::from(listener.try_clone()?)).shutdown(Shutdown::Both);
    let at_work = gate.at_work.lock().unwrap();
    let drained =
        gate.changed.wait_timeout_while(at_work, limits.patience, |count| *count > 0);
    Ok(*drained.unwrap().0)
}
