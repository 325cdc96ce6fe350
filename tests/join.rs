//! Many at once: each row of its specification, and what CPython's and tokio's own suites test
//! of the same.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::future::{pending, poll_fn, ready};
use std::num::ParseIntError;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use mainspring::join::{
    Either, ReturnWhen, TaskError, as_completed, join, join_all, race, select, try_join,
    try_join_all, try_join_tasks, wait, wait_try,
};
use mainspring::net::UnixStream;
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::sync::oneshot;
use mainspring::task::{JoinHandle, WaitsOn, yield_now};
use mainspring::time::{Instant, sleep, timeout};

mod guard;
mod stranger;
mod watchdog;

use guard::{
    Counter, Dropped, Finally, Log, SECOND, Wakes, ends, hooked, panic_of, quiet, settle,
    virtual_runtime, virtually,
};
use stranger::{Event, Stranger};
use watchdog::block_on;

/// A task that returns its argument after so many seconds.
fn after<T: 'static>(seconds: u32, value: T) -> JoinHandle<T> {
    spawn(async move {
        sleep(seconds * SECOND).await;
        value
    })
}

/// A task that panics after so many seconds.
fn panics_after(seconds: u32) -> JoinHandle<u32> {
    spawn(async move {
        sleep(seconds * SECOND).await;
        panic!("out of tea");
    })
}

fn aborted() -> JoinHandle<u32> {
    let task = spawn(pending());
    task.abort();
    task
}

fn numbers<T>(handles: &[JoinHandle<T>], first: u64) -> Vec<u64> {
    handles.iter().map(|task| task.id().get() - first).collect()
}

/// Polls with a waker of nobody.
fn poll_with<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// A future that leaves its waker, and is done when it is told.
#[derive(Clone, Default)]
struct Switch(Rc<Inside>);

#[derive(Default)]
struct Inside {
    is_on: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    polls: Cell<u32>,
}

impl Switch {
    fn wake(&self) {
        let waker = self.0.waker.borrow().clone();
        waker.expect("it has been polled").wake();
    }

    fn turn_on(&self) {
        self.0.is_on.set(true);
        self.wake();
    }

    fn polls(&self) -> u32 {
        self.0.polls.get()
    }

    fn waker(&self) -> Waker {
        self.0.waker.borrow().clone().expect("it has been polled")
    }
}

impl Future for Switch {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.polls.set(self.polls() + 1);
        let before = self.0.waker.replace(Some(cx.waker().clone()));
        drop(before);
        if self.0.is_on.get() { Poll::Ready(()) } else { Poll::Pending }
    }
}

// ---- join_all, try_join_all: asyncio's `gather` --------------------------------------------

#[test]
fn outputs_come_in_the_order_of_the_arguments() {
    virtually(async {
        let start = Instant::now();
        let sleepers = [3, 1, 2].map(|seconds| async move {
            sleep(seconds * SECOND).await;
            seconds
        });
        assert_eq!(join_all(sleepers).await, [3, 1, 2]);
        assert_eq!(start.elapsed(), 3 * SECOND, "they wait beside each other");
        assert_eq!(
            try_join_all([Ok::<_, ()>(1), Ok(2)].map(ready)).await,
            Ok(vec![1, 2])
        );
    });
}

#[test]
fn none_are_waited_for_at_once() {
    virtually(async {
        let none = Vec::<JoinHandle<u32>>::new;
        assert!(join_all(none()).await.is_empty());
        assert!(try_join_all(none()).await.unwrap().is_empty());
        assert!(race(none()).await.is_none());
        assert!(as_completed(none()).next().await.is_none());
        assert!(as_completed(none()).timeout(Duration::ZERO).next().await.is_none());
        for when in [
            ReturnWhen::AllCompleted,
            ReturnWhen::FirstCompleted,
            ReturnWhen::FirstException,
        ] {
            let (done, pending) = wait(none(), when).await;
            assert!(done.is_empty() && pending.is_empty());
        }
        let no_tasks = Vec::<JoinHandle<Result<u32, ()>>>::new();
        assert!(try_join_tasks(no_tasks).await.unwrap().is_empty());
    });
}

#[test]
fn over_handles_every_outcome_is_an_item() {
    let (mut runtime, log) = hooked();
    quiet(|| {
        runtime.block_on(async {
            let outcomes = join_all([panics_after(2), aborted(), after(1, 7)]).await;
            let text = |outcome: &Result<u32, mainspring::task::JoinError>| match outcome
            {
                Ok(value) => value.to_string(),
                Err(error) => error.to_string(),
            };
            let texts: Vec<String> = outcomes.iter().map(text).collect();
            assert_eq!(
                texts,
                ["Task-2 panicked: out of tea", "Task-3 was cancelled", "7"]
            );
        });
    });
    assert_eq!(log.take(), "", "what was read is not told to the hook");
}

#[test]
fn the_first_error_by_time_ends_a_try_join_and_tasks_run_on() {
    virtually(async {
        let start = Instant::now();
        let fail = |seconds: u32| async move {
            sleep(seconds * SECOND).await;
            Err::<u32, u32>(seconds)
        };
        let sibling = after(3, Ok::<u32, u32>(9));
        let abort = sibling.abort_handle();
        let tasks = [sibling, spawn(fail(2)), spawn(fail(1))];
        let error = try_join_tasks(tasks).await.unwrap_err();
        assert!(matches!(error, TaskError::Failed(1)));
        assert_eq!(start.elapsed(), SECOND);
        sleep(SECOND).await;
        assert!(!abort.is_finished());
        sleep(SECOND).await;
        settle().await;
        assert!(abort.is_finished(), "the sibling ran on to its end");
    });
}

#[test]
fn the_first_error_drops_futures_at_once() {
    virtually(async {
        let dropped = Counter::default();
        let (first, second) = (Dropped(dropped.clone()), Dropped(dropped.clone()));
        type Any = Pin<Box<dyn Future<Output = Result<(), u32>>>>;
        let futures: [Any; 3] = [
            Box::pin(async move {
                let _first = first;
                pending().await
            }),
            Box::pin(async {
                sleep(SECOND).await;
                Err(7)
            }),
            Box::pin(async move {
                let _second = second;
                pending().await
            }),
        ];
        assert_eq!(try_join_all(futures).await, Err(7));
        assert_eq!(dropped.get(), 2);
    });
}

