//! How tasks end: one that is asked too early, and one that panics.

use mainspring::task::{self, Builder, JoinHandle, yield_now};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() {
    cli::options(&[]);
    mainspring::block_on(ask_for_the_end());
}

/// A task that is asked too early, and one that panics.
async fn ask_for_the_end() {
    let mut early = task::spawn(async { "done" });
    println!("asked before its end: {:?}", early.try_result().map(Result::unwrap));
    yield_now().await;
    println!("asked after its end:  {:?}", early.try_result().map(Result::unwrap));
    println!("asked once more:      {:?}", early.try_result().map(Result::unwrap));

    let burnt: JoinHandle<()> =
        Builder::new().name("toast").spawn(async { panic!("it is burnt") });
    let error = burnt.await.expect_err("it panics");
    println!("{error}");
}
