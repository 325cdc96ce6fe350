//! Locks, semaphores, events, conditions and barriers: whose turn it is, and that no turn is
//! lost. Most of it is polled by hand, without any runtime.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use mainspring::spawn;
use mainspring::sync::{
    Barrier, CancelToken, Condition, Event, Mutex, MutexGuard, OwnedSemaphorePermit,
    Queue, Receiver, Semaphore, Sender,
};
use mainspring::task::{self, yield_now};
use mainspring::time::{sleep, timeout};

mod guard;
mod hand;
mod watchdog;

use guard::{Counter, Log, SECOND, panic_of, quiet, settle};
use hand::{Hand, at_once};
use watchdog::builder;

#[track_caller]
fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

/// What is neither `Send` nor `Sync` has one implementation of this, and the compiler knows
/// which is meant; anything else has more.
trait Stays<Which> {
    fn stays() {}
}

struct BySend;
struct BySync;

impl<T: ?Sized> Stays<()> for T {}
impl<T: ?Sized + Send> Stays<BySend> for T {}
impl<T: ?Sized + Sync> Stays<BySync> for T {}

#[test]
fn what_takes_turns_stays_on_its_thread() {
    <Barrier as Stays<_>>::stays();
    <CancelToken as Stays<_>>::stays();
    <Condition as Stays<_>>::stays();
    <Event as Stays<_>>::stays();
    <Mutex<()> as Stays<_>>::stays();
    <MutexGuard<'_, ()> as Stays<_>>::stays();
    <OwnedSemaphorePermit as Stays<_>>::stays();
    <Queue<()> as Stays<_>>::stays();
    <Receiver<()> as Stays<_>>::stays();
    <Semaphore as Stays<_>>::stays();
    <Sender<()> as Stays<_>>::stays();
}

// Mutexes.

