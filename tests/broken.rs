//! The suites on machines that are broken on purpose: each bug has to be found, within
//! the default number of cases, and shrunk to a story of a few steps.
//!
//! `cargo test --test broken -- --nocapture` prints the stories.

mod suite;

mod broken {
    pub mod wheel;
    pub mod wheel_fires_early;
    pub mod wheel_hand_jumps;
    pub mod wheel_last_first;
    pub mod wheel_level_by_distance;
    pub mod wheel_mark_left;
    pub mod wheel_off_by_one;
    pub mod wheel_stale_place;
    pub mod wheel_top_wraps;
}

mod wheel {
    use super::broken::*;
    use super::suite::wheel::agrees_with_a_sorted_set;
    use super::suite::{finds, holds};

    #[test]
    fn sound() {
        holds(agrees_with_a_sorted_set::<wheel::Wheel<wheel::Sound>>());
    }

    /// A test for each wrong decision: the suite finds it, in so many steps at most.
    macro_rules! broken {
        ($($module:ident, $name:ident, $steps:literal;)*) => {$(
            #[test]
            fn $module() {
                type Broken = wheel::Wheel<super::broken::$module::$name>;
                finds(agrees_with_a_sorted_set::<Broken>(), $steps);
            }
        )*};
    }

    broken! {
        wheel_fires_early, FiresEarly, 2;
        wheel_hand_jumps, HandJumps, 9;
        wheel_last_first, LastFirst, 9;
        wheel_level_by_distance, LevelByDistance, 9;
        wheel_mark_left, MarkLeft, 9;
        wheel_off_by_one, OffByOne, 9;
        wheel_stale_place, StalePlace, 9;
        wheel_top_wraps, TopWraps, 9;
    }
}