#[test]
fn of_errors_that_were_there_before_the_first_by_position_is_told() {
    virtually(async {
        let fail = |seconds: u32| async move {
            sleep(seconds * SECOND).await;
            Err::<(), u32>(seconds)
        };
        let tasks = [spawn(fail(2)), spawn(fail(1))];
        sleep(3 * SECOND).await;
        assert!(matches!(try_join_tasks(tasks).await, Err(TaskError::Failed(2))));
        let errors = [Err::<(), _>(1), Err(2)].map(ready);
        assert_eq!(try_join_all(errors).await, Err(1));
    });
}

#[test]
fn a_cancelled_or_panicked_task_ends_a_try_join() {
    quiet(|| {
        virtually(async {
            let error = try_join_all([after(5, 1), aborted()]).await.unwrap_err();
            assert!(error.is_cancelled());
            let error = try_join_all([after(5, 1), panics_after(1)]).await.unwrap_err();
            assert!(error.is_panic());
            let panics = spawn(async { panic!("out of tea") });
            let tasks = [spawn(pending::<Result<(), ()>>()), panics];
            let error = try_join_tasks(tasks).await.unwrap_err();
            let text = "panicked: out of tea";
            assert!(
                matches!(error, TaskError::Join(error) if error.to_string().ends_with(text))
            );
        });
    });
}

#[test]
fn the_error_of_a_task_has_the_source_of_what_it_returned() {
    #[derive(Debug)]
    struct NoNumber(ParseIntError);

    impl fmt::Display for NoNumber {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("no number")
        }
    }

    impl Error for NoNumber {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    let error = TaskError::Failed(NoNumber("1 a".parse::<u8>().unwrap_err()));
    assert_eq!(error.to_string(), "no number");
    assert!(error.source().is_some_and(|source| source.is::<ParseIntError>()));
}

#[test]
fn a_join_that_is_dropped_drops_futures_and_detaches_tasks() {
    virtually(async {
        let dropped = Counter::default();
        let guard = Dropped(dropped.clone());
        let future = async move {
            let _guard = guard;
            pending::<()>().await;
        };
        assert!(timeout(SECOND, join_all([future])).await.is_err());
        assert_eq!(dropped.get(), 1);
        let task = after(2, ());
        let abort = task.abort_handle();
        assert!(timeout(SECOND, join_all([task])).await.is_err());
        sleep(2 * SECOND).await;
        settle().await;
        assert!(abort.is_finished());
    });
}

#[test]
fn a_panic_of_one_goes_to_whoever_awaits_and_the_others_are_dropped() {
    let dropped = Counter::default();
    let text = panic_of(|| {
        virtually(async {
            let guard = Dropped(dropped.clone());
            let futures: [Pin<Box<dyn Future<Output = ()>>>; 2] = [
                Box::pin(async move {
                    let _guard = guard;
                    pending().await
                }),
                Box::pin(async {
                    yield_now().await;
                    panic!("out of tea")
                }),
            ];
            join_all(futures).await
        })
    });
    assert_eq!((text.as_str(), dropped.get()), ("out of tea", 1));
}

#[test]
fn a_handle_whose_outcome_was_taken_before_panics_and_says_so() {
    let taken = async || {
        let mut task = spawn(async { 1 });
        settle().await;
        task.try_result().unwrap().unwrap();
        [task]
    };
    let text = "Task-2 was awaited again after its end";
    assert_eq!(panic_of(|| virtually(async { join_all(taken().await).await })), text);
    let next = async || as_completed(taken().await).next().await;
    assert_eq!(panic_of(|| virtually(next())), text);
    virtually(async {
        let (done, pending) = wait(taken().await, ReturnWhen::AllCompleted).await;
        assert_eq!((done.len(), pending.len()), (1, 0), "a wait takes no outcome");
    });
}

#[test]
fn an_outcome_that_was_taken_before_panics_once_and_the_others_are_still_given() {
    virtually(async {
        let mut tasks = [1, 2, 3].map(|number| spawn(async move { number }));
        settle().await;
        assert_eq!(tasks[1].try_result().unwrap().unwrap(), 2);
        let mut completed = as_completed(tasks);
        let mut next = async || {
            let (index, outcome) = completed.next().await?.unwrap();
            Some((index, outcome.unwrap(), completed.len()))
        };
        assert_eq!(next().await, Some((0, 1, 2)));
        let text = panic_of(|| {
            let next = pin!(next()).poll(&mut Context::from_waker(Waker::noop()));
            unreachable!("{next:?}")
        });
        assert_eq!(text, "Task-3 was awaited again after its end");
        assert_eq!(next().await, Some((2, 3, 0)));
        assert_eq!(next().await, None);
    });
}

#[test]
fn a_join_may_borrow_and_be_joined_in_its_turn() {
    let text = String::from("tea");
    let lengths = virtually(async {
        let inner = |seconds: u32| {
            let text = &text;
            join_all([1, 2].map(|factor| async move {
                sleep(factor * seconds * SECOND).await;
                text.len() * factor as usize
            }))
        };
        join_all([inner(2), inner(1)]).await
    });
    assert_eq!(lengths, [[3, 6], [3, 6]]);
}

// ---- who is polled, and how often -------------------------------------------------------------

#[test]
fn a_child_is_polled_once_more_than_it_is_woken() {
    virtually(async {
        let switches: Vec<Switch> = (0..1000).map(|_| Switch::default()).collect();
        let task = spawn(join_all(switches.clone()));
        settle().await;
        let mut orders: Vec<usize> = (0..1000).collect();
        orders.sort_by_key(|index| (index * 7919) % 1000);
        for (count, &index) in orders.iter().enumerate() {
            if count % 3 == 0 {
                switches[index].wake();
                switches[index].wake();
                settle().await;
            }
            switches[index].turn_on();
            if count % 5 == 0 {
                settle().await;
            }
        }
        assert_eq!(task.await.unwrap().len(), 1000);
        for (count, &index) in orders.iter().enumerate() {
            let most = if count % 3 == 0 { 3 } else { 2 };
            assert!(switches[index].polls() <= most);
        }
    });
}

