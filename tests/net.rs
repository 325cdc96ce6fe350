//! Sockets and other descriptors: what each operation does when nothing goes wrong.

#![allow(unsafe_code)]

use std::cell::RefCell;
use std::fs::File;
use std::io::{ErrorKind, IoSlice, IoSliceMut, PipeReader, PipeWriter, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use mainspring::io::{Async, AsyncRead, AsyncWrite, BufReader, copy};
use mainspring::net::{
    TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream,
};
use mainspring::spawn;
use mainspring::task::{all, yield_now};
use mainspring::time::timeout;

mod guard;
mod watchdog;
mod wire;

use guard::{Counter, Finally, SECOND, alone, settle};
use watchdog::{block_on, builder, runtime};
use wire::{connection, descriptors, is_nonblocking, poll_once, until_waiting};

fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

/// A path for a socket that is removed again.
struct Path(std::path::PathBuf);

impl Path {
    fn new(name: &str) -> Self {
        let name = format!("mainspring-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

// TCP.

#[test]
fn a_connection_knows_its_two_ends() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert_ne!(address.port(), 0);
        let near = TcpStream::connect(address).await.unwrap();
        let (far, from) = listener.accept().await.unwrap();
        assert_eq!(near.peer_addr().unwrap(), address);
        assert_eq!(near.local_addr().unwrap(), from);
        assert_eq!(
            (far.local_addr().unwrap(), far.peer_addr().unwrap()),
            (address, from)
        );
        assert!(format!("{near:?}").contains("Async"));
        near.set_nodelay(true).unwrap();
        assert!(near.get_ref().nodelay().unwrap());
    });
}

#[test]
fn a_time_to_linger_is_rounded_up_to_seconds() {
    block_on(async {
        let (near, _far) = connection().await;
        let lingers = || {
            let mut linger = libc::linger { l_onoff: -1, l_linger: -1 };
            let mut size = libc::socklen_t::try_from(size_of::<libc::linger>()).unwrap();
            let (fd, level) = (near.get_ref().as_raw_fd(), libc::SOL_SOCKET);
            let place = (&raw mut linger).cast();
            // SAFETY: the kernel writes one such structure.
            let result = unsafe {
                libc::getsockopt(fd, level, libc::SO_LINGER, place, &raw mut size)
            };
            assert_eq!(result, 0);
            (linger.l_onoff != 0).then_some(linger.l_linger)
        };
        assert_eq!(lingers(), None);
        for (millis, seconds) in [(0, 0), (1, 1), (1000, 1), (1001, 2)] {
            near.set_linger(Some(Duration::from_millis(millis))).unwrap();
            assert_eq!(lingers(), Some(seconds));
        }
        near.set_linger(None).unwrap();
        assert_eq!(lingers(), None);
    });
}

#[test]
fn a_port_that_is_taken_is_an_error_and_one_that_was_is_none() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let error = TcpListener::bind(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let stream = TcpStream::connect(address).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        // The server ends the connection: the system keeps its port for a while.
        drop((listener, server));
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        drop(stream);
        TcpListener::bind(address).await.unwrap();
        let error = UdpSocket::bind("192.0.2.1:0").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
    });
}

#[test]
fn of_several_addresses_to_listen_at_the_first_that_will_do_is_taken() {
    block_on(async {
        let nowhere = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 0));
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(&[nowhere, here][..]).await.unwrap();
        assert_eq!(listener.local_addr().unwrap().ip(), here.ip());
        let socket = UdpSocket::bind(&[nowhere, here][..]).await.unwrap();
        assert_eq!(socket.local_addr().unwrap().ip(), here.ip());
        // Those behind it are not tried.
        TcpListener::bind(&[here, nowhere][..]).await.unwrap();
        let other = TcpListener::bind(here).await.unwrap();
        let both = [listener.local_addr().unwrap(), other.local_addr().unwrap()];
        let stream = TcpStream::connect(&both[..]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), both[0]);
    });
}

