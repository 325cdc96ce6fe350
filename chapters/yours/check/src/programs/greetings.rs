//! three are greeted at once, with pauses between the words

use std::time::{Duration, Instant};

use crate::runtime::{Runtime, spawn};
use crate::sleep::sleep;
use crate::{End, text};

async fn greeting(name: &'static str, pause: u64) -> String {
    for word in ["good morning", "how are you", "goodbye"] {
        println!("{word}, {name}");
        sleep(Duration::from_millis(pause)).await;
    }
    format!("{name} after {} ms", 3 * pause)
}

async fn greetings() {
    let all = [("Anna", 100), ("Bob", 230), ("Cho", 370)];
    let tasks = all.map(|(name, pause)| spawn(greeting(name, pause)));
    for task in tasks {
        println!("greeted: {}", task.await);
    }
}

pub fn run(_: &[String]) -> End {
    let runtime = Runtime::new().map_err(text)?;
    let start = Instant::now();
    runtime.block_on(greetings());
    let took = start.elapsed().as_secs_f64();
    println!("one after the other: 2.1 s. At once: {took:.1} s");
    Ok(())
}
