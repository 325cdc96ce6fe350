//! The suites on machines that are broken on purpose: each bug has to be found, within
//! the default number of cases, and shrunk to a story of a few steps.
//!
//! `cargo test --test broken -- --nocapture` prints the stories.

mod suite;

#[path = "broken/generator_answer_misdirected.rs"]
mod generator_answer_misdirected;
#[path = "broken/generator_cleans_twice.rs"]
mod generator_cleans_twice;
#[path = "broken/generator_eager.rs"]
mod generator_eager;
#[path = "broken/generator_first_lost.rs"]
mod generator_first_lost;
#[path = "broken/generator_outer_first.rs"]
mod generator_outer_first;
#[path = "../chapters/03-generators/repair.rs"]
mod generator_repair;
#[path = "broken/generator_restarts.rs"]
mod generator_restarts;

/// Chapter 03: coroutines.
mod generator {
    use crate::suite::finds;
    use crate::suite::generator::{agrees, cleans_up, delegates, plays, stays_ended};
    use crate::*;

    #[test]
    fn first_lost() {
        finds(delegates::<generator_first_lost::Play>(), 4);
    }

    #[test]
    fn answer_misdirected() {
        finds(agrees::<generator_answer_misdirected::Play>(), 3);
    }

    #[test]
    fn outer_first() {
        finds(cleans_up::<generator_outer_first::Play>(), 4);
    }

    #[test]
    fn cleans_twice() {
        finds(cleans_up::<generator_cleans_twice::Play>(), 2);
    }

    #[test]
    fn eager() {
        finds(cleans_up::<generator_eager::Play>(), 1);
    }

    #[test]
    fn restarts() {
        finds(stays_ended::<generator_restarts::Play>(), 3);
    }

    #[test]
    fn repair() {
        finds(plays::<generator_repair::Repaired>(), 3);
    }
}
