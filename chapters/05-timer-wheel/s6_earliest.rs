//! The library's wheel: at which ticks does one wake who sleeps until its next deadline?

use mainspring::wheel::Wheel;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Sets the timers of stage 4, cancels one of them or none, and sleeps again and again.
fn wakes(cancelled: Option<u64>) -> Vec<String> {
    let mut wheel = Wheel::new(0);
    let keys = [250, 1_230, 1_234].map(|deadline| (deadline, wheel.insert(deadline, ())));
    for (deadline, key) in keys {
        if cancelled == Some(deadline) {
            wheel.cancel(key);
        }
    }
    let mut wakes = Vec::new();
    while let Some(next) = wheel.next_deadline() {
        let fired = std::iter::from_fn(|| wheel.expire(next)).count();
        let word = if fired == 0 { " in vain" } else { "" };
        wakes.push(format!("{next}{word}"));
    }
    wakes
}

fn main() {
    cli::options(&[]);
    println!("cancelled   wakes at");
    for cancelled in [None, Some(1_230)] {
        let word = cancelled.map_or("-".to_owned(), |deadline| deadline.to_string());
        println!("{word:<12}{}", wakes(cancelled).join(", "));
    }
}
