//! Chapter 4: what the reactor does in each case that the kernel can put it into.

// Each of the chapter's servers has its clients with it.
#![allow(clippy::duplicate_mod)]

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mainspring::reactor::{Reactor, Readiness, Token};

// The bell is the library's own, which keeps it to itself.
#[allow(dead_code, unfulfilled_lint_expectations, unsafe_code)]
#[path = "../src/sys.rs"]
mod sys;

// The servers of the chapter.
#[allow(dead_code)]
#[path = "../chapters/04-reactor/s7_callback_hell.rs"]
mod callback_hell;
#[allow(dead_code)]
#[path = "../chapters/04-reactor/s6_callbacks.rs"]
mod callbacks;
#[allow(dead_code)]
#[path = "../chapters/04-reactor/s8_coroutines.rs"]
mod coroutines;
#[allow(dead_code)]
#[path = "../chapters/04-reactor/door.rs"]
mod door;

mod watchdog;

use watchdog::watch;

const NOW: Option<Duration> = Some(Duration::ZERO);
const BOTH: Readiness = Readiness { readable: true, writable: true };
const READ: Readiness = Readiness { readable: true, writable: false };
const WRITE: Readiness = Readiness { readable: false, writable: true };

/// A reactor; from here on the test is watched.
#[track_caller]
fn new_reactor<S>() -> Reactor<S> {
    watch();
    Reactor::new().unwrap()
}

