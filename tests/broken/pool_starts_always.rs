//! A new thread for each job as long as the bound allows it, whoever is idle.

use super::pool::{Line, Parts};

pub struct StartsAlways;

impl Parts for StartsAlways {
    fn needs_thread(line: &Line, bound: usize) -> bool {
        line.threads < bound
    }
}
