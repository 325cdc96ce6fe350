//! A kettle: a future whose other half is a thread. And a meter.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Is ready when the water boils.
pub struct Kettle {
    inside: Arc<Mutex<Inside>>,
}

/// What the kettle and its thread share.
#[derive(Default)]
struct Inside {
    boils: bool,
    whistle: Option<Waker>,
}

/// Puts a kettle on. It gets hot whether anybody looks or not.
pub fn put_on(takes: Duration) -> Kettle {
    let inside = Arc::new(Mutex::new(Inside::default()));
    let kettle = Kettle { inside: Arc::clone(&inside) };
    thread::spawn(move || {
        thread::sleep(takes);
        let whistle = {
            let mut inside = inside.lock().unwrap();
            inside.boils = true;
            inside.whistle.take()
        };
        if let Some(waker) = whistle {
            waker.wake();
        }
    });
    kettle
}

impl Future for Kettle {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut inside = self.inside.lock().unwrap();
        if inside.boils {
            return Poll::Ready(());
        }
        inside.whistle = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Says how long `f` took, and how much of that the process was on a CPU. `f` returns how
/// often it polled.
pub fn measure(f: impl FnOnce() -> u64) {
    let (start, before) = (Instant::now(), cpu_milliseconds());
    let polls = f();
    let (took, cpu) = (start.elapsed().as_secs_f64() * 1e3, cpu_milliseconds() - before);
    println!("{polls} polls in {took:.0} ms, of which {cpu:.1} ms on a CPU");
}

/// The CPU time of this process so far.
fn cpu_milliseconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of ours, which the call fills in.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