#[test]
fn a_lock_goes_to_who_has_waited_longest() {
    virtually(async {
        let (mutex, log) = (Rc::new(Mutex::new(0)), Log::default());
        let tasks: Vec<_> = (0..5)
            .map(|number| {
                let (mutex, log) = (Rc::clone(&mutex), log.clone());
                spawn(async move {
                    for _ in 0..3 {
                        let mut count = mutex.lock().await;
                        let before = *count;
                        yield_now().await;
                        sleep(SECOND).await;
                        *count = before + 1;
                        log.add(number.to_string());
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(log.take(), "0 1 2 3 4 0 1 2 3 4 0 1 2 3 4");
        assert_eq!(Rc::into_inner(mutex).unwrap().into_inner(), 15);
    });
}

#[test]
fn nobody_passes_by_between_the_hand_over_and_the_turn_of_a_lock() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut first = Hand::waits(mutex.lock());
    let mut second = Hand::waits(mutex.lock());
    drop(guard);
    assert_eq!((first.woken(), second.woken()), (1, 0));
    assert!(mutex.is_locked());
    assert!(mutex.try_lock().is_none(), "it is the first one's");
    let mut late = Hand::waits(mutex.lock());
    assert!(second.poll().is_none());
    let guard = first.poll().unwrap();
    assert!(late.poll().is_none() && second.poll().is_none());
    drop(guard);
    drop(second.get());
    drop(late.get());
    assert!(!mutex.is_locked());
    assert_eq!(first.woken(), 1);
}

/// Who unlocks and wants the lock again at once comes after all who wait.
#[test]
fn who_locks_again_stands_behind_those_who_wait() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let other = Hand::waits(mutex.lock());
    drop(guard);
    let mut again = Hand::waits(mutex.lock());
    let guard = other.get();
    assert!(again.poll().is_none());
    drop(guard);
    drop(again.get());
}

#[test]
fn a_place_in_line_counts_from_the_first_poll() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut made_first = Hand::new(mutex.lock());
    let polled_first = Hand::waits(mutex.lock());
    assert!(made_first.poll().is_none());
    drop(guard);
    assert!(made_first.poll().is_none());
    drop(polled_first.get());
    drop(made_first.get());
}

#[test]
fn a_lock_that_was_handed_to_who_is_gone_goes_on_along_the_line() {
    let mutex = Mutex::new(());
    for gone in 0..=5 {
        let guard = mutex.try_lock().unwrap();
        let mut line: Vec<_> = (0..5).map(|_| Hand::waits(mutex.lock())).collect();
        drop(guard);
        for _ in 0..gone {
            let first = line.remove(0);
            assert_eq!(first.woken(), 1);
            drop(first);
            assert_eq!(mutex.is_locked(), !line.is_empty());
        }
        for hand in line {
            assert_eq!(hand.woken(), 1);
            assert!(mutex.try_lock().is_none());
            drop(hand.get());
        }
        assert!(!mutex.is_locked());
    }
}

#[test]
fn who_leaves_the_line_anywhere_changes_nothing_for_the_others() {
    let mutex = Mutex::new(());
    for gone in 0..5 {
        let guard = mutex.try_lock().unwrap();
        let mut line: Vec<_> = (0..5).map(|_| Hand::waits(mutex.lock())).collect();
        drop(line.remove(gone));
        let last = Hand::waits(mutex.lock());
        drop(guard);
        for hand in line.into_iter().chain([last]) {
            assert_eq!(hand.woken(), 1);
            drop(hand.get());
        }
        assert!(!mutex.is_locked());
    }
}

/// As tasks: one is woken and aborted in the same turn, one is aborted while it waits, one
/// runs into its timeout.
#[test]
fn aborts_and_timeouts_pass_a_lock_on() {
    virtually(async {
        let (mutex, log) = (Rc::new(Mutex::new(())), Log::default());
        let worker = |name: &'static str| {
            let (mutex, log) = (Rc::clone(&mutex), log.clone());
            spawn(async move {
                drop(mutex.lock().await);
                log.add(name);
            })
        };
        let guard = mutex.lock().await;
        let (woken, waiting) = (worker("woken"), worker("waiting"));
        let limited = {
            let (mutex, log) = (Rc::clone(&mutex), log.clone());
            spawn(async move {
                let limit = timeout(SECOND, mutex.lock()).await;
                log.add(if limit.is_ok() { "in time" } else { "too late" });
            })
        };
        let last = worker("last");
        sleep(2 * SECOND).await;
        assert_eq!(log.take(), "too late");
        drop(guard);
        assert!(woken.abort() && waiting.abort());
        limited.await.unwrap();
        last.await.unwrap();
        assert!(woken.await.unwrap_err().is_cancelled());
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert_eq!(log.take(), "last");
        assert!(!mutex.is_locked());
    });
}

#[test]
fn a_panic_unlocks_and_leaves_the_value_as_it_is() {
    let result = quiet(|| {
        virtually(async {
            let mutex = Rc::new(Mutex::new(1));
            let holder = {
                let mutex = Rc::clone(&mutex);
                spawn(async move {
                    let mut value = mutex.lock().await;
                    *value = 2;
                    yield_now().await;
                    panic!("halfway");
                })
            };
            settle().await;
            let value = *mutex.lock().await;
            assert!(holder.await.unwrap_err().is_panic());
            value
        })
    });
    assert_eq!(result, 2);
}

#[test]
fn a_deadlock_tells_who_holds_the_lock_and_where_it_was_locked() {
    let line = Cell::new(0);
    let text = panic_of(|| {
        virtually(async {
            let mutex = Mutex::new(());
            line.set(line!() + 1);
            let _guard = mutex.lock().await;
            drop(mutex.lock().await);
        });
    });
    let held = format!("a mutex that Task-1 locked at {}:{}:", file!(), line.get());
    assert!(text.starts_with("deadlock"), "{text}");
    assert!(text.contains(&format!("Task-1 waits on {held}")), "{text}");
}

/// Each of two has what the other wants. Who got the lock by a hand-over is named by where it
/// began to wait.
#[test]
fn a_deadlock_of_two_names_both() {
    let lines = Rc::new(Cell::new((0, 0)));
    let at = Rc::clone(&lines);
    let text = panic_of(|| {
        virtually(async move {
            let (a, b) = (Rc::new(Mutex::new(())), Rc::new(Mutex::new(())));
            let guard = a.lock().await;
            let one = {
                let (a, b, at) = (Rc::clone(&a), Rc::clone(&b), Rc::clone(&at));
                spawn(async move {
                    at.set((line!() + 1, at.get().1));
                    let _a = a.lock().await;
                    sleep(SECOND).await;
                    drop(b.lock().await);
                })
            };
            settle().await;
            drop(guard);
            at.set((at.get().0, line!() + 1));
            let _b = b.lock().await;
            settle().await;
            drop(a.lock().await);
            one.await.unwrap();
        });
    });
    let (one, main) = lines.get();
    for (waits, holds, line) in [(1, 2, one), (2, 1, main)] {
        let told = format!("Task-{waits} waits on a mutex that Task-{holds} locked at ");
        assert!(text.contains(&format!("{told}{}:{line}:", file!())), "{text}");
    }
}

#[test]
fn a_list_of_tasks_says_who_holds_the_lock_now() {
    virtually(async {
        let mutex = Rc::new(Mutex::new(()));
        let guard = mutex.lock().await;
        let lock = || {
            let mutex = Rc::clone(&mutex);
            spawn(async move {
                let _guard = mutex.lock().await;
                sleep(SECOND).await;
            })
        };
        let tasks = [lock(), lock()];
        settle().await;
        assert_eq!(task::all()[2].to_string().matches("Task-1 locked at").count(), 1);
        drop(guard);
        assert_eq!(task::all()[2].to_string().matches("Task-2 locked at").count(), 1);
        for task in tasks {
            task.await.unwrap();
        }
        let guard = Hand::waits(async {
            let _guard = mutex.lock().await;
            std::future::pending::<()>().await;
        });
        settle().await;
        drop(guard);
        assert!(!mutex.is_locked());
    });
}

/// Its text is asked for while it is locked, or tries to lock what it is in.
struct Curious<'a>(&'a Cell<Option<&'a Mutex<Curious<'a>>>>);

