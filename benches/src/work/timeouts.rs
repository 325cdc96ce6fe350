//! Timeouts that never come: armed, and dropped. What most timeouts of a server do.

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::meter::{cpu, cpu_each, scatter};
use crate::peers::Peer;

/// Timeouts over a future that waits, with so many timers in the wheel already.
pub fn beside<P: Peer, const OTHERS: usize>(count: usize) -> Result<f64, String> {
    P::run(async move {
        let others: Vec<_> =
            (0..OTHERS).map(|number| Box::pin(P::sleep(far(number)))).collect();
        let mut others = others;
        for other in &mut others {
            arm(other.as_mut()).await;
        }
        // What runtimes put off until they look at the world shall be done.
        P::yield_now().await;
        arm_and_drop::<P>(count / 10).await;
        let start = cpu();
        arm_and_drop::<P>(count).await;
        let each = cpu_each(start, count);
        drop(others);
        each
    })
}

async fn arm_and_drop<P: Peer>(count: usize) {
    for number in 0..count {
        let timeout = pin!(P::timeout(far(number), Answer([black_box(0); 8])));
        arm(timeout).await;
        if number % 64 == 63 {
            P::yield_now().await;
        }
    }
}

/// Polls a future once. It has to wait.
async fn arm<F: Future>(mut future: Pin<&mut F>) {
    poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// Ten seconds to ten minutes.
fn far(number: usize) -> Duration {
    Duration::from_nanos(10_000_000_000 + scatter(number as u64) % 590_000_000_000)
}

/// An answer that does not come, of the size of a small future.
struct Answer([u64; 8]);

impl Future for Answer {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        match black_box(self.0[0]) {
            0 => Poll::Pending,
            answer => Poll::Ready(answer),
        }
    }
}