/// Two connected sockets; the first is non-blocking.
fn pair() -> (UnixStream, UnixStream) {
    let (near, far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    (near, far)
}

/// A pipe. Its reading end is only readable, so it is quiet until something is written.
fn pipe() -> (PipeReader, PipeWriter) {
    io::pipe().unwrap()
}

/// Takes all events that there are now.
fn events<S>(reactor: &mut Reactor<S>) -> Vec<(Token, Readiness)> {
    reactor.wait(NOW).unwrap();
    std::iter::from_fn(|| reactor.next_event()).collect()
}

#[test]
fn a_new_source_says_what_it_is_ready_for() {
    let mut reactor = new_reactor();
    let (near, mut far) = pair();
    far.write_all(b"hello").unwrap();
    let token = reactor.register(&near, "near").unwrap();
    assert_eq!(events(&mut reactor), [(token, BOTH)]);
    assert_eq!(reactor.get(token), Some(&"near"));
}

#[test]
fn an_edge_is_told_once() {
    let mut reactor = new_reactor();
    let (mut near, mut far) = pair();
    let token = reactor.register(&near, ()).unwrap();
    assert_eq!(events(&mut reactor), [(token, WRITE)]);
    assert_eq!(events(&mut reactor), []);

    far.write_all(b"hello").unwrap();
    assert_eq!(events(&mut reactor), [(token, BOTH)]);
    near.read_exact(&mut [0; 2]).unwrap();
    assert_eq!(events(&mut reactor), [], "three bytes are left, and nothing is new");
    near.read_exact(&mut [0; 3]).unwrap();

    far.write_all(b"again").unwrap();
    assert_eq!(events(&mut reactor), [(token, BOTH)]);
}

#[test]
fn hanging_up_is_readable_and_writable() {
    let mut reactor = new_reactor();
    let (mut near, far) = pair();
    let token = reactor.register(&near, ()).unwrap();
    assert_eq!(events(&mut reactor), [(token, WRITE)]);
    drop(far);
    assert_eq!(events(&mut reactor), [(token, BOTH)]);
    assert_eq!(near.read(&mut [0; 8]).unwrap(), 0);

    // A pipe that nobody writes to any more reports no input at all, only the hang-up.
    let (reader, writer) = pipe();
    let token = reactor.register(&reader, ()).unwrap();
    assert_eq!(events(&mut reactor), []);
    drop(writer);
    assert!(events(&mut reactor)[0].1.readable);
    assert!(reactor.remove(token).is_some());

    // A full one that nobody reads any more reports no room either, only an error.
    let (reader, mut writer) = pipe();
    writer.write_all(&[0; 65_536]).unwrap();
    reactor.register(&writer, ()).unwrap();
    assert_eq!(events(&mut reactor), []);
    drop(reader);
    assert!(events(&mut reactor)[0].1.writable);
}

#[test]
fn an_event_that_is_queued_does_not_outlive_its_source() {
    let mut reactor = new_reactor();
    let (one, two) = (pair(), pair());
    let first = reactor.register(&one.0, 1).unwrap();
    let second = reactor.register(&two.0, 2).unwrap();
    assert_eq!(reactor.wait(NOW).unwrap(), 2);
    assert_eq!(reactor.deregister(second, &two.0), Some(2));
    assert_eq!(reactor.next_event(), Some((first, WRITE)));
    assert_eq!(reactor.next_event(), None);
}

/// The fault of the chapter: the descriptor is closed, the next one gets its number (and
/// its slot in the reactor), and then the event of the old one is taken from the queue.
#[test]
fn the_next_owner_of_a_number_does_not_get_the_event_of_the_last() {
    let mut reactor = new_reactor();
    let (reader, mut writer) = pipe();
    let old = reactor.register(&reader, "old").unwrap();
    writer.write_all(b"for the old one").unwrap();
    assert_eq!(reactor.wait(NOW).unwrap(), 1);

    assert_eq!(reactor.deregister(old, &reader), Some("old"));
    drop(reader);
    let (reader, mut writer) = pipe();
    let new = reactor.register(&reader, "new").unwrap();
    assert_ne!(old, new);
    assert_eq!(reactor.next_event(), None, "nobody has written to the new one");

    writer.write_all(b"for the new one").unwrap();
    assert_eq!(events(&mut reactor), [(new, READ)]);
}

/// Closed without a word to the reactor. The kernel stops watching; the source stays until
/// it is given up.
#[test]
fn a_descriptor_closed_before_it_is_deregistered_stays_silent() {
    let mut reactor = new_reactor();
    let (reader, mut writer) = pipe();
    let old = reactor.register(&reader, "old").unwrap();
    drop(reader);
    assert!(writer.write_all(b"x").is_err());
    assert_eq!(events(&mut reactor), []);

    let (reader, mut writer) = pipe();
    let new = reactor.register(&reader, "new").unwrap();
    writer.write_all(b"x").unwrap();
    assert_eq!(events(&mut reactor), [(new, READ)]);
    assert_eq!((reactor.len(), reactor.is_empty()), (2, false));
    assert_eq!(reactor.remove(old), Some("old"));
    assert_eq!((reactor.len(), reactor.is_empty()), (1, false));
}

/// A duplicate keeps the kernel watching after the descriptor is closed. Its events come
/// to nobody once the source is given up.
#[test]
fn a_duplicate_that_outlives_its_source_is_not_heard() {
    let mut reactor = new_reactor();
    let (reader, mut writer) = pipe();
    let old = reactor.register(&reader, "old").unwrap();
    let _duplicate = reader.try_clone().unwrap();
    drop(reader);
    writer.write_all(b"x").unwrap();
    assert_eq!(events(&mut reactor), [(old, READ)]);
    assert_eq!(reactor.remove(old), Some("old"));

    let (next, _writer) = pipe();
    reactor.register(&next, "next").unwrap();
    writer.write_all(b"x").unwrap();
    assert_eq!(events(&mut reactor), []);
}

#[test]
fn a_stale_token_does_nothing() {
    let mut reactor = new_reactor();
    let (reader, mut writer) = pipe();
    let old = reactor.register(&reader, "old").unwrap();
    assert_eq!(reactor.deregister(old, &reader), Some("old"));
    let new = reactor.register(&reader, "new").unwrap();

    assert_eq!(reactor.get(old), None);
    assert_eq!(reactor.get_mut(old), None);
    assert_eq!(reactor.remove(old), None);
    assert_eq!(reactor.deregister(old, &reader), None, "nor does the kernel hear of it");
    writer.write_all(b"x").unwrap();
    assert_eq!(events(&mut reactor), [(new, READ)]);
}

/// An event says "try". Here the bytes are gone before it is taken.
#[test]
fn an_event_may_be_spurious() {
    let mut reactor = new_reactor();
    let (mut near, mut far) = pair();
    let token = reactor.register(&near, ()).unwrap();
    far.write_all(b"x").unwrap();
    reactor.wait(NOW).unwrap();
    near.read_exact(&mut [0]).unwrap();
    assert_eq!(reactor.next_event(), Some((token, BOTH)));
    let error = near.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_wait_does_not_lose_events_that_nobody_has_taken() {
    let mut reactor = new_reactor();
    let (one, two) = (pair(), pair());
    let first = reactor.register(&one.0, ()).unwrap();
    let second = reactor.register(&two.0, ()).unwrap();
    assert_eq!(reactor.wait(NOW).unwrap(), 2);
    assert_eq!(reactor.next_event(), Some((first, WRITE)));
    assert_eq!(reactor.wait(None).unwrap(), 1, "at once, although it may wait forever");
    assert_eq!(reactor.next_event(), Some((second, WRITE)));
}

/// More are ready than one wait brings: the kernel keeps the others.
#[test]
fn more_events_than_one_wait_brings_come_with_the_next() {
    let said = in_a_process_of_its_own("two_thousand_events", |_| {});
    assert!(said.contains("test result: ok. 1 passed"), "{said}");
}

#[test]
#[ignore = "needs many descriptors: run by more_events_than_one_wait_brings_..."]
fn two_thousand_events() {
    let mut reactor = new_reactor();
    let (reader, mut writer) = pipe();
    writer.write_all(b"x").unwrap();
    let readers: Vec<_> = (0..2_000).map(|_| reader.try_clone().unwrap()).collect();
    let mut missing: HashSet<_> =
        readers.iter().map(|reader| reactor.register(reader, ()).unwrap()).collect();
    assert!(reactor.wait(NOW).unwrap() < readers.len(), "this is about several waits");
    while !missing.is_empty() {
        let some = events(&mut reactor);
        assert!(!some.is_empty(), "{} are missing", missing.len());
        for (token, ready) in some {
            assert_eq!(ready, READ);
            assert!(missing.remove(&token), "none comes twice");
        }
    }
}

#[test]
fn a_descriptor_is_registered_once() {
    let mut reactor = new_reactor();
    let (near, _far) = pair();
    let token = reactor.register(&near, 1).unwrap();
    let error = reactor.register(&near, 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(error.to_string(), "this descriptor is registered already");
    assert_eq!(reactor.len(), 1);
    assert_eq!(reactor.get(token), Some(&1));
}

#[test]
fn a_file_on_a_disk_is_refused_with_a_reason() {
    let mut reactor = new_reactor();
    let file = File::open(file!()).unwrap();
    let error = reactor.register(&file, ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("never blocks"), "{error}");
    assert!(reactor.is_empty());
}

/// A deadline in the past is a timeout of zero: `Duration` knows nothing below.
#[test]
fn a_timeout_in_the_past_or_now_does_not_wait() {
    let mut reactor = new_reactor::<()>();
    let past = Instant::now();
    thread::sleep(Duration::from_millis(1));
    let timeout = past.saturating_duration_since(Instant::now());
    assert_eq!(timeout, Duration::ZERO);
    assert_eq!(reactor.wait(Some(timeout)).unwrap(), 0);
}

#[test]
fn a_wait_is_never_shorter_than_its_timeout() {
    let mut reactor = new_reactor::<()>();
    for nanoseconds in [1, 999, 50_001, 1_000_001, 2_345_678] {
        let timeout = Duration::from_nanos(nanoseconds);
        let start = Instant::now();
        while start.elapsed() < timeout {
            // Early only after a signal, so this is one wait, as a rule.
            reactor.wait(Some(timeout)).unwrap();
        }
        assert!(start.elapsed() >= timeout);
    }
}

/// `Duration::MAX` is more seconds than the kernel's clock has, and forever enough: only
/// the event ends this wait.
#[test]
fn a_timeout_at_the_end_of_time_is_not_a_timeout() {
    only_an_event_ends_a_wait_without_end();
}

fn only_an_event_ends_a_wait_without_end() {
    let ages = [u64::MAX, 1 << 62].map(Duration::from_secs);
    for timeout in [Some(Duration::MAX), Some(ages[0]), Some(ages[1]), None] {
        let mut reactor = new_reactor();
        let (reader, mut writer) = pipe();
        let token = reactor.register(&reader, ()).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(5));
                writer.write_all(b"x").unwrap();
            });
            assert_eq!(reactor.wait(timeout).unwrap(), 1);
        });
        assert_eq!(reactor.next_event(), Some((token, READ)));
    }
}

