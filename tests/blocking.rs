//! `spawn_blocking`: each row of its specification, and what can go wrong.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::panic::panic_any;
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, ThreadId};
use std::time::Duration;

use mainspring::runtime::{Builder, Runtime};
use mainspring::task::{self, JoinHandle, Outcome, WaitsOn, yield_now};
use mainspring::time::{Instant, sleep};
use mainspring::{spawn, spawn_blocking};

mod guard;
mod watchdog;

use guard::{Finally, SECOND, alone, panic_of, quiet};
use watchdog::{block_on, builder, watch};

/// A job that runs until the sender is used or dropped, and says when it has begun.
struct Held {
    task: JoinHandle<ThreadId>,
    release: mpsc::Sender<()>,
    begun: mpsc::Receiver<()>,
}

fn held() -> Held {
    let ((release, released), (begin, begun)) = (mpsc::channel(), mpsc::channel());
    let task = spawn_blocking(move || {
        let _ = begin.send(());
        let _ = released.recv();
        thread::current().id()
    });
    Held { task, release, begun }
}

/// Tells which thread it is dropped on.
struct Telltale(Arc<std::sync::Mutex<Vec<ThreadId>>>);

impl Telltale {
    fn new() -> (Self, Arc<std::sync::Mutex<Vec<ThreadId>>>) {
        let told = Arc::default();
        (Self(Arc::clone(&told)), told)
    }
}

impl Drop for Telltale {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(thread::current().id());
    }
}

fn one_thread() -> Builder {
    builder().max_blocking_threads(1)
}

fn here() -> ThreadId {
    thread::current().id()
}

#[test]
fn a_job_runs_elsewhere_and_its_output_comes_back() {
    block_on(async {
        let owner = here();
        let text = String::from("sent there");
        let (there, text) =
            spawn_blocking(move || (here(), text + " and back")).await.unwrap();
        assert_ne!(there, owner);
        assert_eq!(text, "sent there and back");
    });
}

#[test]
fn the_loop_runs_on_beside_a_job() {
    block_on(async {
        let job = held();
        let mut ticks = 0;
        while ticks < 100 {
            yield_now().await;
            ticks += 1;
        }
        sleep(Duration::from_millis(1)).await;
        assert!(!job.task.is_finished());
        drop(job.release);
        job.task.await.unwrap();
    });
}

#[test]
fn a_job_begins_though_nobody_awaits_it() {
    block_on(async {
        let job = held();
        job.begun.recv().unwrap();
        drop(job.release);
    });
}

#[test]
fn a_panic_comes_back_with_its_payload() {
    block_on(quiet_panic());
    async fn quiet_panic() {
        let error = spawn_blocking(|| panic_any(7_u8)).await.unwrap_err();
        assert_eq!(error.into_panic().unwrap().downcast_ref::<u8>(), Some(&7));
        let task = spawn_blocking(|| panic!("out of tea"));
        let error = Result::<(), _>::unwrap_err(task.await);
        assert_eq!(error.to_string(), "Task-3 panicked: out of tea");
        assert!(error.location().file().ends_with("blocking.rs"));
        assert_eq!(spawn_blocking(|| 1).await.unwrap(), 1, "the pool is there still");
    }
}

#[test]
fn an_abort_takes_a_job_back_that_waits() {
    one_thread().build().unwrap().block_on(async {
        let first = held();
        first.begun.recv().unwrap();
        let (telltale, told) = Telltale::new();
        let second = spawn_blocking(move || drop(telltale));
        assert!(second.abort());
        drop(first.release); // there is a thread for it from here on
        first.task.await.unwrap();
        assert!(second.abort_handle().abort() || second.is_finished());
        assert!(second.await.unwrap_err().is_cancelled());
        assert_eq!(*told.lock().unwrap(), [here()], "dropped by the owner, uncalled");
    });
}

