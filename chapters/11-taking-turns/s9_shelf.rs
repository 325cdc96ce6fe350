//! A baker, a seller, and a shelf between them, with room for two loaves or for any number.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use mainspring::join;
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::sync::Queue;
use mainspring::task::yield_now;
use mainspring::time::{Instant, sleep, timeout};

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

async fn bake_on(shelf: &Queue<Instant>) {
    loop {
        sleep(SECOND).await;
        shelf.put(Instant::now()).await.unwrap();
    }
}

async fn bake(shelf: &Queue<Instant>) {
    let start = Instant::now();
    for loaf in 1..=6 {
        sleep(SECOND).await;
        shelf.put(Instant::now()).await.unwrap();
        println!("{:>3?}  loaf {loaf} is out of the baker's hands", start.elapsed());
    }
    shelf.close();
}

async fn sell(shelf: &Queue<Instant>, age: &Cell<Duration>) {
    while let Some(baked) = shelf.get().await {
        age.set(baked.elapsed());
        sleep(5 * SECOND).await;
    }
}

/// The shelf is as long as it has to be.
async fn hour() {
    let (shelf, age) = (Queue::unbounded(), Cell::default());
    let both = join((bake_on(&shelf), sell(&shelf, &age)));
    timeout(HOUR, both).await.expect_err("neither ever ends");
    println!("loaves on the shelf after an hour: {}", shelf.len());
    println!("age of the last one sold: {:?}", age.get());
}

/// Bob is handed a loaf, and gone before his turn.
async fn gone() {
    let shelf = Rc::new(Queue::bounded(2));
    let bobs = Rc::clone(&shelf);
    let bob = spawn(async move { bobs.get().await });
    yield_now().await; // he waits
    shelf.put(1).await.unwrap();
    shelf.put(2).await.unwrap();
    println!("on the shelf: {}", shelf.len());
    bob.abort();
    yield_now().await; // he is gone
    println!("on the shelf: {}", shelf.len());
    println!("Carol gets loaf {}", shelf.get().await.unwrap());
}

fn main() -> std::io::Result<()> {
    let options = cli::options(&["--unbounded", "--gone"]);
    Runtime::builder().virtual_clock().build()?.block_on(async {
        match options.first().map(String::as_str) {
            Some("--unbounded") => hour().await,
            Some(_) => gone().await,
            None => {
                let shelf = Queue::bounded(2);
                join((bake(&shelf), sell(&shelf, &Cell::default()))).await;
            }
        }
    });
    Ok(())
}
