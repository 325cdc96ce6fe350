//! An evening at a box office: a line at the door, two clerks, one printer, and ways to close.

use std::rc::Rc;
use std::time::Duration;

use mainspring::join::{Either, join_all, select};
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::sync::{CancelToken, Mutex, Queue};
use mainspring::task::{JoinHandle, yield_now};
use mainspring::time::{Instant, sleep, timeout};

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);

struct Office {
    start: Instant,
    line: Queue<u32>,
    /// How many halves of tickets it has printed.
    printer: Mutex<u32>,
    closing: CancelToken,
}

impl Office {
    fn say(&self, text: &str) {
        println!("{:>5?}  {text}", self.start.elapsed());
    }
}

/// A guest comes each second, and waits outside if the line is full.
async fn guests(office: Rc<Office>) {
    for guest in 1.. {
        sleep(SECOND).await;
        office.line.put(guest).await.expect("it is open while guests come");
    }
}

async fn clerk(name: &str, office: Rc<Office>) {
    while let Some(guest) = office.line.get().await {
        serve(name, guest, &office).await;
    }
    go_home(name, &office).await;
}

async fn serve(name: &str, guest: u32, office: &Office) {
    sleep(2 * SECOND).await; // the bank says yes, and has the money
    let mut halves = office.printer.lock().await;
    for _ in 0..2 {
        sleep(SECOND).await;
        *halves += 1;
    }
    office.say(&format!("{name} has ticket {} for guest {guest}", *halves / 2));
}

async fn go_home(name: &str, office: &Office) {
    sleep(3 * SECOND).await; // the takings are counted
    office.say(&format!("{name} goes home"));
}

/// A clerk who looks whether it is closing time before taking a guest.
async fn token_first(name: &str, office: Rc<Office>) {
    while let Either::Right(Some(guest)) =
        select(office.closing.cancelled(), office.line.get()).await
    {
        serve(name, guest, &office).await;
    }
    go_home(name, &office).await;
}

/// A clerk who looks whether there is a guest first.
async fn token_last(name: &str, office: Rc<Office>) {
    while let Either::Left(Some(guest)) =
        select(office.line.get(), office.closing.cancelled()).await
    {
        serve(name, guest, &office).await;
    }
    go_home(name, &office).await;
}

/// Closes by one of the ways, and waits for the clerks.
async fn close(way: &str, office: &Office, mut clerks: [JoinHandle<()>; 2]) {
    match way {
        "--token" | "--token-last" => office.closing.cancel(),
        "--abort" => abort(&clerks),
        _ => office.line.close(),
    }
    let both = join_all(&mut clerks);
    if way != "--patience" {
        both.await;
    } else if timeout(6 * SECOND, both).await.is_err() {
        abort(&clerks);
        yield_now().await; // they are gone
        office.say("nobody waits any longer");
    }
}

fn abort(clerks: &[JoinHandle<()>]) {
    for clerk in clerks {
        clerk.abort();
    }
}

async fn evening(way: &str) {
    let office = Rc::new(Office {
        start: Instant::now(),
        line: Queue::bounded(1),
        printer: Mutex::new(0),
        closing: CancelToken::new(),
    });
    let guests = spawn(guests(Rc::clone(&office)));
    let clerks = ["Ada", "Ben"].map(|name| {
        let office = Rc::clone(&office);
        match way {
            "--token" => spawn(token_first(name, office)),
            "--token-last" => spawn(token_last(name, office)),
            _ => spawn(clerk(name, office)),
        }
    });
    sleep(13 * SECOND / 2).await;
    office.say("the door is closed");
    guests.abort();
    close(way, &office, clerks).await;
    let halves = office.printer.try_lock().expect("it is free");
    office.say(&format!("in line: {}, half tickets: {}", office.line.len(), *halves));
}

fn main() -> std::io::Result<()> {
    let ways = cli::options(&["--token", "--token-last", "--abort", "--patience"]);
    let way = ways.first().map_or("", String::as_str);
    Runtime::builder().virtual_clock().build()?.block_on(evening(way));
    Ok(())
}
