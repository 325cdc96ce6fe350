//! A runtime, called twice, the first time with a panic: what the second finds.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use mainspring::runtime::Runtime;
use mainspring::task::{self, yield_now};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() -> std::io::Result<()> {
    set_hook(Box::new(|_| {}));
    cli::options(&[]);
    let mut runtime = Runtime::new()?;
    let steps = runtime.spawn(async {
        for step in 1..=3 {
            say(&format!("step {step}"));
            yield_now().await;
        }
    });
    let first = AssertUnwindSafe(|| {
        runtime.block_on(async {
            say("I look once");
            yield_now().await;
            panic!("enough");
        })
    });
    println!("the first call panics: {}", catch_unwind(first).is_err());
    runtime.block_on(async {
        say("I wait for the steps");
        steps.await.expect("a task that does not panic");
    });
    Ok(())
}

/// Prints a line, and which task says it.
fn say(what: &str) {
    let task = task::current().map_or("no task".into(), |task| task.name);
    println!("{task}: {what}");
}
