//! The way in from other threads: each row of its specification, and what can go wrong.

use std::cell::RefCell;
use std::future::pending;
use std::panic::{panic_any, resume_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, ThreadId};
use std::time::Duration;

use mainspring::blocking::{RemoteHandle, RemoteJoinHandle};
use mainspring::runtime::{Handle, Runtime, outside_work};
use mainspring::task::yield_now;
use mainspring::time::sleep;
use mainspring::{spawn, spawn_blocking};

mod guard;
mod watchdog;

use guard::{SECOND, quiet, text_of};
use watchdog::{block_on, builder, watch};

/// Runs `f` on a thread beside a loop, until it returns.
fn beside<R: Send + 'static>(f: impl FnOnce(RemoteHandle) -> R + Send + 'static) -> R {
    block_on(async {
        let remote = Handle::current().remote();
        spawn_blocking(move || f(remote)).await.unwrap()
    })
}

/// Tells which thread it is dropped on.
struct Telltale(Arc<Mutex<Vec<ThreadId>>>);

impl Telltale {
    fn new() -> (Self, Arc<Mutex<Vec<ThreadId>>>) {
        let told = Arc::default();
        (Self(Arc::clone(&told)), told)
    }
}

impl Drop for Telltale {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(thread::current().id());
    }
}

#[test]
fn a_task_runs_on_the_thread_of_the_loop_and_its_output_comes_back() {
    let owner = thread::current().id();
    let there = beside(|remote| {
        let task = remote.spawn(|| async {
            let here = Rc::new(thread::current().id()); // no other thread may have this
            sleep(Duration::from_millis(1)).await;
            *here
        });
        task.unwrap().join().unwrap()
    });
    assert_eq!(there, owner);
}

#[test]
fn it_can_be_sent_shared_and_cloned() {
    fn is_send<T: Send>() {}
    fn is_shared<T: Send + Sync + Clone>() {}
    is_shared::<RemoteHandle>();
    is_send::<RemoteJoinHandle<std::cell::Cell<u8>>>();
}

#[test]
fn tasks_begin_in_the_order_in_which_they_were_spawned() {
    let log = beside(|remote| {
        let log = Arc::new(Mutex::new(vec![]));
        for number in 0..1000 {
            let log = Arc::clone(&log);
            let clone = remote.clone();
            drop(clone.spawn(move || async move { log.lock().unwrap().push(number) }));
        }
        remote.spawn(|| async {}).unwrap().join().unwrap();
        log.lock().unwrap().clone()
    });
    assert_eq!(log, (0..1000).collect::<Vec<_>>());
}

