//! Queues, oneshots and cancel tokens: what is handed over, and that nothing of it is lost. Most
//! of it is polled by hand, without any runtime.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use mainspring::spawn;
use mainspring::sync::{
    CancelToken, Closed, PutError, Queue, Receiver, Sender, TryGetError, oneshot,
};
use mainspring::time::{sleep, timeout};

mod guard;
mod hand;
mod stranger;
mod watchdog;

use guard::{Counter, Dropped, Log, SECOND, ends_on, panic_of, settle};
use hand::{Hand, at_once};
use stranger::Stranger;
use watchdog::{builder, watch};

#[track_caller]
fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

/// Everything that is in it.
fn drain<T>(queue: &Queue<T>) -> Vec<T> {
    std::iter::from_fn(|| queue.try_get().ok()).collect()
}

/// Every order of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![vec![]];
    }
    let insert = |order: Vec<usize>| {
        (0..count).map(move |place| {
            let mut order = order.clone();
            order.insert(place, count - 1);
            order
        })
    };
    orders(count - 1).into_iter().flat_map(insert).collect()
}

// Queues.

#[test]
fn a_queue_is_first_in_first_out_and_says_what_is_in_it() {
    let queue = Queue::bounded(2);
    assert!(queue.is_empty() && !queue.is_closed());
    assert_eq!((queue.capacity(), Queue::<()>::unbounded().capacity()), (Some(2), None));
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    at_once(queue.put(1)).unwrap();
    queue.try_put(2).unwrap();
    assert_eq!(queue.try_put(3), Err(PutError::Full(3)));
    assert_eq!((queue.len(), queue.is_empty()), (2, false));
    assert_eq!((at_once(queue.get()), queue.try_get()), (Some(1), Ok(2)));
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
}

#[test]
fn there_is_always_room_in_a_queue_without_bounds() {
    let queue = Queue::unbounded();
    (0..10_000).for_each(|item| queue.try_put(item).unwrap());
    at_once(queue.put(10_000)).unwrap();
    assert!(drain(&queue).into_iter().eq(0..=10_000));
}

#[test]
fn an_item_is_the_first_getters_from_the_moment_it_is_put() {
    for queue in [Queue::unbounded(), Queue::bounded(1), Queue::bounded(0)] {
        let mut line: VecDeque<_> = (0..3).map(|_| Hand::waits(queue.get())).collect();
        queue.try_put(0).unwrap();
        at_once(queue.put(1)).unwrap();
        assert_eq!(queue.len(), 0, "they are with those who get them");
        assert_eq!(queue.try_get(), Err(TryGetError::Empty));
        let mut late = Hand::waits(queue.get());
        let woken: Vec<_> = line.iter().map(Hand::woken).collect();
        assert_eq!(woken, [1, 1, 0]);
        // In whichever order they run, each has its own.
        assert_eq!(line[1].poll(), Some(Some(1)));
        assert_eq!(line[0].poll(), Some(Some(0)));
        queue.try_put(2).unwrap();
        assert!(late.poll().is_none());
        assert_eq!(line[2].poll(), Some(Some(2)));
        queue.try_put(3).unwrap();
        assert_eq!((late.poll(), late.woken()), (Some(Some(3)), 1));
    }
}

#[test]
fn putters_come_in_in_their_order_as_soon_as_there_is_room() {
    let queue = Queue::bounded(1);
    queue.try_put(0).unwrap();
    let mut line: Vec<_> = (1..4).map(|item| Hand::waits(queue.put(item))).collect();
    assert_eq!(at_once(queue.get()), Some(0));
    assert_eq!(queue.len(), 1, "the first is in before it runs");
    assert_eq!(queue.try_put(9), Err(PutError::Full(9)));
    let woken: Vec<_> = line.iter().map(Hand::woken).collect();
    assert_eq!(woken, [1, 0, 0]);
    drop(line.remove(0)); // it is in, and so is its item
    drop(line.remove(0)); // it is not
    let late = Hand::waits(queue.put(4));
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(line[0].poll(), Some(Ok(())));
    assert_eq!(drain(&queue), [3, 4]);
    assert_eq!(late.get(), Ok(()));
}

