//! A peer that always has data, or always has room, keeps nobody from their turn; and what
//! has to wait costs nothing of the turn.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::os::unix::net;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use mainspring::io::{Async, BufReader};
use mainspring::net::{UdpSocket, UnixDatagram, UnixStream};
use mainspring::spawn;
use mainspring::task::yield_now;
use mainspring::time::sleep;

mod watchdog;

use watchdog::block_on;

/// How many operations a task does in one turn.
const BUDGET: usize = 128;

/// A descriptor, whose own reads and writes are not used: what is done with it never waits.
fn endless() -> Async<net::UnixStream> {
    let (near, _far) = net::UnixStream::pair().unwrap();
    Async::new(near).unwrap()
}

/// Has a task do `operation` without end, on one socket, beside another that counts its own
/// turns: how many operations were done between two of them.
fn operations_between_turns(
    operation: impl AsyncFn(&Async<net::UnixStream>) + 'static,
) -> Vec<usize> {
    block_on(async move {
        let operations = Rc::new(Cell::new(0));
        let busy = spawn({
            let operations = Rc::clone(&operations);
            async move {
                let socket = endless();
                loop {
                    operation(&socket).await;
                    operations.set(operations.get() + 1);
                }
            }
        });
        let mut counts = Vec::new();
        for _ in 0..5 {
            yield_now().await;
            counts.push(operations.take());
        }
        busy.abort();
        counts
    })
}

#[test]
fn a_peer_that_always_has_data_leaves_others_their_turn() {
    let counts = operations_between_turns(async |socket| {
        socket.read_with(|_| Ok(())).await.unwrap();
    });
    assert_eq!(counts, [BUDGET; 5]);
}

#[test]
fn a_peer_that_always_has_room_leaves_others_their_turn() {
    let counts = operations_between_turns(async |socket| {
        socket.write_with(|_| Ok(())).await.unwrap();
    });
    assert_eq!(counts, [BUDGET; 5]);
}

#[test]
fn both_directions_and_all_sockets_share_a_budget() {
    let other = RefCell::new(None);
    let counts = operations_between_turns(async move |socket| {
        let another = other.take().unwrap_or_else(endless);
        socket.read_with(|_| Ok(())).await.unwrap();
        another.write_with(|_| Ok(())).await.unwrap();
        other.replace(Some(another));
    });
    assert_eq!(counts, [BUDGET / 2; 5]);
}

/// An error that comes again and again is an operation like others.
#[test]
fn errors_leave_others_their_turn() {
    let counts = operations_between_turns(async |socket| {
        let error = || Err::<(), _>(ErrorKind::Other.into());
        socket.read_with(|_| error()).await.unwrap_err();
    });
    assert_eq!(counts, [BUDGET; 5]);
}

/// The end is always there: a task that reads on behind it gives way.
#[test]
fn the_end_leaves_others_their_turn() {
    let counts = operations_between_turns(async |socket| {
        assert_eq!(socket.read(&mut [0; 8]).await.unwrap(), 0);
    });
    assert_eq!(counts, [BUDGET; 5]);
}

/// Signals that come faster than they can be passed over do not hold the loop either.
#[test]
fn signals_without_end_leave_others_their_turn() {
    block_on(async {
        let beside = spawn(async {
            let interrupted = || Err(ErrorKind::Interrupted.into());
            let read: io::Result<()> = endless().read_with(|_| interrupted()).await;
            read
        });
        for _ in 0..3 {
            yield_now().await;
        }
        assert!(!beside.is_finished());
        beside.abort();
    });
}

/// Real bytes: a peer that writes faster than they are read, in the same loop.
#[test]
fn a_flood_of_bytes_lets_timers_fire() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let writer =
            spawn(async move { while far.write_all(&[0; 4096]).await.is_ok() {} });
        let reader = spawn(async move {
            let mut buffer = [0; 16];
            while near.read(&mut buffer).await.unwrap() > 0 {}
        });
        for _ in 0..3 {
            sleep(Duration::from_millis(1)).await;
        }
        assert!(!reader.is_finished() && !writer.is_finished());
        reader.abort();
        writer.abort();
    });
}

/// A reader of lines finds most of them in its buffer, without an operation. They leave
/// others their turn all the same: a buffer is not endless.
#[test]
fn short_lines_let_timers_fire() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let writer =
            spawn(async move { while far.write_all(&[b'\n'; 4096]).await.is_ok() {} });
        let reader = spawn(async move {
            let mut lines = BufReader::new(near);
            while lines.next_line().await.unwrap().is_some() {}
        });
        for _ in 0..3 {
            sleep(Duration::from_millis(1)).await;
        }
        assert!(!reader.is_finished() && !writer.is_finished());
        reader.abort();
        writer.abort();
    });
}

/// Datagrams that a task sends to itself: there is always one.
#[test]
fn datagrams_leave_others_their_turn() {
    block_on(async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let busy = spawn(async move {
            loop {
                socket.send_to(b"again", address).await.unwrap();
                socket.recv_from(&mut [0; 8]).await.unwrap();
            }
        });
        for _ in 0..3 {
            sleep(Duration::from_millis(1)).await;
        }
        assert!(!busy.is_finished());
        busy.abort();
    });
}

/// A task may wait for any number of things in one turn. If that cost something of its
/// budget, the last of them would not be tried, and the task would be woken for nothing, for
/// ever.
#[test]
fn to_wait_costs_nothing() {
    block_on(async {
        let pairs: Vec<_> =
            (0..BUDGET + 2).map(|_| UnixDatagram::pair().unwrap()).collect();
        let mut buffers = vec![[0; 8]; pairs.len()];
        let reads = pairs.iter().zip(&mut buffers);
        let mut reads: Vec<_> =
            reads.map(|((near, _), buffer)| Box::pin(near.recv(buffer))).collect();
        let mut limit = pin!(sleep(Duration::from_millis(1)));
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            for read in &mut reads {
                assert!(read.as_mut().poll(cx).is_pending());
            }
            limit.as_mut().poll(cx)
        })
        .await;
        assert_eq!(polls, 2);
    });
}

/// What a task has left of its budget is not the next one's.
#[test]
fn each_task_has_its_own_budget() {
    block_on(async {
        let done = Rc::new(RefCell::new(Vec::new()));
        let tasks: Vec<_> = (0..3)
            .map(|number| {
                let done = Rc::clone(&done);
                spawn(async move {
                    let socket = endless();
                    for _ in 0..BUDGET {
                        socket.read_with(|_| Ok(())).await.unwrap();
                    }
                    done.borrow_mut().push(number);
                })
            })
            .collect();
        yield_now().await;
        assert_eq!(*done.borrow(), [0, 1, 2]);
        drop(tasks);
    });
}
