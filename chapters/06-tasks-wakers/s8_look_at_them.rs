//! Tasks with names: listed, aborted, heard of, and asked how they ended.

use std::future::pending;

use mainspring::task::{self, Builder, JoinHandle, yield_now};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() {
    cli::options(&[]);
    mainspring::block_on(async {
        look_at_them().await;
        ask_for_the_end().await;
    });
}

/// Two tasks with names, one of which waits for the other, and a list of all.
async fn look_at_them() {
    let oven = Builder::new().name("oven").spawn(pending::<()>());
    let stop = oven.abort_handle();
    let first = oven.on_done(|outcome| println!("first callback: {outcome:?}"));
    oven.on_done(|outcome| println!("second callback: {outcome:?}"));
    oven.on_done(|_| println!("callbacks run in no task: {}", task::current().is_none()));
    println!("taken back: {}", oven.remove_on_done(first));

    let baker = Builder::new().name("baker").spawn(async move {
        let error = oven.await.expect_err("the oven never returns");
        println!("the baker hears: {error}");
    });
    yield_now().await;
    for task in task::all() {
        println!("  {}", task.to_string().replace(", spawned", ",\n    spawned"));
    }
    println!("abort: {}, finished: {}", stop.abort(), stop.is_finished());
    baker.await.expect("the baker returns");
    println!("abort: {}, finished: {}", stop.abort(), stop.is_finished());
}

/// A task that panics, and one that is asked too early.
async fn ask_for_the_end() {
    let burnt: JoinHandle<()> =
        Builder::new().name("toast").spawn(async { panic!("it is burnt") });
    let error = burnt.await.expect_err("it panics");
    println!("{error}");

    let mut early = task::spawn(async { "done" });
    println!("asked before its end: {:?}", early.try_result().map(Result::unwrap));
    yield_now().await;
    println!("asked after its end:  {:?}", early.try_result().map(Result::unwrap));
    println!("asked once more:      {:?}", early.try_result().map(Result::unwrap));
}
