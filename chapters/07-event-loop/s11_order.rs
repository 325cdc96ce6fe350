//! In which order tasks run: the same one every time, unless you ask for another.

use std::cell::RefCell;
use std::rc::Rc;

use mainspring::runtime::{Builder, Runtime};
use mainspring::spawn;
use mainspring::task::yield_now;

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    println!("without a seed  {}", steps(Runtime::builder())?);
    println!("without a seed  {}", steps(Runtime::builder())?);
    for seed in [1, 1, 2] {
        println!("seed {seed}          {}", steps(Runtime::builder().seed(seed))?);
    }
    Ok(())
}

/// The steps of three tasks, in the order in which they happen. Each gives way once.
fn steps(builder: Builder) -> std::io::Result<String> {
    let log = Rc::new(RefCell::new(Vec::new()));
    builder.build()?.block_on(async {
        let tasks = ["a", "b", "c"].map(|name| {
            let log = Rc::clone(&log);
            spawn(async move {
                log.borrow_mut().push(format!("{name}0"));
                yield_now().await;
                log.borrow_mut().push(format!("{name}1"));
            })
        });
        for task in tasks {
            task.await.expect("a task that does not panic");
        }
    });
    Ok(log.take().join(" "))
}
