//! the last ticket: sold three times, and with the mutex once

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::End;
use crate::join::join_all;
use crate::mutex::Mutex;
use crate::runtime::Runtime;
use crate::sleep::sleep;
use crate::text;

struct Office {
    left: Cell<i32>,
    desk: Mutex,
}

/// Looks whether there is a ticket, waits for the bank, and takes it. True if it has one.
async fn buy(office: &Office, name: &str) -> bool {
    if office.left.get() == 0 {
        println!("  {name}: sold out");
        return false;
    }
    println!("  {name}: there is one, and my bank is asked");
    sleep(Duration::from_secs(3)).await;
    office.left.set(office.left.get() - 1);
    println!("  {name}: bought");
    true
}

async fn buy_alone(office: &Office, name: &str) -> bool {
    let _guard = office.desk.lock().await;
    buy(office, name).await
}

pub fn run(_: &[String]) -> End {
    let runtime = Runtime::with_virtual_clock().map_err(text)?;
    runtime.block_on(async {
        for locked in [false, true] {
            println!("{} the mutex:", if locked { "with" } else { "without" });
            let office = Rc::new(Office { left: Cell::new(1), desk: Mutex::new() });
            let buyers = ["Anna", "Bob", "Cho"].map(async |name| match locked {
                false => buy(&office, name).await,
                true => buy_alone(&office, name).await,
            });
            let sold = join_all(buyers.into()).await.into_iter().filter(|sold| *sold);
            let (sold, left) = (sold.count(), office.left.get());
            println!("  {sold} sold, {left} left\n");
            if locked && (sold, left) != (1, 0) {
                return Err("One ticket, and it was not sold once.".to_owned());
            }
        }
        Ok(())
    })
}
