//! The sale without its race: one line has moved.

use std::cell::Cell;

use mainspring::time::sleep;

use super::SECOND;

pub async fn buy(name: &str, tickets: &Cell<u32>) {
    let left = tickets.get();
    if left == 0 {
        println!("{name}: sold out");
        return;
    }
    tickets.set(left - 1);
    sleep(SECOND).await; // the bank says yes
    println!("{name} has ticket {left}");
}