#[test]
fn more_connections_wait_to_be_accepted_than_std_has_room_for() {
    let most: usize = std::fs::read_to_string("/proc/sys/net/core/somaxconn")
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let count = most.min(300);
        let mut streams = Vec::new();
        for _ in 0..count {
            streams.push(TcpStream::connect(address).await.unwrap());
        }
        for _ in 0..count {
            listener.accept().await.unwrap();
        }
    });
}

#[test]
fn a_peek_leaves_the_bytes_where_they_are() {
    block_on(async {
        let (near, far) = connection().await;
        let near = Rc::new(near);
        let also = Rc::clone(&near);
        let peeking = spawn(async move {
            let mut buffer = [0; 3];
            let count = also.peek(&mut buffer).await.unwrap();
            buffer[..count].to_vec()
        });
        until_waiting("something to read").await;
        far.write_all(b"hello").await.unwrap();
        assert!(b"hello".starts_with(&peeking.await.unwrap()));
        let mut buffer = [0; 8];
        while near.peek(&mut buffer).await.unwrap() < 5 {
            yield_now().await;
        }
        near.read_exact(&mut buffer[..5]).await.unwrap();
        assert_eq!(&buffer[..5], b"hello");
        drop(far);
        assert_eq!(near.peek(&mut buffer).await.unwrap(), 0);
    });
}

#[test]
fn a_short_read_is_no_reason_to_miss_what_comes_next() {
    block_on(async {
        let (near, far) = connection().await;
        let reader = spawn(async move {
            let (mut buffer, mut counts) = ([0; 1000], Vec::new());
            loop {
                match near.read(&mut buffer).await.unwrap() {
                    0 => return counts,
                    count => counts.push(count),
                }
            }
        });
        for _ in 0..50 {
            far.write_all(b"short").await.unwrap();
            yield_now().await;
        }
        far.write_all(&[0; 1000]).await.unwrap();
        drop(far);
        assert_eq!(reader.await.unwrap().iter().sum::<usize>(), 1250);
    });
}

// All of a kind.

#[test]
fn several_buffers_are_read_and_written_by_one_call() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let pieces = [&b"one "[..], b"", b"two ", b"three"].map(IoSlice::new);
        assert_eq!(near.write_vectored(&pieces).await.unwrap(), 13);
        let (mut a, mut b) = ([0; 6], [0; 20]);
        let mut buffers = [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)];
        assert_eq!(far.read_vectored(&mut buffers).await.unwrap(), 13);
        assert_eq!((&a[..], &b[..7]), (&b"one tw"[..], &b"o three"[..]));
    });
}

#[test]
fn no_bytes_are_read_and_written_without_a_wait() {
    block_on(async {
        let (tcp, _far) = connection().await;
        let (unix, _other) = UnixStream::pair().unwrap();
        let (reader, writer) = std::io::pipe().unwrap();
        let (reader, writer) = (Async::new(reader).unwrap(), Async::new(writer).unwrap());
        macro_rules! now {
            ($future:expr) => {
                match poll_once(&mut Box::pin($future)).await {
                    std::task::Poll::Ready(result) => result.unwrap(),
                    std::task::Poll::Pending => panic!("{} waits", stringify!($future)),
                }
            };
        }
        assert_eq!(now!(tcp.read(&mut [])), 0);
        assert_eq!(now!(unix.read(&mut [])), 0);
        assert_eq!(now!(reader.read(&mut [])), 0);
        assert_eq!(now!(tcp.write(&[])), 0);
        assert_eq!(now!(unix.write(&[])), 0);
        assert_eq!(now!(writer.write(&[])), 0);
        now!(tcp.read_exact(&mut []));
        now!(tcp.write_all(&[]));
        // And a read into no room does not hide what comes.
        let also = Rc::new(tcp);
        let near = Rc::clone(&also);
        let task = spawn(async move { near.read(&mut [0; 4]).await });
        settle().await;
        assert_eq!(now!(also.read(&mut [])), 0);
        _far.write_all(b"data").await.unwrap();
        assert_eq!(task.await.unwrap().unwrap(), 4);
    });
}

