//! Who waits for a descriptor: many, one after the other, somebody else's waker, and those who
//! never have to wait.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{ErrorKind, Write};
use std::net::Shutdown;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use mainspring::io::Async;
use mainspring::net::{TcpListener, TcpStream, UnixDatagram, UnixStream};
use mainspring::spawn;
use mainspring::task::yield_now;
use mainspring::time::sleep;

mod guard;
mod stranger;
mod watchdog;
mod wire;

use guard::{Counter, Log, SECOND, Wakes, hooked, panic_of, quiet, settle};
use stranger::{Event, Stranger};
use watchdog::{block_on, builder, watch};
use wire::{fill, poll_once};

const SHORT: Duration = Duration::from_millis(5);

fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

// Many of them.

#[test]
fn each_datagram_goes_to_one_of_those_who_wait_and_none_is_forgotten() {
    virtually(async {
        let (near, far) = UnixDatagram::pair().unwrap();
        let (near, log) = (Rc::new(near), Log::default());
        let readers: Vec<_> = (0..10)
            .map(|reader| {
                let (near, log) = (Rc::clone(&near), log.clone());
                spawn(async move {
                    for _ in 0..3 {
                        let mut buffer = [0; 8];
                        let length = near.recv(&mut buffer).await.unwrap();
                        assert_eq!(length, 1);
                        log.add(format!("{reader}:{}", buffer[0]));
                    }
                })
            })
            .collect();
        settle().await;
        for datagram in 0..30 {
            far.send(&[datagram]).await.unwrap();
            if datagram % 7 == 0 {
                sleep(SECOND).await;
            }
        }
        for reader in readers {
            reader.await.unwrap();
        }
        let lines = log.take();
        for datagram in 0..30 {
            let is_it = |line: &&str| line.ends_with(&format!(":{datagram}"));
            assert_eq!(
                lines.split(' ').filter(is_it).count(),
                1,
                "{datagram} of {lines}"
            );
        }
    });
}

#[test]
fn those_who_wait_get_what_comes_in_the_order_in_which_they_came() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let near = Rc::new(near);
        let log = Log::default();
        let readers: Vec<_> = (0..10)
            .map(|reader| {
                let (near, log) = (Rc::clone(&near), log.clone());
                spawn(async move {
                    assert_eq!(near.read(&mut [0]).await.unwrap(), 1);
                    log.add(reader.to_string());
                })
            })
            .collect();
        settle().await;
        far.write_all(&[0; 10]).await.unwrap();
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(log.take(), "0 1 2 3 4 5 6 7 8 9");
    });
}

#[test]
fn who_goes_away_in_the_middle_takes_nothing_along() {
    virtually(async {
        for gone in 0..5 {
            let (near, far) = UnixStream::pair().unwrap();
            let near = Rc::new(near);
            let mut readers: Vec<_> = (0..5)
                .map(|_| {
                    let near = Rc::clone(&near);
                    spawn(async move { near.read(&mut [0]).await.unwrap() })
                })
                .collect();
            settle().await;
            readers.remove(gone).abort();
            far.write_all(&[0; 4]).await.unwrap();
            for reader in readers {
                assert_eq!(reader.await.unwrap(), 1);
            }
        }
    });
}

