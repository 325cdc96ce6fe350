//! A player who never waits, and a timer that wants its say.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

#[path = "../00-introduction/cli.rs"]
mod cli;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Goes on until there is nothing left to do.
fn until_empty(ready: &mut VecDeque<Task>) {
    while let Some(task) = ready.pop_front() {
        poll(task, ready);
    }
}

/// Runs what is ready now. What becomes ready meanwhile waits for the next turn.
fn one_turn(ready: &mut VecDeque<Task>) {
    for _ in 0..ready.len() {
        if let Some(task) = ready.pop_front() {
            poll(task, ready);
        }
    }
}

/// Polls a task. One that is not done is ready again: a player never waits.
fn poll(mut task: Task, ready: &mut VecDeque<Task>) {
    if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        ready.push_back(task);
    }
}

/// Plays until it has seen the 100,000th poll.
fn player(polls: Rc<Cell<u32>>) -> Task {
    Box::pin(poll_fn(move |_| {
        polls.set(polls.get() + 1);
        if polls.get() < 100_000 { Poll::Pending } else { Poll::Ready(()) }
    }))
}

/// When a timer fires that is due at the 50th poll, if the loop looks at it after each
/// call of `go_round`.
fn fires_after(go_round: fn(&mut VecDeque<Task>)) -> u32 {
    let polls = Rc::new(Cell::new(0));
    let mut ready = VecDeque::from([player(Rc::clone(&polls))]);
    while polls.get() < 50 {
        go_round(&mut ready);
    }
    polls.get()
}

fn main() {
    cli::options(&[]);
    println!("A timer is due at poll 50. It fires at poll");
    println!("{:>7}  until the queue is empty", fires_after(until_empty));
    println!("{:>7}  in turns", fires_after(one_turn));
}