#[test]
fn reading_exactly_and_to_the_end() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        near.write_all(b"head, and the rest").await.unwrap();
        near.shutdown(Shutdown::Write).unwrap();
        let mut head = [0; 4];
        far.read_exact(&mut head).await.unwrap();
        let mut rest = b"kept: ".to_vec();
        assert_eq!(far.read_to_end(&mut rest).await.unwrap(), 14);
        assert_eq!((&head, rest.as_slice()), (b"head", &b"kept: , and the rest"[..]));
        assert_eq!(far.read_to_end(&mut rest).await.unwrap(), 0);
        let error = far.read_exact(&mut head).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn a_task_says_which_descriptor_it_waits_for_and_what() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let number = near.get_ref().as_raw_fd();
        wire::fill(&near).await;
        let near = Rc::new(near);
        let also = Rc::clone(&near);
        drop(spawn(async move { also.read(&mut [0]).await.map(drop) }));
        drop(spawn(async move { near.write(&[0]).await.map(drop) }));
        settle().await;
        let tasks: Vec<_> = all().iter().map(ToString::to_string).collect();
        let reads =
            format!("Task-2 waits on something to read from descriptor {number}, ");
        assert!(tasks[1].starts_with(&reads), "{tasks:?}");
        let writes = format!("Task-3 waits on room to write to descriptor {number}, ");
        assert!(tasks[2].starts_with(&writes), "{tasks:?}");
        drop(far);
    });
}

#[test]
fn a_socket_can_be_read_by_reference_and_by_rc_through_the_traits() {
    async fn first_byte(from: impl AsyncRead) -> u8 {
        let mut byte = [0];
        assert_eq!(from.read(&mut byte).await.unwrap(), 1);
        byte[0]
    }
    async fn say(to: impl AsyncWrite, byte: u8) {
        assert_eq!(to.write(&[byte]).await.unwrap(), 1);
    }
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let (near, far) = (Rc::new(near), Rc::new(far));
        say(&*near, 1).await;
        say(Rc::clone(&near), 2).await;
        say(&near, 3).await;
        assert_eq!(first_byte(&*far).await, 1);
        assert_eq!(first_byte(Rc::clone(&far)).await, 2);
        assert_eq!(first_byte(&&far).await, 3);
    });
}

#[test]
fn any_operation_can_be_made_to_wait() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let attempts = Counter::default();
        let mut wait = pin!(near.read_with(|stream| {
            attempts.add();
            let mut byte = [0];
            (&*stream).read(&mut byte).map(|count| (count, byte[0]))
        }));
        assert!(poll_once(&mut wait).await.is_pending());
        far.write_all(b"!").await.unwrap();
        assert_eq!(wait.await.unwrap(), (1, b'!'));
        assert!(attempts.get() >= 2);
        let error = near.write_with(|_| Err::<(), _>(ErrorKind::Other.into())).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Other);
    });
}

// UDP and the sockets of Unix.

#[test]
fn a_datagram_is_one_message_however_short_and_what_does_not_fit_is_cut_off() {
    block_on(async {
        let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let two = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (from, to) = (one.local_addr().unwrap(), two.local_addr().unwrap());
        for message in [&b"hello"[..], b"", b"again"] {
            assert_eq!(one.send_to(message, to).await.unwrap(), message.len());
        }
        let mut buffer = [0; 3];
        assert_eq!(two.recv_from(&mut buffer).await.unwrap(), (3, from));
        assert_eq!(&buffer, b"hel");
        assert_eq!(two.recv_from(&mut buffer).await.unwrap(), (0, from));
        assert_eq!(two.recv(&mut buffer).await.unwrap(), 3);
        assert_eq!(&buffer, b"aga");
        let error = one.send_to(&vec![0; 70_000], to).await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMSGSIZE));
        // Connected, it hears one alone.
        let three = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        two.connect(from).await.unwrap();
        three.send_to(b"no", to).await.unwrap();
        one.send_to(b"yes", to).await.unwrap();
        assert_eq!(two.recv(&mut buffer).await.unwrap(), 3);
        assert_eq!(&buffer, b"yes");
        two.send(b"you").await.unwrap();
        assert_eq!(one.recv(&mut buffer).await.unwrap(), 3);
    });
}

