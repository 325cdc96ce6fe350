//! Tasks with names: listed, aborted, and heard of.

use std::future::pending;

use mainspring::task::{self, Builder, yield_now};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() {
    cli::options(&[]);
    mainspring::block_on(look_at_them());
}

/// Says when it is closed.
struct Door;

impl Drop for Door {
    fn drop(&mut self) {
        println!("the oven's door is closed");
    }
}

/// Two tasks with names, one of which waits for the other, and a list of all.
async fn look_at_them() {
    let oven = Builder::new().name("oven").spawn(async {
        let _door = Door;
        pending::<()>().await;
    });
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
        println!("{}", task.to_string().replace(" spawned", "\n    spawned")); // two lines each
    }
    println!("abort: {}, finished: {}", stop.abort(), stop.is_finished());
    baker.await.expect("the baker returns");
    println!("abort: {}, finished: {}", stop.abort(), stop.is_finished());
}