#[test]
fn many_threads_lose_nothing() {
    let sum: u64 = block_on(async {
        let remote = Handle::current().remote();
        let jobs: Vec<_> = (0..4)
            .map(|_| {
                let remote = remote.clone();
                spawn_blocking(move || {
                    let spawn = |number: u64| remote.spawn(move || async move { number });
                    let one_by_one = (0..500).map(|n| spawn(n).unwrap().join().unwrap());
                    let sum: u64 = one_by_one.sum();
                    let all: Vec<_> = (0..500).map(|n| spawn(n).unwrap()).collect();
                    sum + all.into_iter().map(|task| task.join().unwrap()).sum::<u64>()
                })
            })
            .collect();
        let mut sum = 0;
        for job in jobs {
            sum += job.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, 4 * 2 * (499 * 500 / 2));
}

#[test]
fn a_panic_comes_back_be_it_of_the_closure_or_of_the_future() {
    quiet(|| {
        beside(|remote| {
            let from_closure =
                remote.spawn(|| -> std::future::Ready<()> { panic_any("early") });
            let from_future = remote.spawn(|| async { resume_unwind(Box::new("late")) });
            let error = from_closure.unwrap().join().unwrap_err();
            assert_eq!(text_of(error.into_panic().unwrap()), "early");
            let error = Result::<(), _>::unwrap_err(from_future.unwrap().join());
            assert!(error.location().file().ends_with("remote.rs"));
            assert_eq!(text_of(error.into_panic().unwrap()), "late");
        });
    });
}

#[test]
fn an_abort_drops_the_task_on_its_thread() {
    let owner = thread::current().id();
    let (telltale, told) = Telltale::new();
    beside(|remote| {
        let (begin, begun) = mpsc::channel();
        let task = remote.spawn(move || async move {
            let _telltale = telltale;
            begin.send(()).unwrap();
            pending::<()>().await;
        });
        let task = task.unwrap();
        begun.recv().unwrap();
        assert!(!task.is_finished());
        task.abort();
        task.abort();
        assert!(task.join().unwrap_err().is_cancelled());
    });
    assert_eq!(*told.lock().unwrap(), [owner]);
}

#[test]
fn an_abort_that_comes_before_the_task_has_begun_takes_it_back() {
    let mut runtime = builder().build().unwrap();
    let remote = runtime.handle().remote();
    let task = remote.spawn(|| async { unreachable!("it was aborted") }).unwrap();
    task.abort();
    runtime.block_on(guard::settle());
    runtime.block_on(guard::settle());
    assert!(Result::<(), _>::unwrap_err(task.join()).is_cancelled());
}

#[test]
fn join_timeout_gives_up_and_can_try_again() {
    beside(|remote| {
        let (release, released) = mpsc::channel();
        let task = remote.spawn(move || async move {
            while released.try_recv().is_err() {
                sleep(Duration::from_millis(1)).await;
            }
            6
        });
        let task = task.unwrap().join_timeout(Duration::ZERO).unwrap_err();
        let task = task.join_timeout(Duration::from_millis(2)).unwrap_err();
        assert!(!task.is_finished());
        release.send(()).unwrap();
        while !task.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(task.join_timeout(Duration::ZERO).unwrap().unwrap(), 6);
    });
}

/// The letter of an abort that comes too late lays hands on nothing by which the handle sees
/// whether there is an outcome.
#[test]
fn what_is_finished_stays_so_however_late_an_abort_comes() {
    beside(|remote| {
        let task = remote.spawn(|| async { 7 }).unwrap();
        while !task.is_finished() {
            thread::yield_now();
        }
        let (release, released) = mpsc::channel();
        drop(remote.spawn(move || async move { released.recv().unwrap() }));
        (0..if cfg!(miri) { 10 } else { 10_000 }).for_each(|_| task.abort());
        let last = remote.spawn(|| async {}).unwrap();
        release.send(()).unwrap();
        while !last.is_finished() {
            assert!(task.is_finished());
        }
        assert_eq!(task.join_timeout(Duration::ZERO).unwrap().unwrap(), 7);
    });
}

#[test]
fn a_handle_that_is_dropped_detaches_and_a_panic_goes_to_the_hook() {
    let told = Rc::new(RefCell::new(vec![]));
    let log = Rc::clone(&told);
    let hook = move |error: &mainspring::task::JoinError| {
        log.borrow_mut().push(error.to_string().split_once(' ').unwrap().1.to_owned());
    };
    builder().unhandled_panic(hook).build().unwrap().block_on(async {
        let remote = Handle::current().remote();
        let (sender, ended) = mpsc::channel();
        drop(remote.spawn(move || async move {
            yield_now().await;
            sender.send(()).unwrap();
            resume_unwind(Box::new("unread"))
        }));
        while ended.try_recv().is_err() || told.borrow().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
    });
    assert_eq!(*told.borrow(), ["panicked: unread"]);
}

#[test]
fn what_is_spawned_between_two_calls_runs_in_the_next() {
    let mut runtime = builder().build().unwrap();
    let remote = runtime.handle().remote();
    let first = remote.spawn(|| async { 1 }).unwrap();
    runtime.block_on(guard::settle());
    runtime.block_on(guard::settle());
    assert_eq!(first.join().unwrap(), 1);
    let thread = thread::spawn({
        let remote = remote.clone();
        move || remote.spawn(|| async { 2 }).unwrap()
    });
    let second = thread.join().unwrap();
    assert!(!second.is_finished());
    runtime.block_on(guard::settle());
    runtime.block_on(guard::settle());
    assert_eq!(second.join().unwrap(), 2);
}

#[test]
fn a_runtime_that_is_gone_refuses_what_was_to_run() {
    watch();
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle();
    let remote = handle.remote();
    assert!(!remote.is_closed());
    let unopened = remote.spawn(|| async { 1 }).unwrap();
    drop(runtime);
    assert!(remote.is_closed());
    assert!(unopened.is_finished());
    assert!(unopened.join().unwrap_err().is_cancelled());
    let (telltale, told) = Telltale::new();
    let f = move || async move { drop(telltale) };
    let error = remote.spawn(f).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotConnected);
    assert_eq!(told.lock().unwrap().len(), 1);
    assert!(handle.remote().is_closed());
}

#[test]
fn a_join_in_flight_hears_of_the_shutdown() {
    watch();
    let (sender, receiver) = mpsc::channel();
    let (begin, begun) = mpsc::channel();
    let thread = thread::spawn(move || {
        let remote: RemoteHandle = receiver.recv().unwrap();
        let task = remote.spawn(move || async move {
            begin.send(()).unwrap();
            pending::<()>().await;
        });
        task.unwrap().join()
    });
    block_on(async {
        sender.send(Handle::current().remote()).unwrap();
        while begun.try_recv().is_err() {
            sleep(Duration::from_millis(1)).await;
        }
    });
    let error = thread.join().unwrap().unwrap_err();
    assert!(error.is_cancelled());
    assert!(error.to_string().ends_with("was cancelled"), "{error}");
}

#[test]
fn letters_that_nobody_opened_are_dropped_by_the_owner() {
    let (telltale, told) = Telltale::new();
    let runtime = Runtime::new().unwrap();
    let remote = runtime.handle().remote();
    let thread = thread::spawn(move || {
        drop(remote.spawn(move || async move { drop(telltale) }));
    });
    thread.join().unwrap();
    assert!(told.lock().unwrap().is_empty());
    drop(runtime);
    assert_eq!(*told.lock().unwrap(), [thread::current().id()]);
}

#[test]
fn inside_a_runtime_a_join_says_what_to_do() {
    block_on(async {
        let task = Handle::current().remote().spawn(|| async {}).unwrap();
        let text = guard::panic_of(|| task.join());
        assert!(text.contains("`join` was called inside a runtime"), "{text}");
    });
}

#[test]
fn a_thread_at_work_keeps_a_virtual_clock_for_its_letters() {
    builder().virtual_clock().build().unwrap().block_on(async {
        let (remote, work) = (Handle::current().remote(), outside_work());
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(10));
            drop(remote.spawn(move || async move { sender.send(()).unwrap() }));
            drop(work);
        });
        while receiver.try_recv().is_err() {
            sleep(SECOND).await;
        }
        thread.join().unwrap();
    });
}