#[test]
fn an_abort_of_a_job_that_runs_is_false_and_its_output_comes() {
    block_on(async {
        let job = held();
        job.begun.recv().unwrap();
        assert!(!job.task.abort());
        yield_now().await;
        assert!(!job.task.is_finished());
        drop(job.release);
        assert!(job.task.await.is_ok());
    });
}

#[test]
fn abort_on_drop_lets_a_job_run_on_that_has_begun() {
    block_on(async {
        let job = held();
        job.begun.recv().unwrap();
        let (sender, ended) = mpsc::channel();
        job.task.on_done(move |outcome| sender.send(*outcome).unwrap());
        drop(job.task.abort_on_drop());
        drop(job.release);
        while ended.try_recv() != Ok(Outcome::Returned) {
            sleep(Duration::from_millis(1)).await;
        }
    });
}

#[test]
fn an_aborted_job_is_a_task_that_was_aborted() {
    one_thread().build().unwrap().block_on(async {
        let first = held();
        first.begun.recv().unwrap();
        let second = spawn_blocking(|| ());
        let outcomes = Rc::new(RefCell::new(vec![]));
        let log = Rc::clone(&outcomes);
        second.on_done(move |outcome| log.borrow_mut().push(*outcome));
        drop(second.abort_on_drop());
        guard::settle().await;
        assert_eq!(*outcomes.borrow(), [Outcome::Cancelled]);
        drop(first.release);
    });
}

#[test]
fn a_detached_job_runs_on_and_the_owner_drops_its_output() {
    block_on(async {
        let (telltale, told) = Telltale::new();
        drop(spawn_blocking(move || telltale));
        while told.lock().unwrap().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(*told.lock().unwrap(), [here()]);
    });
}

#[test]
fn a_panic_that_nobody_reads_goes_to_the_hook() {
    let told = Rc::new(RefCell::new(vec![]));
    let log = Rc::clone(&told);
    let builder = builder().unhandled_panic(move |error| {
        log.borrow_mut().push(error.to_string());
    });
    builder.build().unwrap().block_on(async {
        drop(spawn_blocking(|| std::panic::resume_unwind(Box::new("unread"))));
        while told.borrow().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(*told.borrow(), ["Task-2 panicked: unread"]);
    });
}

#[test]
fn so_many_run_at_once_and_no_more() {
    builder().max_blocking_threads(3).build().unwrap().block_on(async {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs: Vec<_> = (0..60)
            .map(|_| {
                let (now, most) = (Arc::clone(&now), Arc::clone(&most));
                spawn_blocking(move || {
                    most.fetch_max(
                        now.fetch_add(1, Ordering::SeqCst) + 1,
                        Ordering::SeqCst,
                    );
                    thread::sleep(Duration::from_millis(1));
                    now.fetch_sub(1, Ordering::SeqCst);
                    here()
                })
            })
            .collect();
        let mut threads = BTreeSet::new();
        for job in jobs {
            threads.insert(format!("{:?}", job.await.unwrap()));
        }
        assert_eq!(most.load(Ordering::SeqCst), 3);
        assert_eq!(threads.len(), 3);
    });
}

#[test]
fn a_pool_without_threads_is_refused() {
    let text = panic_of(|| Runtime::builder().max_blocking_threads(0));
    assert!(text.contains("`max_blocking_threads(0)`"), "{text}");
}

#[test]
fn an_idle_thread_is_used_before_a_new_one_is_made() {
    block_on(async {
        let mut threads = BTreeSet::new();
        for _ in 0..20 {
            let thread = spawn_blocking(here).await.unwrap();
            threads.insert(format!("{thread:?}"));
            sleep(Duration::from_millis(5)).await;
        }
        // It may take a thread longer to become idle. With a new one each time it were 20.
        assert!(threads.len() < 10, "{} threads", threads.len());
    });
}

/// The threads of all pools of this process.
fn pool_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "mainspring-pool").count()
}