/// A signal ends a wait early, and it says that nothing is ready: no error. (Stopping and
/// continuing a process interrupts its wait, as Ctrl-Z and `fg` do in a shell.)
#[test]
fn a_signal_ends_a_wait_with_nothing() {
    let said = in_a_process_of_its_own("interrupted_wait", |child| {
        for signal in ["-STOP", "-CONT"] {
            thread::sleep(Duration::from_millis(10));
            Command::new("kill").args([signal, &child.to_string()]).status().unwrap();
        }
    });
    assert!(said.contains("0 events, early: true"), "{said}");
}

#[test]
#[ignore = "waits for a signal: run by a_signal_ends_a_wait_with_nothing"]
fn interrupted_wait() {
    let mut reactor = new_reactor::<()>();
    let (start, timeout) = (Instant::now(), Duration::from_secs(60));
    let events = reactor.wait(Some(timeout)).unwrap();
    println!("{events} events, early: {}", start.elapsed() < timeout);
}

/// A kernel without `epoll_pwait2` says ENOSYS, the filter of a container EPERM. Then
/// milliseconds have to do: rounded up, so that no wait is too short.
#[test]
fn a_kernel_without_the_finer_wait_will_do() {
    for word in ["a_kernel_that_knows_it_not", "a_filter_that_knows_it_not"] {
        let said = in_a_process_of_its_own(word, |_| {});
        assert!(said.contains("test result: ok. 1 passed"), "{said}");
    }
}

