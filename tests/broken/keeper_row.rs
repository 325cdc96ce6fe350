//! Bug: a keeper serves the first hungry duck in the row, not the one that has been
//! hungry longest. While those in front come back fast enough, those behind starve.

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
            // Nobody can go anywhere before a keeper is free and a duck is hungry.
            let soonest = unfed().map(|duck| hungry_at[duck]).min().unwrap();
            let start = soonest.max(free_at[keeper]);
            // BUG: the first in the row.
            let duck = unfed().find(|&duck| hungry_at[duck] <= start).unwrap();
            visits.push(Visit { keeper, duck, start });
            free_at[keeper] = start + ducks[duck].hands;
            hungry_at[duck] = free_at[keeper] + ducks[duck].eating;
            bowls[duck] -= 1;
        }
        visits
    }
}
