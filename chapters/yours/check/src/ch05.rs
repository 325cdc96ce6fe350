//! The checks of chapter 5's pieces.

use super::place::place;
use super::wheel::{Key, Wheel};
use crate::suite::Outcome;
use crate::suite::wheel::{self as suite, timers};

timers!(Wheel<usize>, Key);

pub fn check(step: &str) -> Option<Outcome> {
    Some(match step {
        "5.1" => suite::stands_at_the_first_digit_that_differs(place),
        "5.2" | "5.3" => suite::agrees_with_a_sorted_set_in_small_times::<Wheel<usize>>()
            .and_then(|()| suite::agrees_with_a_sorted_set::<Wheel<usize>>()),
        _ => return None,
    })
}