#[test]
fn unix_datagrams_keep_their_order_and_none_is_lost() {
    let path = Path::new("datagrams");
    virtually(async {
        let receiver = UnixDatagram::bind(&path.0).unwrap();
        let error = UnixDatagram::bind(&path.0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let sender = UnixDatagram::unbound().unwrap();
        let to = path.0.clone();
        let sending = spawn(async move {
            for number in 0..100 {
                sender.send_to(&[number], &to).await.unwrap();
            }
        });
        for number in 0..100 {
            let mut byte = [0];
            let (length, from) = receiver.recv_from(&mut byte).await.unwrap();
            assert_eq!((length, byte[0], from.is_unnamed()), (1, number, true));
        }
        sending.await.unwrap();
        let (near, far) = UnixDatagram::pair().unwrap();
        near.send(b"").await.unwrap();
        assert_eq!(far.recv(&mut [0; 4]).await.unwrap(), 0);
    });
}

#[test]
fn a_unix_listener_stands_in_the_file_system_and_stays_there() {
    let path = Path::new("listener");
    virtually(async {
        let listener = UnixListener::bind(&path.0).unwrap();
        let name = listener.local_addr().unwrap();
        assert_eq!(name.as_pathname(), Some(path.0.as_path()));
        let mut accept = pin!(listener.accept());
        assert!(poll_once(&mut accept).await.is_pending());
        let client = UnixStream::connect(&path.0).await.unwrap();
        let (server, from) = accept.await.unwrap();
        assert!(from.is_unnamed());
        server.write_all(b"hello").await.unwrap();
        drop(server);
        let mut bytes = Vec::new();
        client.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"hello");
    });
    assert!(path.0.exists());
}

#[test]
fn the_longest_path_that_a_socket_can_have_works() {
    let folder = std::env::temp_dir();
    let length = 107 - folder.as_os_str().len() - 1;
    let tail = format!("-{}", std::process::id());
    let path = Path(folder.join("x".repeat(length - tail.len()) + &tail));
    assert_eq!(path.0.as_os_str().len(), 107);
    virtually(async {
        let listener = UnixListener::bind(&path.0).unwrap();
        let client = UnixStream::connect(&path.0).await.unwrap();
        listener.accept().await.unwrap();
        assert_eq!(client.get_ref().peer_addr().unwrap().as_pathname(), Some(&*path.0));
    });
}

