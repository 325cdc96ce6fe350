//! Limits and signals of a whole process: each case in a process of its own.

#![allow(unsafe_code)]

use std::fs::File;
use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use mainspring::io::{self, Async};
use mainspring::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use mainspring::spawn;
use mainspring::task::{TaskInfo, WaitsOn, all};
use mainspring::time::{Instant, sleep, timeout};

mod guard;
mod watchdog;
mod wire;

use guard::{alone, settle};
use watchdog::{block_on, builder};
use wire::{connection, descriptors, until_waiting};

const SHORT: Duration = Duration::from_millis(5);

/// All the descriptors that are left.
fn take_all() -> Vec<File> {
    let mut taken = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    taken
}

/// How often the task that waits for a descriptor has been polled.
fn polls_of_acceptor() -> u64 {
    // It may be about to try again, and so be ready.
    let waiting = |task: &TaskInfo| task.waits_on == WaitsOn::FreeDescriptor;
    all().into_iter().find(waiting).expect("it is said what it waits on").polls
}

#[test]
fn a_listener_without_a_descriptor_neither_spins_nor_loses_a_connection() {
    alone(|| {
        block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let client = std::net::TcpStream::connect(address).unwrap();
            let mut taken = take_all();
            let acceptor = spawn(async move {
                let accepted = listener.accept().await.unwrap();
                (listener, accepted)
            });
            // Others go on meanwhile, and it is tried now and then.
            let start = Instant::now();
            sleep(20 * SHORT).await;
            let (polls, most) = (polls_of_acceptor(), start.elapsed().as_millis() / 5);
            assert!(u128::from(polls) <= most, "{polls} polls in {:?}", start.elapsed());
            assert!(!acceptor.is_finished());
            taken.pop();
            let (listener, (stream, from)) = acceptor.await.unwrap();
            assert_eq!(from, client.local_addr().unwrap());
            // Once more: the one that is free now is the client's, on its way.
            drop((stream, taken));
            let _second = TcpStream::connect(address).await.unwrap();
            listener.accept().await.unwrap();
        });
    });
}

#[test]
fn many_acceptors_of_several_listeners_share_what_descriptors_there_are() {
    alone(|| {
        let path =
            std::env::temp_dir().join(format!("mainspring-lim-{}", std::process::id()));
        block_on(async {
            let tcp = Rc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
            let address = tcp.local_addr().unwrap();
            let unix = Rc::new(UnixListener::bind(&path).unwrap());
            let clients: Vec<_> = (0..5)
                .map(|_| {
                    (
                        std::net::TcpStream::connect(address).unwrap(),
                        std::os::unix::net::UnixStream::connect(&path).unwrap(),
                    )
                })
                .collect();
            let mut taken = take_all();
            let mut tasks = Vec::new();
            for _ in 0..5 {
                let (tcp, unix) = (Rc::clone(&tcp), Rc::clone(&unix));
                tasks.push(spawn(async move { tcp.accept().await.map(drop) }));
                tasks.push(spawn(async move { unix.accept().await.map(drop) }));
            }
            sleep(SHORT).await;
            assert!(tasks.iter().all(|task| !task.is_finished()));
            // One descriptor is enough: each of them gives it back at once.
            taken.pop();
            for task in tasks {
                task.await.unwrap().unwrap();
            }
            drop(clients);
        });
        std::fs::remove_file(&path).unwrap();
    });
}

#[test]
fn whatever_makes_a_socket_without_a_descriptor_says_so_and_loses_none() {
    alone(|| {
        let path =
            std::env::temp_dir().join(format!("mainspring-emf-{}", std::process::id()));
        block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let _unix = UnixListener::bind(&path).unwrap();
            let before = descriptors();
            let mut taken = take_all();
            for left in 0..2 {
                let says = |result: std::io::Result<()>| {
                    let error = result.unwrap_err();
                    assert_eq!(error.raw_os_error(), Some(libc::EMFILE), "{error}");
                };
                says(UnixStream::pair().map(drop));
                if left == 0 {
                    says(TcpStream::connect(address).await.map(drop));
                    says(TcpListener::bind("127.0.0.1:0").await.map(drop));
                    says(UdpSocket::bind("127.0.0.1:0").await.map(drop));
                    says(UnixStream::connect(&path).await.map(drop));
                }
                taken.pop();
            }
            drop(taken);
            assert_eq!(descriptors(), before);
            TcpStream::connect(address).await.unwrap();
        });
        std::fs::remove_file(&path).unwrap();
    });
}