#[ignore = "it takes ten seconds: `.ci/run tests`"]
#[test]
fn idle_threads_end_after_ten_seconds() {
    alone(|| {
        block_on(async {
            let jobs: Vec<Held> = (0..4).map(|_| held()).collect();
            jobs.iter().for_each(|job| job.begun.recv().unwrap());
            assert_eq!(pool_threads(), 4);
            drop(jobs);
            sleep(Duration::from_secs(8)).await;
            assert_eq!(pool_threads(), 4, "not before that");
            while pool_threads() > 0 {
                sleep(Duration::from_millis(100)).await;
            }
            assert_eq!(spawn_blocking(|| 5).await.unwrap(), 5, "and there come others");
        });
    });
}

#[test]
fn the_threads_have_ended_when_the_runtime_is_dropped() {
    alone(|| {
        block_on(async {
            for job in [(); 10].map(|()| spawn_blocking(|| ())) {
                job.await.unwrap();
            }
        });
        // A thread that was joined may stand in the kernel's list a moment longer; one that
        // was not, for the ten seconds of an idle one.
        for _ in 0..1000 {
            if pool_threads() == 0 {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(pool_threads(), 0);
    });
}

#[test]
fn a_task_says_that_it_waits_for_a_job() {
    block_on(async {
        let job = held();
        yield_now().await;
        let info = &task::all()[1];
        assert_eq!(info.waits_on, WaitsOn::Job);
        let line = info.to_string();
        assert!(line.contains("waits on a job on another thread"), "{line}");
        drop(job.release);
        job.task.await.unwrap();
    });
}

#[test]
fn a_virtual_clock_stands_still_while_a_job_runs() {
    builder().virtual_clock().build().unwrap().block_on(async {
        let start = Instant::now();
        let other = spawn(sleep(SECOND));
        spawn_blocking(|| thread::sleep(Duration::from_millis(20))).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
        assert!(!other.is_finished());
        other.await.unwrap();
        assert_eq!(start.elapsed(), SECOND);
    });
}

#[test]
fn a_virtual_clock_stands_still_while_a_job_waits_and_goes_on_after_an_abort() {
    one_thread().virtual_clock().build().unwrap().block_on(async {
        let first = held();
        let second = spawn_blocking(|| ());
        drop(first.release);
        second.await.unwrap();
        let third = held();
        let fourth = spawn_blocking(|| ());
        third.begun.recv().unwrap();
        assert!(fourth.abort());
        drop(third.release);
        third.task.await.unwrap();
        sleep(SECOND).await; // else the clock would stand still here
    });
}

#[test]
fn a_job_that_is_out_is_no_deadlock() {
    builder().virtual_clock().build().unwrap().block_on(async {
        let job = held();
        let release = job.release;
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            drop(release);
        });
        job.task.await.unwrap();
        thread.join().unwrap();
    });
}

#[test]
fn a_shutdown_drops_jobs_that_wait_and_waits_for_those_that_run() {
    watch();
    let (telltale, told) = Telltale::new();
    let (sender, ended) = mpsc::channel();
    let mut runtime = one_thread().build().unwrap();
    let (first, second) = runtime.block_on(async move {
        let first = spawn_blocking(move || {
            thread::sleep(Duration::from_millis(30));
            sender.send(()).unwrap();
        });
        let second = spawn_blocking(move || drop(telltale));
        (first, second)
    });
    // Whether the first has begun or not: the second cannot have.
    drop(runtime);
    assert!(
        ended.try_recv().is_ok()
            || ended.try_recv() == Err(mpsc::TryRecvError::Disconnected)
    );
    assert_eq!(*told.lock().unwrap(), [here()]);
    for task in [first, second] {
        assert!(quietly_taken(task).is_cancelled());
    }
}

fn quietly_taken(mut task: JoinHandle<()>) -> mainspring::task::JoinError {
    task.try_result().unwrap().unwrap_err()
}