#[test]
fn one_mailbox_serves_all_handles() {
    block_on(async {
        for _ in 0..10 {
            let remote = Handle::current().remote();
            drop(remote.spawn(|| async {}));
        }
        yield_now().await;
        drop(spawn(async {}));
        guard::settle().await;
        guard::settle().await;
        let names: Vec<_> = mainspring::task::all().into_iter().map(|t| t.name).collect();
        assert_eq!(names, ["Task-1", "mailbox"]);
    });
}

/// The main future goes on right behind the task, and ends the loop.
#[test]
fn a_task_that_ends_right_before_the_loop_is_not_cancelled() {
    let task = block_on(async {
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        let remote = Handle::current().remote();
        let task = remote.spawn(move || async move {
            yield_now().await; // whoever would await it here does so by now
            end.store(true, Ordering::SeqCst);
            42
        });
        while !ended.load(Ordering::SeqCst) {
            yield_now().await;
        }
        task.unwrap()
    });
    assert_eq!(task.join().unwrap(), 42);
}

#[test]
fn what_was_spawned_from_outside_is_one_task() {
    block_on(async {
        let task = Handle::current().remote().spawn(pending::<()>).unwrap();
        guard::settle().await;
        guard::settle().await;
        let all = mainspring::task::all();
        assert_eq!(all.len(), 3, "beside the main future and the mailbox: {all:?}");
        task.abort();
    });
}
