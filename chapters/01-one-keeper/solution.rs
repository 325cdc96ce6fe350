//! What `exercise.rs` and `repair.rs` can become.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::suite::keeper::{Duck, Keeper, Visit};

/// From its bowl to its next hunger, a duck takes the keeper's time and its own. So often
/// does the keeper's time fit into that.
pub fn most_ducks(hands: u64, eating: u64) -> u64 {
    (hands + eating) / hands
}

/// Keepers who go to the duck that has been hungry longest.
pub struct Solution;

impl Keeper for Solution {
    fn plan(ducks: &[Duck], keepers: usize) -> Vec<Visit> {
        let mut visits = Vec::new();
        let mut bowls: Vec<u32> = ducks.iter().map(|duck| duck.bowls).collect();
        let mut hungry_at = vec![0; ducks.len()];
        let mut free_at = vec![0; keepers];
        // Among all unfed ducks, the one that has been hungry longest, or will be first.
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

/// What `repair.rs` can become: who gets hungry goes to the end of the row.
///
/// Put at its beginning, a duck overtakes all who were hungry before it. The last of them
/// is served when the others have had all their bowls: however many those are, so there is
/// no longest wait. At the end of the row, at most one bowl of every other duck comes first.
pub struct Repaired;

impl Keeper for Repaired {
    fn plan(ducks: &[Duck], keepers: usize) -> Vec<Visit> {
        let mut visits = Vec::new();
        let mut bowls: Vec<u32> = ducks.iter().map(|duck| duck.bowls).collect();
        let mut free_at = vec![0; keepers];
        // When each is hungry again, the first of them on top. They all begin hungry.
        let mut eating: BinaryHeap<_> =
            (0..ducks.len()).map(|duck| Reverse((0, duck))).collect();
        let mut hungry = VecDeque::new();
        let mut now = 0;
        loop {
            let keeper = (0..keepers).min_by_key(|&keeper| free_at[keeper]).unwrap();
            now = now.max(free_at[keeper]);
            if hungry.is_empty() {
                let Some(&Reverse((soonest, _))) = eating.peek() else { return visits };
                now = now.max(soonest);
            }
            while let Some(&Reverse((then, duck))) = eating.peek()
                && then <= now
            {
                eating.pop();
                hungry.push_back(duck);
            }
            let duck = hungry.pop_front().unwrap();
            visits.push(Visit { keeper, duck, start: now });
            free_at[keeper] = now + ducks[duck].hands;
            bowls[duck] -= 1;
            if bowls[duck] > 0 {
                eating.push(Reverse((free_at[keeper] + ducks[duck].eating, duck)));
            }
        }
    }
}
