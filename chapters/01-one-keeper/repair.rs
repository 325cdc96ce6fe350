//! A plan with a bug: some ducks wait longer than they should. Repair it.
//!
//! `cargo test --test exercises keeper::repaired -- --ignored` tells what goes wrong.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::suite::keeper::{Duck, Keeper, Visit};

/// Keepers with a row of hungry ducks, and a heap of those that eat.
pub struct Repair;

impl Keeper for Repair {
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
                hungry.push_front(duck);
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
