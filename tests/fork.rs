//! A process that forks: its child has a copy of each runtime, but shares the descriptors behind
//! it with the parent.

#![allow(unsafe_code)]

use std::future::{pending, poll_fn};
use std::io::{PipeWriter, Read, Write};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use mainspring::io::Async;
use mainspring::net::UnixStream;
use mainspring::runtime::{Handle, Runtime};
use mainspring::signal::{SIGTERM, Signal};
use mainspring::task::yield_now;
use mainspring::time::{Instant, sleep, timeout};
use mainspring::{block_on, spawn, spawn_blocking};

mod guard;

use guard::{
    Counter, Finally, SECOND, alone, each_alone, panic_of, settle, virtual_runtime,
};

/// A child of this process.
struct Child {
    id: libc::pid_t,
    said: std::io::PipeReader,
}

/// Forks. The child says what `f` does, or its panic, and ends.
fn fork(f: impl FnOnce() -> String) -> Child {
    let (said, writer) = std::io::pipe().unwrap();
    // SAFETY: takes no memory. The other threads of this process only wait for this one.
    let id = unsafe { libc::fork() };
    assert!(id >= 0, "{}", std::io::Error::last_os_error());
    if id == 0 {
        drop(said);
        child(f, writer);
    }
    Child { id, said }
}

fn child(f: impl FnOnce() -> String, mut writer: PipeWriter) -> ! {
    // SAFETY: takes no memory. A child that hangs is ended, and says nothing.
    unsafe { libc::alarm(20) };
    let mut said = None;
    let panic = panic_of(|| said = Some(f()));
    let said = said.unwrap_or(panic);
    let _ = writer.write_all(said.as_bytes());
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(0) }
}

impl Child {
    /// Waits for its end. What it said.
    fn said(mut self) -> String {
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        let mut status = 0;
        // SAFETY: the status is written into an integer of this function.
        let ended = unsafe { libc::waitpid(self.id, &raw mut status, 0) };
        assert_eq!(ended, self.id);
        if status != 0 {
            said.push_str(&format!(" (status {status:#x})"));
        }
        said
    }
}

/// A wake by another thread, which has to ring the bell of a loop that sleeps.
async fn woken_by_a_thread() {
    let (sender, receiver) = mpsc::channel();
    let mut sender = Some(sender);
    poll_fn(move |cx| {
        if let Some(sender) = sender.take() {
            let waker = cx.waker().clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(10));
                sender.send(()).unwrap();
                waker.wake();
            });
        }
        receiver.try_recv().map_or(Poll::Pending, Poll::Ready)
    })
    .await;
}

/// What a runtime can do.
async fn work() -> String {
    let task = spawn(async {
        yield_now().await;
        3
    });
    let sum = task.await.unwrap() + Handle::current().spawn(async { 4 }).await.unwrap();
    let start = Instant::now();
    sleep(Duration::from_millis(2)).await;
    assert!(start.elapsed() >= Duration::from_millis(2));
    assert!(timeout(Duration::from_millis(1), pending::<()>()).await.is_err());
    woken_by_a_thread().await;
    format!("worked: {sum}")
}

/// What has happened to a runtime before its process forks.
const BEFORE: [&str; 5] = ["nothing", "used", "tasks", "timers", "virtual"];

fn prepared(before: &str) -> Runtime {
    let mut runtime =
        if before == "virtual" { virtual_runtime() } else { Runtime::new().unwrap() };
    match before {
        "nothing" => {}
        "tasks" => {
            for _ in 0..3 {
                drop(runtime.spawn(pending::<()>()));
            }
            runtime.block_on(settle());
            drop(runtime.spawn(async {}));
        }
        "timers" => {
            drop(runtime.spawn(sleep(Duration::from_secs(3600))));
            drop(runtime.spawn(sleep(Duration::from_millis(1))));
            runtime.block_on(settle());
        }
        _ => {
            runtime
                .block_on(async { spawn(sleep(Duration::from_millis(1))).await })
                .unwrap();
        }
    }
    runtime
}

