//! Moving a deadline: whoever waits goes along, wherever the deadline goes and whoever moves it.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::yield_now;
use mainspring::time::{
    Elapsed, Instant, Sleep, Timeout, sleep, sleep_until, timeout, timeout_at,
};

mod guard;

use guard::{Finally, SECOND, Wakes, ends, settle, virtual_runtime, virtually};

/// What has a deadline that can be moved.
trait Movable {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    fn reset(&mut self, deadline: Instant);
    fn deadline(&self) -> Option<Instant>;
}

impl Movable for Sleep {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(self).as_mut().poll(cx)
    }

    fn reset(&mut self, deadline: Instant) {
        Sleep::reset(self, deadline);
    }

    fn deadline(&self) -> Option<Instant> {
        Sleep::deadline(self)
    }
}

impl<F: Future> Movable for Timeout<F> {
    /// Only the time can end it here: the future inside never does.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(self).as_mut().poll(cx).map(|result| assert!(result.is_err()))
    }

    fn reset(&mut self, deadline: Instant) {
        Timeout::reset(self, deadline);
    }

    fn deadline(&self) -> Option<Instant> {
        Timeout::deadline(self)
    }
}

type Shared = Rc<RefCell<Box<dyn Movable>>>;

/// How many kinds of them there are.
const KINDS: usize = 5;

fn movable(kind: usize, duration: Duration) -> Shared {
    let deadline = Instant::now() + duration;
    Rc::new(RefCell::new(match kind {
        0 => Box::new(sleep(duration)),
        1 => Box::new(sleep_until(deadline)),
        2 => Box::new(timeout(duration, pending::<()>())),
        3 => Box::new(timeout_at(deadline, spawn(pending::<()>()))),
        _ => Box::new(timeout_at(deadline, timeout(Duration::MAX, pending::<()>()))),
    }))
}

/// A number of seconds; none is the end of time.
fn seconds(number: Option<u32>) -> Duration {
    number.map_or(Duration::MAX, |number| number * SECOND)
}

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Task,
    Foreign,
}

/// Who moves the deadline.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Main,
    Task,
    Callback,
    Destructor,
    /// Between two calls of `block_on`.
    Nobody,
}

const EVERYBODY: [By; 5] = [By::Main, By::Task, By::Callback, By::Destructor, By::Nobody];

/// First the deadline, then who moves it: at which second, to which.
#[derive(Clone, Debug)]
struct Case {
    kind: usize,
    who: Who,
    by: By,
    first: Option<u32>,
    moves: Vec<(u32, Option<u32>)>,
}

impl Case {
    /// The second at which whoever waits is woken: the deadline, or when it is moved into the
    /// past. Nobody waits for what is over.
    fn expected(&self) -> Option<u32> {
        let mut deadline = self.first;
        for &(at, to) in &self.moves {
            if deadline.is_some_and(|deadline| deadline <= at) {
                break;
            }
            deadline = to.map(|to| to.max(at));
        }
        deadline
    }

    fn run(&self) {
        let mut runtime = virtual_runtime();
        let (shared, start) = runtime.block_on(async {
            (movable(self.kind, seconds(self.first)), Instant::now())
        });
        let (wakes, foreign) = Wakes::new();
        let polls = Rc::new(RefCell::new(vec![]));
        let task = match self.who {
            Who::Task => {
                let (shared, polls) = (Rc::clone(&shared), Rc::clone(&polls));
                runtime.spawn(poll_fn(move |cx| {
                    polls.borrow_mut().push(Instant::now());
                    shared.borrow_mut().poll(cx)
                }))
            }
            Who::Foreign => {
                let shared = Rc::clone(&shared);
                runtime.spawn(async move {
                    let mut cx = Context::from_waker(&foreign);
                    assert!(shared.borrow_mut().poll(&mut cx).is_pending());
                })
            }
        };
        runtime.block_on(settle());
        for &(at, to) in &self.moves {
            let deadline = start + seconds(to);
            runtime.block_on(async {
                sleep_until(start + seconds(Some(at))).await;
                reset(self.by, &shared, deadline).await;
            });
            if self.by == By::Nobody {
                shared.borrow_mut().reset(deadline);
            }
            assert_eq!(shared.borrow().deadline(), Some(deadline), "{self:?}");
        }
        runtime.block_on(sleep_until(start + 20 * SECOND));

        // The wake of a deadline that was moved into the past between two calls may be of the
        // call itself, which no runtime's clock knows, or of the next one.
        let times = |at: &[Instant]| -> Vec<u32> {
            let seconds = at.iter().map(|at| (*at - start).as_secs());
            seconds.map(|seconds| u32::try_from(seconds).unwrap()).collect()
        };
        let expected: Vec<u32> =
            self.expected().into_iter().filter(|end| *end < 20).collect();
        match self.who {
            Who::Task => {
                let all = [vec![0], expected.clone()].concat();
                assert_eq!(times(&polls.borrow()), all, "{self:?}");
                assert_eq!(task.is_finished(), !expected.is_empty(), "{self:?}");
            }
            Who::Foreign if self.by == By::Nobody => {
                assert_eq!(wakes.count() as usize, expected.len(), "{self:?}");
            }
            Who::Foreign => assert_eq!(times(&wakes.at()), expected, "{self:?}"),
        }
    }
}

