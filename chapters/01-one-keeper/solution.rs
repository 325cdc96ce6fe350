//! What `exercise.rs` and `repair.rs` can become.

use crate::suite::keeper::{Duck, Keeper, Visit};

/// Keepers who go to the duck that has been hungry longest.
pub struct Solution;

impl Keeper for Solution {
    fn plan(ducks: &[Duck], keepers: usize) -> Vec<Visit> {
        let mut visits = Vec::new();
        let mut bowls: Vec<u32> = ducks.iter().map(|duck| duck.bowls).collect();
        let mut hungry_at = vec![0; ducks.len()];
        let mut free_at = vec![0; keepers];
        // The one line that `repair.rs` lacks: among all unfed ducks, the one that has
        // been hungry longest, not the first in the row.
        while let Some(duck) = (0..ducks.len())
            .filter(|&duck| bowls[duck] > 0)
            .min_by_key(|&duck| hungry_at[duck])
        {
            let keeper = (0..keepers)
                .min_by_key(|&keeper| free_at[keeper])
                .expect("there is a keeper");
            let start = free_at[keeper].max(hungry_at[duck]);
            visits.push(Visit { keeper, duck, start });
            free_at[keeper] = start + ducks[duck].hands;
            hungry_at[duck] = free_at[keeper] + ducks[duck].eating;
            bowls[duck] -= 1;
        }
        visits
    }
}

/// From its bowl to its next hunger, a duck takes the keeper's time and its own. So often
/// does the keeper's time fit into that.
pub fn most_ducks(hands: u64, eating: u64) -> u64 {
    (hands + eating) / hands
}
