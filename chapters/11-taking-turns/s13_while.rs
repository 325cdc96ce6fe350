//! A condition: who is notified looks again, by a `while`, or does not, by an `if`.

use std::time::Duration;

use mainspring::join;
use mainspring::runtime::Runtime;
use mainspring::sync::{Condition, Mutex};
use mainspring::time::sleep;

#[path = "../00-introduction/cli.rs"]
mod cli;

const SECOND: Duration = Duration::from_secs(1);

struct Till {
    money: Mutex<i32>,
    changed: Condition,
}

async fn owner(till: &Till) {
    let mut money = till.money.lock().await;
    while *money <= 100 {
        money = till.changed.wait(money).await;
    }
    println!("the owner finds {}", *money);
}

async fn count(change: i32, till: &Till) {
    let mut money = till.money.lock().await;
    sleep(SECOND).await; // it is counted
    *money += change;
    println!("{change:+} makes {}", *money);
    till.changed.notify_one();
}

/// Looks once.
async fn hasty_owner(till: &Till) {
    let mut money = till.money.lock().await;
    if *money <= 100 {
        money = till.changed.wait(money).await;
    }
    println!("the owner finds {}", *money);
}

async fn day(is_hasty: bool) {
    let till = Till { money: Mutex::new(80), changed: Condition::new() };
    let owner = async {
        if is_hasty {
            hasty_owner(&till).await;
        } else {
            owner(&till).await;
        }
    };
    let later = async {
        sleep(5 * SECOND).await;
        count(30, &till).await;
    };
    join((owner, count(30, &till), count(-20, &till), later)).await;
}

fn main() -> std::io::Result<()> {
    let is_hasty = !cli::options(&["--if"]).is_empty();
    Runtime::builder().virtual_clock().build()?.block_on(day(is_hasty));
    Ok(())
}