async fn reset(by: By, shared: &Shared, deadline: Instant) {
    let also = Rc::clone(shared);
    let reset = move || also.borrow_mut().reset(deadline);
    match by {
        By::Main => reset(),
        By::Task => spawn(async move { reset() }).await.unwrap(),
        By::Callback => {
            let task = spawn(async {});
            task.on_done(move |_| reset());
            task.await.unwrap();
        }
        By::Destructor => {
            let task = spawn(async move {
                let _guard = Finally(reset);
                pending::<()>().await;
            });
            yield_now().await;
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
        By::Nobody => {}
    }
}

/// Every case with these moves, from a deadline in the tenth second or the end of time.
fn each_case(moves: &[(u32, Option<u32>)]) {
    for kind in 0..KINDS {
        for (who, by) in [Who::Task, Who::Foreign]
            .into_iter()
            .flat_map(|who| EVERYBODY.into_iter().map(move |by| (who, by)))
        {
            for first in [Some(10), None] {
                Case { kind, who, by, first, moves: moves.to_vec() }.run();
            }
        }
    }
}

#[test]
fn whoever_waits_goes_along_to_an_earlier_moment() {
    each_case(&[(4, Some(6))]);
    each_case(&[(0, Some(1))]);
}

#[test]
fn whoever_waits_goes_along_to_a_later_moment() {
    each_case(&[(4, Some(15))]);
    each_case(&[(0, Some(11))]);
    each_case(&[(9, Some(19))]);
}

#[test]
fn whoever_waits_goes_along_to_the_same_moment() {
    each_case(&[(4, Some(10))]);
    each_case(&[(4, Some(10)), (4, Some(10)), (5, Some(10))]);
}

#[test]
fn whoever_waits_is_woken_at_once_if_the_moment_has_passed() {
    each_case(&[(4, Some(4))]);
    each_case(&[(4, Some(3))]);
    each_case(&[(4, Some(0))]);
    each_case(&[(0, Some(0))]);
}

#[test]
fn whoever_waits_goes_along_to_the_end_of_time_and_back() {
    each_case(&[(4, None)]);
    each_case(&[(4, None), (5, Some(6))]);
    each_case(&[(4, None), (5, None), (6, Some(15))]);
    each_case(&[(4, None), (6, Some(5))]);
    each_case(&[(4, None), (4, Some(10))]);
}

#[test]
fn whoever_waits_goes_along_however_often_the_deadline_is_moved() {
    let places = [Some(2), Some(5), Some(6), Some(10), Some(12), Some(15), None];
    for first in places {
        for second in places {
            each_case(&[(4, first), (5, second)]);
        }
    }
    each_case(&[(1, Some(3)), (2, Some(4)), (3, Some(5)), (4, Some(6)), (5, Some(7))]);
    each_case(&[(1, Some(19)), (2, Some(18)), (3, Some(17)), (4, Some(16))]);
    each_case(&[(1, Some(4)), (1, Some(15)), (1, Some(2)), (1, None), (1, Some(12))]);
    // What is over is moved, too; nobody waits for it any more.
    each_case(&[(11, Some(15)), (12, Some(13))]);
}

/// The future that waits moves its own deadline, after its poll and before it returns.
#[test]
fn a_task_that_moves_its_own_deadline_after_its_poll_is_woken_then() {
    let places = [Some(0), Some(3), Some(10), Some(15), None];
    let chains = places.iter().flat_map(|first| {
        places.iter().map(move |second| vec![*first, *second]).chain([vec![*first]])
    });
    for (kind, moves) in
        (0..KINDS).flat_map(|kind| chains.clone().map(move |moves| (kind, moves)))
    {
        for (first, is_main) in [(Some(10), false), (Some(10), true), (None, false)] {
            let case = format!("kind {kind}, main: {is_main}, {first:?}, {moves:?}");
            let mut runtime = virtual_runtime();
            let moves = moves.clone();
            let end = *moves.last().unwrap();
            let is_ever = end.is_some();
            let was_woken = moves.len() > 1 && moves[0] == Some(0);
            let polls = Rc::new(RefCell::new(vec![]));
            let (shared, start) = runtime
                .block_on(async { (movable(kind, seconds(first)), Instant::now()) });
            let also = Rc::clone(&polls);
            let waits = poll_fn(move |cx| {
                also.borrow_mut().push(start.elapsed().as_secs());
                let mut shared = shared.borrow_mut();
                let polled = shared.poll(cx);
                if also.borrow().len() == 1 {
                    assert!(polled.is_pending());
                    moves.iter().for_each(|to| shared.reset(start + seconds(*to)));
                }
                polled
            });
            if is_main && is_ever {
                runtime.block_on(waits);
            } else {
                drop(runtime.spawn(waits));
            }
            runtime.block_on(sleep_until(start + 20 * SECOND));
            let mut polls = polls.take();
            let mut expected: Vec<u64> =
                [0].into_iter().chain(end.map(u64::from)).collect();
            if was_woken {
                // On the way to its last place, at once.
                polls.dedup();
                expected.dedup();
            }
            assert_eq!(polls, expected, "{case}");
        }
    }
}

/// A task of `block_on` itself waits, and others move its deadline.
#[test]
fn the_main_future_goes_along_too() {
    for kind in 0..KINDS {
        for (to, expected) in [(2, 4), (4, 4), (6, 6), (15, 15)] {
            virtually(async {
                let start = Instant::now();
                let shared = movable(kind, 10 * SECOND);
                let also = Rc::clone(&shared);
                drop(spawn(async move {
                    sleep(4 * SECOND).await;
                    also.borrow_mut().reset(start + to * SECOND);
                }));
                let mut polls = 0;
                poll_fn(|cx| {
                    polls += 1;
                    shared.borrow_mut().poll(cx)
                })
                .await;
                assert_eq!(start.elapsed(), expected * SECOND, "kind {kind}, to {to}");
                assert_eq!(polls, 2, "kind {kind}, to {to}");
            });
        }
    }
}

#[test]
fn of_several_that_have_polled_the_last_goes_along_and_nobody_else() {
    for (kind, to) in (0..KINDS).flat_map(|kind| [0, 2, 8].map(|to| (kind, to))) {
        for last in 0..3 {
            let case = format!("kind {kind}, to {to}, last {last}");
            virtually(async {
                let start = Instant::now();
                let shared = movable(kind, 5 * SECOND);
                let (wakes, foreign) = Wakes::new();
                let polls = Rc::new(RefCell::new([0; 2]));
                let poll_by = |who: usize| {
                    let (shared, polls) = (Rc::clone(&shared), Rc::clone(&polls));
                    spawn(poll_fn(move |cx| {
                        polls.borrow_mut()[who] += 1;
                        shared.borrow_mut().poll(cx)
                    }))
                };
                let mut tasks = vec![];
                for who in [0, 1, 2].map(|who| (who + last + 1) % 3) {
                    if who == 2 {
                        let mut cx = Context::from_waker(&foreign);
                        assert!(shared.borrow_mut().poll(&mut cx).is_pending());
                    } else {
                        tasks.push(poll_by(who));
                    }
                    settle().await;
                }
                sleep_until(start + SECOND).await;
                shared.borrow_mut().reset(start + to * SECOND);
                sleep_until(start + 9 * SECOND).await;
                let mut expected = [1, 1, 0];
                expected[last] += 1;
                let [one, other] = *polls.borrow();
                assert_eq!([one, other, wakes.count()], expected, "{case}");
                drop(tasks);
            });
        }
    }
}

#[test]
fn a_deadline_nobody_has_polled_yet_is_moved_and_wakes_nobody() {
    for (kind, to) in (0..KINDS).flat_map(|kind| [0, 3].map(|to| (kind, to))) {
        virtually(async {
            let start = Instant::now();
            let shared = movable(kind, 5 * SECOND);
            shared.borrow_mut().reset(start + to * SECOND);
            sleep(SECOND).await;
            shared.borrow_mut().reset(start + 2 * to * SECOND);
            poll_fn(|cx| shared.borrow_mut().poll(cx)).await;
            assert_eq!(start.elapsed(), (2 * to).max(1) * SECOND, "kind {kind}");
        });
    }
}

#[test]
fn when_the_task_that_waits_is_gone_the_next_in_its_slot_is_left_alone() {
    for (kind, to) in (0..KINDS).flat_map(|kind| [0, 3, 8].map(|to| (kind, to))) {
        virtually(async {
            let start = Instant::now();
            let shared = movable(kind, 5 * SECOND);
            let also = Rc::clone(&shared);
            let task = spawn(poll_fn(move |cx| also.borrow_mut().poll(cx)));
            settle().await;
            task.abort();
            assert!(task.await.is_err());
            let polls = Rc::new(Cell::new(0));
            for _ in 0..4 {
                let polls = Rc::clone(&polls);
                drop(spawn(poll_fn(move |_| {
                    polls.set(polls.get() + 1);
                    Poll::<()>::Pending
                })));
            }
            sleep_until(start + SECOND).await;
            shared.borrow_mut().reset(start + to * SECOND);
            sleep_until(start + 9 * SECOND).await;
            assert_eq!(polls.get(), 4, "kind {kind}, to {to}");
            poll_fn(|cx| shared.borrow_mut().poll(cx)).await;
        });
    }
}

/// The timer has fired and its task is in the queue, but another comes before it and moves the
/// deadline away: the task finds that it has to wait on.
#[test]
fn a_deadline_that_is_moved_after_its_time_and_before_its_poll_is_waited_for_again() {
    for (kind, to) in (0..KINDS).flat_map(|kind| [Some(7), None].map(|to| (kind, to))) {
        virtually(async {
            let start = Instant::now();
            let shared = movable(kind, 5 * SECOND);
            let also = Rc::clone(&shared);
            // Its timer is set first, so it runs first.
            drop(spawn(async move {
                sleep_until(start + 5 * SECOND).await;
                also.borrow_mut().reset(start + seconds(to));
            }));
            settle().await;
            let (also, polls) = (Rc::clone(&shared), Rc::new(RefCell::new(vec![])));
            let times = Rc::clone(&polls);
            drop(spawn(poll_fn(move |cx| {
                times.borrow_mut().push(start.elapsed().as_secs());
                also.borrow_mut().poll(cx)
            })));
            sleep_until(start + 9 * SECOND).await;
            let expected = [0, 5].into_iter().chain(to.map(u64::from));
            assert_eq!(polls.take(), expected.collect::<Vec<_>>(), "kind {kind}");
        });
    }
}

/// It was awaited to its end, is moved, polled, and moved again.
#[test]
fn a_deadline_that_was_reached_is_moved_and_awaited_again_and_moved_again() {
    for kind in 0..KINDS {
        virtually(async {
            let start = Instant::now();
            let shared = movable(kind, SECOND);
            poll_fn(|cx| shared.borrow_mut().poll(cx)).await;
            for round in [2, 8, 14] {
                shared.borrow_mut().reset(start + (round + 3) * SECOND);
                let (wakes, foreign) = Wakes::new();
                let mut cx = Context::from_waker(&foreign);
                assert!(shared.borrow_mut().poll(&mut cx).is_pending());
                shared.borrow_mut().reset(start + (round + 5) * SECOND);
                sleep_until(start + (round + 4) * SECOND).await;
                assert_eq!(wakes.count(), 0, "kind {kind}");
                sleep_until(start + (round + 5) * SECOND).await;
                assert_eq!(wakes.count(), 1, "kind {kind}");
                assert!(shared.borrow_mut().poll(&mut cx).is_ready(), "kind {kind}");
            }
        });
    }
}

/// It belongs to one runtime and is awaited in another: it is moved on the clock of the first,
/// wherever it is moved.
#[test]
fn whoever_waits_in_another_runtime_goes_along() {
    for (kind, to) in (0..KINDS).flat_map(|kind| [0, 3, 8].map(|to| (kind, to))) {
        for from_home in [true, false] {
            let (mut home, mut away) = (virtual_runtime(), virtual_runtime());
            let (shared, start) = home.block_on(async {
                let shared = movable(kind, 5 * SECOND);
                let mut cx = Context::from_waker(Waker::noop());
                assert!(shared.borrow_mut().poll(&mut cx).is_pending());
                (shared, Instant::now())
            });
            let also = Rc::clone(&shared);
            let task =
                away.spawn(poll_fn(move |cx| also.borrow_mut().poll(cx).map(|()| 7)));
            away.block_on(settle());
            home.block_on(sleep(SECOND));
            let by = if from_home { &mut home } else { &mut away };
            by.block_on(async {
                shared.borrow_mut().reset(start + to * SECOND);
                yield_now().await;
            });
            if to > 1 {
                home.block_on(sleep_until(start + to * SECOND - SECOND / 2));
                away.block_on(settle());
                assert!(!task.is_finished(), "kind {kind}, to {to}: {from_home}");
                home.block_on(sleep_until(start + to * SECOND + SECOND / 2));
            }
            home.block_on(settle());
            away.block_on(settle());
            assert!(task.is_finished(), "kind {kind}, to {to}: {from_home}");
        }
    }
}

#[test]
fn a_deadline_an_hour_away_is_moved_by_the_clock_of_the_machine() {
    for (kind, later) in (0..KINDS).flat_map(|kind| [0, 5].map(|later| (kind, later))) {
        ends(&format!("kind {kind}, in {later} ms"), move || {
            mainspring::block_on(async {
                let shared = movable(kind, Duration::from_secs(3600));
                let also = Rc::clone(&shared);
                let waits = spawn(poll_fn(move |cx| also.borrow_mut().poll(cx)));
                sleep(Duration::from_millis(2)).await;
                let end = Instant::now() + Duration::from_millis(later);
                shared.borrow_mut().reset(end);
                waits.await.unwrap();
                assert!(Instant::now() >= end);
            });
        });
    }
}

/// Many of them at once, moved at random, against what each should do by itself.
#[test]
fn of_many_that_are_moved_at_random_each_wakes_once_and_in_time() {
    let (count, moves) = if cfg!(miri) { (10, 20) } else { (300, 3_000) };
    for seed in 1..=5_u64 {
        let mut state = seed;
        let mut below = |end: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % end
        };
        virtually(async {
            let start = Instant::now();
            let at = |milliseconds: u64| start + Duration::from_millis(milliseconds);
            let mut deadlines: Vec<u64> = (0..count).map(|_| 1 + below(5_000)).collect();
            let mut expected: Vec<Option<u64>> = vec![None; count];
            let all: Vec<_> = deadlines
                .iter()
                .enumerate()
                .map(|(i, deadline)| {
                    let shared = movable(i % KINDS, Duration::from_millis(*deadline));
                    let (wakes, foreign) = Wakes::new();
                    let (also, ends) =
                        (Rc::clone(&shared), Rc::new(RefCell::new(vec![])));
                    let times = Rc::clone(&ends);
                    let task = spawn(poll_fn(move |cx| {
                        times.borrow_mut().push(Instant::now());
                        also.borrow_mut().poll(cx)
                    }));
                    (shared, task, ends, wakes, foreign)
                })
                .collect();
            settle().await;
            // Every third is awaited by a stranger.
            for (shared, _, _, _, foreign) in all.iter().step_by(3) {
                let mut cx = Context::from_waker(foreign);
                assert!(shared.borrow_mut().poll(&mut cx).is_pending());
            }
            let mut now = 0;
            for _ in 0..moves {
                now += below(3);
                sleep_until(at(now)).await;
                let i = usize::try_from(below(count as u64)).unwrap();
                if deadlines[i] <= now {
                    continue; // over, perhaps in this turn
                }
                deadlines[i] = (now + below(400)).saturating_sub(50);
                if deadlines[i] <= now {
                    deadlines[i] = now;
                    expected[i] = Some(now);
                }
                all[i].0.borrow_mut().reset(at(deadlines[i]));
            }
            sleep_until(at(60_000)).await;
            for (i, (_, task, ends, wakes, _)) in all.iter().enumerate() {
                let end = at(expected[i].unwrap_or(deadlines[i]));
                let (ends, wakes) = (ends.borrow(), wakes.at());
                if i % 3 == 0 {
                    assert_eq!((&ends[..], &wakes[..]), (&[start][..], &[end][..]));
                } else {
                    assert!(task.is_finished());
                    assert_eq!((&ends[..], &wakes[..]), (&[start, end][..], &[][..]));
                }
            }
        });
    }
}

