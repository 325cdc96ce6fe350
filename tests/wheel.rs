//! Plain tests of the timer wheel: its edges, its keys, and what it costs.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use mainspring::wheel::Wheel;

mod watchdog;

/// Counts the allocations of each thread.
struct Counting;

thread_local! { static ALLOCATIONS: Cell<usize> = const { Cell::new(0) } }

// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `alloc` above, and so from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// An empty wheel; from here on the test is watched.
#[track_caller]
fn wheel_at<T>(now: u64) -> Wheel<T> {
    watchdog::watch();
    Wheel::new(now)
}

/// Everything that is due, in the order in which it comes out.
fn expire_all<T>(wheel: &mut Wheel<T>, now: u64) -> Vec<(u64, T)> {
    std::iter::from_fn(|| wheel.expire(now)).collect()
}

#[test]
fn an_empty_wheel_has_no_deadline_and_nothing_due() {
    let mut wheel = wheel_at::<()>(7);
    assert_eq!(wheel.next_deadline(), None);
    assert_eq!(wheel.expire(u64::MAX), None);
    assert!(wheel.is_empty());
}

#[test]
fn the_first_and_the_last_tick_are_deadlines_like_any_other() {
    let mut wheel = wheel_at(0);
    wheel.insert(u64::MAX, "last");
    wheel.insert(0, "first");
    assert_eq!(expire_all(&mut wheel, 0), [(0, "first")]);
    assert_eq!(wheel.next_deadline(), Some(u64::MAX));
    assert_eq!(wheel.expire(u64::MAX - 1), None);
    assert_eq!(wheel.expire(u64::MAX), Some((u64::MAX, "last")));
    wheel.insert(0, "after the end of time");
    assert_eq!(wheel.expire(u64::MAX), Some((u64::MAX, "after the end of time")));
}

#[test]
fn a_deadline_in_the_past_is_due_now_behind_those_that_passed_before() {
    let mut wheel = wheel_at(0);
    wheel.insert(90, "ninety");
    assert_eq!(wheel.expire(50), None);
    wheel.insert(10, "forty ticks ago");
    assert_eq!(wheel.next_deadline(), Some(50));
    wheel.insert(50, "now");
    wheel.insert(0, "fifty ticks ago");
    assert_eq!(
        expire_all(&mut wheel, 90),
        [(50, "forty ticks ago"), (50, "now"), (50, "fifty ticks ago"), (90, "ninety")]
    );
}

#[test]
fn time_does_not_go_back() {
    let mut wheel = wheel_at(1_000);
    wheel.insert(2_000, ());
    assert_eq!(wheel.expire(1_999), None);
    assert_eq!(wheel.expire(5), None);
    wheel.insert(1_500, ());
    assert_eq!(wheel.expire(5), Some((1_999, ())));
}

#[test]
fn equal_deadlines_keep_their_order_though_they_enter_at_different_levels() {
    let deadline = 64 * 64 * 64 + 5;
    let mut wheel = wheel_at(0);
    let mut order = Vec::new();
    for level in 0..4 {
        // A tick of its own before each, so that the hand has moved when the next comes.
        let stop = deadline - deadline.min(64_u64.pow(3 - level));
        wheel.insert(stop, u32::MAX);
        assert_eq!(expire_all(&mut wheel, stop), [(stop, u32::MAX)]);
        wheel.insert(deadline, level);
        order.push((deadline, level));
    }
    assert_eq!(expire_all(&mut wheel, deadline), order);
}

#[test]
fn a_key_finds_its_timer_until_it_fires_or_is_cancelled() {
    let mut wheel = wheel_at(0);
    let fired = wheel.insert(1, 'f');
    let cancelled = wheel.insert(1, 'c');
    *wheel.get_mut(fired).unwrap() = 'F';
    assert_eq!(wheel.cancel(cancelled), Some('c'));
    assert_eq!(wheel.expire(1), Some((1, 'F')));
    // The next two take over the memory of the first two, and not their keys.
    let tenants = [wheel.insert(9, 't'), wheel.insert(9, 't')];
    for stale in [fired, cancelled] {
        assert_eq!(wheel.cancel(stale), None);
        assert_eq!(wheel.get_mut(stale), None);
    }
    assert_eq!(tenants.map(|key| wheel.cancel(key)), [Some('t'), Some('t')]);
}

/// With one long sleep pending, short ones come and go across every wrap of every level.
#[test]
fn a_long_sleep_holds_up_no_short_one() {
    for bits in 0..64 {
        let boundary = 1_u64 << bits;
        let mut now = boundary.saturating_sub(200);
        let mut wheel = wheel_at(now);
        let long = wheel.insert(u64::MAX, 0);
        let end = now.saturating_add(400);
        while now < end {
            wheel.insert(now + 7, 1);
            assert_eq!(wheel.next_deadline(), Some(now + 7));
            assert_eq!(wheel.expire(now + 6), None);
            assert_eq!(wheel.expire(now + 7), Some((now + 7, 1)));
            now += 7;
        }
        assert_eq!(wheel.cancel(long), Some(0));
    }
}

#[test]
fn a_living_timer_is_moved_by_ten_cancelled_neighbours_and_no_more() {
    let mut wheel = wheel_at(0);
    wheel.insert(u64::MAX, ());
    for level in (1..=10).rev() {
        // An earlier neighbour in the slot comes and goes: it differs one level below.
        let neighbour = u64::MAX - (1 << (6 * (level - 1)));
        let key = wheel.insert(neighbour, ());
        wheel.cancel(key);
        assert_eq!(wheel.next_deadline(), Some(neighbour));
        assert_eq!(wheel.expire(neighbour), None);
    }
    assert_eq!(wheel.next_deadline(), Some(u64::MAX));
}

#[test]
fn once_warm_a_wheel_allocates_nothing() {
    let mut wheel = wheel_at(0);
    let round = |wheel: &mut Wheel<u64>, start: u64| {
        for n in 0..1_000 {
            let key = wheel.insert(start + n * n * 37 % 1_000_003, n);
            if n % 3 == 0 {
                wheel.cancel(key);
            }
        }
        while wheel.expire(start + 2_000_000).is_some() {}
    };
    round(&mut wheel, 0);
    let warm = ALLOCATIONS.get();
    (1..10).for_each(|n| round(&mut wheel, n * 2_000_000));
    assert_eq!(ALLOCATIONS.get(), warm);
}

#[test]
fn a_cancelled_timer_leaves_the_deadlines_of_other_slots_exact() {
    for (cancelled, left) in [(100, 200), (1 << 20, 1 << 21), (5, 70), (1 << 40, 1 << 50)]
    {
        let mut wheel = wheel_at(0);
        let key = wheel.insert(cancelled, ());
        wheel.insert(left, ());
        assert_eq!(wheel.next_deadline(), Some(cancelled));
        wheel.cancel(key);
        assert_eq!(wheel.next_deadline(), Some(left), "they stand in two slots");
    }
}
