//! Addresses, and names that have to be looked up.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use mainspring::net::{Address, TcpListener, TcpStream, UdpSocket, lookup};
use mainspring::spawn;
use mainspring::time::{sleep, timeout};

mod guard;
mod watchdog;
mod wire;

use guard::{SECOND, alone, panic_of, settle};
use watchdog::{block_on, builder, watch};
use wire::{descriptors, poll_once};

fn resolved(name: impl Into<Address>) -> io::Result<Vec<SocketAddr>> {
    let name = name.into();
    watch();
    mainspring::block_on(lookup(name))
}

#[test]
fn what_is_an_address_is_not_looked_up() {
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, 80));
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, 80));
    for (address, expected) in [
        (Address::from("127.0.0.1:80"), v4),
        (Address::from(String::from("127.0.0.1:80")), v4),
        (Address::from("[::1]:80"), v6),
        (Address::from(v4), v4),
        (Address::from((Ipv4Addr::LOCALHOST, 80)), v4),
        (Address::from((Ipv6Addr::LOCALHOST, 80)), v6),
        (Address::from((IpAddr::V4(Ipv4Addr::LOCALHOST), 80)), v4),
        (Address::from(("127.0.0.1", 80)), v4),
        (Address::from(("::1", 80)), v6),
        (Address::from("[fe80::1%7]:80"), "[fe80::1%7]:80".parse().unwrap()),
    ] {
        // There is no descriptor for it: one poll has to do.
        watch();
        let found = mainspring::block_on(async {
            let mut lookup = Box::pin(lookup(address));
            match poll_once(&mut lookup).await {
                std::task::Poll::Ready(found) => found.unwrap(),
                std::task::Poll::Pending => panic!("looked up: {expected}"),
            }
        });
        assert_eq!(found, [expected]);
    }
    let several = [v4, v6];
    assert_eq!(resolved(&several[..]).unwrap(), several);
    assert_eq!(resolved(&[][..]).unwrap(), []);
}

#[test]
fn names_are_looked_up() {
    for found in [resolved("localhost:80").unwrap(), resolved(("localhost", 80)).unwrap()]
    {
        assert!(!found.is_empty());
        assert!(found.iter().all(|address| address.ip().is_loopback()));
        assert!(found.iter().all(|address| address.port() == 80));
    }
    block_on(async {
        let listener = TcpListener::bind("localhost:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert!(address.ip().is_loopback() && address.port() != 0);
        let stream = TcpStream::connect(("localhost", address.port())).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
        let socket = UdpSocket::bind(("localhost", 0)).await.unwrap();
        socket.connect(("localhost", 9)).await.unwrap();
    });
}

#[test]
fn what_is_no_name_is_an_error_that_says_so() {
    for name in [
        "",
        ":",
        "localhost",
        "localhost:",
        "localhost:http",
        "localhost:65536",
        "localhost:-1",
        "127.0.0.1:65536",
        "127.0.0.1",
        "::1",
        "[::1]",
        "two words:80",
        "name\0with:80",
        "no.such.name.invalid:80",
        "ü.invalid:80",
    ] {
        let error = resolved(name).expect_err(name);
        assert_ne!(error.kind(), ErrorKind::WouldBlock, "{name}: {error}");
        assert!(!error.to_string().is_empty());
    }
    let long = "x".repeat(100_000);
    resolved(format!("{long}:80")).expect_err("too long");
    resolved((long.as_str(), 80)).expect_err("too long");
    resolved(("no.such.name.invalid", 80)).expect_err("unknown");
    resolved(("a:b:c", 80)).expect_err("no name");
    let error = mainspring::block_on(TcpListener::bind("nonsense")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_lookup_keeps_no_task_waiting() {
    block_on(async {
        let beside = spawn(async { "done" });
        // A thread asks; it may have the answer before the first poll is over.
        let mut lookup = Box::pin(lookup("localhost:80"));
        let early = poll_once(&mut lookup).await;
        assert_eq!(beside.await.unwrap(), "done");
        if early.is_pending() {
            lookup.await.unwrap();
        }
    });
}

#[test]
fn a_lookup_that_is_dropped_early_leaves_nothing() {
    alone(|| {
        let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
        block_on(async {
            lookup("localhost:80").await.unwrap(); // what the system keeps open for good
            let (before, threads_before) = (descriptors(), threads());
            for _ in 0..20 {
                let mut lookup = Box::pin(lookup("localhost:80"));
                drop(poll_once(&mut lookup).await);
                drop(lookup);
                let late =
                    timeout(Duration::ZERO, mainspring::net::lookup("localhost:80"));
                drop(late.await);
            }
            let task = spawn(lookup("localhost:80"));
            settle().await;
            drop(task); // and with it the runtime
            while descriptors() > before || threads() > threads_before {
                sleep(Duration::from_millis(1)).await;
            }
        });
    });
}

#[test]
fn a_lookup_without_descriptors_is_an_error() {
    alone(|| {
        block_on(async {
            let mut kept = Vec::new();
            while let Ok(file) = std::fs::File::open("/dev/null") {
                kept.push(file);
            }
            let error = lookup("localhost:80").await.unwrap_err();
            assert_eq!(error.raw_os_error(), Some(24), "EMFILE: {error}");
            kept.pop();
            let error = lookup("localhost:80").await.unwrap_err();
            assert_eq!(error.raw_os_error(), Some(24), "a pair takes two: {error}");
            kept.clear();
            lookup("localhost:80").await.unwrap();
        });
    });
}

#[test]
fn no_virtual_time_passes_while_a_name_is_looked_up() {
    let mut runtime = builder().virtual_clock().build().unwrap();
    runtime.block_on(async {
        let found = timeout(SECOND, lookup("localhost:80")).await;
        assert!(found.expect("the thread is at work").is_ok());
    });
}

#[test]
fn a_lookup_outside_a_runtime_says_so() {
    let mut lookup = Box::pin(lookup("localhost:80"));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let text = panic_of(|| lookup.as_mut().poll(&mut cx));
    assert!(text.contains("was called outside a runtime"), "{text}");
}
