//! Bug: with no duck hungry, a keeper sleeps until the last of them is, not the first: a
//! loop that takes the wrong deadline.

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
            let start = if hungry_at[duck] <= free_at[keeper] {
                free_at[keeper]
            } else {
                // BUG: the latest deadline, not the next.
                unfed().map(|duck| hungry_at[duck]).max().unwrap()
            };
            visits.push(Visit { keeper, duck, start });
            free_at[keeper] = start + ducks[duck].hands;
            hungry_at[duck] = free_at[keeper] + ducks[duck].eating;
            bowls[duck] -= 1;
        }
        visits
    }
}