#[test]
#[ignore = "changes its process: run by a_kernel_without_the_finer_wait_will_do"]
fn a_kernel_that_knows_it_not() {
    waits_without_pwait2(libc::ENOSYS);
}

#[test]
#[ignore = "changes its process: run by a_kernel_without_the_finer_wait_will_do"]
fn a_filter_that_knows_it_not() {
    waits_without_pwait2(libc::EPERM);
}

fn waits_without_pwait2(error: i32) {
    refuse_pwait2(error);
    let mut reactor = new_reactor::<()>();
    assert_eq!(reactor.wait(NOW).unwrap(), 0);

    let start = Instant::now();
    reactor.wait(Some(Duration::from_nanos(1))).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(1), "rounded up");

    only_an_event_ends_a_wait_without_end();
}

/// Has the kernel refuse `epoll_pwait2` to this thread, with this error, and sees to it
/// that it does.
fn refuse_pwait2(error: i32) {
    let step = |code: u32, yes, no, k: u32| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: yes,
        jf: no,
        k,
    };
    let number = u32::try_from(libc::SYS_epoll_pwait2).unwrap();
    let refuse = libc::SECCOMP_RET_ERRNO | u32::try_from(error).unwrap();
    // The number of the system call is the first word of what the filter sees.
    let mut filter = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, number),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, refuse),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
    // SAFETY: takes integers alone.
    let refused = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(refused, 0, "{}", io::Error::last_os_error());
    let mode = libc::SECCOMP_MODE_FILTER;
    // SAFETY: the kernel copies the program, which outlives the call.
    let refused = unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program) };
    assert_eq!(refused, 0, "{}", io::Error::last_os_error());
    // SAFETY: without a valid descriptor the kernel touches no memory.
    let result = unsafe { libc::syscall(libc::SYS_epoll_pwait2, -1, 0, 0, 0, 0, 0) };
    assert_eq!(result, -1);
    assert_eq!(io::Error::last_os_error().raw_os_error(), Some(error));
}

/// Runs one of the ignored tests above in a new process, one that may open many
/// descriptors, and calls `disturb` with its id
/// again and again until it ends. Returns what it printed.
#[track_caller]
fn in_a_process_of_its_own(test: &str, disturb: impl Fn(u32)) -> String {
    watch();
    let this_program = std::env::current_exe().unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 4096; exec \"$0\" \"$@\""])
        .arg(this_program)
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() {
        disturb(child.id());
        thread::sleep(Duration::from_millis(5));
    }
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    said
}

/// Nobody reads the counter, and yet each ring is an event.
#[test]
fn a_bell_that_nobody_reads_rings_again() {
    let mut reactor = new_reactor();
    let bell = sys::eventfd().unwrap();
    let token = reactor.register(&bell, ()).unwrap();
    assert_eq!(events(&mut reactor), [(token, WRITE)], "silent");
    for _ in 0..3 {
        sys::eventfd_ring(&bell).unwrap();
        assert_eq!(events(&mut reactor), [(token, BOTH)]);
        assert_eq!(events(&mut reactor), []);
    }
}

#[test]
fn a_bell_wakes_a_reactor_that_waits_without_end() {
    let mut reactor = new_reactor();
    let bell = sys::eventfd().unwrap();
    reactor.register(&bell, ()).unwrap();
    assert_eq!(events(&mut reactor).len(), 1);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(5));
            sys::eventfd_ring(&bell).unwrap();
        });
        assert_eq!(reactor.wait(None).unwrap(), 1);
    });
}

#[test]
fn debug_says_what_is_there() {
    let mut reactor = new_reactor();
    let (near, _far) = pair();
    let token = reactor.register(near.as_fd(), ()).unwrap();
    assert_eq!(format!("{reactor:?}"), "Reactor { sources: 1, queued_events: 0, .. }");
    assert_eq!(format!("{token:?}"), "Token(0 of generation 0)");
}

