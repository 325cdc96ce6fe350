//! The suites on the library and on the solutions: nothing may be found.

mod suite;

mod wheel {
    use super::suite::{holds, wheel};
    use mainspring::wheel::{TimerKey, Wheel};

    impl wheel::Timers for Wheel<usize> {
        type Key = TimerKey;

        fn new(now: u64) -> Self {
            Wheel::new(now)
        }

        fn insert(&mut self, deadline: u64, id: usize) -> TimerKey {
            Wheel::insert(self, deadline, id)
        }

        fn cancel(&mut self, key: TimerKey) -> Option<usize> {
            Wheel::cancel(self, key)
        }

        fn next_deadline(&mut self) -> Option<u64> {
            Wheel::next_deadline(self)
        }

        fn expire(&mut self, now: u64) -> Option<(u64, usize)> {
            Wheel::expire(self, now)
        }

        fn len(&mut self) -> usize {
            Wheel::len(self)
        }
    }

    #[test]
    fn the_wheel_agrees_with_a_sorted_set() {
        holds(wheel::agrees_with_a_sorted_set::<Wheel<usize>>());
    }
}
