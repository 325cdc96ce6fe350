//! A scope that aborts its tasks when it is dropped, and what comes too late then.

use mainspring::join::{TaskError, try_join_tasks};
use mainspring::spawn;
use mainspring::task::{AbortHandle, JoinHandle};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod trip;

use trip::{ALL, call, say};

struct AbortAll(Vec<AbortHandle>);

impl AbortAll {
    fn spawn<T: 'static>(
        &mut self,
        future: impl Future<Output = T> + 'static,
    ) -> JoinHandle<T> {
        let task = spawn(future);
        self.0.push(task.abort_handle());
        task
    }
}

impl Drop for AbortAll {
    fn drop(&mut self) {
        for child in &self.0 {
            child.abort();
        }
    }
}

async fn calls() -> Result<(), TaskError<String>> {
    let mut tasks = AbortAll(vec![]);
    let calls = ALL.map(|part| tasks.spawn(call(part)));
    try_join_tasks(calls).await?;
    Ok(())
}

async fn book_all() {
    if let Err(error) = calls().await {
        say(&format!("no trip: {error}"));
    }
    say("the telephone is unplugged");
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    trip::run(book_all)
}
