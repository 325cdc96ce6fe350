//! Your part: how many ducks one keeper can feed, and a plan for several keepers.
//!
//! `cargo test --test exercises keeper::most_ducks -- --ignored` tests the first,
//! `cargo test --test exercises keeper::a_plan -- --ignored` the second.

use crate::suite::keeper::{Duck, Keeper, Visit};

/// Exercise 1: how many equal ducks can one keeper feed, round after round, so that none
/// waits after its first bowl?
///
/// A bowl takes `hands` minutes of the keeper, 1 or more; then the duck eats for
/// `eating` minutes.
pub fn most_ducks(_hands: u64, _eating: u64) -> u64 {
    unimplemented!("exercise 1: find the arithmetic")
}

/// Keepers who follow your plan.
pub struct Exercise;

impl Keeper for Exercise {
    /// Exercise 2: says who goes to which duck in which minute, in the order of time.
    ///
    /// All ducks are hungry in minute 0. Whenever a keeper is free and a duck is hungry,
    /// a free keeper goes to the duck that has been hungry longest.
    fn plan(_ducks: &[Duck], _keepers: usize) -> Vec<Visit> {
        unimplemented!("exercise 2: plan the visits")
    }
}