#[test]
fn what_runs_in_a_shutdown_is_dropped_by_the_owner() {
    let (telltale, told) = Telltale::new();
    let ended = Arc::new(AtomicUsize::new(0));
    let end = Arc::clone(&ended);
    block_on(async move {
        let (begin, begun) = mpsc::channel();
        drop(spawn_blocking(move || {
            begin.send(()).unwrap();
            thread::sleep(Duration::from_millis(30));
            end.store(1, Ordering::SeqCst);
            telltale
        }));
        begun.recv().unwrap();
    });
    assert_eq!(ended.load(Ordering::SeqCst), 1, "`block_on` has waited for it");
    assert_eq!(*told.lock().unwrap(), [here()]);
}

#[test]
fn a_panic_in_a_shutdown_goes_to_the_hook() {
    let told = Rc::new(RefCell::new(vec![]));
    let log = Rc::clone(&told);
    let hook = move |error: &mainspring::task::JoinError| {
        log.borrow_mut().push(error.to_string())
    };
    builder().unhandled_panic(hook).build().unwrap().block_on(async {
        let (begin, begun) = mpsc::channel();
        drop(spawn_blocking(move || {
            begin.send(()).unwrap();
            thread::sleep(Duration::from_millis(10));
            std::panic::resume_unwind(Box::new("too late"));
        }));
        begun.recv().unwrap();
    });
    assert_eq!(*told.borrow(), ["Task-2 panicked: too late"]);
}

#[test]
fn a_task_that_a_job_waits_for_is_dropped_first() {
    block_on(async {
        let (sender, receiver) = mpsc::channel::<()>();
        drop(spawn(async move {
            std::future::pending::<()>().await;
            drop(sender);
        }));
        drop(spawn_blocking(move || receiver.recv()));
        yield_now().await;
    });
}

#[test]
fn block_on_of_a_kept_runtime_does_not_wait() {
    let mut runtime = builder().build().unwrap();
    let job = runtime.block_on(async {
        let job = held();
        job.begun.recv().unwrap();
        job
    });
    assert!(!job.task.is_finished());
    drop(job.release);
    assert!(runtime.block_on(job.task).is_ok(), "it goes on between two calls");
}

#[test]
fn shutdown_timeout_lets_go_of_what_takes_longer() {
    let mut runtime = builder().build().unwrap();
    let (telltale, told) = Telltale::new();
    let (release, released) = mpsc::channel::<()>();
    let thread = runtime.block_on(async move {
        let (begin, begun) = mpsc::channel();
        drop(spawn_blocking(move || {
            begin.send(here()).unwrap();
            let _ = released.recv();
            telltale
        }));
        begun.recv().unwrap()
    });
    runtime.shutdown_timeout(Duration::from_millis(1));
    assert!(told.lock().unwrap().is_empty(), "it runs on");
    drop(release);
    while told.lock().unwrap().is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(*told.lock().unwrap(), [thread], "nobody else is left to drop it");
}

#[test]
fn shutdown_timeout_waits_for_what_is_in_time() {
    let mut runtime = builder().build().unwrap();
    let (telltale, told) = Telltale::new();
    runtime.block_on(async move {
        let (begin, begun) = mpsc::channel();
        drop(spawn_blocking(move || {
            begin.send(()).unwrap();
            thread::sleep(Duration::from_millis(10));
            telltale
        }));
        begun.recv().unwrap();
    });
    runtime.shutdown_timeout(Duration::MAX);
    assert_eq!(*told.lock().unwrap(), [here()]);
}

#[test]
fn a_job_in_a_shutdown_is_refused() {
    struct Late(Option<Telltale>);
    impl Drop for Late {
        fn drop(&mut self) {
            let telltale = self.0.take();
            let task = spawn_blocking(move || drop(telltale));
            assert!(task.is_finished());
            assert!(quietly_taken(task).is_cancelled());
        }
    }
    let (telltale, told) = Telltale::new();
    block_on(async {
        let late = Late(Some(telltale));
        drop(spawn(async move {
            std::future::pending::<()>().await;
            drop(late);
        }));
    });
    assert_eq!(*told.lock().unwrap(), [here()]);
}

