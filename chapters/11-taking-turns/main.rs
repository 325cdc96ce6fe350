//! An evening at a box office: a line at the door, two clerks, one printer, and a closing time.

use std::rc::Rc;
use std::time::Duration;

use mainspring::join::{join, select};
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::sync::{CancelToken, Mutex, Queue};
use mainspring::time::{Instant, sleep};

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);

struct Office {
    start: Instant,
    line: Queue<u32>,
    printer: Mutex<u32>,
    closing: CancelToken,
}

impl Office {
    fn say(&self, text: &str) {
        println!("{:>4?}  {text}", self.start.elapsed());
    }
}

/// A guest comes each second, and waits outside if the line is full.
async fn guests(line: &Queue<u32>) {
    for guest in 1.. {
        sleep(SECOND).await;
        line.put(guest).await.expect("it is open while guests come");
    }
}

async fn door(office: Rc<Office>) {
    select(office.closing.cancelled(), guests(&office.line)).await;
    office.line.close();
    office.say("the door is closed");
}

async fn clerk(name: &str, office: Rc<Office>) {
    while let Some(guest) = office.line.get().await {
        sleep(2 * SECOND).await; // the bank says yes
        let mut tickets = office.printer.lock().await;
        sleep(SECOND).await; // the first half
        sleep(SECOND).await; // the second half
        *tickets += 1;
        office.say(&format!("{name} has ticket {} for guest {guest}", *tickets));
    }
    sleep(3 * SECOND).await; // the money is counted
    office.say(&format!("{name} goes home"));
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    Runtime::builder().virtual_clock().build()?.block_on(async {
        let office = Rc::new(Office {
            start: Instant::now(),
            line: Queue::bounded(1),
            printer: Mutex::new(0),
            closing: CancelToken::new(),
        });
        let door = spawn(door(Rc::clone(&office)));
        let ada = spawn(clerk("Ada", Rc::clone(&office)));
        let ben = spawn(clerk("Ben", Rc::clone(&office)));
        sleep(13 * SECOND / 2).await;
        office.closing.cancel();
        let (door, ada, ben) = join((door, ada, ben)).await;
        door.and(ada).and(ben).expect("nobody panics");
    });
    Ok(())
}