#[test]
fn a_hundred_thousand_in_any_order_take_two_polls_each() {
    const MANY: usize = 100_000;
    virtually(async {
        let polls = Rc::new(Cell::new(0));
        let (senders, children): (Vec<_>, Vec<_>) = (0..MANY)
            .map(|index| {
                let (sender, receiver) = oneshot();
                let polls = Rc::clone(&polls);
                let mut receiver = Box::pin(receiver);
                let child = poll_fn(move |cx| {
                    polls.set(polls.get() + 1);
                    receiver
                        .as_mut()
                        .poll(cx)
                        .map(|value: Result<usize, _>| value.unwrap())
                });
                ((index, sender), child)
            })
            .unzip();
        let mut senders = senders;
        senders.sort_by_key(|(index, _)| (index * 7919) % MANY);
        let task = spawn(join_all(children));
        settle().await;
        for (count, (index, sender)) in senders.into_iter().enumerate() {
            sender.send(index).unwrap();
            if count % 10 == 0 {
                yield_now().await;
            }
        }
        let outputs = task.await.unwrap();
        assert!(outputs.into_iter().eq(0..MANY));
        assert_eq!(polls.get(), 2 * MANY);
    });
}

#[test]
fn children_are_polled_in_the_order_of_their_wakes() {
    virtually(async {
        let log = Log::default();
        let switches: Vec<Switch> = (0..4).map(|_| Switch::default()).collect();
        let children = switches.iter().enumerate().map(|(index, switch)| {
            let (log, switch) = (log.clone(), switch.clone());
            async move {
                switch.await;
                log.add(index.to_string());
            }
        });
        let task = spawn(join_all(children.collect::<Vec<_>>()));
        settle().await;
        for index in [2, 0, 3, 1] {
            switches[index].turn_on();
        }
        task.await.unwrap();
        assert_eq!(log.take(), "2 0 3 1");
    });
}

/// A child that wakes itself has its turn after the others, and the task gives way.
#[test]
fn a_child_that_is_woken_while_it_is_polled_is_polled_again_in_the_next_turn() {
    virtually(async {
        let log = Log::default();
        let child = |name: &'static str| {
            let log = log.clone();
            async move {
                for _ in 0..2 {
                    log.add(name);
                    yield_now().await;
                }
            }
        };
        let other = spawn(child("other"));
        join_all(["a", "b"].map(child)).await;
        other.await.unwrap();
        assert_eq!(log.take(), "a b other a b other");
    });
}

#[test]
fn a_wake_of_a_child_that_is_done_or_gone_wakes_nobody() {
    virtually(async {
        let (done, waits) = (Switch::default(), Switch::default());
        let mut all = Box::pin(join_all([done.clone(), waits.clone()]));
        let (wakes, waker) = Wakes::new();
        assert!(poll_with(all.as_mut(), &waker).is_pending());
        done.turn_on();
        assert!(poll_with(all.as_mut(), &waker).is_pending());
        let polls = waits.polls();
        done.wake();
        assert!(poll_with(all.as_mut(), &waker).is_pending());
        assert_eq!((done.polls(), waits.polls()), (2, polls));
        let count = wakes.count();
        drop(all);
        waits.wake();
        done.wake();
        assert_eq!(wakes.count(), count, "the join is gone");
    });
}

#[test]
fn a_wake_for_the_last_tenant_of_a_slot_does_not_poll_the_next() {
    virtually(async {
        let mut completed = as_completed([after(1, 0)]);
        assert!(!completed.is_empty());
        for round in 1..50 {
            completed.push(after(1, round));
            let (index, outcome) = completed.next().await.unwrap().unwrap();
            assert_eq!((index, outcome.unwrap()), (round - 1, round - 1));
        }
    });
}

#[test]
fn a_join_that_is_polled_by_another_task_wakes_that_one() {
    virtually(async {
        let switch = Switch::default();
        let mut all = Box::pin(join_all([switch.clone()]));
        let (first, waker) = Wakes::new();
        assert!(poll_with(all.as_mut(), &waker).is_pending());
        drop(waker);
        let (second, waker) = Wakes::new();
        assert!(poll_with(all.as_mut(), &waker).is_pending());
        switch.turn_on();
        assert_eq!((first.count(), second.count()), (0, 1));
        assert_eq!(
            Arc::strong_count(&first),
            1,
            "nobody keeps the waker that is replaced"
        );
        assert!(poll_with(all.as_mut(), &waker).is_ready());
        drop(waker);
        drop(all);
        assert_eq!(Arc::strong_count(&second), 1);
    });
}

#[test]
fn children_are_woken_from_other_threads() {
    block_on(async {
        let (sender, wakers) =
            mpsc::channel::<(Waker, Arc<std::sync::atomic::AtomicBool>)>();
        let thread = thread::spawn(move || {
            for (waker, is_on) in wakers {
                is_on.store(true, std::sync::atomic::Ordering::Release);
                waker.wake();
            }
        });
        let children = (0..500).map(|index| {
            let (sender, is_on) = (sender.clone(), Arc::default());
            let mut is_sent = false;
            poll_fn(move |cx| {
                let is_on: &Arc<std::sync::atomic::AtomicBool> = &is_on;
                if !std::mem::replace(&mut is_sent, true) {
                    sender.send((cx.waker().clone(), Arc::clone(is_on))).unwrap();
                }
                match is_on.load(std::sync::atomic::Ordering::Acquire) {
                    true => Poll::Ready(index),
                    false => Poll::Pending,
                }
            })
        });
        let children: Vec<_> = children.collect();
        assert!(join_all(children).await.into_iter().eq(0..500));
        drop(sender);
        thread.join().unwrap();
    });
}

#[test]
fn wakers_that_outlive_a_join_are_dropped_anywhere() {
    virtually(async {
        let switch = Switch::default();
        let task = spawn(join_all([switch.clone()]));
        settle().await;
        let waker = switch.waker();
        task.abort();
        settle().await;
        thread::spawn(move || {
            waker.wake_by_ref();
            drop(waker);
        })
        .join()
        .unwrap();
        settle().await;
    });
}

