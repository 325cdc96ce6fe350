//! Two tasks that send each other a message to and fro, over channels that people use:
//! those of the crate `futures-channel`, which ask nothing of a runtime but its wakers.

use std::hint::black_box;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

use crate::meter::{cpu, cpu_each};
use crate::peers::Peer;

/// Two tasks, `count` messages: half of them pings, half pongs.
pub fn between_two<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(async move {
        rally::<P>(count / 10).await;
        let start = cpu();
        rally::<P>(count).await;
        cpu_each(start, count)
    })
}

async fn rally<P: Peer>(count: usize) {
    let (pings, to_return) = unbounded();
    let (pongs, returned) = unbounded();
    let one = P::spawn(serve(count / 2, pings, returned));
    let other = P::spawn(give_back(to_return, pongs));
    P::join(one).await;
    P::join(other).await;
}

/// Sends so many messages, each after the answer to the one before.
async fn serve(
    count: usize,
    pings: UnboundedSender<usize>,
    mut pongs: UnboundedReceiver<usize>,
) {
    for number in 0..count {
        pings.unbounded_send(black_box(number)).expect("the other task still listens");
        assert_eq!(pongs.recv().await, Ok(number));
    }
}

/// Answers until nobody sends any more.
async fn give_back(mut pings: UnboundedReceiver<usize>, pongs: UnboundedSender<usize>) {
    while let Ok(number) = pings.recv().await {
        pongs.unbounded_send(number).expect("the other task waits for it");
    }
}
