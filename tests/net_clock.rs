//! A virtual clock beside descriptors: what waits for what.

use std::io::Write;
use std::pin::pin;
use std::rc::Rc;
use std::task::Context;
use std::thread;
use std::time::Duration;

use mainspring::io;
use mainspring::net::{TcpListener, TcpStream, UdpSocket, UnixStream};
use mainspring::runtime::{self, Runtime};
use mainspring::spawn;
use mainspring::task::yield_now;
use mainspring::time::{Instant, sleep, timeout};

mod guard;
mod watchdog;
mod wire;

use guard::{Log, SECOND, panic_of, settle};
use watchdog::{builder, watch};
use wire::{connection, poll_once};

const SHORT: Duration = Duration::from_millis(5);

fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

#[test]
fn what_has_arrived_is_heard_before_the_next_deadline() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let start = Instant::now();
        let reader = spawn(async move {
            let mut sum = 0;
            loop {
                match timeout(Duration::from_nanos(1), near.read(&mut [0; 8])).await {
                    Ok(Ok(0)) => return sum,
                    Ok(count) => sum += count.unwrap(),
                    Err(elapsed) => panic!("{elapsed}, after {sum}"),
                }
            }
        });
        for _ in 0..100 {
            far.write_all(b"x").await.unwrap();
            yield_now().await;
        }
        drop(far);
        assert_eq!(reader.await.unwrap(), 100);
        assert_eq!(start.elapsed(), Duration::ZERO);
    });
}

#[test]
fn what_is_handed_on_from_socket_to_socket_takes_no_time() {
    virtually(async {
        let start = Instant::now();
        let (first, mut last) = UnixStream::pair().unwrap();
        let mut links = Vec::new();
        for _ in 0..50 {
            let (near, far) = UnixStream::pair().unwrap();
            let from = std::mem::replace(&mut last, far);
            links.push(spawn(async move { io::copy(&from, &near).await.unwrap() }));
        }
        let clock = spawn(async move {
            sleep(Duration::from_nanos(1)).await;
            panic!("time has passed")
        });
        first.write_all(b"the whole way").await.unwrap();
        drop(first);
        let mut bytes = Vec::new();
        last.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(
            (bytes.as_slice(), start.elapsed()),
            (&b"the whole way"[..], Duration::ZERO)
        );
        for link in links {
            assert_eq!(link.await.unwrap(), 13);
        }
        clock.abort();
    });
}

#[test]
fn hours_go_by_between_two_messages() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let start = Instant::now();
        let sender = spawn(async move {
            for _ in 0..12 {
                sleep(3600 * SECOND).await;
                far.write_all(b"x").await.unwrap();
            }
        });
        let mut bytes = Vec::new();
        near.read_to_end(&mut bytes).await.unwrap();
        assert_eq!((bytes.len(), start.elapsed()), (12, 12 * 3600 * SECOND));
        sender.await.unwrap();
    });
}

#[test]
fn without_a_timer_the_loop_waits_with_its_tasks_in_the_time_of_the_world() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let mut far = far.into_inner();
        let thread = thread::spawn(move || {
            thread::sleep(SHORT);
            far.write_all(b"later").unwrap();
        });
        let start = Instant::now();
        assert_eq!(near.read(&mut [0; 8]).await.unwrap(), 5);
        assert_eq!(start.elapsed(), Duration::ZERO);
        thread.join().unwrap();
    });
}

#[test]
fn a_peer_in_another_thread_is_too_late_unless_outside_work_holds_the_clock() {
    for is_held in [false, true] {
        virtually(async {
            let (near, far) = UnixStream::pair().unwrap();
            let mut far = far.into_inner();
            let work = is_held.then(runtime::outside_work);
            let thread = thread::spawn(move || {
                thread::sleep(SHORT);
                far.write_all(b"later").unwrap();
                drop(work);
            });
            let start = Instant::now();
            let result = timeout(3600 * SECOND, near.read(&mut [0; 8])).await;
            if is_held {
                assert_eq!(result.unwrap().unwrap(), 5);
                assert_eq!(start.elapsed(), Duration::ZERO);
            } else {
                assert!(result.is_err());
                assert_eq!(start.elapsed(), 3600 * SECOND);
            }
            thread.join().unwrap();
        });
    }
}

/// The thread is done before the loop looks: its data goes before the deadline though nobody
/// holds the clock any more.
#[test]
fn what_a_thread_has_sent_before_it_let_go_of_the_clock_is_heard_first() {
    for _ in 0..1000 {
        virtually(async {
            let (near, far) = UnixStream::pair().unwrap();
            let mut far = far.into_inner();
            let work = runtime::outside_work();
            let thread = thread::spawn(move || {
                far.write_all(b"x").unwrap();
                drop(work);
            });
            let result = timeout(Duration::from_nanos(1), near.read(&mut [0; 8])).await;
            assert_eq!(result.expect("sent in time").unwrap(), 1);
            thread.join().unwrap();
        });
    }
}