/// The reader at the front is woken, and dropped before its turn: what it was woken for is for
/// the next one.
#[test]
fn who_is_woken_and_goes_away_loses_nothing_for_the_next() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let near = Rc::new(near);
        let first = {
            let near = Rc::clone(&near);
            spawn(async move { near.read(&mut [0]).await.unwrap() })
        };
        settle().await;
        // Woken by the same edge, after the first one and before its turn.
        let (mut buffer, abort) = ([0], first.abort_handle());
        let stranger = Stranger::new(move |event| {
            if event == Event::Wake {
                abort.abort();
            }
        });
        let mut strange = pin!(near.read(&mut buffer));
        let mut cx = Context::from_waker(&stranger);
        assert!(strange.as_mut().poll(&mut cx).is_pending());
        let second = {
            let near = Rc::clone(&near);
            spawn(async move { near.read(&mut [0]).await.unwrap() })
        };
        far.write_all(b"x").await.unwrap();
        assert_eq!(second.await.unwrap(), 1);
        assert!(first.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn each_connection_goes_to_one_of_those_who_accept() {
    block_on(async {
        let listener = Rc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = listener.local_addr().unwrap();
        let acceptors: Vec<_> = (0..10)
            .map(|_| {
                let listener = Rc::clone(&listener);
                spawn(async move { listener.accept().await.unwrap().1 })
            })
            .collect();
        settle().await;
        let idle = {
            let listener = Rc::clone(&listener);
            spawn(async move { listener.accept().await.map(drop) })
        };
        let mut streams = Vec::new();
        for _ in 0..10 {
            streams.push(TcpStream::connect(address).await.unwrap());
        }
        let mut accepted = Vec::new();
        for acceptor in acceptors {
            accepted.push(acceptor.await.unwrap());
        }
        let mut expected: Vec<_> =
            streams.iter().map(|stream| stream.local_addr().unwrap()).collect();
        accepted.sort();
        expected.sort();
        assert_eq!(accepted, expected);
        assert!(!idle.is_finished());
    });
}

#[test]
fn many_writers_of_one_stream_all_get_through() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let before = fill(&near).await;
        let near = Rc::new(near);
        let writers: Vec<_> = (0..10)
            .map(|_| {
                let near = Rc::clone(&near);
                spawn(async move { near.write_all(&[1; 50_000]).await.unwrap() })
            })
            .collect();
        settle().await;
        drop(near);
        let mut bytes = Vec::new();
        assert_eq!(far.read_to_end(&mut bytes).await.unwrap(), before + 500_000);
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

#[test]
fn a_reader_and_a_writer_of_one_socket_wait_each_for_its_own_direction() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        fill(&near).await;
        let (near, polls) = (Rc::new(near), Counter::default());
        let reader = {
            let (near, polls) = (Rc::clone(&near), polls.clone());
            spawn(async move {
                let mut buffer = [0; 8];
                let mut read = pin!(near.read(&mut buffer));
                poll_fn(|cx| {
                    polls.add();
                    read.as_mut().poll(cx)
                })
                .await
            })
        };
        let writer = spawn(async move { near.write(b"x").await });
        settle().await;
        let mut chunk = vec![0; 1 << 20];
        far.read(&mut chunk).await.unwrap();
        assert_eq!(writer.await.unwrap().unwrap(), 1);
        assert!(!reader.is_finished());
        far.write_all(b"x").await.unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), 1);
        assert!(
            polls.get() <= 4,
            "room to write is told to readers at most once or twice"
        );
    });
}

// Several at once in one task.

#[test]
fn one_task_may_wait_for_two_sockets_and_take_what_comes_first() {
    virtually(async {
        let (one, far_one) = UnixStream::pair().unwrap();
        let (two, far_two) = UnixStream::pair().unwrap();
        let select = spawn(async move {
            let (mut a, mut b) = ([0; 8], [0; 8]);
            let mut heard = Vec::new();
            for _ in 0..4 {
                let mut from_one = pin!(one.read(&mut a));
                let mut from_two = pin!(two.read(&mut b));
                let first = poll_fn(|cx| {
                    if let Poll::Ready(count) = from_one.as_mut().poll(cx) {
                        return Poll::Ready((1, count.unwrap()));
                    }
                    from_two.as_mut().poll(cx).map(|count| (2, count.unwrap()))
                });
                heard.push(first.await);
            }
            heard
        });
        for far in [&far_two, &far_one, &far_one, &far_two] {
            sleep(SECOND).await;
            far.write_all(b"word").await.unwrap();
        }
        assert_eq!(select.await.unwrap(), [(2, 4), (1, 4), (1, 4), (2, 4)]);
    });
}

#[test]
fn a_read_that_is_polled_with_another_waker_wakes_that_one_alone() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let mut buffer = [0; 8];
        let mut read = pin!(near.read(&mut buffer));
        let (first, waker) = Wakes::new();
        assert!(read.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let (second, other) = Wakes::new();
        assert!(read.as_mut().poll(&mut Context::from_waker(&other)).is_pending());
        // And by the task itself, and back.
        assert!(poll_once(&mut read).await.is_pending());
        assert!(read.as_mut().poll(&mut Context::from_waker(&other)).is_pending());
        drop(waker);
        assert_eq!(std::sync::Arc::strong_count(&first), 1, "the first one is let go");
        far.write_all(b"x").await.unwrap();
        sleep(SECOND).await;
        assert_eq!((first.count(), second.count()), (0, 1));
        assert_eq!(read.await.unwrap(), 1);
    });
}

