//! Delegation: the walk again, as the recursive function that it is.

mod tree;

use std::cell::Cell;
use std::future::poll_fn;
use std::mem::replace;
use std::pin::{Pin, pin};
use std::task::Poll;

use mainspring::generator::{Co, Generator, Routine, coroutine, generator};
use tree::{Tree, two_trees};

/// A coroutine that delegates to two others.
fn walk<'a>(tree: &'a Tree, visited: &'a Cell<u32>) -> Routine<'a, u32> {
    coroutine(async move |co, ()| match tree {
        Tree::Leaf(number) => {
            visited.set(visited.get() + 1);
            co.yield_(*number).await;
        }
        Tree::Fork(left, right) => {
            co.yield_from(walk(left, visited), ()).await;
            co.yield_from(walk(right, visited), ()).await;
        }
    })
}

/// The same as a function that is lent the handle: `await` delegates.
async fn visit(co: &Co<u32>, tree: &Tree, visited: &Cell<u32>) {
    match tree {
        Tree::Leaf(number) => {
            visited.set(visited.get() + 1);
            co.yield_(*number).await;
        }
        Tree::Fork(left, right) => {
            Box::pin(visit(co, left, visited)).await;
            Box::pin(visit(co, right, visited)).await;
        }
    }
}

/// `inner.await`, as the compiler writes it.
async fn stand_aside<F: Future>(inner: F) -> F::Output {
    let mut inner = pin!(inner);
    loop {
        match poll(inner.as_mut()).await {
            Poll::Pending => pause().await,
            Poll::Ready(result) => return result,
        }
    }
}

/// Polls once, and is ready with what that said.
async fn poll<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// Pauses once.
async fn pause() {
    let mut paused = false;
    poll_fn(|_| match replace(&mut paused, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await
}

fn main() {
    let (a, b) = two_trees();
    let visited = Cell::new(0);
    let by_yield_from = Generator::new(walk(&a, &visited));
    let by_await = generator(async |co| stand_aside(visit(co, &b, &visited)).await);
    println!("the same leaves: {}", by_yield_from.eq(by_await));
    println!("leaves visited:  {}", visited.get());
}
