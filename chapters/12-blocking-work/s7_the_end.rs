//! The end of a runtime: what a job in line has with it, and what one that runs leaves.

use std::future::pending;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::{spawn, spawn_blocking};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Says which thread drops it.
struct Luggage(&'static str, Sender<()>);

impl Drop for Luggage {
    fn drop(&mut self) {
        let thread = thread::current();
        println!("{} is dropped by {}", self.0, thread.name().unwrap());
        let _ = self.1.send(());
    }
}

/// Never ends; what it has with it is dropped with it.
async fn keep<T>(luggage: Option<T>) {
    pending::<()>().await;
    drop(luggage);
}

fn main() -> std::io::Result<()> {
    let short = !cli::options(&["--short"]).is_empty();
    let ((release, released), (last, all_dropped)) =
        (mpsc::channel::<()>(), mpsc::channel());
    let (by_task, by_main) = match short {
        false => (Some(release), None),
        true => (None, Some(release)),
    };
    let mut runtime = Runtime::builder().max_blocking_threads(1).build()?;
    runtime.block_on(async {
        let (begin, begun) = mpsc::channel();
        let result = Luggage("the result of what runs", last.clone());
        drop(spawn_blocking(move || {
            begin.send(()).unwrap();
            let _ = released.recv(); // comes back when `release` is dropped
            result
        }));
        begun.recv().unwrap(); // the only thread is busy from here on
        let luggage = Luggage("the luggage of what waits", last);
        drop(spawn_blocking(move || drop(luggage)));
        drop(spawn(keep(by_task)));
    });
    runtime.shutdown_timeout(if short { Duration::ZERO } else { Duration::MAX });
    println!("the runtime is gone");
    drop(by_main);
    for () in all_dropped {} // until both are
    Ok(())
}