/// What is no path could be taken for the abstract name of as many zeros as there is room for.
#[test]
fn a_connect_to_an_empty_path_is_refused() {
    let name = std::os::unix::net::SocketAddr::from_abstract_name([0; 107]).unwrap();
    // Another run of this test may have it at this moment; that will do.
    let _listener = std::os::unix::net::UnixListener::bind_addr(&name);
    block_on(async {
        let error = UnixStream::connect("").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn a_datagram_does_not_wait_for_room_at_another_receiver() {
    let (full, other) = (Path::new("full"), Path::new("other"));
    block_on(async {
        let _full = UnixDatagram::bind(&full.0).unwrap();
        let receiver = UnixDatagram::bind(&other.0).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        sender.get_ref().connect(&full.0).unwrap();
        while sender.get_ref().send(b"x").is_ok() {}
        let mut waits = pin!(sender.send(b"x"));
        assert!(poll_once(&mut waits).await.is_pending());
        assert_eq!(sender.send_to(b"here", &other.0).await.unwrap(), 4);
        assert_eq!(receiver.recv(&mut [0; 8]).await.unwrap(), 4);
    });
}

// What can be made an `Async`.

#[test]
fn pipes_wait_both_ways() {
    virtually(async {
        let (reader, writer) = std::io::pipe().unwrap();
        let (reader, writer) = (Async::new(reader).unwrap(), Async::new(writer).unwrap());
        let writing =
            spawn(async move { writer.write_all(&vec![1; 300_000]).await.unwrap() });
        let mut bytes = Vec::new();
        assert_eq!(reader.read_to_end(&mut bytes).await.unwrap(), 300_000);
        writing.await.unwrap();
    });
}

#[test]
fn a_child_is_spoken_with_while_others_go_on() {
    block_on(async {
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = PipeWriter::from(OwnedFd::from(child.stdin.take().unwrap()));
        let stdout = PipeReader::from(OwnedFd::from(child.stdout.take().unwrap()));
        let (stdin, stdout) = (Async::new(stdin).unwrap(), Async::new(stdout).unwrap());
        let writer = spawn(async move { stdin.write_all(&vec![b'x'; 200_000]).await });
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes.len(), 200_000);
        writer.await.unwrap().unwrap();
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn what_never_blocks_is_refused_with_a_word_of_what_to_do() {
    block_on(async {
        for path in ["/proc/self/exe", "/", "/dev/null", "/dev/zero"] {
            let error = Async::new(File::open(path).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{path}");
            assert!(error.to_string().contains("read it in a thread"), "{error}");
        }
    });
}

#[test]
fn a_counter_of_the_kernel_can_be_waited_for() {
    virtually(async {
        // SAFETY: takes no memory.
        let number = unsafe { libc::eventfd(0, 0) };
        assert!(number >= 0);
        // SAFETY: the kernel has opened it this moment, and nobody else knows it.
        let counter = Async::new(unsafe { File::from_raw_fd(number) }).unwrap();
        let counter = Rc::new(counter);
        let also = Rc::clone(&counter);
        let waiter = spawn(async move {
            let mut number = [0; 8];
            also.read(&mut number).await.unwrap();
            u64::from_ne_bytes(number)
        });
        settle().await;
        for number in [3_u64, 4] {
            counter.write_all(&number.to_ne_bytes()).await.unwrap();
        }
        assert_eq!(waiter.await.unwrap(), 7);
    });
}

#[test]
fn a_socket_that_std_has_set_up_becomes_one_of_these() {
    block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listener: TcpListener = Async::new(listener).unwrap();
        let client = std::net::TcpStream::connect(address).unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let client: TcpStream = Async::new(client).unwrap();
        // Its reads are never taken for a `TcpStream` of our own making, and need not be.
        let echo = spawn(async move { copy(&server, &server).await.unwrap() });
        let mut answer = [0; 100];
        for _ in 0..20 {
            client.write_all(&[5; 100]).await.unwrap();
            client.read_exact(&mut answer).await.unwrap();
        }
        drop(client);
        assert_eq!(echo.await.unwrap(), 2000);
    });
}

#[test]
fn a_descriptor_is_watched_once_and_its_duplicates_each() {
    virtually(async {
        let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let first = Async::new(&near).unwrap();
        let error = Async::new(&near).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(error.to_string().contains("registered already"), "{error}");
        assert!(is_nonblocking(&near), "a refusal changes nothing");
        let duplicate = Async::new(near.try_clone().unwrap()).unwrap();
        (&far).write_all(b"ab").unwrap();
        let read = first.read_with(|stream| (&**stream).read(&mut [0]));
        assert_eq!(read.await.unwrap(), 1);
        assert_eq!(duplicate.read(&mut [0]).await.unwrap(), 1);
        // One goes, the other hears on.
        drop(duplicate);
        {
            let mut buffer = [0; 8];
            let read = first.read_with(|stream| (&**stream).read(&mut buffer));
            let mut waiting = pin!(read);
            assert!(poll_once(&mut waiting).await.is_pending());
            (&far).write_all(b"cd").unwrap();
            assert_eq!(waiting.await.unwrap(), 2);
        }
        drop(first);
        Async::new(&near).unwrap();
    });
}

#[test]
fn what_was_blocking_is_so_again_and_what_was_not_stays() {
    virtually(async {
        for was_blocking in [false, true] {
            let (near, _far) = std::os::unix::net::UnixStream::pair().unwrap();
            near.set_nonblocking(!was_blocking).unwrap();
            let watched = Async::new(&near).unwrap();
            assert!(is_nonblocking(&near));
            drop(watched);
            assert_eq!(is_nonblocking(&near), !was_blocking);
            let near = Async::new(near).unwrap().into_inner();
            assert_eq!(is_nonblocking(&near), !was_blocking);
        }
        // What cannot be watched is left as it was.
        let file = File::open("/proc/self/exe").unwrap();
        let _ = Async::new(&file).unwrap_err();
        assert!(!is_nonblocking(&file));
    });
    // Also after the runtime.
    let (near, _far) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut runtime = runtime();
    let watched = runtime.block_on(async { Async::new(&near).unwrap() });
    drop(runtime);
    drop(watched);
    assert!(!is_nonblocking(&near));
}

#[test]
fn what_is_taken_out_of_a_socket_that_was_made_here_is_non_blocking() {
    let path = Path::new("taken");
    block_on(async {
        let (near, far) = connection().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (one, two) = UnixStream::pair().unwrap();
        let (three, four) = UnixDatagram::pair().unwrap();
        let unix = UnixListener::bind(&path.0).unwrap();
        let client = UnixStream::connect(&path.0).await.unwrap();
        let (server, _) = unix.accept().await.unwrap();
        let datagram = UnixDatagram::unbound().unwrap();
        assert!(is_nonblocking(near.into_inner()) && is_nonblocking(far.into_inner()));
        assert!(
            is_nonblocking(listener.into_inner()) && is_nonblocking(udp.into_inner())
        );
        assert!(is_nonblocking(one.into_inner()) && is_nonblocking(two.into_inner()));
        assert!(is_nonblocking(three.into_inner()) && is_nonblocking(four.into_inner()));
        assert!(is_nonblocking(unix.into_inner()) && is_nonblocking(client.into_inner()));
        assert!(is_nonblocking(server.into_inner()));
        assert!(is_nonblocking(datagram.into_inner()));
    });
}

/// What two descriptors stand for is one thing, which blocks or does not.
#[test]
fn of_two_duplicates_the_first_that_goes_decides_for_both() {
    virtually(async {
        let (near, _far) = std::os::unix::net::UnixStream::pair().unwrap();
        let first = Async::new(near.try_clone().unwrap()).unwrap();
        let second = Async::new(near).unwrap();
        drop(first);
        assert!(!is_nonblocking(&second));
    });
}

/// `as_fd` is user code: it may come back in here.
#[test]
fn a_descriptor_may_be_asked_for_in_any_way() {
    struct Odd(std::os::unix::net::UnixStream, RefCell<Vec<UnixStream>>);
    impl AsFd for Odd {
        fn as_fd(&self) -> BorrowedFd<'_> {
            drop(self.1.borrow_mut().pop());
            self.0.as_fd()
        }
    }
    virtually(async {
        let (plain, far) = std::os::unix::net::UnixStream::pair().unwrap();
        let mut others = Vec::new();
        for _ in 0..4 {
            others.push(UnixStream::pair().unwrap().0);
        }
        let odd = Async::new(Odd(plain, RefCell::new(others))).unwrap();
        (&far).write_all(b"x").unwrap();
        let mut byte = [0];
        let count = odd.read_with(|odd| (&odd.0).read(&mut byte)).await.unwrap();
        assert_eq!(count, 1);
    });
}

/// A terminal: its two ends.
fn terminal() -> (OwnedFd, OwnedFd) {
    let (mut master, mut slave) = (-1, -1);
    let null = std::ptr::null_mut();
    // SAFETY: the kernel writes two numbers; name, settings and size may be null.
    let result = unsafe {
        libc::openpty(&raw mut master, &raw mut slave, null, null.cast(), null.cast())
    };
    assert_eq!(result, 0);
    // SAFETY: both were opened this moment, and nobody else knows them.
    [master, slave].map(|end| unsafe { OwnedFd::from_raw_fd(end) }).into()
}

#[test]
fn a_terminal_is_read_by_lines_and_left_as_it_was() {
    block_on(async {
        let (master, slave) = terminal();
        let master = Async::new(File::from(master)).unwrap();
        let shared = slave.try_clone().unwrap(); // as the shell's
        let lines = Async::new(File::from(slave)).unwrap();
        assert!(is_nonblocking(&shared));
        let mut lines = BufReader::new(lines);
        let typist = spawn(async move {
            for line in ["first\n", "second\n"] {
                settle().await;
                master.write_all(line.as_bytes()).await.unwrap();
            }
            master
        });
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("first"));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("second"));
        let master = typist.await.unwrap();
        {
            let mut next = Box::pin(lines.next_line());
            assert!(poll_once(&mut next).await.is_pending());
        }
        master.write_all(b"third\n").await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("third"));
        drop(lines);
        assert!(!is_nonblocking(&shared));
    });
}

