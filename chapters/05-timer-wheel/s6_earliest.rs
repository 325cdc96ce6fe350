//! A slot has its turn at its beginning, or at its earliest deadline: when does one wake?

#![allow(clippy::cast_possible_truncation, reason = "a level is less than 20")]

use mainspring::wheel::Wheel as Library;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// When a slot has its turn.
#[derive(Clone, Copy)]
enum Turn {
    Beginning,
    Earliest,
}

struct Timer {
    deadline: u64,
    moves: u32,
}

#[derive(Default)]
struct Slot {
    timers: Vec<Timer>,
    /// No deadline in this slot is earlier. If a timer was cancelled, all may be later.
    earliest: u64,
}

/// The wheel of stage 4, with four digits.
struct Wheel {
    slots: Vec<Slot>,
    hand: u64,
    turn: Turn,
}

/// As in stage 4: the first digit that differs from the hand.
fn place(deadline: u64, hand: u64) -> usize {
    let (mut digit, mut deadline, mut hand) = (0, deadline, hand);
    while deadline / 10 != hand / 10 {
        (digit, deadline, hand) = (digit + 1, deadline / 10, hand / 10);
    }
    digit * 10 + (deadline % 10) as usize
}

/// As in stage 4: when a place begins.
fn first_tick(place: usize, hand: u64) -> u64 {
    let (level, slot) = (place / 10, (place % 10) as u64);
    let unit = 10_u64.pow(level as u32);
    let digits = hand / unit;
    (digits - digits % 10 + slot) * unit
}

impl Wheel {
    fn new(turn: Turn) -> Wheel {
        let slots = (0..40).map(|_| Slot::default()).collect();
        Wheel { slots, hand: 0, turn }
    }

    fn put(&mut self, timer: Timer) {
        let slot = &mut self.slots[place(timer.deadline, self.hand)];
        if slot.timers.is_empty() {
            slot.earliest = timer.deadline;
        }
        slot.earliest = slot.earliest.min(timer.deadline);
        slot.timers.push(timer);
    }

    /// The lowest place that holds a timer, and when it has its turn.
    fn next(&self) -> Option<(usize, u64)> {
        let place = self.slots.iter().position(|slot| !slot.timers.is_empty())?;
        let tick = match self.turn {
            Turn::Beginning => first_tick(place, self.hand),
            Turn::Earliest => self.slots[place].earliest,
        };
        Some((place, tick))
    }

    /// The timers that are due at `now`, which is when the next slot has its turn.
    fn expire(&mut self, now: u64) -> Vec<Timer> {
        let mut due = Vec::new();
        while let Some((place, tick)) = self.next()
            && tick <= now
        {
            self.hand = tick;
            let timers = std::mem::take(&mut self.slots[place].timers);
            if place < 10 {
                due.extend(timers);
            } else {
                for Timer { deadline, moves } in timers {
                    self.put(Timer { deadline, moves: moves + 1 });
                }
            }
        }
        due
    }
}

const DEADLINES: [u64; 3] = [250, 1_230, 1_234];

/// A tick at which one wakes; in brackets, if for nothing.
fn word(tick: u64, fired: bool) -> String {
    if fired { tick.to_string() } else { format!("({tick})") }
}

/// Sets the timers, cancels one of them or none, and sleeps until the next turn, again and
/// again. Says when one wakes, and how often 1230 was moved before it fired.
fn sleep(turn: Turn, cancelled: Option<u64>) -> (Vec<String>, Option<u32>) {
    let (mut wheel, mut wakes, mut moves) = (Wheel::new(turn), Vec::new(), None);
    DEADLINES.into_iter().for_each(|deadline| wheel.put(Timer { deadline, moves: 0 }));
    for slot in &mut wheel.slots {
        slot.timers.retain(|timer| Some(timer.deadline) != cancelled);
    }
    while let Some((_, tick)) = wheel.next() {
        let due = wheel.expire(tick);
        wakes.push(word(tick, !due.is_empty()));
        let fired = due.iter().find(|timer| timer.deadline == 1_230);
        moves = moves.or(fired.map(|timer| timer.moves));
    }
    (wakes, moves)
}

/// The same with the library's wheel, which does not say how often a timer was moved.
fn sleep_in_the_library(cancelled: Option<u64>) -> Vec<String> {
    let (mut wheel, mut wakes) = (Library::new(0), Vec::new());
    let keys = DEADLINES.map(|deadline| (deadline, wheel.insert(deadline, ())));
    for (_, key) in keys.iter().filter(|(deadline, _)| Some(*deadline) == cancelled) {
        wheel.cancel(*key);
    }
    while let Some(next) = wheel.next_deadline() {
        let fired = std::iter::from_fn(|| wheel.expire(next)).count();
        wakes.push(word(next, fired > 0));
    }
    wakes
}

fn main() {
    cli::options(&[]);
    println!(
        "a slot's turn   cancelled   wakes at (for nothing)              1230 moves"
    );
    let earliest = (Turn::Earliest, "its earliest");
    for ((turn, name), cancelled) in [
        ((Turn::Beginning, "its beginning"), None),
        (earliest, None),
        (earliest, Some(1_230)),
    ] {
        let (wakes, moves) = sleep(turn, cancelled);
        if matches!(turn, Turn::Earliest) {
            assert_eq!(wakes, sleep_in_the_library(cancelled), "as the library's wheel");
        }
        let [cancelled, moves] =
            [cancelled.map(|c| c.to_string()), moves.map(|m| m.to_string())]
                .map(|number| number.unwrap_or("-".to_owned()));
        println!("{name:<16}{cancelled:<12}{:<36}{moves:>10}", wakes.join(" "));
    }
}