#[test]
fn a_runtime_that_was_inherited_by_a_fork_refuses_to_run_and_says_why() {
    each_alone(BEFORE.map(|before| (before, before)), |before| {
        let mut runtime = prepared(before);
        let child = fork(|| {
            let mut said = vec![];
            for _ in 0..3 {
                let polls = Counter::default();
                let count = polls.clone();
                let attempt = || {
                    runtime.block_on(poll_fn(move |_| {
                        count.add();
                        Poll::Ready(())
                    }))
                };
                let refused = panic_of(attempt);
                said.push(refused.contains("fork").to_string());
                assert_eq!(polls.get(), 0, "nothing was polled, but: {refused}");
            }
            said.join(" ")
        });
        assert_eq!(child.said(), "true true true");
        if before != "virtual" {
            assert_eq!(runtime.block_on(work()), "worked: 7", "the parent's works");
        }
    });
}

#[test]
fn a_runtime_that_is_made_after_a_fork_works() {
    each_alone(BEFORE.map(|before| (before, before)), |before| {
        let mut inherited = prepared(before);
        let child = fork(|| {
            // The one before this is still there, or was refused, or is gone.
            let refused = panic_of(|| inherited.block_on(async {}));
            assert!(refused.contains("fork"), "{refused}");
            let mut new = Runtime::new().unwrap();
            let said = new.block_on(work());
            assert_eq!(block_on(work()), said);
            let hour = virtual_runtime().block_on(async {
                let start = Instant::now();
                sleep(3600 * SECOND).await;
                start.elapsed().as_secs()
            });
            drop(new);
            drop(inherited);
            format!("{said} {} {hour}", block_on(work()))
        });
        assert_eq!(child.said(), "worked: 7 worked: 7 3600");
        if before != "virtual" {
            assert_eq!(block_on(work()), "worked: 7");
        }
    });
}

/// It is the child's copy that ends: its tasks are dropped there, and the parent's live on.
#[test]
fn a_runtime_that_was_inherited_by_a_fork_may_be_dropped_there() {
    let parts = BEFORE.into_iter().filter(|before| *before != "virtual");
    each_alone(parts.map(|before| (before, before)), |before| {
        let mut runtime = prepared(before);
        let drops = Counter::default();
        let also = drops.clone();
        let task = runtime.spawn(async move {
            let _guard = Finally(move || {
                drop(spawn(async {}));
                also.add();
            });
            for _ in 0..5 {
                yield_now().await;
            }
            "the parent's"
        });
        runtime.block_on(yield_now());
        let mut kept = Some(runtime);
        let child = fork(|| {
            drop(kept.take());
            drops.get().to_string()
        });
        // Both at once.
        let mut runtime = kept.take().unwrap();
        assert_eq!(runtime.block_on(work()), "worked: 7");
        assert_eq!(child.said(), "1");
        assert_eq!(runtime.block_on(work()), "worked: 7");
        assert_eq!(runtime.block_on(task).unwrap(), "the parent's");
        assert_eq!(drops.get(), 1);
        drop(runtime);
    });
}

#[test]
fn the_child_of_a_child_is_told_of_its_own_fork() {
    alone(|| {
        let mut first = prepared("used");
        let child = fork(|| {
            let mut second = prepared("used");
            let grandchild = fork(|| {
                let refused = [&mut first, &mut second].map(|runtime| {
                    panic_of(|| runtime.block_on(async {})).contains("fork")
                });
                format!("{refused:?} {}", block_on(work()))
            });
            let said = grandchild.said();
            let refused = panic_of(|| first.block_on(async {})).contains("fork");
            format!("{said}, {refused} {}", second.block_on(work()))
        });
        assert_eq!(child.said(), "[true, true] worked: 7, true worked: 7");
        assert_eq!(first.block_on(work()), "worked: 7");
    });
}

/// A child that only forks on, and never runs what it has inherited, is no reason to refuse the
/// parent; nor is a child that was refused.
#[test]
fn a_parent_that_has_forked_goes_on_as_before() {
    alone(|| {
        let mut runtime = prepared("tasks");
        let task = runtime.spawn(woken_by_a_thread());
        for _ in 0..3 {
            let child = fork(|| panic_of(|| runtime.block_on(async {})));
            assert!(child.said().contains("fork"));
            assert_eq!(runtime.block_on(work()), "worked: 7");
        }
        runtime.block_on(task).unwrap();
    });
}