#[test]
fn a_packet_pipe_and_a_sequence_of_packets_end_where_a_packet_does() {
    virtually(async {
        let mut ends = [0; 2];
        // SAFETY: the kernel writes two numbers.
        assert_eq!(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_DIRECT) }, 0);
        // SAFETY: both were opened this moment, and nobody else knows them.
        let [reader, writer] = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
        let reader = Async::new(PipeReader::from(reader)).unwrap();
        let writer = Async::new(PipeWriter::from(writer)).unwrap();
        for packet in [&b"one"[..], b"two!", b"three"] {
            writer.write_all(packet).await.unwrap();
        }
        let mut buffer = [0; 100];
        for expected in [3, 4, 5] {
            let read = timeout(SECOND, reader.read(&mut buffer)).await;
            assert_eq!(
                read.expect("a short read proves nothing here").unwrap(),
                expected
            );
        }
    });
}

#[test]
fn a_unix_stream_that_stops_where_descriptors_were_passed_is_read_on() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        far.write_all(b"before").await.unwrap();
        pass_descriptor(far.as_fd(), b"with");
        far.write_all(b"after").await.unwrap();
        let mut bytes = Vec::new();
        let mut buffer = [0; 100];
        while bytes.len() < 15 {
            let read = timeout(SECOND, near.read(&mut buffer)).await;
            let count = read.expect("a short read proves nothing here").unwrap();
            bytes.extend_from_slice(&buffer[..count]);
        }
        assert_eq!(bytes, b"beforewithafter");
    });
}