#[test]
fn what_cannot_be_watched_is_closed_and_leaves_nothing() {
    alone(|| {
        block_on(async {
            let before = descriptors();
            for thing in ["a file", "a folder"] {
                let path = if thing == "a file" { "/proc/self/exe" } else { "/" };
                let error = Async::new(File::open(path).unwrap()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{thing}");
            }
            assert_eq!(descriptors(), before);
        });
    });
}

// Signals.

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count_signal(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

/// Has system calls interrupted, and not restarted, as often as it goes, until it is dropped.
struct Interruptions {
    is_over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Interruptions {
    fn begin() -> Self {
        // SAFETY: all zeros are a valid `sigaction`: no flags, so no restart.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = count_signal as *const () as libc::sighandler_t;
        // SAFETY: the handler does what a handler may: it counts.
        let set = unsafe {
            libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut())
        };
        assert_eq!(set, 0);
        // SAFETY: takes no memory.
        let target = unsafe { libc::pthread_self() };
        let is_over = Arc::new(AtomicBool::new(false));
        let also = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            while !also.load(Ordering::Relaxed) {
                // SAFETY: the thread waits for this one in `drop`, so it is there.
                unsafe { libc::pthread_kill(target, libc::SIGUSR1) };
                std::thread::sleep(Duration::from_micros(20));
            }
        });
        Self { is_over, thread: Some(thread) }
    }
}

impl Drop for Interruptions {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

#[test]
fn signals_interrupt_waits_and_operations_and_nobody_notices() {
    alone(|| {
        let interruptions = Interruptions::begin();
        block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let server = spawn(async move {
                for _ in 0..20 {
                    let (stream, _) = listener.accept().await.unwrap();
                    assert_eq!(io::copy(&stream, &stream).await.unwrap(), 200_000);
                }
            });
            for _ in 0..20 {
                let stream = Rc::new(TcpStream::connect(address).await.unwrap());
                let also = Rc::clone(&stream);
                let writer = spawn(async move {
                    also.write_all(&vec![1; 200_000]).await.unwrap();
                    also.shutdown(std::net::Shutdown::Write).unwrap();
                });
                let mut bytes = Vec::new();
                assert_eq!(stream.read_to_end(&mut bytes).await.unwrap(), 200_000);
                writer.await.unwrap();
            }
            server.await.unwrap();
            let (reader, writer) = std::io::pipe().unwrap();
            let (reader, writer) =
                (Async::new(reader).unwrap(), Async::new(writer).unwrap());
            let writer =
                spawn(async move { writer.write_all(&vec![1; 500_000]).await.unwrap() });
            let mut bytes = Vec::new();
            assert_eq!(reader.read_to_end(&mut bytes).await.unwrap(), 500_000);
            writer.await.unwrap();
            let start = Instant::now();
            let (near, _far) = connection().await;
            assert!(timeout(4 * SHORT, near.read(&mut [0])).await.is_err());
            assert!(start.elapsed() >= 4 * SHORT, "a wait that is interrupted goes on");
            let found = mainspring::net::lookup("localhost:80").await.unwrap();
            assert!(!found.is_empty());
        });
        drop(interruptions);
        assert!(SIGNALS.load(Ordering::Relaxed) > 0);
    });
}

#[test]
fn an_operation_that_is_interrupted_is_tried_again() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let mut interruptions = 300; // more than a turn has operations
        far.write_all(b"x").await.unwrap();
        let read = near.read_with(|_| {
            if interruptions > 0 {
                interruptions -= 1;
                return Err(ErrorKind::Interrupted.into());
            }
            Ok(7)
        });
        assert_eq!(read.await.unwrap(), 7);
    });
}

// Ends of processes.

#[test]
fn a_pipe_whose_reader_is_gone_raises_the_signal_where_the_program_wants_it() {
    // std ignores SIGPIPE in a program whose `main` is Rust's. Where it has its default again, a
    // socket raises none; a pipe does, as for everybody else.
    let name = "a_pipe_whose_reader_is_gone_raises_the_signal_where_the_program_wants_it";
    if std::env::var_os("MAINSPRING_SIGPIPE").is_some() {
        // SAFETY: takes no memory.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        return block_on(async {
            let (reader, writer) = std::io::pipe().unwrap();
            let writer = Async::new(writer).unwrap();
            drop(reader);
            let _ = writer.write(b"x").await;
        });
    }
    use std::os::unix::process::ExitStatusExt;
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("MAINSPRING_SIGPIPE", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.signal(), Some(libc::SIGPIPE));
}

#[test]
fn tasks_that_wait_for_a_descriptor_do_not_stop_a_shutdown() {
    alone(|| {
        let before = descriptors();
        let mut runtime = builder().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client =
                TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let taken = take_all();
            drop(spawn(async move {
                let _ = listener.accept().await;
            }));
            settle().await;
            until_waiting("a free descriptor").await;
            let result = timeout(SHORT, std::future::pending::<()>()).await;
            assert!(result.is_err());
            drop((taken, client));
        });
        drop(runtime);
        assert_eq!(descriptors(), before);
    });
}