#[test]
fn a_read_that_is_dropped_lets_its_waker_go_and_wakes_nobody() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let (wakes, waker) = Wakes::new();
        {
            let mut buffer = [0; 8];
            let mut read = pin!(near.read(&mut buffer));
            assert!(read.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        drop(waker);
        assert_eq!(std::sync::Arc::strong_count(&wakes), 1);
        far.write_all(b"x").await.unwrap();
        sleep(SECOND).await;
        assert_eq!(wakes.count(), 0);
        assert_eq!(near.read(&mut [0; 8]).await.unwrap(), 1);
    });
}

// Strangers.

/// A socket with data on the way, and a stranger that waits for it.
fn with_stranger(listener: impl Fn(Event) + 'static) -> (String, bool) {
    let (mut runtime, log) = hooked();
    let read = runtime.block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let near = Rc::new(near);
        let stranger = Stranger::new(listener);
        let mut buffer = [0; 8];
        let mut read = Box::pin(near.read(&mut buffer));
        let polled = read.as_mut().poll(&mut Context::from_waker(&stranger));
        assert!(polled.is_pending());
        let native = {
            let near = Rc::clone(&near);
            spawn(async move { near.read(&mut [0]).await.unwrap() })
        };
        settle().await;
        far.write_all(b"x").await.unwrap();
        native.await.unwrap() == 1
    });
    drop(runtime);
    (log.take(), read)
}

#[test]
fn a_stranger_that_panics_when_it_is_woken_or_dropped_harms_no_other_who_waits() {
    watch();
    for fatal in [Event::Wake, Event::Drop] {
        let (told, read) = quiet(|| {
            with_stranger(move |event| {
                if event == fatal {
                    panic!("a stranger's {event:?}");
                }
            })
        });
        assert!(read);
        // A wake takes the waker along; then there is none to drop.
        let expected = if fatal == Event::Wake { 1 } else { 0 };
        assert_eq!(told.matches("a stranger's").count(), expected, "{told}");
    }
    let text = panic_of(|| {
        with_stranger(|event| {
            if event == Event::Clone {
                panic!("a stranger's clone");
            }
        })
    });
    assert_eq!(text, "a stranger's clone");
}

#[test]
fn a_stranger_that_panics_when_a_read_is_dropped_is_told_to_the_hook() {
    watch();
    let (mut runtime, log) = hooked();
    quiet(|| {
        runtime.block_on(async {
            let (near, far) = UnixStream::pair().unwrap();
            let stranger = Stranger::new(|event| {
                if event == Event::Drop {
                    panic!("a stranger's drop");
                }
            });
            {
                let mut buffer = [0; 8];
                let mut read = pin!(near.read(&mut buffer));
                let mut cx = Context::from_waker(&stranger);
                assert!(read.as_mut().poll(&mut cx).is_pending());
            }
            far.write_all(b"x").await.unwrap();
            assert_eq!(near.read(&mut [0; 8]).await.unwrap(), 1);
        });
    });
    drop(runtime);
    assert_eq!(log.count("a stranger's drop"), 1);
}