/// Sends bytes and a descriptor along with them.
fn pass_descriptor(socket: std::os::fd::BorrowedFd<'_>, bytes: &[u8]) {
    let fd = socket.as_raw_fd();
    let mut iov =
        libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let mut control = [0_u64; 8];
    // SAFETY: all zeros are a message without anything.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &raw mut iov;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    // SAFETY: it computes a number.
    message.msg_controllen = unsafe { libc::CMSG_SPACE(4) } as _;
    // SAFETY: the message has room for one header, in `control`.
    let header = unsafe { libc::CMSG_FIRSTHDR(&raw const message) };
    // SAFETY: it computes a number.
    let length = unsafe { libc::CMSG_LEN(4) } as _;
    // SAFETY: `header` points into `control`, which is aligned and long enough.
    let header_ref = unsafe { &mut *header };
    header_ref.cmsg_level = libc::SOL_SOCKET;
    header_ref.cmsg_type = libc::SCM_RIGHTS;
    header_ref.cmsg_len = length;
    // SAFETY: as above; the data begins behind the header.
    let data = unsafe { libc::CMSG_DATA(header) };
    // SAFETY: there is room for four bytes, aligned or not.
    unsafe { data.cast::<i32>().write_unaligned(fd) };
    // SAFETY: the message points to what lives in this function.
    let sent = unsafe { libc::sendmsg(fd, &raw const message, 0) };
    assert_eq!(sent, bytes.len() as isize);
}

