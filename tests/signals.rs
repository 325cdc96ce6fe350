//! Signals: each row of their specification. What a signal does to a process it does to all
//! its tests, so each test has a process of its own.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, id};
use std::thread;
use std::time::Duration;

use mainspring::signal::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, Signal, ctrl_c};
use mainspring::task::yield_now;
use mainspring::time::{sleep, timeout};
use mainspring::{block_on, spawn};

mod guard;
mod watchdog;

use guard::{SECOND, alone, panic_of};

/// Sends a signal to this process. It has come when this returns: `raise` is answered by
/// this thread itself.
fn raise(signal: i32) {
    // SAFETY: takes no memory.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

/// Sends one from another process, to whichever thread the kernel likes.
fn send(signal: i32) {
    let kill =
        Command::new("kill").args([format!("-{signal}"), id().to_string()]).status();
    assert!(kill.unwrap().success());
}

/// Whether there is something to tell at this moment.
async fn told(signal: &Signal) -> bool {
    timeout(Duration::from_millis(20), signal.recv()).await.is_ok()
}

#[test]
fn ctrl_c_is_heard_and_ends_nothing() {
    alone(|| {
        block_on(async {
            let heard = spawn(ctrl_c());
            yield_now().await;
            send(SIGINT);
            heard.await.unwrap().unwrap();
        });
        raise(SIGINT); // not even with nobody to listen
    });
}

#[test]
fn a_signal_is_heard_while_the_loop_sleeps_and_when_it_comes_from_elsewhere() {
    alone(|| {
        block_on(async {
            let signal = Signal::new(SIGTERM).unwrap();
            for _ in 0..20 {
                let sender = thread::spawn(|| {
                    thread::sleep(Duration::from_millis(1));
                    send(SIGTERM);
                });
                signal.recv().await.unwrap();
                sender.join().unwrap();
            }
        });
    });
}

#[test]
fn signals_between_two_calls_are_told_once() {
    alone(|| {
        block_on(async {
            let signal = Signal::new(SIGUSR1).unwrap();
            assert!(!told(&signal).await);
            (0..3).for_each(|_| raise(SIGUSR1));
            assert!(told(&signal).await);
            assert!(!told(&signal).await);
            raise(SIGUSR1);
            assert!(told(&signal).await);
        });
    });
}

#[test]
fn everyone_hears_who_listens_and_nobody_else_s_signal() {
    alone(|| {
        block_on(async {
            let (one, two) =
                (Signal::new(SIGUSR1).unwrap(), Signal::new(SIGUSR1).unwrap());
            let other = Signal::new(SIGUSR2).unwrap();
            raise(SIGUSR1);
            assert!(told(&one).await && told(&two).await && !told(&other).await);
        });
    });
}

#[test]
fn several_runtimes_hear_at_once() {
    alone(|| {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let ready = ready.clone();
                thread::spawn(move || {
                    block_on(async {
                        let signal = Signal::new(SIGHUP).unwrap();
                        ready.send(()).unwrap();
                        signal.recv().await.unwrap();
                    });
                })
            })
            .collect();
        (0..3).for_each(|_| is_ready.recv().unwrap());
        send(SIGHUP);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn what_came_before_a_listener_is_not_told_to_it() {
    alone(|| {
        block_on(async {
            drop(Signal::new(SIGUSR1).unwrap());
            raise(SIGUSR1); // rings the bell that the next one gets
            let signal = Signal::new(SIGUSR1).unwrap();
            assert!(!told(&signal).await);
        });
    });
}

#[test]
fn a_recv_that_is_dropped_loses_nothing() {
    alone(|| {
        block_on(async {
            let signal = Signal::new(SIGUSR1).unwrap();
            assert!(!told(&signal).await); // dropped by its timeout
            raise(SIGUSR1);
            assert!(timeout(Duration::ZERO, sleep(SECOND)).await.is_err());
            assert!(told(&signal).await);
        });
    });
}

#[test]
fn some_signals_are_refused() {
    alone(|| {
        block_on(async {
            let refused = [libc::SIGKILL, libc::SIGSTOP, libc::SIGSEGV, libc::SIGBUS];
            for number in
                refused.into_iter().chain([libc::SIGFPE, libc::SIGILL, 0, -1, 1000])
            {
                let error = Signal::new(number).unwrap_err();
                assert_eq!(
                    error.kind(),
                    std::io::ErrorKind::InvalidInput,
                    "{number}: {error}"
                );
            }
            let all: Vec<_> = (0..64).map(|_| Signal::new(SIGUSR1).unwrap()).collect();
            assert_eq!(all.len(), 64, "those have taken no place");
        });
    });
}

#[test]
fn there_are_sixty_four_listeners_at_most_and_places_are_used_again() {
    alone(|| {
        block_on(async {
            for _ in 0..3 {
                let all: Vec<_> =
                    (0..64).map(|_| Signal::new(SIGUSR1).unwrap()).collect();
                let error = Signal::new(SIGUSR1).unwrap_err();
                assert_eq!(error.kind(), std::io::ErrorKind::QuotaExceeded);
                raise(SIGUSR1);
                for signal in &all {
                    assert!(told(signal).await);
                }
            }
            let error = Signal::new(SIGUSR2).unwrap_err();
            assert_eq!(
                error.kind(),
                std::io::ErrorKind::QuotaExceeded,
                "never another's"
            );
        });
    });
}

/// Leaves no room in the counters of this process's eventfds.
fn fill_all_bells() {
    let mut count = 0;
    for entry in std::fs::read_dir("/proc/self/fd").unwrap().map(Result::unwrap) {
        let link = std::fs::read_link(entry.path());
        if link.is_ok_and(|link| link.to_str() == Some("anon_inode:[eventfd]")) {
            let fd = entry.file_name().to_str().unwrap().parse().unwrap();
            let most = (u64::MAX - 1).to_ne_bytes();
            // SAFETY: the kernel reads as many bytes as there are.
            count +=
                usize::from(unsafe { libc::write(fd, most.as_ptr().cast(), 8) } == 8);
        }
    }
    assert!(count >= 2, "the bells of the loop and of the signal");
}

#[test]
fn the_handler_leaves_errno_as_it_was() {
    alone(|| {
        block_on(async {
            let _signal = Signal::new(SIGUSR1).unwrap();
            fill_all_bells();
            let error = File::open("/there/is/nothing").unwrap_err();
            raise(SIGUSR1); // the handler's write fails
            let after = std::io::Error::last_os_error();
            assert_eq!(after.raw_os_error(), error.raw_os_error());
        });
    });
}

#[test]
fn a_listener_whose_runtime_is_gone_says_so() {
    alone(|| {
        let signal = block_on(async { Signal::new(SIGUSR1).unwrap() });
        let error = block_on(async { signal.recv().await.unwrap_err() });
        assert_eq!(error.kind(), std::io::ErrorKind::NotConnected);
        let text = panic_of(|| Signal::new(SIGUSR1));
        assert!(text.contains("outside a runtime"), "{text}");
        let all = block_on(async {
            drop(signal);
            (0..64)
                .map(|_| Signal::new(SIGUSR1))
                .filter_map(Result::ok)
                .collect::<Vec<_>>()
        });
        assert_eq!(all.len(), 64, "a panic keeps no place");
    });
}

#[test]
fn a_child_process_hears_its_signals_itself() {
    alone(|| {
        block_on(async {
            let signal = Signal::new(SIGTERM).unwrap();
            let mut child = Command::new("sleep").arg("60").spawn().unwrap();
            let kill = Command::new("kill").arg(child.id().to_string()).status();
            assert!(kill.unwrap().success());
            assert_eq!(child.wait().unwrap().signal(), Some(SIGTERM));
            assert!(!told(&signal).await);
        });
    });
}

#[test]
fn a_virtual_clock_hears_signals_too() {
    alone(|| {
        let mut runtime = guard::virtual_runtime();
        runtime.block_on(async {
            let signal = Signal::new(SIGUSR1).unwrap();
            raise(SIGUSR1);
            signal.recv().await.unwrap();
        });
    });
}

#[test]
fn a_handler_that_somebody_has_replaced_is_set_again() {
    alone(|| {
        block_on(async {
            drop(Signal::new(SIGUSR1).unwrap());
            // SAFETY: a signal that is ignored calls nothing.
            unsafe { libc::signal(SIGUSR1, libc::SIG_IGN) };
            let signal = Signal::new(SIGUSR1).unwrap();
            raise(SIGUSR1);
            signal.recv().await.unwrap();
        });
    });
}

#[test]
fn a_listener_that_is_refused_outside_a_runtime_changes_no_handler() {
    alone(|| {
        let text = panic_of(|| Signal::new(SIGUSR2));
        assert!(text.contains("outside a runtime"), "{text}");
        // SAFETY: the default action calls no function.
        let before = unsafe { libc::signal(SIGUSR2, libc::SIG_DFL) };
        assert_eq!(before, libc::SIG_DFL);
    });
}

#[test]
fn a_listener_without_descriptors_changes_no_handler() {
    alone(|| {
        let limit = libc::rlimit { rlim_cur: 64, rlim_max: 64 };
        // SAFETY: the kernel reads one such structure.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        block_on(async {
            for free in 0..2 {
                let mut all: Vec<File> = Vec::new();
                while let Ok(file) = File::open("/dev/null") {
                    all.push(file);
                }
                all.truncate(all.len() - free);
                let error = Signal::new(SIGUSR2).unwrap_err();
                assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
                // SAFETY: the default action calls no function.
                let before = unsafe { libc::signal(SIGUSR2, libc::SIG_DFL) };
                assert_eq!(before, libc::SIG_DFL, "{free} descriptors were free");
            }
            let signal = Signal::new(SIGUSR2).unwrap();
            raise(SIGUSR2);
            signal.recv().await.unwrap();
        });
    });
}