// ---- the budget ------------------------------------------------------------------------------

/// Five hundred sockets that always have something: each has its share, and nobody is polled
/// only to be told to give way.
#[test]
fn five_hundred_ready_sockets_are_all_served() {
    const SOCKETS: usize = 500;
    const READS: usize = 3;
    virtually(async {
        let polls = Rc::new(Cell::new(0));
        let turns = Rc::new(Cell::new(0));
        let mut far_ends = Vec::new();
        let mut children = Vec::new();
        for _ in 0..SOCKETS {
            let (near, far) = UnixStream::pair().unwrap();
            far.write_all(&[7; READS]).await.unwrap();
            far_ends.push(far);
            let mut child = Box::pin(async move {
                for _ in 0..READS {
                    near.read_exact(&mut [0]).await.unwrap();
                }
            });
            let polls = Rc::clone(&polls);
            children.push(poll_fn(move |cx| {
                polls.set(polls.get() + 1);
                child.as_mut().poll(cx)
            }));
        }
        let mut all = Box::pin(join_all(children));
        let count = Rc::clone(&turns);
        let others = Counter::default();
        let ticks = others.clone();
        let other = spawn(async move {
            loop {
                ticks.add();
                yield_now().await;
            }
        });
        poll_fn(move |cx| {
            count.set(count.get() + 1);
            all.as_mut().poll(cx)
        })
        .await;
        other.abort();
        let least = SOCKETS * READS / 128;
        assert!(
            turns.get() >= least && turns.get() <= 2 * least + 2,
            "{} turns",
            turns.get()
        );
        assert!(polls.get() <= SOCKETS + turns.get(), "{} polls", polls.get());
        assert!(others.get() as usize >= least - 1, "others have their turns");
    });
}

#[test]
fn a_wait_whose_budget_is_spent_still_takes_in_who_is_done() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let tasks: Vec<_> = (0..3).map(|value| spawn(async move { value })).collect();
        settle().await;
        for _ in 0..128 {
            far.write(b"x").await.unwrap();
        }
        let (done, pending) =
            wait(tasks, ReturnWhen::AllCompleted).timeout(Duration::ZERO).await;
        assert_eq!((done.len(), pending.len()), (3, 0));
        let mut completed = as_completed(done).timeout(Duration::ZERO);
        for _ in 0..128 {
            far.write(b"x").await.unwrap();
        }
        assert_eq!(completed.next().await.unwrap().unwrap().0, 0);
        drop(near);
    });
}

/// Never waits, and leaves its task no budget: sends a byte to itself as often as it may, and
/// says how often it has.
async fn never_waits(times: &Cell<u32>) {
    let (near, far) = UnixStream::pair().unwrap();
    for _ in 0..10_000 {
        far.write_all(b"x").await.unwrap();
        near.read_exact(&mut [0]).await.unwrap();
        times.set(times.get() + 1);
    }
}

#[test]
fn who_spends_every_budget_keeps_no_task_from_being_given_out() {
    virtually(async {
        let times = Cell::new(0);
        let mut ends = as_completed((0..100).map(|number| spawn(ready(number))));
        let all = async {
            let mut given = Vec::new();
            while let Some(end) = ends.next().await {
                given.push(end.unwrap().1.unwrap());
            }
            given
        };
        let Either::Right(given) = left_first(never_waits(&times), all).await else {
            panic!("who asks did not get its turn");
        };
        assert_eq!(given, (0..100).collect::<Vec<_>>());
    });
}

/// A `select` that asks the left one first in each turn, whatever that has spent.
async fn left_first<L: Future, R: Future>(
    left: L,
    right: R,
) -> Either<L::Output, R::Output> {
    let (mut left, mut right) = (pin!(left), pin!(right));
    poll_fn(|cx| match left.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Either::Left(output)),
        Poll::Pending => right.as_mut().poll(cx).map(Either::Right),
    })
    .await
}

#[test]
fn who_spends_every_budget_stops_no_join_beside_it() {
    virtually(async {
        let times = Cell::new(0);
        let three = join_all((0..3).map(async |_| yield_now().await));
        let Either::Right(_) = left_first(never_waits(&times), three).await else {
            panic!("the join did not get its turn");
        };
        assert!(times.get() < 1000);
    });
}

#[test]
fn who_spends_every_budget_stops_no_wait_beside_it() {
    virtually(async {
        let times = Cell::new(0);
        let tasks = (0..100).map(|_| spawn(pending::<()>()));
        let waits = wait(tasks, ReturnWhen::AllCompleted).timeout(Duration::ZERO);
        let Either::Right((done, pending)) = left_first(never_waits(&times), waits).await
        else {
            panic!("the wait did not get its turn");
        };
        assert_eq!((done.len(), pending.len()), (0, 100));
        assert!(times.get() < 1000);
    });
}

// ---- a fixed few -----------------------------------------------------------------------------

#[test]
fn a_tuple_of_two_to_eight_gives_a_tuple() {
    virtually(async {
        let a = async || {
            yield_now().await;
            1
        };
        let b = || ready("b");
        assert_eq!(join((a(), b())).await, (1, "b"));
        assert_eq!(join((a(), b(), a())).await, (1, "b", 1));
        assert_eq!(join((a(), b(), a(), b())).await, (1, "b", 1, "b"));
        assert_eq!(join((a(), b(), a(), b(), a())).await, (1, "b", 1, "b", 1));
        assert_eq!(join((a(), b(), a(), b(), a(), b())).await, (1, "b", 1, "b", 1, "b"));
        assert_eq!(
            join((a(), b(), a(), b(), a(), b(), a())).await,
            (1, "b", 1, "b", 1, "b", 1)
        );
        assert_eq!(
            join((a(), b(), a(), b(), a(), b(), a(), b())).await,
            (1, "b", 1, "b", 1, "b", 1, "b")
        );
        let ok = |value: u8| ready(Ok::<u8, ()>(value));
        let eight = (ok(1), ok(2), ok(3), ok(4), ok(5), ok(6), ok(7), ok(8));
        assert_eq!(try_join(eight).await, Ok((1, 2, 3, 4, 5, 6, 7, 8)));
    });
}