#[test]
fn standard_input_may_be_a_pipe_a_terminal_or_nothing_but_not_a_file() {
    let name = "standard_input_may_be_a_pipe_a_terminal_or_nothing_but_not_a_file";
    if let Ok(expected) = std::env::var("MAINSPRING_STDIN") {
        return block_on(async {
            match Async::new(std::io::stdin()) {
                Ok(stdin) => {
                    let mut byte = [0];
                    let count =
                        stdin.read_with(|stdin| stdin.lock().read(&mut byte)).await;
                    assert_eq!((expected.as_str(), count.unwrap()), ("ok", 1));
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unsupported);
                    assert_eq!(expected, "refused");
                }
            }
        });
    }
    let child = |stdin: Stdio, expected| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env("MAINSPRING_STDIN", expected)
            .stdin(stdin)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut piped = child(reader.into(), "ok");
    writer.write_all(b"x").unwrap();
    assert!(piped.wait().unwrap().success());
    let (master, slave) = terminal();
    let mut typed = child(slave.into(), "ok");
    File::from(master.try_clone().unwrap()).write_all(b"x\n").unwrap();
    assert!(typed.wait().unwrap().success());
    for path in ["/proc/self/exe", "/dev/null"] {
        let mut refused = child(File::open(path).unwrap().into(), "refused");
        assert!(refused.wait().unwrap().success(), "{path}");
    }
}

#[test]
fn a_socket_that_is_taken_out_is_watched_no_longer_and_may_come_back() {
    alone(|| {
        block_on(async {
            let before = descriptors();
            let (near, far) = connection().await;
            let near = near.into_inner();
            far.write_all(b"x").await.unwrap();
            settle().await;
            let near: TcpStream = Async::new(near).unwrap();
            assert_eq!(near.read(&mut [0; 8]).await.unwrap(), 1);
            drop((near, far));
            assert_eq!(descriptors(), before);
        });
    });
}

#[test]
fn sockets_are_not_inherited_by_a_child() {
    block_on(async {
        let (near, far) = connection().await;
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let _end = Finally(move || {
            drop(child.kill());
            drop(child.wait());
        });
        drop(near);
        assert_eq!(far.read(&mut [0; 8]).await.unwrap(), 0, "nobody else has it open");
    });
}

// Very many.

#[test]
fn five_thousand_connections_at_once() {
    // SAFETY: all zeros are a valid `rlimit`.
    let mut limit: libc::rlimit = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes one such structure.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) }, 0);
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the kernel reads one such structure.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
    let count = 5000.min((limit.rlim_max.saturating_sub(500) / 2) as usize);
    block_on(async move {
        let mut listeners = Vec::new();
        for last in 1..=5 {
            let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0));
            listeners.push(TcpListener::bind(address).await.unwrap());
        }
        let addresses: Vec<_> =
            listeners.iter().map(|listener| listener.local_addr().unwrap()).collect();
        for listener in listeners {
            drop(spawn(async move {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    drop(spawn(async move { copy(&stream, &stream).await.map(drop) }));
                }
            }));
        }
        let clients: Vec<_> = (0..count)
            .map(|number| {
                let address = addresses[number % addresses.len()];
                spawn(async move {
                    let stream = TcpStream::connect(address).await.unwrap();
                    let message = (number as u64).to_ne_bytes();
                    stream.write_all(&message).await.unwrap();
                    let mut answer = [0; 8];
                    stream.read_exact(&mut answer).await.unwrap();
                    assert_eq!(answer, message);
                    stream
                })
            })
            .collect();
        let mut streams = Vec::new();
        for client in clients {
            streams.push(client.await.unwrap());
        }
        // All of them are open now; and each still works.
        for stream in &streams {
            stream.write_all(b"x").await.unwrap();
        }
        for stream in &streams {
            assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 1);
        }
        assert_eq!(streams.len(), count);
    });
}
