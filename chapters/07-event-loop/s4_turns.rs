//! Players who never wait, and a timer that wants its say.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

#[path = "../00-introduction/cli.rs"]
mod cli;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// What a loop does between two looks at its timers.
type GoRound = fn(&mut VecDeque<Task>);

/// Goes on until there is nothing left to do.
fn until_empty(ready: &mut VecDeque<Task>) {
    while let Some(task) = ready.pop_front() {
        poll(task, ready);
    }
}

/// Runs what is ready now. What becomes ready meanwhile waits for the next turn.
fn what_was_ready(ready: &mut VecDeque<Task>) {
    for _ in 0..ready.len() {
        if let Some(task) = ready.pop_front() {
            poll(task, ready);
        }
    }
}

/// Runs what is at the front, newcomers too, and breaks off after 61 polls.
fn sixty_one_polls(ready: &mut VecDeque<Task>) {
    for _ in 0..61 {
        let Some(task) = ready.pop_front() else { return };
        poll(task, ready);
    }
}

/// Polls a task. One that is not done is ready again: a player never waits.
fn poll(mut task: Task, ready: &mut VecDeque<Task>) {
    if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        ready.push_back(task);
    }
}

/// Plays until there have been 100,000 polls.
fn player(polls: Rc<Cell<u32>>) -> Task {
    Box::pin(poll_fn(move |_| {
        if polls.get() == 100_000 {
            return Poll::Ready(());
        }
        polls.set(polls.get() + 1);
        Poll::Pending
    }))
}

/// For a timer that is due at the 50th poll, if the loop looks at it after each call of
/// `go_round`: how many polls there have been when it fires, and when its task runs.
fn fires_and_runs(go_round: GoRound, players: usize) -> [u32; 2] {
    let polls = Rc::new(Cell::new(0));
    let mut ready: VecDeque<Task> =
        (0..players).map(|_| player(Rc::clone(&polls))).collect();
    while polls.get() < 50 {
        go_round(&mut ready);
    }
    let (fires, runs) = (polls.get(), Rc::new(Cell::new(None)));
    let task = {
        let runs = Rc::clone(&runs);
        async move { runs.set(Some(polls.get())) }
    };
    ready.push_back(Box::pin(task)); // a timer wakes its task, as anybody would
    while runs.get().is_none() {
        go_round(&mut ready);
    }
    [fires, runs.get().unwrap_or(fires)]
}

fn main() {
    cli::options(&[]);
    println!("A timer is due at poll 50. It fires, and");
    println!("its task runs, when there have been");
    println!("      1 player      1000 players");
    println!("  fires   runs   fires    runs  polls");
    let loops: [(GoRound, &str); 3] = [
        (until_empty, "until empty"),
        (what_was_ready, "was ready"),
        (sixty_one_polls, "61 at most"),
    ];
    for (go_round, name) in loops {
        let [one, many] = [1, 1000].map(|players| fires_and_runs(go_round, players));
        println!("{:>7}{:>7}{:>8}{:>8}  {name}", one[0], one[1], many[0], many[1]);
    }
}
