//! Faults of the world: each has an outcome that is defined, and a test that it is that one.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::future::poll_fn;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use mainspring::io::{self, Async};
use mainspring::net::{
    TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::yield_now;
use mainspring::time::{Instant, sleep, timeout};

mod guard;
mod watchdog;
mod wire;

use guard::{Counter, Finally, SECOND, alone, panic_of, settle};
use watchdog::{block_on, builder, runtime, watch};
use wire::{
    Loose, connection, descriptors, fill, is_nonblocking, narrow, poll_once, reset,
    set_option, until_waiting,
};

const SHORT: Duration = Duration::from_millis(5);

// The other end.

#[test]
fn a_reset_ends_a_read_that_waits() {
    block_on(async {
        let (near, far) = connection().await;
        let near = Rc::new(near);
        let also = Rc::clone(&near);
        let reader = spawn(async move { also.read(&mut [0; 8]).await });
        until_waiting("something to read").await;
        reset(far);
        let error = reader.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        // The kernel tells of it once.
        assert_eq!(near.read(&mut [0; 8]).await.unwrap(), 0);
        let error = near.write(b"too late").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_reset_ends_a_write_that_waits() {
    block_on(async {
        let (near, far) = connection().await;
        fill(&near).await;
        let writer = spawn(async move {
            let result = near.write_all(&vec![0; 1 << 20]).await;
            (near, result)
        });
        until_waiting("room to write").await;
        reset(far);
        let (near, result) = writer.await.unwrap();
        assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionReset);
        let error = near.write(b"too late").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert_eq!(near.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

#[test]
fn of_a_reader_and_a_writer_that_wait_the_reader_hears_of_the_reset_and_both_of_the_end()
{
    for writer_first in [false, true] {
        block_on(async {
            let (near, far) = connection().await;
            fill(&near).await;
            let near = Rc::new(near);
            let (for_reader, for_writer) = (Rc::clone(&near), near);
            let write = async move { for_writer.write_all(&vec![0; 1 << 20]).await };
            let read = async move { for_reader.read(&mut [0; 8]).await };
            let (reader, writer);
            if writer_first {
                writer = spawn(write);
                reader = spawn(read);
            } else {
                reader = spawn(read);
                writer = spawn(write);
            }
            until_waiting("room to write").await;
            until_waiting("something to read").await;
            reset(far);
            // Else it would take the end of a connection that is broken for a good one.
            let error = reader.await.unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            let error = writer.await.unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        });
    }
}

#[test]
fn data_before_a_reset_may_be_lost_but_the_reset_is_not() {
    block_on(async {
        let (near, far) = connection().await;
        far.write_all(b"data").await.unwrap();
        reset(far);
        // The kernel drops what was not read; it is no promise, so neither is it ours.
        let mut bytes = Vec::new();
        let error = near.read_to_end(&mut bytes).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert!(bytes.is_empty() || bytes == b"data");
    });
}

#[test]
fn after_one_end_has_said_all_data_flows_the_other_way() {
    block_on(async {
        let (near, far) = connection().await;
        for (quiet, speaking) in [(&near, &far), (&far, &near)] {
            quiet.write_all(b"the last word").await.unwrap();
            quiet.shutdown(Shutdown::Write).unwrap();
            let mut heard = Vec::new();
            speaking.read_to_end(&mut heard).await.unwrap();
            assert_eq!(heard, b"the last word");
            assert_eq!(
                speaking.read(&mut [0]).await.unwrap(),
                0,
                "the end stays the end"
            );
            if speaking.get_ref().as_raw_fd() == far.get_ref().as_raw_fd() {
                for _ in 0..100 {
                    speaking.write_all(&[1; 1000]).await.unwrap();
                    quiet.read_exact(&mut [0; 1000]).await.unwrap();
                }
            }
            let error = quiet.write(b"more").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        }
    });
}

#[test]
fn a_task_that_waits_is_woken_by_a_shutdown_of_its_own_end() {
    block_on(async {
        let (tcp, _far) = connection().await;
        let (unix, _other) = UnixStream::pair().unwrap();
        let (tcp, unix) = (Rc::new(tcp), Rc::new(unix));
        let (one, two) = (Rc::clone(&tcp), Rc::clone(&unix));
        let tasks = [
            spawn(async move { one.read(&mut [0]).await }),
            spawn(async move { two.read(&mut [0]).await }),
        ];
        settle().await;
        tcp.shutdown(Shutdown::Both).unwrap();
        unix.shutdown(Shutdown::Both).unwrap();
        for task in tasks {
            assert_eq!(task.await.unwrap().unwrap(), 0);
        }
        // A writer that waits for room, too.
        let (tcp, _far) = connection().await;
        fill(&tcp).await;
        let tcp = Rc::new(tcp);
        let also = Rc::clone(&tcp);
        let writer = spawn(async move { also.write(b"x").await });
        sleep(SHORT).await;
        tcp.shutdown(Shutdown::Write).unwrap();
        let error = writer.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        let (unix, _other) = UnixStream::pair().unwrap();
        fill(&unix).await;
        let unix = Rc::new(unix);
        let also = Rc::clone(&unix);
        let writer = spawn(async move { also.write(b"x").await });
        settle().await;
        unix.shutdown(Shutdown::Write).unwrap();
        let error = writer.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_shutdown_of_a_broken_connection_says_so() {
    block_on(async {
        let (near, far) = connection().await;
        reset(far);
        near.read(&mut [0]).await.unwrap_err();
        let error = near.shutdown(Shutdown::Both).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConnected);
        let error = near.peer_addr().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConnected);
    });
}

/// A peer whose machine has gone says nothing: no end, no reset. With the rights for it the
/// other end is closed without a packet, else it stays and is silent.
#[test]
fn a_peer_that_vanishes_is_noticed_by_a_timeout_and_by_the_next_write() {
    block_on(async {
        let (near, far) = connection().await;
        const TCP_REPAIR: i32 = 19;
        let is_gone = set_option(&far, libc::IPPROTO_TCP, TCP_REPAIR, 1).is_ok();
        let far = (!is_gone).then_some(far);
        let late = timeout(SHORT, near.read(&mut [0; 8])).await;
        assert!(late.is_err(), "nothing tells of it");
        if is_gone {
            // What arrives nowhere is answered by a reset.
            near.write_all(b"anyone there?").await.unwrap();
            let error = near.read(&mut [0; 8]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        drop(far);
    });
}

#[test]
fn a_peer_that_reads_a_byte_a_second_keeps_nobody_else_waiting() {
    let mut runtime = builder().virtual_clock().build().unwrap();
    runtime.block_on(async {
        let (near, far) = narrow();
        let bytes = 20_000;
        let start = Instant::now();
        let slow = spawn(async move {
            let mut sum = 0;
            loop {
                sleep(SECOND).await;
                match far.read(&mut [0]).await.unwrap() {
                    0 => return sum,
                    count => sum += count,
                }
            }
        });
        let writer = spawn(async move {
            near.write_all(&vec![1; bytes]).await.unwrap();
            Instant::now()
        });
        let ticks = Counter::default();
        let count = ticks.clone();
        let ticking = spawn(async move {
            loop {
                sleep(10 * SECOND).await;
                count.add();
            }
        });
        let written = writer.await.unwrap() - start;
        assert!(written > 1000 * SECOND, "it waited for the reader: {written:?}");
        assert_eq!(slow.await.unwrap(), bytes);
        let seconds = u32::try_from(bytes).unwrap() + 1;
        assert_eq!(start.elapsed(), seconds * SECOND);
        assert_eq!(ticks.get(), seconds / 10);
        ticking.abort();
    });
}

#[test]
fn a_peer_that_writes_and_closes_between_two_looks_is_heard_to_the_end() {
    block_on(async {
        for length in [1, 100, 8192, 100_000] {
            let (near, far) = connection().await;
            let waiting = length % 2 == 0;
            let reader = spawn(async move {
                let (mut sum, mut buffer) = (0, [0; 8192]);
                if !waiting {
                    settle().await;
                }
                loop {
                    match near.read(&mut buffer).await.unwrap() {
                        0 => return sum,
                        count => sum += count,
                    }
                }
            });
            settle().await;
            // All of it within one poll of this task: the kernel tells of both by one edge.
            let data = vec![0; length];
            far.get_ref().set_nonblocking(false).unwrap();
            far.get_ref().write_all(&data[..length.min(8192)]).unwrap();
            drop(far);
            assert_eq!(reader.await.unwrap(), length.min(8192));
        }
    });
}

#[test]
fn a_client_that_resets_before_it_is_accepted_does_not_end_the_accepting() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        for _ in 0..3 {
            reset(TcpStream::connect(address).await.unwrap());
        }
        let good = TcpStream::connect(address).await.unwrap();
        good.write_all(b"good").await.unwrap();
        let mut resets = 0;
        loop {
            let (stream, from) = listener.accept().await.unwrap();
            let mut bytes = [0; 4];
            match stream.read_exact(&mut bytes).await {
                Ok(()) => {
                    assert_eq!(from, good.local_addr().unwrap());
                    break;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
            }
            resets += 1;
        }
        assert!(resets <= 3);
    });
}

#[test]
fn a_socket_that_cannot_listen_is_an_error_of_accept_and_no_endless_loop() {
    block_on(async {
        let datagrams = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let listener = std::net::TcpListener::from(std::os::fd::OwnedFd::from(datagrams));
        let error = Async::new(listener).unwrap().accept().await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP));
        let (stream, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        let listener =
            std::os::unix::net::UnixListener::from(std::os::fd::OwnedFd::from(stream));
        let error = Async::new(listener).unwrap().accept().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn a_reader_beside_urgent_data_misses_nothing_after_the_mark() {
    block_on(async {
        for waiting in [false, true] {
            let (near, far) = connection().await;
            let send = |bytes: &[u8], flags| {
                let fd = far.get_ref().as_raw_fd();
                // SAFETY: the kernel reads as many bytes as there are.
                let sent =
                    unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags) };
                assert_eq!(sent, bytes.len() as isize);
            };
            let reader = spawn(async move {
                let (mut bytes, mut buffer) = (Vec::new(), [0; 1000]);
                while !bytes.ends_with(b"after") {
                    let count = near.read(&mut buffer).await.unwrap();
                    assert!(count > 0);
                    bytes.extend_from_slice(&buffer[..count]);
                }
                bytes
            });
            if waiting {
                until_waiting("something to read").await;
            }
            send(b"before", 0);
            send(b"!", libc::MSG_OOB);
            if waiting {
                sleep(SHORT).await;
            }
            send(b"after", 0);
            assert_eq!(reader.await.unwrap(), b"beforeafter");
        }
    });
}

/// Whoever takes the urgent byte himself may take the word of the mark along, at which a read stops:
/// what is behind it is read at the latest when more comes.
#[test]
fn what_is_behind_urgent_data_that_was_taken_is_read_with_what_comes_next() {
    block_on(async {
        let (near, far) = connection().await;
        let far_fd = far.get_ref().as_raw_fd();
        let send = |bytes: &[u8], flags| {
            // SAFETY: the kernel reads as many bytes as there are.
            let sent =
                unsafe { libc::send(far_fd, bytes.as_ptr().cast(), bytes.len(), flags) };
            assert_eq!(sent, bytes.len() as isize);
        };
        send(b"before", 0);
        send(b"!", libc::MSG_OOB);
        send(b"after", 0);
        let mut urgent = [0_u8];
        let place = urgent.as_mut_ptr().cast();
        // SAFETY: the kernel writes one byte at most.
        let taken =
            unsafe { libc::recv(near.get_ref().as_raw_fd(), place, 1, libc::MSG_OOB) };
        assert_eq!((taken, urgent), (1, *b"!"));
        sleep(SHORT).await; // the edges of all that are told now
        let reader = spawn(async move {
            let mut bytes = [0; 15];
            near.read_exact(&mut bytes).await.map(|()| bytes)
        });
        sleep(SHORT).await;
        send(b"more", 0);
        assert_eq!(&reader.await.unwrap().unwrap(), b"beforeaftermore");
    });
}

// Nobody reads any more.

#[test]
fn a_write_that_nobody_reads_is_an_error_and_no_signal() {
    alone(|| {
        // What a process begins with that is not written in Rust: std ignores the signal.
        // SAFETY: takes no memory.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        block_on(async {
            let (unix, other) = UnixStream::pair().unwrap();
            drop(other);
            assert_eq!(unix.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
            let (near, far) = connection().await;
            near.shutdown(Shutdown::Write).unwrap();
            assert_eq!(near.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
            let (one, two) = UnixDatagram::pair().unwrap();
            drop(two);
            let kind = one.send(b"x").await.unwrap_err().kind();
            assert_eq!(kind, ErrorKind::ConnectionRefused);
            drop(far);
        });
    });
}

#[test]
fn a_pipe_that_nobody_reads_is_an_error_where_the_signal_is_ignored_as_std_has_it() {
    block_on(async {
        let (reader, writer) = std::io::pipe().unwrap();
        let writer = Async::new(writer).unwrap();
        fill(&writer).await;
        let writer = spawn(async move { writer.write_all(&[0; 1 << 17]).await });
        until_waiting("room to write").await;
        drop(reader);
        assert_eq!(writer.await.unwrap().unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

// Connecting.

#[test]
fn a_connect_that_is_refused_says_so_and_leaves_no_descriptor() {
    alone(|| {
        block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            drop(listener);
            let before = descriptors();
            let error = TcpStream::connect(address).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
            assert_eq!(descriptors(), before);
            // Of several addresses the next one is tried, and the last error is told.
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let good = listener.local_addr().unwrap();
            let stream = TcpStream::connect(&[address, good][..]).await.unwrap();
            assert_eq!(stream.peer_addr().unwrap(), good);
            drop((stream, listener));
            let error = TcpStream::connect(&[good, address][..]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
            let error = TcpStream::connect(&[][..]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert_eq!(descriptors(), before);
        });
    });
}

/// A listener that has no room for another connection: whoever connects hears nothing.
fn full_listener() -> (std::net::TcpListener, Vec<std::net::TcpStream>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: takes no memory.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, SHORT * 20) {
        queue.push(stream);
    }
    (listener, queue)
}

#[test]
fn a_connect_that_nobody_answers_is_ended_by_a_timeout_and_leaves_no_descriptor() {
    alone(|| {
        let (listener, _queue) = full_listener();
        let address = listener.local_addr().unwrap();
        block_on(async {
            let before = descriptors();
            let late = timeout(SHORT, TcpStream::connect(address)).await;
            assert!(late.is_err());
            assert_eq!(descriptors(), before);
            // And by a drop, at the first poll and later.
            let mut connect = Box::pin(TcpStream::connect(address));
            assert!(poll_once(&mut connect).await.is_pending());
            assert_eq!(descriptors(), before + 1);
            drop(connect);
            assert_eq!(descriptors(), before);
            let task = spawn(TcpStream::connect(address));
            until_waiting("room to write").await;
            assert!(task.abort());
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(descriptors(), before);
        });
    });
}

#[test]
fn a_connect_to_a_unix_socket_says_what_is_wrong() {
    alone(|| {
        let path =
            std::env::temp_dir().join(format!("mainspring-{}", std::process::id()));
        block_on(async {
            let before = descriptors();
            let error = UnixStream::connect(&path).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound);
            let listener = UnixListener::bind(&path).unwrap();
            let error = UnixListener::bind(&path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
            // SAFETY: takes no memory.
            assert_eq!(unsafe { libc::listen(listener.get_ref().as_raw_fd(), 0) }, 0);
            let mut queue = Vec::new();
            let error = loop {
                match UnixStream::connect(&path).await {
                    Ok(stream) => queue.push(stream),
                    Err(error) => break error,
                }
                assert!(queue.len() < 10);
            };
            assert_eq!(error.kind(), ErrorKind::ResourceBusy);
            assert!(error.to_string().contains("wait to be accepted"), "{error}");
            // Room, and it works.
            listener.accept().await.unwrap();
            queue.push(UnixStream::connect(&path).await.unwrap());
            drop((listener, queue));
            let error = UnixStream::connect(&path).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
            let error = UnixStream::connect("x".repeat(200)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert_eq!(descriptors(), before);
        });
        std::fs::remove_file(&path).unwrap();
    });
}

#[test]
fn a_connection_that_is_reset_before_it_is_looked_at_is_an_error_of_the_first_operation()
{
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connect = Box::pin(TcpStream::connect(address));
        let mut early = poll_once(&mut connect).await;
        let (far, _) = listener.accept().await.unwrap();
        reset(far);
        if early.is_pending() {
            early = Poll::Ready(connect.await);
        }
        let Poll::Ready(result) = early else { unreachable!() };
        let error = match result {
            Ok(stream) => stream.read(&mut [0]).await.unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

// Datagrams.

#[test]
fn a_datagram_that_is_refused_wakes_who_waits_for_the_answer() {
    block_on(async {
        let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = gone.local_addr().unwrap();
        let socket = Rc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        socket.connect(address).await.unwrap();
        drop(gone);
        let also = Rc::clone(&socket);
        let waiting = spawn(async move { also.recv(&mut [0; 8]).await });
        settle().await;
        socket.send(b"hello").await.unwrap();
        let error = waiting.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        // It is about one datagram; the socket is as good as before.
        let back = UdpSocket::bind(address).await.unwrap();
        socket.send(b"again").await.unwrap();
        let mut buffer = [0; 8];
        let (length, from) = back.recv_from(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..length], b"again");
        back.send_to(b"yes", from).await.unwrap();
        assert_eq!(socket.recv(&mut buffer).await.unwrap(), 3);
    });
}

#[test]
fn a_unix_datagram_to_a_queue_full_of_what_others_sent_waits_for_room() {
    let path =
        std::env::temp_dir().join(format!("mainspring-full-{}", std::process::id()));
    let also = path.clone();
    let _remove = Finally(move || drop(std::fs::remove_file(&also)));
    block_on(async {
        let receiver = UnixDatagram::bind(&path).unwrap();
        let crowd = UnixDatagram::unbound().unwrap();
        while crowd.get_ref().send_to(b"crowd", &path).is_ok() {}
        let late = UnixDatagram::unbound().unwrap();
        let path = path.clone();
        let sender = spawn(async move { late.send_to(b"late", &path).await });
        sleep(SHORT).await; // the edge that every new descriptor begins with is over
        assert!(!sender.is_finished());
        let mut buffer = [0; 8];
        loop {
            let length = receiver.recv(&mut buffer).await.unwrap();
            if &buffer[..length] == b"late" {
                break;
            }
        }
        assert_eq!(sender.await.unwrap().unwrap(), 4);
    });
}

/// By a virtual clock, which would stand still if the sender waited for edges: each attempt that
/// fails is one.
#[test]
fn a_sender_that_waits_for_room_in_such_a_queue_tries_once_in_a_millisecond() {
    let path =
        std::env::temp_dir().join(format!("mainspring-idle-{}", std::process::id()));
    let also = path.clone();
    let _remove = Finally(move || drop(std::fs::remove_file(&also)));
    let mut runtime = builder().virtual_clock().build().unwrap();
    runtime.block_on(async {
        let receiver = UnixDatagram::bind(&path).unwrap();
        let crowd = UnixDatagram::unbound().unwrap();
        while crowd.get_ref().send_to(b"crowd", &path).is_ok() {}
        let senders: Vec<_> = (0..3)
            .map(|_| {
                let path = path.clone();
                spawn(async move {
                    let late = UnixDatagram::unbound().unwrap();
                    late.send_to(b"late", &path).await
                })
            })
            .collect();
        let polls = || {
            let polls = |task: mainspring::task::TaskInfo| task.polls;
            mainspring::task::all().into_iter().skip(1).map(polls).max().unwrap()
        };
        sleep(SECOND).await;
        let before = polls();
        sleep(SECOND).await;
        let tried = polls() - before;
        assert!(0 < tried && tried <= 1001, "{tried}");
        let (mut buffer, mut late) = ([0; 8], 0);
        while late < 3 {
            let length = receiver.recv(&mut buffer).await.unwrap();
            late += usize::from(&buffer[..length] == b"late");
        }
        for sender in senders {
            assert_eq!(sender.await.unwrap().unwrap(), 4);
        }
    });
}

#[test]
fn a_unix_datagram_waits_for_room_of_its_own_socket_too() {
    let path =
        std::env::temp_dir().join(format!("mainspring-own-{}", std::process::id()));
    let also = path.clone();
    let _remove = Finally(move || drop(std::fs::remove_file(&also)));
    let mut runtime = builder().virtual_clock().build().unwrap();
    runtime.block_on(async {
        let receiver = UnixDatagram::bind(&path).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        set_option(&sender, libc::SOL_SOCKET, libc::SO_SNDBUF, 20_000).unwrap();
        let sending = spawn({
            let path = path.clone();
            async move {
                for _ in 0..10 {
                    sender.send_to(&[0; 15_000], &path).await.unwrap();
                }
            }
        });
        for _ in 0..10 {
            sleep(SECOND).await;
            assert_eq!(receiver.recv(&mut [0; 20_000]).await.unwrap(), 15_000);
        }
        sending.await.unwrap();
    });
}

#[test]
fn a_unix_datagram_is_refused_where_the_receiver_has_gone() {
    let path =
        std::env::temp_dir().join(format!("mainspring-gone-{}", std::process::id()));
    let also = path.clone();
    let _remove = Finally(move || drop(std::fs::remove_file(&also)));
    block_on(async {
        let sender = UnixDatagram::unbound().unwrap();
        let error = sender.send_to(b"x", &path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let error = sender.send(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConnected);
        let receiver = UnixDatagram::bind(&path).unwrap();
        let crowd = UnixDatagram::unbound().unwrap();
        while crowd.get_ref().send_to(b"crowd", &path).is_ok() {}
        let waiting = {
            let path = path.clone();
            spawn(async move { sender.send_to(b"x", &path).await })
        };
        sleep(SHORT).await;
        drop(receiver);
        let error = waiting.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

// Descriptors that are closed behind the library's back.

#[test]
fn a_descriptor_that_is_closed_under_a_waiting_task_leaves_the_next_of_its_number_alone()
{
    alone(|| {
        for was_blocking in [false, true] {
            let mut runtime = builder().virtual_clock().build().unwrap();
            runtime.block_on(async {
                let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
                near.set_nonblocking(!was_blocking).unwrap();
                let number = near.into_raw_fd();
                let old = Async::new(Loose(number)).unwrap();
                let polls = Counter::default();
                let count = polls.clone();
                let waiting = spawn(async move {
                    let (mut buffer, mut read) = ([0; 8], None);
                    let mut future = pin!(old.read(&mut buffer));
                    poll_fn(|cx| {
                        count.add();
                        let polled = future.as_mut().poll(cx);
                        if let Poll::Ready(result) = &polled {
                            read = Some(result.as_ref().ok().copied());
                        }
                        polled.map(drop)
                    })
                    .await;
                    read
                });
                settle().await;
                Loose::close(number);
                let (new, other) = UnixStream::pair().unwrap();
                let (new, other) = match new.get_ref().as_raw_fd() == number {
                    true => (new, other),
                    false => (other, new),
                };
                assert_eq!(new.get_ref().as_raw_fd(), number);
                for _ in 0..3 {
                    other.write_all(b"for the new one").await.unwrap();
                    new.read_exact(&mut [0; 15]).await.unwrap();
                }
                drop(far);
                let reader = spawn(async move {
                    let count = new.read(&mut [0; 8]).await;
                    (new, count)
                });
                sleep(SECOND).await;
                assert_eq!((polls.get(), waiting.is_finished()), (1, false));
                waiting.abort();
                settle().await;
                assert!(
                    is_nonblocking(Loose(number)),
                    "its drop has touched the new one"
                );
                other.write_all(b"bye").await.unwrap();
                let (new, count) = reader.await.unwrap();
                assert_eq!(count.unwrap(), 3);
                drop(new);
            });
        }
    });
}

#[test]
fn a_descriptor_that_is_closed_under_an_operation_is_an_error_of_it() {
    alone(|| {
        block_on(async {
            let (near, _far) = std::os::unix::net::UnixStream::pair().unwrap();
            let number = near.into_raw_fd();
            let old = Async::new(Loose(number)).unwrap();
            Loose::close(number);
            let error = old.read(&mut [0]).await.unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EBADF));
            drop(old);
        });
    });
}

// Runtimes.

#[test]
fn a_socket_of_another_runtime_is_refused_with_a_word_of_what_to_do() {
    watch();
    let mut one = runtime();
    let mut two = runtime();
    let (near, far) = one.block_on(async { UnixStream::pair().unwrap() });
    let text = panic_of(|| two.block_on(async { near.read(&mut [0]).await }));
    assert!(text.contains("was used in another runtime"), "{text}");
    assert!(text.contains("into_inner"), "{text}");
    let text = panic_of(|| two.block_on(async { near.write(&[0]).await }));
    assert!(text.contains("was used in another runtime"), "{text}");
    // It is as it was, in its own; and what is in it may be passed on.
    one.block_on(async {
        far.write_all(b"x").await.unwrap();
        assert_eq!(near.read(&mut [0]).await.unwrap(), 1);
    });
    let near = near.into_inner();
    let near = two.block_on(async { Async::new(near).unwrap() });
    one.block_on(async { far.write_all(b"y").await.unwrap() });
    assert_eq!(two.block_on(async { near.read(&mut [0]).await.unwrap() }), 1);
}

#[test]
fn outside_a_runtime_an_operation_says_so() {
    let mut runtime = runtime();
    let (near, far) = runtime.block_on(async { UnixStream::pair().unwrap() });
    let mut buffer = [0];
    let mut read = Box::pin(near.read(&mut buffer));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let text = panic_of(|| read.as_mut().poll(&mut cx));
    assert!(
        text.contains("an operation of a socket was called outside a runtime"),
        "{text}"
    );
    drop(read);
    let text = panic_of(UnixStream::pair);
    assert!(text.contains("was called outside a runtime"), "{text}");
    let (plain, _) = std::os::unix::net::UnixStream::pair().unwrap();
    let text = panic_of(|| Async::new(plain));
    assert!(text.contains("`io::Async::new` was called outside a runtime"), "{text}");
    // What does not wait needs none, and nor does a drop.
    near.shutdown(Shutdown::Both).unwrap();
    drop((near, far));
}

#[test]
fn a_socket_that_outlives_its_runtime_says_not_connected_and_can_be_taken_out() {
    alone(|| {
        let mut runtime = runtime();
        let (near, far) = runtime.block_on(async { UnixStream::pair().unwrap() });
        drop(runtime);
        let text = "the runtime of this socket, or other `io::Async`, is gone";
        // Outside and in another one: there is nothing to panic about, it is over.
        let cx = &mut std::task::Context::from_waker(std::task::Waker::noop());
        let Poll::Ready(Err(error)) = pin!(near.read(&mut [0])).poll(cx) else {
            panic!("an error at once")
        };
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::NotConnected, text)
        );
        block_on(async {
            let error = near.write(b"x").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotConnected);
        });
        let before = descriptors();
        drop(far);
        assert_eq!(descriptors(), before - 1);
        let mut near = near.into_inner();
        near.set_nonblocking(false).unwrap();
        assert_eq!(near.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn a_read_that_is_kept_past_its_runtime_ends_with_an_error() {
    watch();
    let mut first = runtime();
    let (near, far) = first.block_on(async { UnixStream::pair().unwrap() });
    let near = Rc::new(near);
    let read = |near: Rc<UnixStream>| async move { near.read(&mut [0; 8]).await };
    let mut read = Box::pin(read(near));
    assert!(first.block_on(poll_once(&mut read)).is_pending());
    drop(first);
    let mut second = runtime();
    let error = second.block_on(&mut read).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    drop((read, far));
}

#[test]
fn a_read_that_waits_is_neither_woken_nor_lost_between_two_runs_of_its_runtime() {
    watch();
    let mut runtime = runtime();
    let (near, far) = runtime.block_on(async { UnixStream::pair().unwrap() });
    let task = runtime.spawn(async move {
        let mut buffer = [0; 8];
        let count = near.read(&mut buffer).await.unwrap();
        buffer[..count].to_vec()
    });
    runtime.block_on(settle());
    far.get_ref().write_all(b"between").unwrap();
    assert!(!task.is_finished());
    assert_eq!(runtime.block_on(task).unwrap(), b"between");
}

#[test]
fn sockets_may_be_made_used_and_dropped_in_the_destructors_of_a_shutdown() {
    alone(|| {
        let before = descriptors();
        let seen = Rc::new(Cell::new(0));
        let see = Rc::clone(&seen);
        let runtime = runtime();
        let (started, wait) = (Rc::new(Cell::new(false)), std::future::pending::<()>());
        let start = Rc::clone(&started);
        drop(runtime.spawn(async move {
            let (near, far) = UnixStream::pair().unwrap();
            let kept = Rc::new((near, far));
            let also = Rc::clone(&kept);
            let _finally = Finally(move || {
                let (near, far) = UnixStream::pair().unwrap();
                let mut write = pin!(near.write(b"bye"));
                let cx = &mut std::task::Context::from_waker(std::task::Waker::noop());
                // It is done, or it would have to give way; it never hangs or panics.
                let polled = write.as_mut().poll(cx);
                assert!(!matches!(polled, Poll::Ready(Err(_))));
                drop(spawn(async move { drop(far) }));
                let _ = also.0.get_ref().write(b"x");
                see.set(see.get() + 1);
            });
            start.set(true);
            let (near, far) = &*kept;
            let mut buffer = [0; 8];
            let mut read = pin!(near.read(&mut buffer));
            assert!(poll_once(&mut read).await.is_pending());
            let _ = far.get_ref();
            wait.await;
        }));
        let mut runtime = runtime;
        runtime.block_on(settle());
        assert!(started.get());
        drop(runtime);
        assert_eq!(seen.get(), 1);
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn a_runtime_takes_the_registrations_of_sockets_that_nobody_dropped_along() {
    alone(|| {
        let before = descriptors();
        let mut runtime = runtime();
        let (near, far) = runtime.block_on(async { UnixStream::pair().unwrap() });
        runtime.block_on(async {
            let mut read = Box::pin(near.read(Box::leak(Box::new([0; 8]))));
            assert!(poll_once(&mut read).await.is_pending());
            std::mem::forget(read);
            far.write_all(b"x").await.unwrap();
            settle().await;
        });
        drop(runtime);
        drop((near, far));
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn a_runtime_of_its_own_in_each_thread_keeps_to_its_sockets() {
    watch();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(|| {
                let mut runtime = Runtime::new().unwrap();
                runtime.block_on(async {
                    let (near, far) = connection().await;
                    let echo = spawn(async move { io::copy(&far, &far).await });
                    for round in 0..200_u32 {
                        near.write_all(&round.to_ne_bytes()).await.unwrap();
                        let mut back = [0; 4];
                        near.read_exact(&mut back).await.unwrap();
                        assert_eq!(u32::from_ne_bytes(back), round);
                        yield_now().await;
                    }
                    drop(near);
                    assert_eq!(echo.await.unwrap().unwrap(), 800);
                });
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
