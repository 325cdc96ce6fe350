//! A task that ticks every ten milliseconds, and knows how regularly it did.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use mainspring::spawn;
use mainspring::time::sleep;

const PERIOD: Duration = Duration::from_millis(10);

pub struct Ticker {
    ticks: Rc<Cell<u32>>,
}

impl Ticker {
    pub fn start() -> Self {
        let ticks = Rc::<Cell<u32>>::default();
        let count = Rc::clone(&ticks);
        drop(spawn(async move {
            loop {
                sleep(PERIOD).await;
                count.set(count.get() + 1);
            }
        }));
        Self { ticks }
    }

    /// Says how often it has ticked.
    pub fn report(&self) {
        match self.ticks.get() {
            0 => println!("not one tick meanwhile"),
            1..10 => println!("fewer ticks than there should have been"),
            _ => println!("it has ticked on"),
        }
    }
}
