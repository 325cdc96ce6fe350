//! The kettle of this chapter, on tokio: an example of `benches`, which has it.

use std::time::Duration;

use tokio::runtime::Builder;

#[expect(dead_code, reason = "nothing is measured")]
mod kettle;

fn main() {
    let kettle = kettle::put_on(Duration::from_millis(500));
    let tokio = Builder::new_current_thread().build().unwrap();
    tokio.block_on(kettle);
    println!("it boils");
}