#[test]
fn of_a_tuple_what_is_done_is_not_polled_again() {
    virtually(async {
        let (first, second) = (Switch::default(), Switch::default());
        let task = spawn(join((first.clone(), second.clone())));
        settle().await;
        first.turn_on();
        settle().await;
        second.wake();
        settle().await;
        second.turn_on();
        task.await.unwrap();
        assert_eq!((first.polls(), second.polls()), (2, 4));
    });
}

/// Each has a turn that begins with it, if one spends the whole budget.
#[test]
fn of_a_tuple_nobody_spends_the_budget_of_the_others() {
    virtually(async {
        let times = Cell::new(0);
        let read = async || {
            let (near, far) = UnixStream::pair().unwrap();
            far.write_all(b"x").await.unwrap();
            near.read_exact(&mut [0]).await.unwrap();
            times.get()
        };
        let (_, b, c) = join((never_waits(&times), read(), read())).await;
        assert!(b.max(c) < 1000, "{b}, {c}");
    });
}

#[test]
fn of_two_the_left_one_does_not_spend_every_budget() {
    virtually(async {
        let times = Cell::new(0);
        let (near, far) = UnixStream::pair().unwrap();
        far.write_all(b"x").await.unwrap();
        let mut byte = [0];
        let read = near.read_exact(&mut byte);
        assert!(matches!(select(never_waits(&times), read).await, Either::Right(_)));
        assert!(times.get() < 1000, "{}", times.get());
    });
}

#[test]
fn of_a_tuple_what_is_done_is_dropped_at_once() {
    virtually(async {
        let dropped = Rc::new(Cell::new(false));
        let also = Rc::clone(&dropped);
        let guard = Finally(move || also.set(true));
        let done = poll_fn(move |_| {
            let _guard = &guard;
            Poll::Ready(Ok::<_, ()>(()))
        });
        let look = async {
            sleep(SECOND).await;
            Ok(dropped.get())
        };
        assert_eq!(try_join((done, look)).await, Ok(((), true)));
    });
}

#[test]
fn of_a_tuple_the_first_error_drops_the_others_and_position_breaks_a_tie() {
    virtually(async {
        let fail = |seconds: u32, error: u32| async move {
            sleep(seconds * SECOND).await;
            Err::<(), u32>(error)
        };
        assert_eq!(try_join((fail(2, 1), fail(1, 2))).await, Err(2));
        assert_eq!(
            try_join((ready(Err::<(), _>(1)), ready(Err::<(), _>(2)))).await,
            Err(1)
        );
        let dropped = Counter::default();
        let guard = Dropped(dropped.clone());
        let sibling = async move {
            let _guard = guard;
            pending::<Result<(), u32>>().await
        };
        assert_eq!(try_join((sibling, fail(1, 3))).await, Err(3));
        assert_eq!(dropped.get(), 1);
    });
}

#[test]
fn a_panic_in_a_tuple_drops_the_others() {
    let dropped = Counter::default();
    let guard = Dropped(dropped.clone());
    let sibling = async move {
        let _guard = guard;
        pending::<()>().await;
    };
    let text = panic_of(|| virtually(join((sibling, async { panic!("out of tea") }))));
    assert_eq!((text.as_str(), dropped.get()), ("out of tea", 1));
}

// ---- the first ---------------------------------------------------------------------------------

#[test]
fn the_first_of_a_race_wins_and_the_losers_are_dropped_where_they_were() {
    virtually(async {
        let log = Log::default();
        let runner = |seconds: u32| {
            let log = log.clone();
            async move {
                let gone = log.clone();
                let _finally = Finally(move || gone.add(format!("-{seconds}")));
                sleep(seconds * SECOND).await;
                log.add(format!("+{seconds}"));
                seconds
            }
        };
        assert_eq!(race([2, 1, 3].map(runner)).await, Some((1, 1)));
        assert_eq!(log.take(), "+1 -1 -2 -3");
        assert_eq!(
            race([ready(7), ready(8)]).await,
            Some((0, 7)),
            "a tie goes by position"
        );
        let (winner, loser) = (after(1, 1), after(2, 2));
        let abort = loser.abort_handle();
        let (index, outcome) = race([loser, winner]).await.unwrap();
        assert_eq!((index, outcome.unwrap()), (1, 1));
        sleep(2 * SECOND).await;
        settle().await;
        assert!(abort.is_finished(), "a task runs on");
    });
}

#[test]
fn of_two_the_left_one_is_polled_first() {
    virtually(async {
        let polled = Counter::default();
        let count = polled.clone();
        let right = poll_fn(move |_| {
            count.add();
            Poll::Ready(2)
        });
        assert_eq!(select(ready(1), right).await, Either::Left(1));
        assert_eq!(polled.get(), 0);
        assert_eq!(select(pending::<u32>(), ready(2)).await, Either::Right(2));
        let mut kept = after(2, 9);
        assert!(matches!(select(&mut kept, sleep(SECOND)).await, Either::Right(())));
        assert_eq!(kept.await.unwrap(), 9);
    });
}

// ---- as_completed ------------------------------------------------------------------------------

#[test]
fn outcomes_come_in_the_order_in_which_the_tasks_end() {
    quiet(|| {
        virtually(async {
            let tasks = [after(3, 3), panics_after(1), aborted(), after(2, 2)];
            let mut completed = as_completed(tasks);
            let mut order = Vec::new();
            while let Some(item) = completed.next().await {
                let (index, outcome) = item.unwrap();
                order.push((index, outcome.ok()));
            }
            assert_eq!(order, [(2, None), (1, None), (3, Some(2)), (0, Some(3))]);
            assert!(completed.next().await.is_none());
            assert!(completed.is_empty());
        });
    });
}

#[test]
fn the_order_counts_from_the_call_also_while_nobody_asks() {
    virtually(async {
        let mut completed = as_completed([after(3, 3), after(1, 1), after(2, 2)]);
        sleep(5 * SECOND).await; // they progress meanwhile
        let start = Instant::now();
        let mut order = Vec::new();
        while let Some(Ok((index, _))) = completed.next().await {
            order.push(index);
        }
        assert_eq!((order, start.elapsed()), (vec![1, 2, 0], Duration::ZERO));
    });
}

