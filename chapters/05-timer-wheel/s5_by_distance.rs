//! A puzzle: if a timer's level is chosen by how far away it is, which one fires first?

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
    let first = [by_distance, by_first_digit].map(|place| {
        timers
            .into_iter()
            .min_by_key(|(_, deadline)| place(*deadline, hand))
            .map(|it| it.0)
    });
    println!("fires first {:<15}{}", first[0].unwrap_or("-"), first[1].unwrap_or("-"));
}
