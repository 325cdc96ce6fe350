//! A join that polls all of its children at each wake.

use std::future::poll_fn;
use std::task::Poll;

pub async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut children: Vec<_> = futures.into_iter().map(|f| Some(Box::pin(f))).collect();
    let mut outputs: Vec<_> = children.iter().map(|_| None).collect();
    poll_fn(|cx| {
        for (child, output) in children.iter_mut().zip(&mut outputs) {
            if let Some(future) = child
                && let Poll::Ready(value) = future.as_mut().poll(cx)
            {
                (*child, *output) = (None, Some(value));
            }
        }
        let is_done = children.iter().all(Option::is_none);
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}
