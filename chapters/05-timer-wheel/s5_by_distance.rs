//! A puzzle: if a timer's level is chosen by how far away it is, which one fires first?

#![allow(clippy::cast_possible_truncation, reason = "a level is less than 20")]

#[path = "../00-introduction/cli.rs"]
mod cli;

/// As in stage 4: the first digit that differs from the hand.
fn by_first_digit(deadline: u64, hand: u64) -> usize {
    let (mut digit, mut unit) = (0, 1);
    while deadline / unit / 10 != hand / unit / 10 {
        (digit, unit) = (digit + 1, unit * 10);
    }
    digit * 10 + (deadline / unit % 10) as usize
}

/// Less than 10 ticks away: the ones. Less than 100: the tens. And so on.
fn by_distance(deadline: u64, hand: u64) -> usize {
    let (mut digit, mut unit) = (0, 1);
    while (deadline - hand) / unit >= 10 {
        (digit, unit) = (digit + 1, unit * 10);
    }
    digit * 10 + (deadline / unit % 10) as usize
}

/// As in stage 4: when a place begins.
fn first_tick(place: usize, hand: u64) -> u64 {
    let (level, slot) = (place / 10, (place % 10) as u64);
    let unit = 10_u64.pow(level as u32);
    let digits = hand / unit;
    (digits - digits % 10 + slot) * unit
}

fn words(place: usize) -> String {
    format!("{} {}", ["ones", "tens", "hundreds"][place / 10], place % 10)
}

fn main() {
    cli::options(&[]);
    let hand = 16;
    let timers = [("B", 19), ("D", 22)];
    println!("hand 016    by distance    by the first digit");
    for (name, deadline) in timers {
        let places =
            [by_distance, by_first_digit].map(|place| words(place(deadline, hand)));
        println!("{name}    {deadline:03}    {:<15}{}", places[0], places[1]);
    }
    // Who asks at every tick from the hand on is told of the lowest place when it begins,
    // and at once if that is past.
    let first = [by_distance, by_first_digit].map(|place| {
        let lowest = timers
            .map(|(name, deadline)| (place(deadline, hand), name))
            .into_iter()
            .min();
        let (place, name) = lowest.unwrap_or_default();
        format!("{name}, at {:03}", first_tick(place, hand).max(hand))
    });
    println!("fires first {:<15}{}", first[0], first[1]);
}
