//! What arrives at a descriptor is heard while tasks are busy: within 61 polls, however many
//! of them are ready.

use std::cell::Cell;
use std::rc::Rc;

use mainspring::net::UnixStream;
use mainspring::spawn;
use mainspring::task::yield_now;

mod watchdog;

use watchdog::block_on;

/// How many polls of busy tasks go by between the arrival of a byte and its being read.
fn polls_until_heard(busy_tasks: usize) -> usize {
    block_on(async move {
        let (near, far) = UnixStream::pair().unwrap();
        let (polls, is_over) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
        for _ in 0..busy_tasks {
            let (polls, is_over) = (Rc::clone(&polls), Rc::clone(&is_over));
            drop(spawn(async move {
                while !is_over.get() {
                    polls.set(polls.get() + 1);
                    yield_now().await;
                }
            }));
        }
        let reader = spawn({
            let polls = Rc::clone(&polls);
            async move {
                assert_eq!(near.read(&mut [0; 8]).await.unwrap(), 1);
                polls.get()
            }
        });
        // Everybody has begun, and the reader waits.
        yield_now().await;
        let before = polls.get();
        far.write_all(b"x").await.unwrap();
        let heard = reader.await.unwrap();
        is_over.set(true);
        heard - before
    })
}

#[test]
fn what_arrives_is_heard_within_61_polls_and_one_round() {
    for busy_tasks in [1, 10, 60, 61, 62] {
        // It is heard at the next look, and then the reader is the last in the queue.
        let most = 61 + busy_tasks + 1;
        let polls = polls_until_heard(busy_tasks);
        assert!(polls <= most, "{polls} polls among {busy_tasks} busy tasks");
    }
}

#[test]
fn what_arrives_is_heard_within_one_round_of_ten_thousand() {
    let polls = polls_until_heard(10_000);
    assert!(polls <= 10_000 + 62, "{polls} polls");
}