impl fmt::Debug for Curious<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get().map(|mutex| mutex.try_lock().is_some()) {
            Some(true) => f.write_str("locked twice"),
            Some(false) => f.write_str("kept out"),
            None => f.write_str("alone"),
        }
    }
}

#[test]
fn the_text_of_a_mutex_is_that_of_its_value_if_it_is_free() {
    let mut mutex = Mutex::new(7);
    *mutex.get_mut() += 1;
    assert_eq!(format!("{mutex:?}"), "Mutex { value: 8 }");
    let guard = mutex.try_lock().unwrap();
    assert_eq!(format!("{guard:?}"), "8");
    assert_eq!(format!("{mutex:?}"), "Mutex { value: <locked> }");
    drop(guard);
    assert_eq!(Mutex::<u8>::default().into_inner(), 0);
}

#[test]
fn the_text_of_a_value_may_try_to_lock_the_mutex_that_it_is_in() {
    let place = Box::leak(Box::new(Cell::new(None)));
    let mutex: &'static _ = Box::leak(Box::new(Mutex::new(Curious(place))));
    place.set(Some(mutex));
    assert_eq!(format!("{mutex:?}"), "Mutex { value: kept out }");
    assert!(!mutex.is_locked());
    assert!(mutex.try_lock().is_some());
    place.set(None);
}

#[test]
fn a_mutex_may_hold_what_has_no_size_and_a_guard_that_is_forgotten_keeps_it_locked() {
    let mutex: &Mutex<[u8]> = &Mutex::new([1, 2, 3]);
    at_once(mutex.lock())[0] = 9;
    assert_eq!(*mutex.try_lock().unwrap(), [9, 2, 3]);
    std::mem::forget(mutex.try_lock());
    assert!(mutex.is_locked() && mutex.try_lock().is_none());
}

