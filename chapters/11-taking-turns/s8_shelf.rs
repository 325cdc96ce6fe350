//! A baker, a seller, and a shelf between them with room for two loaves.

use std::rc::Rc;
use std::time::Duration;

use mainspring::join;
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::sync::Queue;
use mainspring::task::yield_now;
use mainspring::time::{Instant, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);

async fn bake(shelf: &Queue<u32>) {
    let start = Instant::now();
    for loaf in 1..=6 {
        sleep(SECOND).await;
        shelf.put(loaf).await.unwrap();
        println!("{:>3?}  loaf {loaf} is out of the baker's hands", start.elapsed());
    }
    shelf.close();
}

async fn sell(shelf: &Queue<u32>) {
    while let Some(_loaf) = shelf.get().await {
        sleep(5 * SECOND).await;
    }
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
    let is_gone = !cli::options(&["--gone"]).is_empty();
    Runtime::builder().virtual_clock().build()?.block_on(async {
        if is_gone {
            gone().await;
        } else {
            let shelf = Queue::bounded(2);
            join((bake(&shelf), sell(&shelf))).await;
        }
    });
    Ok(())
}