#[test]
fn what_a_putter_has_goes_with_it_if_it_is_not_in() {
    let drops = Counter::default();
    let queue = Queue::bounded(1);
    let put = || queue.put(Dropped(drops.clone()));
    drop(put());
    assert_eq!(drops.take(), 1, "it was not even polled");
    at_once(put()).unwrap();
    let (one, two) = (Hand::waits(put()), Hand::waits(put()));
    drop(two);
    assert_eq!(drops.take(), 1);
    assert!(queue.try_get().is_ok());
    assert_eq!(drops.take(), 1);
    drop(one);
    assert_eq!((drops.get(), queue.len()), (0, 1));
    drop(queue);
    assert_eq!(drops.get(), 1);
}

#[test]
fn an_item_of_a_getter_that_is_gone_goes_to_the_next() {
    let queue = Queue::bounded(1);
    let mut line: VecDeque<_> = (0..4).map(|_| Hand::waits(queue.get())).collect();
    queue.try_put('a').unwrap();
    drop(line.pop_front());
    assert_eq!(line[0].woken(), 1);
    drop(line.pop_front());
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    drop(line.pop_back());
    assert_eq!(line.pop_front().unwrap().get(), Some('a'));
}

/// Four getters have an item each, and are dropped in any order, with puts and gets in between:
/// what is left comes in the order in which it was put.
#[test]
fn items_of_getters_that_are_gone_go_back_in_their_order() {
    for order in orders(4) {
        for close in [false, true] {
            let queue = Queue::unbounded();
            let mut line: Vec<_> =
                (0..4).map(|_| Some(Hand::waits(queue.get()))).collect();
            (0..6).for_each(|item| queue.try_put(item).unwrap());
            if close {
                queue.close();
            }
            let mut left = vec![4, 5];
            for gone in order.clone() {
                line[gone] = None;
                left.push(gone);
                left.sort_unstable();
                assert_eq!(queue.len(), left.len());
            }
            assert_eq!(drain(&queue), left, "{order:?}");
            let end = if close { TryGetError::Closed } else { TryGetError::Empty };
            assert_eq!(queue.try_get(), Err(end));
        }
    }
}

#[test]
fn an_item_that_comes_back_to_a_full_queue_is_let_in_and_putters_wait_for_longer() {
    let queue = Queue::bounded(1);
    let getter = Hand::waits(queue.get());
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    let mut putter = Hand::waits(queue.put(3));
    drop(getter);
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.try_get(), Ok(1));
    assert!(putter.poll().is_none());
    assert_eq!((queue.try_get(), putter.woken()), (Ok(2), 1));
    assert_eq!(putter.get(), Ok(()));
    assert_eq!(drain(&queue), [3]);
}

#[test]
fn a_queue_without_room_hands_items_over() {
    let queue = Queue::bounded(0);
    assert_eq!(queue.try_put(0), Err(PutError::Full(0)));
    let (one, two) = (Hand::waits(queue.put(1)), Hand::waits(queue.put(2)));
    assert_eq!(queue.len(), 0);
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!((one.woken(), two.woken()), (1, 0));
    assert_eq!(at_once(queue.get()), Some(2));
    assert_eq!((one.get(), two.get()), (Ok(()), Ok(())));
    // And the other way round; a getter that is gone leaves its item there.
    let getter = Hand::waits(queue.get());
    queue.try_put(3).unwrap();
    drop(getter);
    assert_eq!(queue.len(), 1);
    assert_eq!(queue.try_put(4), Err(PutError::Full(4)));
    let putter = Hand::waits(queue.put(4));
    assert_eq!(drain(&queue), [3, 4]);
    assert_eq!(putter.get(), Ok(()));
}

