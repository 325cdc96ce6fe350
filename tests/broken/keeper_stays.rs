//! Bug: a keeper stays with the duck while it eats, as a thread does in a blocking call.

use crate::suite::keeper::{Duck, Keeper, Visit};

/// Keepers who look along the row of ducks.
pub struct Keepers;

impl Keeper for Keepers {
    fn plan(ducks: &[Duck], keepers: usize) -> Vec<Visit> {
        let mut visits = Vec::new();
        let mut bowls: Vec<u32> = ducks.iter().map(|duck| duck.bowls).collect();
        let mut hungry_at = vec![0; ducks.len()];
        let mut free_at = vec![0; keepers];
        while bowls.iter().any(|&bowls| bowls > 0) {
            let keeper = (0..keepers).min_by_key(|&keeper| free_at[keeper]).unwrap();
            let unfed = || (0..ducks.len()).filter(|&duck| bowls[duck] > 0);
            let duck = unfed().min_by_key(|&duck| hungry_at[duck]).unwrap();
            let start = free_at[keeper].max(hungry_at[duck]);
            visits.push(Visit { keeper, duck, start });
            // BUG: not free before the bowl is empty.
            free_at[keeper] = start + ducks[duck].hands + ducks[duck].eating;
            hungry_at[duck] = free_at[keeper];
            bowls[duck] -= 1;
        }
        visits
    }
}