// A timeout that has reported, and goes on.

#[test]
fn a_timeout_that_has_elapsed_says_so_again_until_it_is_moved() {
    virtually(async {
        let start = Instant::now();
        let mut limited = timeout(SECOND, pending::<()>());
        for _ in 0..3 {
            assert!((&mut limited).await.is_err());
            assert_eq!(start.elapsed(), SECOND);
        }
        limited.reset(start + 3 * SECOND);
        assert!((&mut limited).await.is_err());
        assert_eq!(start.elapsed(), 3 * SECOND);
        limited.reset(start);
        assert!((&mut limited).await.is_err());
        assert_eq!(start.elapsed(), 3 * SECOND);
    });
}

#[test]
fn a_timeout_that_has_elapsed_goes_on_with_the_same_future_when_it_is_moved() {
    virtually(async {
        let start = Instant::now();
        let polls = Rc::new(Cell::new(0));
        let count = Rc::clone(&polls);
        let mut end = Box::pin(sleep(4 * SECOND));
        let work = poll_fn(move |cx| {
            count.set(count.get() + 1);
            end.as_mut().poll(cx).map(|()| "done")
        });
        let mut limited = timeout(SECOND, work);
        assert!((&mut limited).await.is_err());
        limited.reset(start + 2 * SECOND);
        assert!((&mut limited).await.is_err());
        assert_eq!(start.elapsed(), 2 * SECOND);
        limited.reset(start + 9 * SECOND);
        assert_eq!((&mut limited).await, Ok("done"));
        assert_eq!((start.elapsed(), polls.get()), (4 * SECOND, 6));
    });
}

