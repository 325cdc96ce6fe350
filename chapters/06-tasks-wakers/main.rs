//! Three tasks that give way to each other, in an order that can be foretold.

use std::cell::RefCell;
use std::rc::Rc;

use mainspring::task::{self, yield_now};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() {
    cli::options(&[]);
    mainspring::block_on(three_tasks());
}

/// Three tasks that give way once each, and write down when they run.
async fn three_tasks() {
    let log = Rc::new(RefCell::new(String::new()));
    let tasks = ["a", "b", "c"].map(|name| {
        let log = Rc::clone(&log);
        task::spawn(async move {
            for step in 0..2 {
                *log.borrow_mut() += &format!("{name}{step} ");
                yield_now().await;
            }
            name.to_uppercase()
        })
    });
    println!("nobody has run yet: {:?}", log.borrow());
    for task in tasks {
        println!("joined: {}", task.await.expect("it returns"));
    }
    println!("the order was: {}", log.borrow().trim_end());
}