#[test]
fn those_that_had_ended_before_the_call_come_first_by_position() {
    virtually(async {
        let tasks = [after(2, 2), after(1, 1), after(3, 3)];
        sleep(2 * SECOND).await;
        settle().await;
        let mut completed = as_completed(tasks);
        let mut order = Vec::new();
        while let Some(Ok((index, _))) = completed.next().await {
            order.push(index);
        }
        assert_eq!(order, [0, 1, 2]);
    });
}

/// What is pushed when it has ended stands behind those that have ended by then.
#[test]
fn a_pushed_task_that_has_ended_comes_after_those_that_ended_before_the_push() {
    virtually(async {
        let late = after(2, "late");
        let mut completed = as_completed([after(1, "early")]);
        sleep(3 * SECOND).await;
        assert_eq!(completed.push(late), 1);
        assert_eq!(completed.len(), 2);
        for expected in ["early", "late"] {
            let (_, outcome) = completed.next().await.unwrap().unwrap();
            assert_eq!(outcome.unwrap(), expected);
        }
        assert_eq!(completed.push(after(1, "later")), 2, "none left is no end");
        assert_eq!(completed.next().await.unwrap().unwrap().0, 2);
    });
}

#[test]
fn the_limit_is_for_all_together_and_told_once() {
    virtually(async {
        let start = Instant::now();
        let tasks = [1, 2, 9, 8].map(|seconds| after(seconds, seconds));
        let mut completed = as_completed(tasks).timeout(3 * SECOND);
        assert_eq!(completed.next().await.unwrap().unwrap().0, 0);
        assert_eq!(completed.next().await.unwrap().unwrap().0, 1);
        assert!(completed.next().await.unwrap().is_err());
        assert_eq!(start.elapsed(), 3 * SECOND);
        assert!(completed.next().await.is_none());
        assert!(completed.next().await.is_none());
        let pending = completed.into_pending();
        let indices: Vec<usize> = pending.iter().map(|(index, _)| *index).collect();
        assert_eq!(indices, [2, 3]);
        for (_, task) in pending {
            task.await.unwrap(); // they ran on
        }
        assert_eq!(start.elapsed(), 9 * SECOND);
    });
}

#[test]
fn what_ended_before_the_limit_comes_first_however_late_it_is_asked_for() {
    virtually(async {
        let tasks = [after(9, 9), after(2, 2), after(1, 1)];
        let mut completed = as_completed(tasks).timeout(3 * SECOND);
        sleep(5 * SECOND).await;
        assert_eq!(completed.next().await.unwrap().unwrap().0, 2);
        assert_eq!(completed.next().await.unwrap().unwrap().0, 1);
        assert!(completed.next().await.unwrap().is_err());
        let mut ended = as_completed([spawn(async {}), spawn(pending())]);
        settle().await;
        ended = ended.timeout(Duration::ZERO);
        assert_eq!(ended.next().await.unwrap().unwrap().0, 0);
        assert!(ended.next().await.unwrap().is_err());
    });
}

#[test]
fn what_has_ended_and_was_not_asked_for_is_given_back_with_the_rest() {
    virtually(async {
        let ended = after(1, 1);
        sleep(2 * SECOND).await;
        let mut completed = as_completed([after(9, 9), ended, after(2, 2)]);
        assert_eq!(completed.next().await.unwrap().unwrap().0, 1);
        sleep(3 * SECOND).await;
        let mut pending = completed.into_pending();
        assert_eq!(pending.len(), 2);
        assert_eq!(pending[1].1.try_result().unwrap().unwrap(), 2);
        assert_eq!((pending[0].0, pending[1].0), (0, 2));
    });
}

#[test]
fn what_was_pushed_into_the_slot_of_another_is_given_back_in_its_order() {
    virtually(async {
        let mut completed = as_completed([after(1, 1), after(9, 9)]);
        completed.next().await.unwrap().unwrap().1.unwrap();
        completed.push(after(9, 9));
        let indices = completed.into_pending().into_iter().map(|(index, _)| index);
        assert!(indices.eq([1, 2]));
    });
}

#[test]
fn a_next_that_is_dropped_loses_nothing() {
    virtually(async {
        let mut completed = as_completed([after(2, 2), after(4, 4)]);
        assert!(timeout(SECOND, completed.next()).await.is_err());
        sleep(2 * SECOND).await;
        drop(completed.next());
        assert_eq!(completed.next().await.unwrap().unwrap().0, 0);
        assert_eq!(completed.next().await.unwrap().unwrap().0, 1);
    });
}

#[test]
fn to_drop_as_completed_detaches_the_tasks() {
    let (mut runtime, log) = hooked();
    quiet(|| {
        runtime.block_on(async {
            drop(as_completed([panics_after(1), after(1, 1)]));
            sleep(2 * SECOND).await;
        });
    });
    assert_eq!(log.count("out of tea"), 1, "and nobody is left to read the panic");
}

// ---- wait ----------------------------------------------------------------------------------------

#[test]
fn a_wait_for_all_gives_handles_in_the_order_of_the_arguments() {
    quiet(|| {
        virtually(async {
            let tasks = [after(3, 3), panics_after(1), aborted(), after(2, 2)];
            let first = tasks[0].id().get();
            let start = Instant::now();
            let (done, pending) = wait(tasks, ReturnWhen::AllCompleted).await;
            assert_eq!((numbers(&done, first), pending.len()), (vec![0, 1, 2, 3], 0));
            assert_eq!(start.elapsed(), 3 * SECOND);
            let outcomes = join_all(done).await; // what they returned is still there
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2);
        });
    });
}

#[test]
fn a_wait_for_the_first_may_return_several() {
    virtually(async {
        let tasks = [after(2, 0), after(1, 1), after(9, 2), after(1, 3)];
        let first = tasks[0].id().get();
        let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
        assert_eq!(numbers(&done, first), [1, 3]);
        assert_eq!(numbers(&pending, first), [0, 2]);
        let (done, _pending) =
            wait([after(9, 0), aborted()], ReturnWhen::FirstCompleted).await;
        assert_eq!(done.len(), 1, "one that was aborted is done");
    });
}

