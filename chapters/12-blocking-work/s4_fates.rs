//! What can become of a job: it returns, panics, is taken back, or cannot be stopped.

use std::panic::resume_unwind;
use std::sync::mpsc;

use mainspring::runtime::Runtime;
use mainspring::spawn_blocking;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Says when it is dropped.
struct Luggage(&'static str);

impl Drop for Luggage {
    fn drop(&mut self) {
        println!("  the luggage of {} is dropped", self.0);
    }
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    let mut runtime = Runtime::builder().max_blocking_threads(1).build()?;
    runtime.block_on(async {
        let ((release, released), (begin, begun)) = (mpsc::channel(), mpsc::channel());
        let first = spawn_blocking(move || {
            begin.send(()).unwrap();
            released.recv().unwrap()
        });
        begun.recv().unwrap(); // the only thread is busy from here on
        let luggage = Luggage("the second");
        let second = spawn_blocking(move || drop(luggage));
        let third = spawn_blocking(|| resume_unwind(Box::new("no coffee")));

        println!("abort the first, which runs: {}", first.abort());
        println!("abort the second, which waits: {}", second.abort());
        release.send("a value").unwrap();
        println!("the first: {:?}", first.await);
        println!("the second: {:?}", second.await);
        println!("the third: {:?}", Result::<(), _>::unwrap_err(third.await));
    });
    Ok(())
}
