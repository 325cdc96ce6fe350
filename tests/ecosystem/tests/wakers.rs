//! Crates that need a waker and nothing else.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use async_lock::{Mutex, Semaphore};
use event_listener::Event;
use mainspring::spawn;
use mainspring::task::yield_now;

#[path = "../../watchdog/mod.rs"]
mod watchdog;

use watchdog::{block_on, watch};

#[test]
fn two_runtimes_on_two_threads_talk_by_async_channel() {
    watch();
    let (questions, asked) = async_channel::bounded(1);
    let (answers, answered) = async_channel::bounded(1);
    let other = thread::spawn(move || {
        mainspring::block_on(async {
            while let Ok(number) = asked.recv().await {
                answers.send(number * 2_u32).await.unwrap();
            }
        });
    });
    mainspring::block_on(async {
        let ask = spawn(async move {
            for number in 0..1000 {
                questions.send(number).await.unwrap();
            }
        });
        for number in 0..1000 {
            assert_eq!(answered.recv().await, Ok(number * 2));
        }
        ask.await.unwrap();
        assert!(answered.recv().await.is_err(), "the other end has ended");
    });
    other.join().unwrap();
}

#[test]
fn tasks_take_turns_by_the_locks_of_async_lock() {
    block_on(async {
        let (count, permits) = (Rc::new(Mutex::new(0)), Rc::new(Semaphore::new(3)));
        let inside = Rc::new(Cell::new(0));
        let tasks = (0..50).map(|_| {
            let (count, permits) = (Rc::clone(&count), Rc::clone(&permits));
            let inside = Rc::clone(&inside);
            spawn(async move {
                let _permit = permits.acquire().await;
                inside.set(inside.get() + 1);
                assert!(inside.get() <= 3);
                let mut count = count.lock().await;
                let before = *count;
                yield_now().await;
                *count = before + 1;
                inside.set(inside.get() - 1);
            })
        });
        mainspring::try_join_all(tasks.collect::<Vec<_>>()).await.unwrap();
        assert_eq!(*count.lock().await, 50);
    });
}

#[test]
fn a_thread_wakes_a_task_by_event_listener() {
    block_on(async {
        let event = Arc::new(Event::new());
        for _ in 0..100 {
            let listener = event.listen();
            let event = Arc::clone(&event);
            let other = thread::spawn(move || event.notify(1));
            listener.await;
            other.join().unwrap();
        }
    });
}