#[test]
fn a_descriptor_that_nobody_waits_for_keeps_no_deadlock_from_being_told() {
    watch();
    let text = panic_of(|| {
        virtually(async {
            let (near, far) = UnixStream::pair().unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            {
                // One that has waited, and went away.
                let mut buffer = [0; 8];
                let mut read = pin!(near.read(&mut buffer));
                assert!(poll_once(&mut read).await.is_pending());
            }
            settle().await;
            std::future::pending::<()>().await;
            drop((near, far, listener));
        })
    });
    assert!(text.contains("deadlock"), "{text}");
    assert!(text.contains("no descriptor is waited for"), "{text}");
    assert!(text.contains("Task-1 waits on something unknown"), "{text}");
}

#[test]
fn who_was_woken_and_does_not_wait_again_counts_as_nobody() {
    watch();
    let text = panic_of(|| {
        virtually(async {
            let (near, far) = UnixStream::pair().unwrap();
            let near = Rc::new(near);
            let also = Rc::clone(&near);
            let reader = spawn(async move { also.read(&mut [0; 8]).await.unwrap() });
            settle().await;
            far.write_all(b"x").await.unwrap();
            assert_eq!(reader.await.unwrap(), 1);
            std::future::pending::<()>().await;
            drop((near, far));
        })
    });
    assert!(text.contains("deadlock"), "{text}");
}

#[test]
fn a_wait_by_somebody_elses_waker_is_a_wait() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let mut far = far.into_inner();
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            receiver.recv().unwrap();
            thread::sleep(SHORT);
            far.write_all(b"x").unwrap();
            far
        });
        // As in a `FuturesUnordered`: the read knows a waker that knows the task's.
        struct Relay(std::task::Waker);
        impl std::task::Wake for Relay {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.wake_by_ref();
            }
        }
        let mut buffer = [0; 8];
        let mut read = pin!(near.read(&mut buffer));
        let count = std::future::poll_fn(|cx| {
            let relay = std::sync::Arc::new(Relay(cx.waker().clone())).into();
            let polled = read.as_mut().poll(&mut Context::from_waker(&relay));
            if polled.is_pending() {
                let _ = sender.send(());
            }
            polled
        });
        assert_eq!(count.await.unwrap(), 1);
        drop(thread.join().unwrap());
    });
}

#[test]
fn tcp_and_udp_go_by_a_virtual_clock_too() {
    virtually(async {
        let start = Instant::now();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            io::copy(&stream, &stream).await.unwrap()
        });
        let stream = TcpStream::connect(address).await.unwrap();
        let mut answer = [0; 5];
        for _ in 0..10 {
            sleep(SECOND).await;
            stream.write_all(b"hello").await.unwrap();
            stream.read_exact(&mut answer).await.unwrap();
        }
        drop(stream);
        assert_eq!(server.await.unwrap(), 50);
        assert_eq!(start.elapsed(), 10 * SECOND);
        let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let two = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        one.send_to(b"x", two.local_addr().unwrap()).await.unwrap();
        assert_eq!(two.recv(&mut [0]).await.unwrap(), 1);
        let nothing = timeout(SECOND, two.recv(&mut [0])).await;
        assert!(nothing.is_err());
        assert_eq!(start.elapsed(), 11 * SECOND);
    });
}

/// What some tasks that talk to each other do, line by line.
fn story(seed: Option<u64>) -> String {
    watch();
    let builder = Runtime::builder().virtual_clock();
    let builder = match seed {
        Some(seed) => builder.seed(seed),
        None => builder,
    };
    builder.build().unwrap().block_on(async {
        let log = Log::default();
        let start = Instant::now();
        let talks: Vec<_> = (0..8_u32)
            .map(|talk| {
                let (near, far) = UnixStream::pair().unwrap();
                let (log, also) = (log.clone(), log.clone());
                let echo = spawn(async move {
                    let count = io::copy(&far, &far).await.unwrap();
                    also.add(format!("{talk}:end:{count}"));
                });
                let client = spawn(async move {
                    for round in 0..5 {
                        sleep(SECOND * (1 + talk % 3)).await;
                        near.write_all(&[0; 3]).await.unwrap();
                        near.read_exact(&mut [0; 3]).await.unwrap();
                        let at = start.elapsed().as_secs();
                        log.add(format!("{talk}:{round}:{at}"));
                    }
                });
                (echo, client)
            })
            .collect();
        for (echo, client) in talks {
            client.await.unwrap();
            echo.await.unwrap();
        }
        log.take()
    })
}

#[test]
fn the_same_program_has_the_same_story_with_sockets_too() {
    assert_eq!(story(None), story(None));
    for seed in 0..20 {
        let told = story(Some(seed));
        assert_eq!(told, story(Some(seed)));
        let mut lines: Vec<_> = told.split(' ').collect();
        let whole = story(None);
        let mut expected: Vec<_> = whole.split(' ').collect();
        lines.sort_unstable();
        expected.sort_unstable();
        assert_eq!(lines, expected, "another order, and nothing else");
    }
}

#[test]
fn a_reset_and_an_end_go_before_a_deadline() {
    virtually(async {
        let (near, far) = connection().await;
        let reader = spawn(async move {
            timeout(Duration::from_nanos(1), near.read(&mut [0; 8])).await
        });
        wire::reset(far);
        let error = reader.await.unwrap().expect("in time").unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    });
}