#[test]
fn outside_a_runtime_it_says_what_to_do() {
    let text = panic_of(|| drop(spawn_blocking(|| ())));
    assert!(text.contains("`spawn_blocking` was called outside a runtime"), "{text}");
    block_on(async {
        let text = spawn_blocking(|| panic_of(|| drop(spawn(async {})))).await.unwrap();
        assert!(text.contains("`spawn` was called outside a runtime"), "{text}");
    });
}

#[test]
fn a_job_may_have_a_loop_of_its_own() {
    block_on(async {
        let job = spawn_blocking(|| {
            mainspring::block_on(async {
                sleep(Duration::from_millis(1)).await;
                spawn_blocking(|| 3).await.unwrap()
            })
        });
        assert_eq!(job.await.unwrap(), 3);
    });
}

/// No room for another stack: that of the first thread is there already.
#[test]
fn a_job_for_which_the_system_refuses_a_thread_waits_for_one_that_is_there() {
    alone(|| {
        mainspring::block_on(async {
            let (release, released) = mpsc::channel::<()>();
            let (begun, has_begun) = mpsc::channel();
            let first = spawn_blocking(move || {
                begun.send(()).unwrap();
                released.recv().unwrap();
                thread::current().id()
            });
            has_begun.recv().unwrap();
            let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
            let pages: u64 = statm.split(' ').next().unwrap().parse().unwrap();
            let room = pages * 4096 + (1 << 20);
            let limit = libc::rlimit { rlim_cur: room, rlim_max: room };
            // SAFETY: the kernel reads one structure.
            assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
            assert!(
                thread::Builder::new().spawn(|| {}).is_err(),
                "the system refuses one"
            );
            let second = spawn_blocking(|| thread::current().id());
            release.send(()).unwrap();
            assert_eq!(first.await.unwrap(), second.await.unwrap());
        });
    });
}

/// Runs `f` in a process that gets no thread.
///
/// The limit of threads is one of the user, so it is made to fail by a stack that is too large
/// for the address space instead: `guard` gives a test 4 GB of that.
fn without_threads(f: impl FnOnce()) {
    // Read once, by the first thread that is started without a size: this one.
    if std::env::var_os("RUST_MIN_STACK").is_some() {
        return quiet(f);
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(std::env::args_os().skip(1));
    let error = command.env("RUST_MIN_STACK", (1_usize << 46).to_string()).exec();
    panic!("the test does not begin again: {error}");
}

#[test]
fn a_thread_that_the_system_refuses_is_an_error_that_says_so() {
    alone(|| {
        without_threads(|| {
            let (telltale, told) = Telltale::new();
            mainspring::block_on(async {
                let task = spawn_blocking(move || drop(telltale));
                let error = task.await.unwrap_err().to_string();
                assert!(error.contains("the system refuses one"), "{error}");
            });
            assert_eq!(*told.lock().unwrap(), [here()]);
        });
    });
}

#[test]
fn a_job_without_a_thread_may_spawn_where_it_is_dropped() {
    alone(|| {
        without_threads(|| {
            let ran = Arc::new(AtomicUsize::new(0));
            let run = Arc::clone(&ran);
            let spawns = Finally(move || {
                let run = Arc::clone(&run);
                drop(spawn(async move { run.fetch_add(1, Ordering::SeqCst) }));
            });
            mainspring::block_on(async {
                let error = spawn_blocking(move || drop(spawns)).await.unwrap_err();
                assert!(error.to_string().contains("the system refuses one"), "{error}");
                guard::settle().await;
            });
            assert_eq!(ran.load(Ordering::SeqCst), 1);
        });
    });
}

#[test]
fn a_virtual_clock_goes_on_after_a_job_without_a_thread() {
    alone(|| {
        without_threads(|| {
            guard::virtually(async {
                let mut task = spawn_blocking(|| ());
                (&mut task).await.unwrap_err();
                let start = Instant::now();
                sleep(SECOND).await; // else the clock would stand still here
                assert_eq!(start.elapsed(), SECOND);
                drop(task);
            });
        });
    });
}
