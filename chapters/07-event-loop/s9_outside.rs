//! What a clock that the loop moves does not know: work outside of the loop, or in a poll.

use std::io;
use std::thread;
use std::time::Duration;

use mainspring::net::TcpListener;
use mainspring::runtime::{OutsideWork, Runtime, outside_work};
use mainspring::time::{Instant, sleep, timeout};

#[path = "../00-introduction/cli.rs"]
mod cli;
#[allow(dead_code, reason = "its meter is not needed here")]
#[path = "../06-tasks-wakers/kettle.rs"]
mod kettle;

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
const MS: Duration = Duration::from_millis(1);

/// Has half a second for a second of computing, and for two short sleeps.
async fn computes() {
    let start = Instant::now();
    let work = async {
        sleep(10 * MS).await;
        thread::sleep(1000 * MS); // holds the thread, as computing does
        sleep(10 * MS).await;
    };
    let in_time = timeout(500 * MS, work).await.is_ok();
    let time = start.elapsed().as_millis();
    println!("  {}, after {time} ms", if in_time { "in time" } else { "too late" });
}

/// Waits a year at most for a kettle of a tenth of a second, which is another thread.
async fn tea(work: Option<OutsideWork>) {
    let start = Instant::now();
    let boils = timeout(YEAR, kettle::put_on(Duration::from_millis(100))).await;
    drop(work);
    let tea = if boils.is_ok() { "tea" } else { "no tea" };
    println!("{tea}, after {:?}", start.elapsed());
}

/// Waits for a guest who connects after a tenth of a second, from another thread.
async fn guest(limit: Option<Duration>, work: Option<OutsideWork>) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        std::net::TcpStream::connect(address)
    });
    let start = Instant::now();
    let comes = match limit {
        Some(limit) => timeout(limit, listener.accept()).await.is_ok(),
        None => listener.accept().await.is_ok(),
    };
    drop(work);
    println!("{}, after {:?}", if comes { "a guest" } else { "nobody" }, start.elapsed());
    Ok(())
}

fn main() -> io::Result<()> {
    let given = cli::options(&["--guest", "--computes"]);
    let mut runtime = Runtime::builder().virtual_clock().build()?;
    match given.first().map(String::as_str) {
        Some("--computes") => {
            println!("the virtual clock");
            runtime.block_on(computes());
            println!("the machine's");
            Runtime::new()?.block_on(computes());
            Ok(())
        }
        Some(_) => runtime.block_on(async {
            guest(Some(YEAR), None).await?;
            guest(None, None).await?;
            guest(Some(YEAR), Some(outside_work())).await
        }),
        None => {
            runtime.block_on(async {
                tea(None).await;
                tea(Some(outside_work())).await;
            });
            Ok(())
        }
    }
}