#[test]
fn a_wait_for_a_failure_goes_by_panics_and_not_by_aborts() {
    quiet(|| {
        virtually(async {
            let when = ReturnWhen::FirstException;
            let start = Instant::now();
            let tasks = [aborted(), after(1, 1), panics_after(2), after(9, 9)];
            let (done, pending) = wait(tasks, when).await;
            assert_eq!((done.len(), pending.len()), (3, 1));
            assert_eq!(start.elapsed(), 2 * SECOND);
            // One that has failed already: at once.
            let failed = done.into_iter().nth(2).unwrap();
            let (done, _) = wait([after(5, 5), failed], when).await;
            assert_eq!((done.len(), start.elapsed()), (1, 2 * SECOND));
            // Without a failure: all.
            let (done, pending) = wait([after(1, 1), aborted(), after(2, 2)], when).await;
            assert_eq!((done.len(), pending.len()), (3, 0));
        });
    });
}

#[test]
fn a_wait_that_looks_into_results_goes_by_errors_too() {
    quiet(|| {
        virtually(async {
            let when = ReturnWhen::FirstException;
            let start = Instant::now();
            let error = async {
                sleep(SECOND).await;
                Err::<u32, &str>("no")
            };
            let tasks = [after(9, Ok(1)), spawn(error), after(1, Ok(3))];
            let first = tasks[0].id().get();
            let (done, rest) = wait_try(tasks, when).await;
            assert_eq!((numbers(&done, first), rest.len()), (vec![1, 2], 1));
            assert_eq!(start.elapsed(), SECOND);
            let panics = spawn(async { panic!("out of tea") });
            let tasks = [spawn(pending::<Result<(), ()>>()), panics];
            assert_eq!(wait_try(tasks, when).await.0.len(), 1);
            // A plain wait takes an error for a value.
            let tasks = [spawn(async { Err::<(), ()>(()) }), after(1, Ok(()))];
            assert_eq!(wait(tasks, when).await.0.len(), 2);
        });
    });
}

#[test]
fn the_end_of_a_waits_time_is_no_error_and_aborts_nothing() {
    virtually(async {
        let start = Instant::now();
        let tasks = [after(1, 1), after(5, 5)];
        let (done, pending) =
            wait(tasks, ReturnWhen::AllCompleted).timeout(2 * SECOND).await;
        assert_eq!((done.len(), pending.len()), (1, 1));
        assert_eq!(start.elapsed(), 2 * SECOND);
        let limited = wait(pending, ReturnWhen::AllCompleted).timeout(SECOND);
        sleep(2 * SECOND).await; // it counts from the call
        let (done, pending) = limited.await;
        assert_eq!((done.len(), start.elapsed()), (0, 4 * SECOND));
        let zero = wait(pending, ReturnWhen::FirstCompleted).timeout(Duration::ZERO);
        let (_, pending) = zero.await;
        assert_eq!(start.elapsed(), 4 * SECOND);
        for task in pending {
            assert_eq!(task.await.unwrap(), 5);
        }
    });
}

#[test]
fn a_wait_with_a_zero_timeout_takes_in_what_has_ended_by_then() {
    virtually(async {
        let tasks = [spawn(async {}), spawn(pending())];
        settle().await;
        let (done, pending) =
            wait(tasks, ReturnWhen::AllCompleted).timeout(Duration::ZERO).await;
        assert_eq!((done.len(), pending.len()), (1, 1));
    });
}

#[test]
fn a_wait_that_is_dropped_leaves_the_tasks_running() {
    virtually(async {
        let task = after(2, ());
        let abort = task.abort_handle();
        assert!(timeout(SECOND, wait([task], ReturnWhen::AllCompleted)).await.is_err());
        sleep(2 * SECOND).await;
        settle().await;
        assert!(abort.is_finished());
    });
}

// ---- what lists of tasks say, memory, strangers -------------------------------------------------

#[test]
fn a_list_of_tasks_says_how_many_are_waited_for() {
    virtually(async {
        let of = |task: &dyn Fn() -> u64| {
            let id = task();
            let infos = mainspring::task::all();
            infos.into_iter().find(|info| info.id.get() == id).unwrap().waits_on
        };
        let all = spawn(join_all([1, 2, 3].map(|seconds| sleep(seconds * SECOND))));
        settle().await;
        assert_eq!(of(&|| all.id().get()), WaitsOn::AnyOf(3));
        sleep(SECOND).await;
        settle().await;
        assert_eq!(of(&|| all.id().get()), WaitsOn::AnyOf(2));
        let waits = spawn(wait([after(5, ())], ReturnWhen::AllCompleted));
        settle().await;
        assert_eq!(of(&|| waits.id().get()), WaitsOn::AnyOf(1));
        assert_eq!(WaitsOn::AnyOf(1).to_string(), "a future of its own");
        let pair = spawn(join((sleep(SECOND), pending::<()>())));
        settle().await;
        assert_eq!(of(&|| pair.id().get()), WaitsOn::Timer);
    });
}

#[test]
fn nothing_is_left_behind() {
    let inside = Rc::new(());
    virtually(async {
        for _ in 0..3 {
            let future = |seconds: u32| {
                let inside = Rc::clone(&inside);
                async move {
                    sleep(seconds * SECOND).await;
                    inside
                }
            };
            drop(join_all([1, 2].map(future)).await);
            drop(race([1, 2].map(future)).await);
            assert!(timeout(SECOND, join_all([3, 4].map(future))).await.is_err());
            let mut completed = as_completed([1, 3].map(|s| spawn(future(s))));
            completed.next().await.unwrap().unwrap().1.unwrap();
            drop(completed);
            drop(
                wait([1, 2].map(|s| spawn(future(s))), ReturnWhen::FirstCompleted).await,
            );
            sleep(5 * SECOND).await;
            assert_eq!(Rc::strong_count(&inside), 1);
            assert_eq!(mainspring::task::all().len(), 1);
        }
    });
}