/// The first item was looked for in a borrow that lasted until the putter had been woken.
#[test]
fn who_is_woken_by_a_queue_without_room_may_look_into_it() {
    let queue = Rc::new(Queue::bounded(0));
    let seen = Rc::new(Cell::new(None));
    let stranger = {
        let (queue, seen) = (Rc::downgrade(&queue), Rc::clone(&seen));
        Stranger::new(move |event| {
            if event == stranger::Event::Wake {
                let queue = queue.upgrade().unwrap();
                seen.set(Some((queue.len(), queue.try_put(8))));
            }
        })
    };
    let mut putter = Hand::new(queue.put(7));
    assert_eq!(putter.poll_with(&stranger), None);
    assert_eq!(queue.try_get(), Ok(7));
    assert_eq!(seen.take(), Some((0, Err(PutError::Full(8)))));
    assert_eq!(putter.get(), Ok(()));
}

#[test]
fn a_queue_that_is_closed_refuses_puts_and_can_be_emptied() {
    let queue = Queue::bounded(2);
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    let (one, gone) = (Hand::waits(queue.put(3)), Hand::waits(queue.put(4)));
    queue.close();
    queue.close();
    assert!(queue.is_closed());
    assert_eq!(one.woken(), 1);
    assert_eq!(one.get(), Err(PutError::Closed(3)));
    drop(gone);
    assert_eq!(queue.try_put(5), Err(PutError::Closed(5)));
    assert_eq!(at_once(queue.put(6)), Err(PutError::Closed(6)));
    assert_eq!((at_once(queue.get()), queue.try_get()), (Some(1), Ok(2)));
    assert_eq!((at_once(queue.get()), queue.try_get()), (None, Err(TryGetError::Closed)));
}

#[test]
fn who_waits_for_an_item_hears_at_once_that_there_will_be_none() {
    let queue = Queue::<u8>::bounded(0);
    let line: Vec<_> = (0..3).map(|_| Hand::waits(queue.get())).collect();
    queue.close();
    for hand in line {
        assert_eq!((hand.woken(), hand.get()), (1, None));
    }
}

/// CPython's getters look again when they are woken by a shutdown, and find it.
#[test]
fn an_item_that_comes_back_after_the_end_is_for_whoever_was_told_of_the_end() {
    let queue = Queue::unbounded();
    let (gone, told) = (Hand::waits(queue.get()), Hand::waits(queue.get()));
    queue.try_put(1).unwrap();
    queue.close();
    drop(gone);
    assert_eq!(told.get(), Some(1));
    assert_eq!(at_once(queue.get()), None);
}

#[test]
fn join_waits_for_the_work_and_not_for_an_empty_queue() {
    let queue = Queue::unbounded();
    at_once(queue.join());
    queue.try_put(1).unwrap();
    queue.try_put(2).unwrap();
    let gone = Hand::waits(queue.join());
    let (one, two) = (Hand::waits(queue.join()), Hand::waits(queue.join()));
    drop(gone);
    drain(&queue);
    queue.task_done();
    queue.close();
    assert_eq!(one.woken(), 0);
    queue.task_done();
    assert_eq!((one.woken(), two.woken()), (1, 1));
    one.get();
    two.get();
    at_once(queue.join());
    let text = panic_of(|| queue.task_done());
    assert_eq!(text, "`task_done` was called more often than `put`");
}

/// An item counts from when it is in, once, whatever becomes of its getter, and not at all if it
/// was refused.
#[test]
fn join_counts_an_item_once() {
    let queue = Queue::bounded(0);
    let getter = Hand::waits(queue.get());
    queue.try_put(1).unwrap();
    drop(getter);
    let (putter, refused) = (Hand::waits(queue.put(2)), Hand::waits(queue.put(3)));
    assert_eq!(drain(&queue).len(), 3);
    let late = Hand::waits(queue.put(4));
    queue.close();
    assert_eq!((putter.get(), refused.get()), (Ok(()), Ok(())));
    assert_eq!(late.get(), Err(PutError::Closed(4)));
    for _ in 0..3 {
        let _waits = Hand::waits(queue.join());
        queue.task_done();
    }
    at_once(queue.join());
}

