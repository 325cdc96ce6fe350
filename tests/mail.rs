//! Wakes from other threads, without end: the loop looks at the descriptors all the same.
//!
//! A runtime has none that a program could watch (sockets come in chapter 8), so it is the looks
//! themselves that are counted, by standing in for the C library's `epoll_wait`.

#![allow(unsafe_code)]
#![cfg(not(miri))] // it has neither filters nor a C library to stand in for

use std::future::{pending, poll_fn};
use std::io;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::yield_now;
use mainspring::time::sleep;

mod guard;

use guard::{Counter, each_alone, virtual_runtime};

/// How often the descriptors were asked.
static LOOKS: AtomicUsize = AtomicUsize::new(0);

/// Whether somebody has slept while there was mail.
static SLEPT: AtomicBool = AtomicBool::new(false);

/// Stands in for the function of the C library.
///
/// # Safety
///
/// As that: `events` has room for `room` of them.
///
/// # Panics
///
/// Never: the kernel returns a C integer.
// SAFETY: of this name there is one function in the C library, and this does what that does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn epoll_wait(
    epoll: libc::c_int,
    events: *mut libc::epoll_event,
    room: libc::c_int,
    timeout: libc::c_int,
) -> libc::c_int {
    LOOKS.fetch_add(1, Ordering::Relaxed);
    SLEPT.fetch_or(timeout != 0, Ordering::Relaxed);
    let no_mask = std::ptr::null::<libc::sigset_t>();
    // SAFETY: the caller's buffer has room for so many events; the mask may be null.
    let count = unsafe {
        libc::syscall(libc::SYS_epoll_pwait, epoll, events, room, timeout, no_mask, 8)
    };
    libc::c_int::try_from(count).unwrap()
}

/// Has the kernel refuse `epoll_pwait2`, as an old one does, so that `epoll_wait` is called.
fn be_an_old_kernel() {
    let step = |code: u32, yes, no, k: u32| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: yes,
        jf: no,
        k,
    };
    let number = u32::try_from(libc::SYS_epoll_pwait2).unwrap();
    let refuse = libc::SECCOMP_RET_ERRNO | u32::try_from(libc::ENOSYS).unwrap();
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
}

/// A thread that wakes, and says when it has.
struct Post {
    letters: mpsc::Sender<Waker>,
    delivered: mpsc::Receiver<()>,
}

impl Post {
    fn new() -> Rc<Self> {
        let (letters, received) = mpsc::channel::<Waker>();
        let (deliver, delivered) = mpsc::channel();
        thread::spawn(move || {
            for waker in received {
                waker.wake();
                if deliver.send(()).is_err() {
                    return;
                }
            }
        });
        Rc::new(Self { letters, delivered })
    }

    /// Has the waker woken by the thread. When this returns its letter is in the inbox.
    fn wake(&self, waker: &Waker) {
        self.letters.send(waker.clone()).unwrap();
        self.delivered.recv().unwrap();
    }
}

/// A future that has had mail before each of its polls returns, so often.
fn mailed(post: Rc<Post>, times: u32, polls: Counter) -> impl Future<Output = ()> {
    let mut left = times;
    poll_fn(move |cx| {
        polls.add();
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        post.wake(cx.waker());
        Poll::Pending
    })
}

/// The polls between two looks. Documented are 61, and the turn in which they are reached.
const MOST: u32 = 2 * 61;

#[test]
fn mail_without_end_does_not_keep_the_loop_from_looking_at_descriptors() {
    let cases =
        ["main", "a task", "ten tasks", "beside a timer", "with yields", "virtual"];
    each_alone(cases.map(|case| (case, case)), |case| {
        be_an_old_kernel();
        let mut runtime =
            if case == "virtual" { virtual_runtime() } else { Runtime::new().unwrap() };
        runtime.block_on(sleep(Duration::from_millis(1)));
        let (post, polls) = (Post::new(), Counter::default());
        SLEPT.store(false, Ordering::Relaxed);
        let before = LOOKS.load(Ordering::Relaxed);
        match case {
            "a task" => {
                let task = runtime.spawn(mailed(post, 3_000, polls.clone()));
                runtime.block_on(task).unwrap();
            }
            "ten tasks" => {
                let tasks: Vec<_> = (0..10)
                    .map(|_| runtime.spawn(mailed(Rc::clone(&post), 300, polls.clone())))
                    .collect();
                runtime.block_on(async {
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
            }
            "with yields" => {
                let (also, count) = (Rc::clone(&post), polls.clone());
                let task = runtime.spawn(async move {
                    for _ in 0..1_000 {
                        yield_now().await;
                        mailed(Rc::clone(&also), 2, count.clone()).await;
                    }
                });
                runtime.block_on(task).unwrap();
            }
            "beside a timer" => {
                drop(runtime.spawn(sleep(Duration::from_secs(3600))));
                runtime.block_on(mailed(post, 3_000, polls.clone()));
            }
            _ => {
                drop(runtime.spawn(pending::<()>()));
                runtime.block_on(mailed(post, 3_000, polls.clone()));
            }
        }
        let looks = LOOKS.load(Ordering::Relaxed) - before;
        let (polls, looks) = (polls.get(), u32::try_from(looks).unwrap());
        assert!(!SLEPT.load(Ordering::Relaxed), "it does not sleep while there is mail");
        assert!(looks >= polls / MOST, "{looks} looks in {polls} polls");
    });
}

/// The gap itself, and not the mean of many.
#[test]
fn mail_without_end_lets_no_more_polls_go_by_than_other_work_does() {
    each_alone([("mail", ())], |()| {
        be_an_old_kernel();
        let mut runtime = Runtime::new().unwrap();
        runtime.block_on(sleep(Duration::from_millis(1)));
        let (post, polls) = (Post::new(), Counter::default());
        let mut longest = 0;
        let mut left = 2_000;
        let mut looks = LOOKS.load(Ordering::Relaxed);
        runtime.block_on(async {
            let watched = poll_fn(|cx| {
                polls.add();
                let now = LOOKS.load(Ordering::Relaxed);
                if now != looks {
                    looks = now;
                    longest = longest.max(polls.take());
                }
                if left == 0 {
                    return Poll::Ready(());
                }
                left -= 1;
                post.wake(cx.waker());
                Poll::Pending
            });
            watched.await;
        });
        longest = longest.max(polls.get());
        assert!(longest <= MOST, "{longest} polls between two looks");
        let handle = spawn_after(&mut runtime);
        assert_eq!(handle, 7);
    });
}

fn spawn_after(runtime: &mut Runtime) -> u32 {
    runtime.block_on(async { spawn(async { 7 }).await.unwrap() })
}
