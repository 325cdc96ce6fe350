//! A scope that aborts its tasks when it is dropped, and what comes too late then.

use mainspring::join::try_join_tasks;
use mainspring::spawn;
use mainspring::task::{AbortHandle, JoinHandle};
use mainspring::time::timeout;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod trip;

use trip::{ALL, SECOND, call, say};

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

async fn book_all() {
    let mut tasks = AbortAll(vec![]);
    let calls = ALL.map(|part| tasks.spawn(call(part)));
    if let Err(error) = try_join_tasks(calls).await {
        say(&format!("no trip: {error}"));
    }
    drop(tasks);
    say("the telephone is unplugged");
}

async fn hurried() {
    if timeout(SECOND / 2, book_all()).await.is_err() {
        say("that takes too long");
    }
    say("the telephone is unplugged");
}

fn main() -> std::io::Result<()> {
    match cli::options(&["--hurried"]).is_empty() {
        true => trip::run(book_all),
        false => trip::run(hurried),
    }
}