/// At each of its moments the stranger reads and writes the same sockets, polls and drops other
/// waits, and drops the last of what it can get hold of.
#[test]
fn a_stranger_may_come_back_to_the_same_socket_at_any_of_its_moments() {
    watch();
    for moment in [Event::Clone, Event::Wake, Event::Drop] {
        for what in 0..6 {
            virtually(async move {
                let (near, far) = UnixStream::pair().unwrap();
                let (near, far) = (Rc::new(near), Rc::new(far));
                type Wait = Pin<Box<dyn Future<Output = std::io::Result<usize>>>>;
                let read = |near: Rc<UnixStream>| -> Wait {
                    Box::pin(async move { near.read(&mut [0]).await })
                };
                let others: Rc<RefCell<Vec<Wait>>> = Rc::default();
                for _ in 0..3 {
                    let mut other = read(Rc::clone(&near));
                    let mut cx = Context::from_waker(std::task::Waker::noop());
                    assert!(other.as_mut().poll(&mut cx).is_pending());
                    others.borrow_mut().push(other);
                }
                let extra = Rc::new(RefCell::new(Some(UnixStream::pair().unwrap())));
                let (own, also_far) = (Rc::clone(&near), Rc::clone(&far));
                let also = Rc::clone(&others);
                let (acts, ends) = (Counter::default(), Counter::default());
                let (count, end) = (acts.clone(), ends.clone());
                let stranger = Stranger::new(move |event| {
                    if event != moment || count.get() > 3 {
                        return;
                    }
                    count.add();
                    let mut cx = Context::from_waker(std::task::Waker::noop());
                    match what {
                        0 => drop(also.borrow_mut().pop()),
                        1 => {
                            let mut new = read(Rc::clone(&own));
                            let _ = new.as_mut().poll(&mut cx);
                            also.borrow_mut().push(new);
                        }
                        2 => drop(also_far.get_ref().write(b"z")),
                        3 => {
                            if let Some(other) = also.borrow_mut().first_mut() {
                                let _ = other.as_mut().poll(&mut cx);
                            }
                        }
                        4 => drop(extra.take()),
                        _ => {
                            let _ = own.shutdown(std::net::Shutdown::Write);
                        }
                    }
                    end.add();
                });
                let mut mine = read(Rc::clone(&near));
                let mut cx = Context::from_waker(&stranger);
                let mut done = mine.as_mut().poll(&mut cx).is_ready();
                // Another waker in between: the first is dropped while the wait goes on.
                if !done {
                    done = poll_once(&mut mine).await.is_ready();
                }
                if !done {
                    done = mine.as_mut().poll(&mut cx).is_ready();
                }
                far.write_all(&[1; 20]).await.unwrap();
                sleep(SECOND).await;
                if !done {
                    assert_eq!(mine.as_mut().await.unwrap(), 1, "{moment:?} {what}");
                }
                drop(mine);
                // Nobody is forgotten.
                let rest = others.take();
                for mut other in rest {
                    // One that was polled to its end by the stranger may not be polled again.
                    if what != 3 && what != 1 {
                        assert_eq!(
                            poll_fn(|cx| other.as_mut().poll(cx)).await.unwrap(),
                            1
                        );
                    }
                }
                assert!(near.read(&mut [0; 64]).await.unwrap() > 0);
                // A panic of a waker is contained, and says nothing by itself.
                assert_eq!(acts.get(), ends.get(), "{moment:?} {what}");
            });
        }
    }
}

#[test]
fn a_read_that_is_dropped_in_the_wake_of_another_is_not_woken_any_more() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let near = Rc::new(near);
        type Wait = Pin<Box<dyn Future<Output = std::io::Result<usize>>>>;
        let read = || -> Wait {
            let near = Rc::clone(&near);
            Box::pin(async move { near.read(&mut [0]).await })
        };
        let second: Rc<Cell<Option<Wait>>> = Rc::default();
        let also = Rc::clone(&second);
        let stranger = Stranger::new(move |event| {
            if event == Event::Wake {
                drop(also.take());
            }
        });
        let mut first = read();
        assert!(first.as_mut().poll(&mut Context::from_waker(&stranger)).is_pending());
        let (wakes, waker) = Wakes::new();
        let mut other = read();
        assert!(other.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        second.set(Some(other));
        far.write_all(b"x").await.unwrap();
        sleep(SECOND).await;
        assert!(second.take().is_none(), "the stranger has dropped it");
        assert_eq!(wakes.count(), 0);
    });
}

