//! What a task costs that waits and nothing else.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::meter::resident;
use crate::peers::Peer;

/// Bytes of resident memory for each of `count` tasks that are parked.
pub fn parked<P: Peer>(count: usize) -> Result<f64, String> {
    P::run(async move {
        park::<P>(100).await;
        let before = resident()?;
        park::<P>(count).await;
        Ok((resident()? - before) / count as f64)
    })?
}

async fn park<P: Peer>(count: usize) {
    let parked = Rc::new(Cell::new(0));
    for _ in 0..count {
        let park = Park { parked: Rc::clone(&parked), waker: None };
        P::detach(P::spawn(park));
    }
    while parked.get() < count {
        P::yield_now().await;
    }
}

/// Waits for ever. It keeps its waker itself, so that nothing else has to.
struct Park {
    parked: Rc<Cell<usize>>,
    waker: Option<Waker>,
}

impl Future for Park {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.waker.is_none() {
            self.parked.set(self.parked.get() + 1);
        }
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}