// Semaphores.

#[test]
fn permits_go_to_who_has_waited_longest() {
    let semaphore = Semaphore::new(2);
    let (one, two) = (at_once(semaphore.acquire()), at_once(semaphore.acquire()));
    let mut line: Vec<_> = (0..4).map(|_| Hand::waits(semaphore.acquire())).collect();
    drop(one);
    assert!(semaphore.try_acquire().is_none(), "it is the first one's");
    drop(two);
    assert_eq!(semaphore.available_permits(), 0);
    let late = Hand::waits(semaphore.acquire());
    let woken: Vec<_> = line.iter().map(Hand::woken).collect();
    assert_eq!(woken, [1, 1, 0, 0]);
    line.reverse(); // and it does not matter in which order they run
    line.push(late);
    let mut kept: Vec<_> = line.iter_mut().filter_map(Hand::poll).collect();
    assert_eq!(kept.len(), 2);
    kept.clear();
    kept.extend(line.iter_mut().filter_map(Hand::poll));
    assert_eq!((kept.len(), line[0].woken()), (2, 1));
    kept.clear();
    assert_eq!(line.iter().map(Hand::woken).sum::<u32>(), 5);
    drop(line);
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn a_large_request_holds_back_small_ones_that_came_later() {
    let semaphore = Semaphore::new(2);
    let large = Hand::waits(semaphore.acquire_many(3));
    let mut small = Hand::waits(semaphore.acquire());
    assert!(semaphore.try_acquire().is_none(), "somebody waits");
    assert_eq!(semaphore.available_permits(), 2);
    semaphore.add_permits(1);
    assert!(small.poll().is_none());
    let three = large.get();
    assert_eq!((three.count(), semaphore.available_permits()), (3, 0));
    drop(three);
    drop(small.get());
    assert_eq!(semaphore.available_permits(), 3);
}

#[test]
fn a_large_request_that_is_given_up_lets_the_small_ones_go() {
    let semaphore = Semaphore::new(2);
    let large = Hand::waits(semaphore.acquire_many(3));
    let small: Vec<_> = (0..3).map(|_| Hand::waits(semaphore.acquire())).collect();
    drop(large);
    let woken: Vec<_> = small.iter().map(Hand::woken).collect();
    assert_eq!(woken, [1, 1, 0]);
    drop(small);
    assert_eq!(semaphore.available_permits(), 2);
}

/// Also where it had its permits already.
#[test]
fn permits_of_who_is_gone_go_on_along_the_line() {
    let semaphore = Semaphore::new(0);
    let large = Hand::waits(semaphore.acquire_many(3));
    let mut small: Vec<_> = (0..4).map(|_| Hand::waits(semaphore.acquire())).collect();
    semaphore.add_permits(3);
    drop(large);
    let woken: Vec<_> = small.iter().map(Hand::woken).collect();
    assert_eq!(woken, [1, 1, 1, 0]);
    drop(small.remove(1));
    assert_eq!(small[2].woken(), 1);
    let held: Vec<_> = small.iter_mut().filter_map(Hand::poll).collect();
    assert_eq!((held.len(), semaphore.available_permits()), (3, 0));
}

#[test]
fn who_leaves_a_semaphore_anywhere_changes_nothing_for_the_others() {
    let semaphore = Semaphore::new(0);
    for gone in 0..4 {
        let mut line: Vec<_> =
            (0..4).map(|n| Hand::waits(semaphore.acquire_many(n + 1))).collect();
        drop(line.remove(gone));
        semaphore.add_permits(9 - gone);
        for hand in line {
            hand.get().forget();
        }
        assert_eq!(semaphore.available_permits(), 0);
    }
}

#[test]
fn to_ask_for_no_permit_needs_no_waiting() {
    let semaphore = Semaphore::new(0);
    let waiting = Hand::waits(semaphore.acquire());
    assert_eq!(at_once(semaphore.acquire_many(0)).count(), 0);
    assert_eq!(semaphore.try_acquire_many(0).unwrap().count(), 0);
    assert_eq!(waiting.woken(), 0);
}

#[test]
fn permits_can_be_added_forgotten_and_asked_for_at_once() {
    let semaphore = Semaphore::new(3);
    assert!(semaphore.try_acquire_many(4).is_none());
    let two = semaphore.try_acquire_many(2).unwrap();
    assert!(semaphore.try_acquire_many(2).is_none());
    two.forget();
    assert_eq!(semaphore.available_permits(), 1);
    semaphore.add_permits(usize::MAX);
    assert_eq!(semaphore.available_permits(), usize::MAX);
    let one = semaphore.try_acquire().unwrap();
    semaphore.add_permits(7);
    drop(one);
    assert_eq!(semaphore.available_permits(), usize::MAX);
}

#[test]
fn owned_permits_keep_their_semaphore_alive_and_go_to_other_tasks() {
    virtually(async {
        let semaphore = Rc::new(Semaphore::new(2));
        let running = Counter::default();
        for _ in 0..6 {
            let permit = Rc::clone(&semaphore).acquire_owned().await;
            let running = running.clone();
            drop(spawn(async move {
                running.add();
                sleep(SECOND).await;
                drop(permit);
            }));
        }
        assert_eq!(running.get(), 4, "two have their permits and have not run");
        let all = Rc::clone(&semaphore).acquire_many_owned(2).await;
        let weak = Rc::downgrade(&semaphore);
        drop(semaphore);
        assert_eq!(weak.upgrade().unwrap().available_permits(), 0);
        assert_eq!(all.count(), 2);
        drop(all);
        assert!(weak.upgrade().is_none());
    });
}

/// CPython's `test_acquire_hang`, `test_acquire_no_hang`: a permit is given back, and whoever it
/// was for is cancelled in the same turn.
#[test]
fn aborts_and_timeouts_pass_a_permit_on() {
    virtually(async {
        let semaphore = Rc::new(Semaphore::new(1));
        let permit = semaphore.acquire().await;
        let wait = || {
            let semaphore = Rc::clone(&semaphore);
            spawn(async move { drop(semaphore.acquire().await) })
        };
        let (one, two, three) = (wait(), wait(), wait());
        let limited = {
            let semaphore = Rc::clone(&semaphore);
            spawn(async move { timeout(SECOND, semaphore.acquire_many(5)).await.is_ok() })
        };
        let last = wait();
        settle().await;
        drop(permit);
        assert!(one.abort() && two.abort());
        three.await.unwrap();
        assert!(!limited.await.unwrap());
        last.await.unwrap();
        assert_eq!(semaphore.available_permits(), 1);
    });
}

// Events.

#[test]
fn an_event_wakes_all_who_wait_also_if_it_is_cleared_at_once() {
    let event = Event::new();
    let line: Vec<_> = (0..3).map(|_| Hand::waits(event.wait())).collect();
    let gone = Hand::waits(event.wait());
    drop(gone);
    event.set();
    event.set();
    event.clear();
    let late = Hand::waits(event.wait());
    for hand in line {
        assert_eq!(hand.woken(), 1);
        hand.get();
    }
    assert!(!event.is_set());
    assert_eq!(late.woken(), 0);
    event.set();
    at_once(event.wait());
    late.get();
}

// Conditions.

#[test]
fn who_waits_for_a_condition_gives_the_lock_away_and_has_it_again() {
    virtually(async {
        let (mutex, condition) = (Rc::new(Mutex::new(0)), Rc::new(Condition::new()));
        let log = Log::default();
        let tasks: Vec<_> = (0..3)
            .map(|number| {
                let (mutex, condition) = (Rc::clone(&mutex), Rc::clone(&condition));
                let log = log.clone();
                spawn(async move {
                    let guard = condition.wait(mutex.lock().await).await;
                    assert!(mutex.is_locked());
                    log.add(format!("{number}:{}", *guard));
                    sleep(SECOND).await; // with the lock
                })
            })
            .collect();
        settle().await;
        *mutex.lock().await = 1;
        condition.notify_one();
        settle().await;
        assert_eq!(log.take(), "0:1");
        condition.notify_all();
        *mutex.lock().await = 2;
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(log.take(), "1:2 2:2");
        condition.notify_one(); // nobody hears it, and nobody will
        let waits = Hand::waits(condition.wait(mutex.lock().await));
        assert_eq!(waits.woken(), 0);
    });
}

/// It stands in line before it unlocks: whoever has the lock next reaches it.
#[test]
fn a_condition_is_waited_for_before_the_lock_is_free() {
    let (mutex, condition) = (Mutex::new(()), Condition::new());
    let guard = mutex.try_lock().unwrap();
    let mut other = Hand::waits(async {
        let _guard = mutex.lock().await;
        condition.notify_one();
    });
    let unpolled = Hand::new(condition.wait(guard));
    assert!(mutex.is_locked(), "until it is polled");
    let mut waits = unpolled;
    assert!(waits.poll().is_none());
    assert_eq!(other.woken(), 1);
    other.poll().unwrap();
    assert_eq!(waits.woken(), 1);
    drop(waits.get());
    let unpolled = condition.wait(mutex.try_lock().unwrap());
    drop(unpolled);
    assert!(!mutex.is_locked());
}

#[test]
fn a_notification_of_who_is_gone_goes_to_the_next() {
    let (mutex, condition) = (Mutex::new(()), Condition::new());
    let wait = || Hand::waits(condition.wait(mutex.try_lock().unwrap()));
    // Dropped before it runs, while it waits for the lock, and when it has been given that.
    for moment in 0..3 {
        let (mut first, mut second, third) = (wait(), wait(), wait());
        let guard = mutex.try_lock().unwrap();
        condition.notify_one();
        assert_eq!((first.woken(), second.woken()), (1, 0));
        if moment > 0 {
            assert!(first.poll().is_none());
        }
        let mut behind = Hand::waits(mutex.lock());
        if moment > 1 {
            drop(guard);
            assert_eq!((first.woken(), behind.woken()), (2, 0));
            drop(first);
        } else {
            drop(first);
            drop(guard);
        }
        assert_eq!((second.woken(), third.woken()), (1, 0), "{moment}");
        assert!(second.poll().is_none(), "the lock is another's");
        drop(behind.poll().unwrap());
        drop(second.get());
        assert!(!mutex.is_locked(), "{moment}");
        drop(third);
    }
}

#[test]
fn a_notification_goes_on_along_a_line_of_those_who_are_gone() {
    let (mutex, condition) = (Mutex::new(()), Condition::new());
    let mut line: Vec<_> =
        (0..5).map(|_| Hand::waits(condition.wait(mutex.try_lock().unwrap()))).collect();
    condition.notify_one();
    for _ in 0..4 {
        assert_eq!(line[0].woken(), 1);
        drop(line.remove(0));
    }
    drop(line.remove(0).get());
    assert!(!mutex.is_locked());
    assert_eq!(format!("{condition:?}"), "Condition { waiters: 0 waiting }");
}

#[test]
fn a_wait_for_a_condition_that_is_dropped_leaves_the_lock_free() {
    virtually(async {
        let (mutex, condition) = (Mutex::new(()), Condition::new());
        let limited = timeout(SECOND, condition.wait(mutex.lock().await)).await;
        assert!(limited.is_err());
        assert!(!mutex.is_locked());
    });
}

#[test]
fn a_condition_is_asked_for_before_the_first_wait_and_after_each() {
    let (mutex, condition) = (Mutex::new(0), Condition::new());
    let at_least = |least| {
        let guard = mutex.try_lock().unwrap();
        condition.wait_while(guard, move |value| *value < least)
    };
    drop(at_once(at_least(0)));
    let mut two = Hand::waits(at_least(2));
    for value in 1..=2 {
        *mutex.try_lock().unwrap() = value;
        condition.notify_all();
        assert_eq!(two.woken(), value);
        let guard = two.poll();
        assert_eq!(guard.is_some(), value == 2);
    }
}

#[test]
fn a_condition_serves_several_mutexes_and_knows_who_waits_with_which() {
    let (a, b, condition) = (Mutex::new('a'), Mutex::new('b'), Condition::new());
    let one = Hand::waits(condition.wait(a.try_lock().unwrap()));
    let two = Hand::waits(condition.wait(b.try_lock().unwrap()));
    condition.notify_all();
    assert_eq!((*one.get(), *two.get()), ('a', 'b'));
}

#[test]
fn who_has_the_lock_from_a_condition_is_named_by_where_it_waited() {
    let line = Cell::new(0);
    let text = panic_of(|| {
        virtually(async {
            let (mutex, condition) = (Mutex::new(()), Rc::new(Condition::new()));
            let also = Rc::clone(&condition);
            let _notifier = spawn(async move { also.notify_all() });
            let guard = mutex.lock().await;
            line.set(line!() + 1);
            let _guard = condition.wait(guard).await;
            drop(mutex.lock().await);
        });
    });
    let place = format!("Task-1 locked at {}:{}:", file!(), line.get());
    assert!(text.contains(&place), "{text}");
}

// Barriers.

#[test]
fn a_barrier_opens_for_the_last_who_is_the_leader_and_is_as_it_was_at_first() {
    let barrier = Barrier::new(3);
    for _ in 0..3 {
        let (one, two) = (Hand::waits(barrier.wait()), Hand::waits(barrier.wait()));
        assert!(at_once(barrier.wait()).is_leader());
        // Before those two run, others come: they are of the next round.
        let next = Hand::waits(barrier.wait());
        assert_eq!((one.woken(), two.woken(), next.woken()), (1, 1, 0));
        assert!(!one.get().is_leader());
        drop(two); // who has been let go and does not go is not missed
        let also = Hand::waits(barrier.wait());
        assert!(at_once(barrier.wait()).is_leader());
        assert!(!next.get().is_leader() && !also.get().is_leader());
    }
}

#[test]
fn who_leaves_a_barrier_is_missed_by_the_others() {
    let barrier = Barrier::new(3);
    for gone in 0..2 {
        let mut line = vec![Hand::waits(barrier.wait()), Hand::waits(barrier.wait())];
        drop(line.remove(gone));
        let other = Hand::waits(barrier.wait());
        assert_eq!(line[0].woken(), 0);
        assert!(at_once(barrier.wait()).is_leader());
        assert!(!other.get().is_leader());
        assert!(!line.remove(0).get().is_leader());
    }
}

#[test]
fn a_barrier_for_one_or_none_stops_nobody() {
    for size in 0..2 {
        let barrier = Barrier::new(size);
        assert!(at_once(barrier.wait()).is_leader());
        assert!(at_once(barrier.wait()).is_leader());
    }
}

#[test]
fn tasks_meet_at_a_barrier_again_and_again() {
    virtually(async {
        let (barrier, log) = (Rc::new(Barrier::new(3)), Log::default());
        let tasks: Vec<_> = (1..=3)
            .map(|number| {
                let (barrier, log) = (Rc::clone(&barrier), log.clone());
                spawn(async move {
                    for round in 0..3 {
                        sleep(number * SECOND).await;
                        let is_leader = barrier.wait().await.is_leader();
                        log.add(format!("{round}"));
                        assert_eq!(is_leader, number == 3);
                    }
                })
            })
            .collect();
        let outsider = timeout(Duration::from_millis(500), barrier.wait()).await;
        assert!(outsider.is_err());
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(log.take(), "0 0 0 1 1 1 2 2 2");
    });
}
