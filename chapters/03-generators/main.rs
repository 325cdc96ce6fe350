//! Guess my number: a generator deals, two coroutines play, and one game is broken off.

use std::convert::Infallible;

use mainspring::generator::{Coroutine, CoroutineState, Routine, coroutine, generator};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// What the keeper says to a guess that is wrong.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Higher,
    Lower,
}

/// Yields an answer to each guess it is sent; returns how many there were.
fn keeper(secret: u32) -> Routine<'static, Answer, u32, u32> {
    coroutine(async move |co, first| {
        let _card = Card(secret);
        let (mut guess, mut count) = (first, 1);
        while guess != secret {
            let answer = if guess < secret { Answer::Higher } else { Answer::Lower };
            guess = co.yield_(answer).await;
            count += 1;
        }
        count
    })
}

/// The secret on its card, which is turned over when the game is over, however it ends.
struct Card(u32);

impl Drop for Card {
    fn drop(&mut self) {
        println!("  the card is turned over: {}", self.0);
    }
}

/// Yields guesses for ever, each from the answer it is sent. It tries its lucky number
/// first, and then leaves the game to one with a method.
fn player(lucky: u32) -> Routine<'static, u32, Answer, Infallible> {
    coroutine(async move |co, first| {
        println!("  player: I am told it is {first:?} than 0");
        let answer = co.yield_(lucky).await;
        co.yield_from(halver(lucky), answer).await
    })
}

/// Halves the range with every answer. The first is the answer to `guess`.
fn halver(mut guess: u32) -> Routine<'static, u32, Answer, Infallible> {
    coroutine(async move |co, mut answer| {
        let (mut low, mut high) = (0, 101);
        loop {
            match answer {
                Answer::Higher => low = guess,
                Answer::Lower => high = guess,
            }
            guess = low.midpoint(high);
            answer = co.yield_(guess).await;
        }
    })
}

/// Carries values between the two until the number is found or `patience` is at its end.
fn play(secret: u32, patience: u32) {
    let (mut keeper, mut player) = (keeper(secret), player(42));
    let mut answer = Answer::Higher;
    for _ in 0..patience {
        let CoroutineState::Yielded(guess) = player.send(answer);
        match keeper.send(guess) {
            CoroutineState::Yielded(reply) => {
                println!("  player: {guess:>3}   keeper: {reply:?}");
                answer = reply;
            }
            CoroutineState::Complete(count) => {
                return println!("  player: {guess:>3}   found in {count} guesses");
            }
        }
    }
    println!("  it is late: both are dropped where they stand");
}

fn main() {
    cli::options(&[]);
    let secrets = generator(async |co| {
        let mut number = 17;
        loop {
            number = (number * 31 + 7) % 101;
            co.yield_(number).await;
        }
    });
    for (secret, patience) in secrets.zip([9, 3]) {
        println!("A game of up to {patience} guesses");
        play(secret, patience);
    }
}
