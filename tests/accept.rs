//! Every error that `accept` can say, by standing in for the C library's `accept4`.

#![allow(unsafe_code)]
#![cfg(not(miri))] // it has no C library to stand in for

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use mainspring::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use mainspring::spawn;
use mainspring::task::all;
use mainspring::time::{Instant, sleep};

mod guard;
mod watchdog;

use guard::{Finally, settle};
use watchdog::{block_on, builder};

thread_local! {
    /// What the next calls fail with.
    static ERRORS: RefCell<VecDeque<libc::c_int>> = RefCell::default();
    /// How often it was called.
    static CALLS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Stands in for the function of the C library.
///
/// # Safety
///
/// As that: `name` has room for as many bytes as `length` says, or is null.
///
/// # Panics
///
/// Never: the kernel returns a C integer.
// SAFETY: of this name there is one function in the C library, and this does what that does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn accept4(
    fd: libc::c_int,
    name: *mut libc::sockaddr,
    length: *mut libc::socklen_t,
    flags: libc::c_int,
) -> libc::c_int {
    CALLS.set(CALLS.get() + 1);
    if let Some(error) = ERRORS.with_borrow_mut(VecDeque::pop_front) {
        // SAFETY: takes no memory.
        let place = unsafe { libc::__errno_location() };
        // SAFETY: the place of this thread's error, always valid.
        unsafe { place.write(error) };
        return -1;
    }
    // SAFETY: the caller's buffers, as it says.
    let fd = unsafe { libc::syscall(libc::SYS_accept4, fd, name, length, flags) };
    libc::c_int::try_from(fd).unwrap()
}

/// Has the next calls fail with these.
fn script(errors: &[libc::c_int]) {
    CALLS.set(0);
    ERRORS.set(errors.iter().copied().collect());
}

/// A listener with a client that waits in its queue.
async fn listener() -> (TcpListener, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (listener, client)
}

#[test]
fn an_error_of_one_connection_is_passed_over() {
    block_on(async {
        let (listener, client) = listener().await;
        let errors = [
            libc::ECONNABORTED,
            libc::ECONNRESET,
            libc::EINTR,
            libc::ENETDOWN,
            libc::EPROTO,
            libc::ENOPROTOOPT,
            libc::EHOSTDOWN,
            libc::ENONET,
            libc::EHOSTUNREACH,
            libc::ENETUNREACH,
            libc::ETIMEDOUT,
        ];
        script(&errors);
        let (_, from) = listener.accept().await.unwrap();
        assert_eq!(from, client.local_addr().unwrap());
        assert_eq!(CALLS.get(), errors.len() + 1, "tried again at once, and once");
    });
}

#[test]
fn errors_without_end_let_others_have_their_turn() {
    block_on(async {
        let (listener, _client) = listener().await;
        script(&vec![libc::ECONNABORTED; 1000]);
        let mut acceptor = spawn(async move { listener.accept().await.map(drop) });
        sleep(Duration::ZERO).await;
        assert!(!acceptor.is_finished(), "a thousand of them are more than a turn");
        (&mut acceptor).await.unwrap().unwrap();
    });
}

#[test]
fn where_there_is_too_little_of_something_it_waits_and_does_not_spin() {
    for error in [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM] {
        let mut runtime = builder().virtual_clock().build().unwrap();
        runtime.block_on(async {
            let (listener, client) = listener().await;
            script(&[error; 5]);
            let start = Instant::now();
            let acceptor = spawn(async move { listener.accept().await });
            settle().await;
            assert_eq!(CALLS.get(), 1);
            let tasks: Vec<_> = all().iter().map(ToString::to_string).collect();
            assert!(tasks[1].contains("waits on a free descriptor"), "{tasks:?}");
            let (_, from) = acceptor.await.unwrap().unwrap();
            assert_eq!(from, client.local_addr().unwrap());
            assert_eq!(CALLS.get(), 6);
            assert!(start.elapsed() >= Duration::from_millis(5), "a while each time");
        });
    }
}

#[test]
fn a_list_of_tasks_says_so_however_often_the_task_is_polled_meanwhile() {
    let mut runtime = builder().virtual_clock().build().unwrap();
    runtime.block_on(async {
        let (listener, _client) = listener().await;
        script(&[libc::EMFILE; 3]);
        let (sender, receiver) = UnixStream::pair().unwrap();
        let acceptor = spawn(async move {
            let mut accept = std::pin::pin!(listener.accept());
            let mut buffer = [0; 1];
            let mut read = std::pin::pin!(receiver.read(&mut buffer));
            let mut is_read = false;
            std::future::poll_fn(|cx| {
                let polled = accept.as_mut().poll(cx);
                is_read = is_read || read.as_mut().poll(cx).is_ready();
                polled
            })
            .await
            .map(drop)
        });
        settle().await;
        sender.write_all(b"x").await.unwrap();
        settle().await;
        let tasks: Vec<_> = all().iter().map(ToString::to_string).collect();
        assert!(tasks[1].contains("waits on a free descriptor"), "{tasks:?}");
        acceptor.await.unwrap().unwrap();
    });
}

#[test]
fn what_is_wrong_with_the_listener_is_returned() {
    block_on(async {
        let (listener, client) = listener().await;
        for error in [
            libc::EBADF,
            libc::EINVAL,
            libc::ENOTSOCK,
            libc::EFAULT,
            libc::EPERM,
            libc::EOPNOTSUPP,
        ] {
            script(&[error]);
            let told = listener.accept().await.unwrap_err();
            assert_eq!((told.raw_os_error(), CALLS.get()), (Some(error), 1));
        }
        // And whoever likes goes on.
        let (_, from) = listener.accept().await.unwrap();
        assert_eq!(from, client.local_addr().unwrap());
    });
}

#[test]
fn a_unix_listener_does_the_same() {
    let path =
        std::env::temp_dir().join(format!("mainspring-acc-{}", std::process::id()));
    let also = path.clone();
    let _remove = Finally(move || drop(std::fs::remove_file(&also)));
    let mut runtime = builder().virtual_clock().build().unwrap();
    runtime.block_on(async {
        let listener = UnixListener::bind(&path).unwrap();
        let client = UnixStream::connect(&path).await.unwrap();
        script(&[libc::ECONNABORTED, libc::EMFILE, libc::ENFILE, libc::EINTR]);
        let (stream, from) = listener.accept().await.unwrap();
        assert!(from.is_unnamed());
        client.write_all(b"x").await.unwrap();
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 1);
        assert_eq!(CALLS.get(), 5);
    });
}