#[test]
fn a_stranger_may_drop_the_socket_when_it_is_woken() {
    watch();
    let (mut runtime, log) = hooked();
    runtime.block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        type Kept = Pin<Box<dyn Future<Output = std::io::Result<usize>>>>;
        let kept: Rc<Cell<Option<Kept>>> = Rc::default();
        let also = Rc::clone(&kept);
        let woken = Counter::default();
        let count = woken.clone();
        let stranger = Stranger::new(move |event| {
            if event == Event::Wake {
                count.add();
                drop(also.take()); // the read, and with it the socket
            }
        });
        let mut read: Kept = Box::pin(async move { near.read(&mut [0]).await });
        let mut cx = Context::from_waker(&stranger);
        assert!(read.as_mut().poll(&mut cx).is_pending());
        kept.set(Some(read));
        far.write_all(b"x").await.unwrap();
        sleep(SECOND).await;
        assert_eq!(woken.get(), 1);
        let error = far.write(b"y").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
    assert_eq!(log.len(), 0);
}

/// No edge comes any more for who registers after it.
#[test]
fn a_stranger_may_shut_the_socket_down_while_it_is_cloned() {
    for how in [Shutdown::Read, Shutdown::Write] {
        virtually(async move {
            let (near, _far) = UnixStream::pair().unwrap();
            let near = Rc::new(near);
            while near.get_ref().write(&[0; 4096]).is_ok() {}
            let (own, wakes) = (Rc::clone(&near), Counter::default());
            let count = wakes.clone();
            let stranger = Stranger::new(move |event| match event {
                Event::Clone => own.shutdown(how).unwrap(),
                Event::Wake => count.add(),
                Event::Drop => {}
            });
            let mut operation = pin!(async {
                match how {
                    Shutdown::Read => near.read(&mut [0]).await,
                    _ => near.write(b"x").await,
                }
            });
            let polled = operation.as_mut().poll(&mut Context::from_waker(&stranger));
            let result = match polled {
                Poll::Ready(result) => result,
                Poll::Pending => {
                    sleep(SECOND).await;
                    assert_ne!(wakes.get(), 0, "nobody wakes it after {how:?}");
                    operation.await
                }
            };
            let expected = match how {
                Shutdown::Read => Ok(0),
                _ => Err(ErrorKind::BrokenPipe),
            };
            assert_eq!(result.map_err(|error| error.kind()), expected);
        });
    }
}

// Those who never have to wait.

/// Something that always has something to read, and always room to write.
fn always_ready() -> Async<std::os::unix::net::UnixStream> {
    Async::new(std::os::unix::net::UnixStream::pair().unwrap().0).unwrap()
}

#[test]
fn who_never_has_to_wait_lets_timers_and_other_tasks_have_their_turn() {
    block_on(async {
        let stream = always_ready();
        let (operations, turns) = (Counter::default(), Counter::default());
        let (count, also) = (operations.clone(), turns.clone());
        let greedy = spawn(async move {
            loop {
                stream
                    .read_with(|_| {
                        count.add();
                        Ok(())
                    })
                    .await
                    .unwrap();
            }
        });
        let other = spawn(async move {
            loop {
                also.add();
                yield_now().await;
            }
        });
        sleep(SHORT).await;
        assert!(greedy.abort(), "and it can be aborted");
        assert!(other.abort());
        assert!(greedy.await.unwrap_err().is_cancelled());
        let (operations, turns) = (operations.get(), turns.get());
        assert!(turns > 1 && operations > 1, "{operations} operations, {turns} turns");
        assert!(
            operations <= 128 * (turns + 1),
            "{operations} operations, {turns} turns"
        );
    });
}

#[test]
fn an_operation_that_gives_way_is_not_done_and_not_lost() {
    virtually(async {
        let stream = always_ready();
        let done = Counter::default();
        for _ in 0..1000 {
            let before = done.get();
            stream
                .read_with(|_| {
                    done.add();
                    Ok(())
                })
                .await
                .unwrap();
            assert_eq!(done.get(), before + 1);
        }
        // Dropped where it gives way.
        yield_now().await;
        for _ in 0..128 {
            stream.read_with(|_| Ok(())).await.unwrap();
        }
        let before = done.get();
        {
            let mut read = pin!(stream.read_with(|_| {
                done.add();
                Ok(())
            }));
            assert!(poll_once(&mut read).await.is_pending());
        }
        yield_now().await;
        assert_eq!(done.get(), before);
        stream
            .read_with(|_| {
                done.add();
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(done.get(), before + 1);
    });
}