#[test]
fn a_timeout_that_has_elapsed_is_ok_if_the_future_is_done_when_it_is_asked_again() {
    virtually(async {
        let mut limited = timeout(SECOND, spawn(sleep(2 * SECOND)));
        assert!((&mut limited).await.is_err());
        sleep(2 * SECOND).await;
        assert!((&mut limited).await.unwrap().is_ok());

        let mut none = timeout(Duration::ZERO, spawn(async { 3 }));
        assert!((&mut none).await.is_err());
        none.reset(Instant::now() + SECOND);
        assert_eq!((&mut none).await.unwrap().unwrap(), 3);
        let mut at_once = timeout(Duration::ZERO, ready(4));
        assert_eq!((&mut at_once).await, Ok(4));
    });
}

#[test]
fn a_timeout_that_has_elapsed_and_waits_again_is_moved_by_others() {
    for (to, is_ok, end) in [(3, false, 3), (1, false, 2), (9, true, 6)] {
        virtually(async {
            let start = Instant::now();
            let limited = Rc::new(RefCell::new(timeout(SECOND, sleep(6 * SECOND))));
            let first =
                poll_fn(|cx| Pin::new(&mut *limited.borrow_mut()).as_mut().poll(cx));
            assert!(first.await.is_err());
            limited.borrow_mut().reset(start + 5 * SECOND);
            let also = Rc::clone(&limited);
            let again = spawn(poll_fn(move |cx| -> Poll<Result<(), Elapsed>> {
                Pin::new(&mut *also.borrow_mut()).as_mut().poll(cx)
            }));
            sleep_until(start + 2 * SECOND).await;
            limited.borrow_mut().reset(start + to * SECOND);
            assert_eq!(again.await.unwrap().is_ok(), is_ok, "to {to}");
            assert_eq!(start.elapsed(), end * SECOND, "to {to}");
        });
    }
}

/// Nothing of a deadline that was moved is left in the runtime: the virtual clock would stop
/// there, or wait for it.
#[test]
fn a_deadline_that_was_moved_leaves_nothing_behind() {
    for kind in 0..KINDS {
        let mut runtime: Runtime = virtual_runtime();
        runtime.block_on(async {
            let start = Instant::now();
            let shared = movable(kind, 5 * SECOND);
            let (wakes, foreign) = Wakes::new();
            let mut cx = Context::from_waker(&foreign);
            assert!(shared.borrow_mut().poll(&mut cx).is_pending());
            for to in [7, 3, 9] {
                shared.borrow_mut().reset(start + to * SECOND);
            }
            shared.borrow_mut().reset(start + Duration::MAX);
            drop(shared);
            sleep(20 * SECOND).await;
            assert_eq!(wakes.count(), 0);
        });
        let stuck = guard::panic_of(|| runtime.block_on(pending::<()>()));
        assert!(stuck.starts_with("deadlock"), "{stuck}");
    }
}