/// Who puts again right after the last was done does not keep those who wait.
#[test]
fn join_ends_also_if_there_is_more_to_do_by_then() {
    let queue = Queue::unbounded();
    queue.try_put(1).unwrap();
    let waits = Hand::waits(queue.join());
    queue.task_done();
    queue.try_put(2).unwrap();
    waits.get();
    drop(Hand::waits(queue.join()));
}

#[test]
fn errors_of_a_queue_say_what_is_wrong_and_ask_nothing_of_the_item() {
    struct Mute;
    let queue = Queue::bounded(0);
    let full = queue.try_put(Mute).unwrap_err();
    assert_eq!(full.to_string(), "the queue is full");
    let waits = Hand::waits(queue.put(Mute));
    assert_eq!(
        format!("{queue:?}"),
        "Queue { len: 0, capacity: Some(0), is_closed: false, getters: 0 waiting, \
         putters: 1 waiting, .. }"
    );
    queue.close();
    let closed = waits.get().unwrap_err();
    assert_eq!(
        format!("{closed} {closed:?}"),
        "the queue is closed PutError(the queue is closed)"
    );
    assert_eq!(TryGetError::Empty.to_string(), "the queue is empty");
    assert_eq!(
        TryGetError::Closed.to_string(),
        "the queue is closed, and nothing is left in it"
    );
}

/// Timeouts, aborts and puts at the same moments: every item arrives, in its order.
#[test]
fn gets_that_are_given_up_lose_no_item() {
    virtually(async {
        let queue = Rc::new(Queue::bounded(2));
        let producer = {
            let queue = Rc::clone(&queue);
            spawn(async move {
                for item in 0..200 {
                    queue.put(item).await.unwrap();
                    if item % 3 == 0 {
                        sleep(SECOND).await;
                    }
                }
                queue.close();
            })
        };
        let mut items = Vec::new();
        for round in 0.. {
            if round % 4 == 3 {
                let queue = Rc::clone(&queue);
                let getter = spawn(async move { queue.get().await });
                settle().await;
                getter.abort();
                match getter.await {
                    Ok(Some(item)) => items.push(item),
                    Ok(None) => break,
                    Err(_) => {}
                }
                continue;
            }
            match timeout(round % 3 * SECOND, queue.get()).await {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(_) => {}
            }
        }
        assert!(items.into_iter().eq(0..200));
        producer.await.unwrap();
    });
}

#[test]
fn many_put_and_many_get() {
    virtually(async {
        let queue = Rc::new(Queue::bounded(3));
        let producers: Vec<_> = (0..4)
            .map(|producer| {
                let queue = Rc::clone(&queue);
                spawn(async move {
                    for number in 0..50 {
                        queue.put((producer, number)).await.unwrap();
                    }
                })
            })
            .collect();
        let log = Log::default();
        for _ in 0..3 {
            let (queue, log) = (Rc::clone(&queue), log.clone());
            drop(spawn(async move {
                while let Some((producer, number)) = queue.get().await {
                    log.add(format!("{producer}:{number:03}"));
                    sleep(SECOND).await;
                    queue.task_done();
                }
            }));
        }
        for producer in producers {
            producer.await.unwrap();
        }
        queue.join().await;
        let lines = log.0.take();
        assert_eq!(lines.len(), 200);
        for producer in 0..4 {
            let own = format!("{producer}:");
            let own: Vec<_> =
                lines.iter().filter(|line| line.starts_with(&own)).collect();
            assert!(own.is_sorted() && own.len() == 50);
        }
    });
}

// Oneshots.