/// What waits in the parent's runtime is not woken by what the child does with its copy.
#[test]
fn a_waker_that_was_inherited_by_a_fork_does_not_wake_the_parent() {
    alone(|| {
        let mut runtime = prepared("used");
        let polls = Counter::default();
        let (count, mut waker) = (polls.clone(), None);
        let mut main = poll_fn(|cx| {
            waker = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        runtime.block_on(poll_fn(|cx| {
            assert!(Pin::new(&mut main).poll(cx).is_pending());
            Poll::Ready(())
        }));
        drop(runtime.spawn(poll_fn(move |_| {
            count.add();
            Poll::<()>::Pending
        })));
        runtime.block_on(settle());
        let waker: Waker = waker.take().unwrap();
        let child = fork(|| {
            for _ in 0..100 {
                waker.wake_by_ref();
                drop(waker.clone());
            }
            "woken".into()
        });
        assert_eq!(child.said(), "woken");
        runtime.block_on(sleep(Duration::from_millis(5)));
        assert_eq!(polls.get(), 1);
    });
}

/// Its child drops the same sockets, and the whole runtime: the epoll behind it and the flags of the
/// descriptors are the parent's too.
#[test]
fn the_sockets_of_a_parent_outlive_those_of_its_child() {
    let orders = [("sockets", "s"), ("the runtime last", "sr"), ("and first", "rs")];
    each_alone(orders, |order| {
        let mut runtime = Runtime::new().unwrap();
        let (plain, mut other) = std::os::unix::net::UnixStream::pair().unwrap();
        let sockets = runtime.block_on(async {
            let pair = UnixStream::pair().unwrap();
            (Async::new(plain).unwrap(), pair.0, pair.1)
        });
        let (mut sockets, mut runtime) = (Some(sockets), Some(runtime));
        let child = fork(|| {
            for what in order.chars() {
                match what {
                    's' => drop(sockets.take()),
                    _ => drop(runtime.take()),
                }
            }
            "dropped".to_owned()
        });
        assert_eq!(child.said(), "dropped");
        let (plain, near, far) = sockets.take().unwrap();
        // SAFETY: takes no memory.
        let flags = unsafe { libc::fcntl(plain.get_ref().as_raw_fd(), libc::F_GETFL) };
        assert_ne!(flags & libc::O_NONBLOCK, 0, "it is non-blocking as before");
        runtime.as_mut().unwrap().block_on(async {
            let reading = spawn(async move { near.read(&mut [0; 8]).await });
            settle().await;
            far.write_all(b"x").await.unwrap();
            assert_eq!(reading.await.unwrap().unwrap(), 1, "it is watched as before");
            let late = timeout(Duration::from_millis(1), plain.read(&mut [0; 8])).await;
            assert!(late.is_err());
            other.write_all(b"x").unwrap();
            assert_eq!(plain.read(&mut [0; 8]).await.unwrap(), 1);
        });
    });
}

/// Threads are not inherited: the child has none to wait for.
#[test]
fn a_runtime_whose_pool_was_inherited_by_a_fork_may_be_dropped_there() {
    alone(|| {
        let mut runtime = Runtime::new().unwrap();
        let (release, released) = mpsc::channel::<()>();
        let job = runtime.block_on(async move {
            spawn_blocking(|| ()).await.unwrap();
            let (begin, begun) = mpsc::channel();
            let job = spawn_blocking(move || {
                begin.send(()).unwrap();
                released.recv().is_err()
            });
            begun.recv().unwrap();
            [job]
        });
        let mut runtime = Some(runtime);
        let child = fork(|| {
            drop(runtime.take());
            "dropped".to_owned()
        });
        assert_eq!(child.said(), "dropped");
        drop(release);
        let [job] = job;
        assert!(runtime.as_mut().unwrap().block_on(job).unwrap());
    });
}

/// The handler is inherited, and the bells that it rings are shared.
#[test]
fn a_signal_to_a_child_is_not_told_to_its_parent() {
    fn raise() {
        // SAFETY: takes no memory.
        assert_eq!(unsafe { libc::raise(SIGTERM) }, 0);
    }
    alone(|| {
        let mut runtime = Runtime::new().unwrap();
        let signal = runtime.block_on(async { Signal::new(SIGTERM).unwrap() });
        let child = fork(|| {
            raise();
            block_on(async {
                let own = Signal::new(SIGTERM).unwrap();
                raise();
                own.recv().await.unwrap();
            });
            "heard".to_owned()
        });
        assert_eq!(child.said(), "heard");
        runtime.block_on(async {
            // One poll: had the child rung its parent's bell, that would be over by now.
            assert!(timeout(Duration::ZERO, signal.recv()).await.is_err());
            raise();
            signal.recv().await.unwrap();
        });
    });
}
