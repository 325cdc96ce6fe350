//! What becomes of the tasks that are left when the main future is done.

use std::cell::RefCell;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::{self, JoinHandle, yield_now};
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Says what its owner does in the end.
struct Guest(&'static str);

impl Drop for Guest {
    fn drop(&mut self) {
        let name = task::current().map_or("no task".into(), |task| task.name);
        println!("  {} leaves, in {name}", self.0);
        if self.0 == "a sleeper" {
            let guest = Guest("a latecomer");
            let mut late = spawn(async move {
                let _guest = guest;
                println!("  the latecomer is polled");
            });
            if let Some(Err(error)) = late.try_result() {
                println!("  of the latecomer: {error}");
            }
        }
        if self.0 == "a rude one" {
            panic!("slams the door");
        }
    }
}

/// Four tasks that are left; one of the handles is kept.
async fn leave(kept: &RefCell<Option<JoinHandle<()>>>) {
    for name in ["a sleeper", "a rude one", "one with a handle"] {
        let guest = Guest(name);
        let task = spawn(async move {
            let _guest = guest;
            sleep(Duration::from_secs(3600)).await;
        });
        kept.replace(Some(task));
    }
    yield_now().await;
    let guest = Guest("one who never began");
    drop(spawn(async move {
        let _guest = guest;
        println!("  the one who never began is polled");
    }));
    println!("the main future is done");
}

fn main() -> std::io::Result<()> {
    std::panic::set_hook(Box::new(|_| {}));
    cli::options(&[]);
    let hook = |error: &task::JoinError| println!("  heard: {error}");
    let mut runtime = Runtime::builder().unhandled_panic(hook).build()?;
    let kept = RefCell::new(None);
    runtime.block_on(leave(&kept));
    println!("the runtime is dropped");
    drop(runtime);
    if let Some(Err(error)) = kept.take().and_then(|mut task| task.try_result()) {
        println!("the handle says: {error}");
    }
    Ok(())
}