#[test]
fn what_is_sent_arrives_whenever_it_is_waited_for() {
    let (sender, receiver) = oneshot();
    sender.send(1).unwrap();
    assert_eq!(at_once(receiver), Ok(1));
    let (sender, receiver) = oneshot();
    let waits = Hand::waits(receiver);
    sender.send(2).unwrap();
    assert_eq!((waits.woken(), waits.get()), (1, Ok(2)));
    let (sender, mut receiver) = oneshot();
    assert_eq!(receiver.try_recv(), None);
    sender.send(3).unwrap();
    assert_eq!(receiver.try_recv(), Some(Ok(3)));
    assert_eq!(receiver.try_recv(), Some(Err(Closed)));
    assert_eq!(at_once(&mut receiver), Err(Closed));
    assert_eq!(at_once(receiver), Err(Closed));
}

#[test]
fn a_sender_that_is_dropped_says_so() {
    let (sender, receiver) = oneshot::<u8>();
    drop(sender);
    assert_eq!(at_once(receiver), Err(Closed));
    let (sender, receiver) = oneshot::<u8>();
    let waits = Hand::waits(receiver);
    drop(sender);
    assert_eq!((waits.woken(), waits.get()), (1, Err(Closed)));
    assert_eq!(Closed.to_string(), "the sender is gone, and has left nothing");
}

#[test]
fn a_receiver_that_is_gone_hands_the_value_back() {
    let (sender, receiver) = oneshot();
    assert!(!sender.is_closed());
    drop(receiver);
    assert!(sender.is_closed());
    at_once(sender.closed());
    assert_eq!(sender.send(1), Err(1));
    let (sender, receiver) = oneshot::<u8>();
    let gone = Hand::waits(sender.closed());
    drop(gone);
    let closed = Hand::waits(sender.closed());
    let waits = Hand::waits(receiver);
    drop(waits);
    assert_eq!(closed.woken(), 1);
    closed.get();
    assert_eq!(sender.send(2), Err(2));
}

/// Whether it had waited for it or not.
#[test]
fn what_was_sent_and_not_received_is_dropped_with_the_receiver() {
    for polled in [false, true] {
        let drops = Counter::default();
        let (sender, receiver) = oneshot();
        let mut hand = Hand::new(receiver);
        assert!(!polled || hand.poll().is_none());
        assert!(sender.send(Dropped(drops.clone())).is_ok());
        assert_eq!(drops.get(), 0);
        drop(hand);
        assert_eq!(drops.get(), 1);
    }
}

#[test]
fn to_look_for_a_value_gives_no_place_up() {
    let (sender, mut receiver) = oneshot();
    let looks = std::future::poll_fn(|cx| {
        let polled = std::pin::Pin::new(&mut receiver).poll(cx);
        // As in a `select`, where a second branch has a look.
        assert_eq!(polled.is_pending(), receiver.try_recv().is_none());
        polled
    });
    let waits = Hand::waits(looks);
    sender.send(1).unwrap();
    assert_eq!((waits.woken(), waits.get()), (1, Ok(1)));
}

#[test]
fn a_receiver_may_be_awaited_again_after_a_timeout_and_in_another_task() {
    virtually(async {
        let (sender, mut receiver) = oneshot();
        assert!(timeout(SECOND, &mut receiver).await.is_err());
        let task = spawn(async move {
            assert!(timeout(SECOND, &mut receiver).await.is_err());
            receiver.await
        });
        sleep(5 * SECOND).await;
        sender.send("late").unwrap();
        assert_eq!(task.await.unwrap(), Ok("late"));
        let (sender, receiver) = oneshot::<()>();
        let task = spawn(receiver);
        let cancelled = spawn(async move { sender.closed().await });
        settle().await;
        task.abort();
        cancelled.await.unwrap();
    });
}

#[test]
fn both_ends_have_a_text_whatever_is_sent() {
    struct Mute;
    let (sender, receiver): (Sender<Mute>, Receiver<Mute>) = oneshot();
    assert_eq!(
        format!("{sender:?} {receiver:?}"),
        "Sender { is_closed: false } Receiver { .. }"
    );
}

// Cancel tokens.

