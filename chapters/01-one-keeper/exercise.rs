//! Your part: a plan for several keepers, and how many ducks one keeper can feed.
//!
//! `cargo test --test exercises keeper -- --ignored` tests it.

use crate::suite::keeper::{Duck, Keeper, Visit};

/// Keepers who follow your plan.
pub struct Exercise;

impl Keeper for Exercise {
    /// Exercise 1: says who goes to which duck in which minute, in the order of time.
    ///
    /// All ducks are hungry in minute 0. Whenever a keeper is free and a duck is hungry,
    /// a free keeper goes to the duck that has been hungry longest.
    fn plan(_ducks: &[Duck], _keepers: usize) -> Vec<Visit> {
        unimplemented!("exercise 1: plan the visits")
    }
}

/// Exercise 2: how many equal ducks can one keeper feed, round after round, so that none
/// waits after its first bowl?
///
/// A bowl takes `hands` minutes of the keeper, 1 or more; then the duck eats for
/// `eating` minutes.
pub fn most_ducks(_hands: u64, _eating: u64) -> u64 {
    unimplemented!("exercise 2: find the arithmetic")
}