/// The waker of a task that awaits no more may do anything when it is dropped: nothing is
/// locked meanwhile.
#[test]
fn a_stranger_may_wake_a_child_when_its_own_waker_is_dropped() {
    for replaced in [false, true] {
        ends("a waker that wakes a child in its drop", move || {
            virtually(async move {
                let switch = Switch::default();
                let mut all = Box::pin(join_all([switch.clone()]));
                let child = switch.clone();
                let stranger = Stranger::new(move |event| {
                    if event == Event::Drop {
                        child.wake();
                    }
                });
                assert!(poll_with(all.as_mut(), &stranger).is_pending());
                if replaced {
                    assert!(poll_with(all.as_mut(), Waker::noop()).is_pending());
                }
                drop(all);
            });
        });
    }
}

#[test]
fn a_stranger_may_wake_a_child_when_it_is_woken_or_cloned() {
    virtually(async {
        for moment in [Event::Clone, Event::Wake] {
            let switch = Switch::default();
            let mut all = Box::pin(join_all([switch.clone()]));
            let child = switch.clone();
            let is_first = Cell::new(true);
            let stranger = Stranger::new(move |event| {
                if event == moment && is_first.replace(false) {
                    child.wake();
                }
            });
            assert!(poll_with(all.as_mut(), &stranger).is_pending());
            switch.turn_on();
            assert!(poll_with(all.as_mut(), &stranger).is_ready());
        }
    });
}

#[test]
fn a_stranger_that_panics_when_it_is_dropped_ends_nobody_and_is_told() {
    for replaced in [false, true] {
        let (mut runtime, log) = hooked();
        quiet(|| {
            runtime.block_on(async {
                let switch = Switch::default();
                let mut all = Box::pin(join_all([switch.clone()]));
                let stranger = Stranger::new(|event| {
                    assert!(event != Event::Drop, "a stranger's drop");
                });
                assert!(poll_with(all.as_mut(), &stranger).is_pending());
                if replaced {
                    let (wakes, waker) = Wakes::new();
                    assert!(poll_with(all.as_mut(), &waker).is_pending());
                    switch.turn_on();
                    assert_eq!(wakes.count(), 1, "the new waker is there");
                }
                drop(all);
            });
        });
        assert_eq!(log.count("a foreign waker panicked: a stranger's drop"), 1);
    }
}

#[test]
fn a_stranger_that_panics_when_it_is_cloned_loses_no_child() {
    quiet(|| {
        virtually(async {
            let switch = Switch::default();
            let mut completed = as_completed([spawn(switch.clone())]);
            settle().await;
            let stranger =
                Stranger::new(|event| assert!(event != Event::Clone, "a clone"));
            let poll = || poll_with(pin!(completed.next()), &stranger).is_ready();
            assert_eq!(panic_of(poll), "a clone");
            switch.turn_on();
            assert!(completed.next().await.unwrap().unwrap().1.is_ok());
        });
    });
}

/// A waker that panics when it is woken: the wake of a child is its wake.
#[test]
fn a_stranger_that_panics_when_it_is_woken_harms_no_task_that_ends() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a stranger's wake");
        }
    }
    let (mut runtime, log) = hooked();
    quiet(|| {
        runtime.block_on(async {
            let task = after(1, 5);
            let mut completed = as_completed([task]);
            let waker = Waker::from(Arc::new(Panics));
            assert!(poll_with(pin!(completed.next()), &waker).is_pending());
            assert_eq!(completed.next().await.unwrap().unwrap().1.unwrap(), 5);
            assert!(poll_with(pin!(completed.next()), &waker).is_ready());
        });
    });
    assert_eq!(log.take(), "", "its waker was replaced");
    quiet(|| {
        runtime.block_on(async {
            let mut completed = as_completed([after(1, 5)]);
            assert!(poll_with(pin!(completed.next()), &waker_of(Panics)).is_pending());
            sleep(2 * SECOND).await;
            assert_eq!(completed.next().await.unwrap().unwrap().1.unwrap(), 5);
        });
    });
    assert_eq!(log.count("a foreign waker panicked: a stranger's wake"), 1);
    fn waker_of(panics: Panics) -> Waker {
        Waker::from(Arc::new(panics))
    }
}

#[test]
fn a_join_works_outside_a_runtime_and_between_two_calls() {
    let mut runtime = virtual_runtime();
    let mut all = Box::pin(join_all([ready(1), ready(2)]));
    assert_eq!(poll_with(all.as_mut(), Waker::noop()), Poll::Ready(vec![1, 2]));
    let task = runtime.spawn(async { 7 });
    let mut completed = as_completed([task]);
    assert!(poll_with(pin!(completed.next()), Waker::noop()).is_pending());
    runtime.block_on(settle());
    let Poll::Ready(Some(Ok((0, Ok(7))))) =
        poll_with(pin!(completed.next()), Waker::noop())
    else {
        panic!("it has ended");
    };
}

#[test]
fn a_join_over_tasks_of_a_runtime_that_is_gone_says_cancelled() {
    let runtime: Runtime = virtual_runtime();
    let mut completed = as_completed([runtime.spawn(pending::<()>())]);
    let (wakes, waker) = Wakes::new();
    assert!(poll_with(pin!(completed.next()), &waker).is_pending());
    drop(runtime);
    assert_eq!(wakes.count(), 1);
    let Poll::Ready(Some(Ok((0, Err(error))))) =
        poll_with(pin!(completed.next()), &waker)
    else {
        panic!("it has ended");
    };
    assert!(error.is_cancelled());
}

#[test]
fn an_error_of_a_task_shows_what_it_is() {
    quiet(|| {
        virtually(async {
            let fail = spawn(async { "x".parse::<u8>() });
            let error = try_join_tasks([fail]).await.unwrap_err();
            assert_eq!(error.to_string(), "invalid digit found in string");
            let task = spawn(pending::<Result<(), std::num::ParseIntError>>());
            task.abort();
            let error = try_join_tasks([task]).await.unwrap_err();
            assert_eq!(error.to_string(), "Task-3 was cancelled");
            assert!(std::error::Error::source(&error).is_none());
        });
    });
}