#[test]
fn a_cancelled_token_is_so_for_all_who_wait_and_for_good() {
    let token = CancelToken::new();
    let clone = token.clone();
    let gone = Hand::waits(token.cancelled());
    let (one, two) = (Hand::waits(token.cancelled()), Hand::waits(clone.cancelled()));
    drop(gone);
    clone.cancel();
    clone.cancel();
    assert!(token.is_cancelled());
    for hand in [one, two] {
        assert_eq!(hand.woken(), 1);
        hand.get();
    }
    at_once(token.cancelled());
    assert_eq!(format!("{token:?}"), "CancelToken { is_cancelled: true }");
    assert!(!CancelToken::default().is_cancelled());
}

#[test]
fn a_token_cancels_what_is_below_it_and_nothing_else() {
    let root = CancelToken::new();
    let (left, right) = (root.child(), root.child());
    let (below, beside) = (left.child(), left.child());
    let waits = Hand::waits(below.cancelled());
    left.cancel();
    assert_eq!(waits.woken(), 1);
    let cancelled =
        [&root, &left, &right, &below, &beside].map(CancelToken::is_cancelled);
    assert_eq!(cancelled, [false, true, false, true, true]);
    assert!(left.child().is_cancelled(), "who is born too late is cancelled, too");
    assert!(below.child().is_cancelled());
    root.cancel();
    assert!(right.is_cancelled());
}

#[test]
fn tokens_that_are_dropped_cancel_nothing_and_cut_nothing_off() {
    let root = CancelToken::new();
    let middle = root.child();
    let leaf = middle.child();
    drop(middle);
    drop(root.child());
    assert!(!leaf.is_cancelled());
    root.cancel();
    assert!(leaf.is_cancelled());
    let root = CancelToken::new();
    let leaf = root.child();
    drop(root);
    assert!(!leaf.is_cancelled());
    leaf.cancel();
    assert!(leaf.is_cancelled());
}

#[test]
fn a_tree_of_tokens_may_be_as_deep_as_one_likes() {
    const DEPTH: usize = 100_000;
    for keep_all in [false, true] {
        for last_first in [false, true] {
            ends_on(64 << 10, "a deep tree", move || {
                let root = CancelToken::new();
                let mut chain = vec![root.clone()];
                for _ in 0..DEPTH {
                    let child = chain.last().unwrap().child();
                    if !keep_all {
                        chain.clear();
                    }
                    chain.push(child);
                }
                let leaf = chain.last().unwrap().clone();
                let waits = Hand::waits(leaf.cancelled());
                root.cancel();
                assert_eq!(waits.woken(), 1);
                drop(waits);
                if last_first {
                    chain.reverse();
                }
                drop(root);
                drop(leaf);
                drop(chain);
            });
        }
    }
}

/// As many live for long as the list of children has room for, but one; the others come and go.
/// Were the list looked through for each, this would take hours.
#[test]
fn children_that_come_and_go_leave_nothing_behind() {
    watch();
    let root = CancelToken::new();
    for rooms in [0, 3, (1 << 16) - 1] {
        let children: Vec<_> = (0..rooms).map(|_| root.child()).collect();
        for _ in 0..1_000_000 {
            drop(root.child());
        }
        assert!(children.iter().all(|child| !child.is_cancelled()));
    }
    let last = root.child();
    root.cancel();
    assert!(last.is_cancelled());
}

#[test]
fn a_worker_is_asked_to_stop_and_tidies_up() {
    virtually(async {
        let (root, log) = (CancelToken::new(), Log::default());
        let rounds = Rc::new(Cell::new(0));
        let workers: Vec<_> = (0..3)
            .map(|number| {
                let (token, log, rounds) =
                    (root.child(), log.clone(), Rc::clone(&rounds));
                spawn(async move {
                    while timeout(SECOND, token.cancelled()).await.is_err() {
                        rounds.set(rounds.get() + 1);
                    }
                    sleep(SECOND).await;
                    log.add(number.to_string());
                })
            })
            .collect();
        sleep(10 * SECOND + SECOND / 2).await;
        root.cancel();
        for worker in workers {
            worker.await.unwrap();
        }
        assert_eq!((rounds.get(), log.take().as_str()), (30, "0 1 2"));
    });
}