/// The servers of the chapter outlive a want of descriptors: who stands at the door then
/// comes in when somebody has left.
#[test]
fn a_server_without_descriptors_lets_in_whoever_comes_when_one_has_left() {
    in_processes_of_their_own("when_one_has_left");
}

/// And when none has come in who could leave, so that no event ends the want.
#[test]
fn a_server_without_descriptors_or_clients_looks_at_the_door_again() {
    in_processes_of_their_own("without_an_event");
}

fn in_processes_of_their_own(test: &str) {
    for server in ["callbacks", "callback_hell", "coroutines"] {
        let test = format!("few_descriptors::{test}_{server}");
        let said = in_a_process_of_its_own(&test, |_| {});
        assert!(said.contains("test result: ok. 1 passed"), "{said}");
    }
}

/// These leave their process without descriptors.
mod few_descriptors {
    use super::*;

    #[test]
    #[ignore = "run by a_server_without_descriptors_..."]
    fn when_one_has_left_callbacks() {
        each_comes_in_when_one_has_left(callbacks::serve);
    }

    #[test]
    #[ignore = "run by a_server_without_descriptors_..."]
    fn when_one_has_left_callback_hell() {
        each_comes_in_when_one_has_left(callback_hell::serve);
    }

    #[test]
    #[ignore = "run by a_server_without_descriptors_..."]
    fn when_one_has_left_coroutines() {
        each_comes_in_when_one_has_left(coroutines::serve);
    }

    #[test]
    #[ignore = "run by a_server_without_descriptors_..."]
    fn without_an_event_callbacks() {
        comes_in_without_an_event(callbacks::serve);
    }

    #[test]
    #[ignore = "run by a_server_without_descriptors_..."]
    fn without_an_event_callback_hell() {
        comes_in_without_an_event(callback_hell::serve);
    }

    #[test]
    #[ignore = "run by a_server_without_descriptors_..."]
    fn without_an_event_coroutines() {
        comes_in_without_an_event(coroutines::serve);
    }

    fn each_comes_in_when_one_has_left(serve: fn(TcpListener) -> io::Result<()>) {
        watch();
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = door.local_addr().unwrap();
        let clients: Vec<_> =
            (0..6).map(|_| TcpStream::connect(address).unwrap()).collect();
        limit_descriptors(next_number() + 3); // an epoll and two clients
        thread::spawn(move || serve(door).unwrap());
        for client in clients {
            assert!(hears_something(&client, Duration::from_secs(20)));
        }
    }

    fn comes_in_without_an_event(serve: fn(TcpListener) -> io::Result<()>) {
        watch();
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(door.local_addr().unwrap()).unwrap();
        let next = next_number();
        limit_descriptors(next + 1);
        thread::spawn(move || serve(door).unwrap());
        while std::fs::read_link(format!("/proc/self/fd/{next}")).is_err() {
            thread::yield_now(); // the server has no epoll yet
        }
        assert!(!hears_something(&client, Duration::from_millis(300)));
        limit_descriptors(next + 2);
        assert!(hears_something(&client, Duration::from_secs(20)));
    }

    /// The number of the next descriptor. The clients and the listener have theirs already.
    fn next_number() -> libc::rlim_t {
        let next = File::open("/dev/null").unwrap();
        libc::rlim_t::try_from(next.as_raw_fd()).unwrap()
    }

    /// Lets no descriptor have this number, or a higher one.
    fn limit_descriptors(number: libc::rlim_t) {
        let limit = libc::rlimit { rlim_cur: number, rlim_max: 4096 };
        // SAFETY: the kernel reads the limit during the call.
        let refused = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
        assert_eq!(refused, 0, "{}", io::Error::last_os_error());
    }

    /// Whether the server says anything to a client who says hello.
    fn hears_something(mut client: &TcpStream, patience: Duration) -> bool {
        client.set_read_timeout(Some(patience)).unwrap();
        client.write_all(b"hello\n").unwrap();
        match client.read(&mut [0; 64]) {
            Ok(count) => count > 0,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                false
            }
        }
    }
}

#[test]
fn what_fails_for_one_client_does_not_keep_out_the_next() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let _clients = [(); 3].map(|()| TcpStream::connect(address).unwrap());
    let (mut tried, mut stuck) = (0, false);
    door::accept(&listener, &mut stuck, |_| {
        tried += 1;
        Err(ErrorKind::OutOfMemory.into())
    });
    assert_eq!((tried, stuck), (3, false));
}
