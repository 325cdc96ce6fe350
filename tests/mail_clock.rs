//! Wakes from other threads, without end: the loop looks at the clock all the same. Timers fire,
//! and tasks grow older. (Its looks at descriptors are counted in `mail.rs`.)

use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::{self, yield_now};
use mainspring::time::sleep;

mod guard;

use guard::{SECOND, ends};

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

/// A future that has mail before each of its polls returns, so often.
fn mailed(post: Rc<Post>, times: u32) -> impl Future<Output = ()> {
    let mut left = times;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        post.wake(cx.waker());
        Poll::Pending
    })
}

/// Who has the mail.
#[derive(Clone, Copy, Debug)]
enum Who {
    Main,
    Task,
    Tasks,
    /// Among those that wake themselves.
    Mixed,
}

/// Mail for so many polls, whoever has it.
async fn mail(who: Who, polls: u32) {
    let post = Post::new();
    match who {
        Who::Main => mailed(post, polls).await,
        Who::Task => spawn(mailed(post, polls)).await.unwrap(),
        Who::Tasks => {
            let mail = || mailed(Rc::clone(&post), polls / 10);
            let tasks: Vec<_> = (0..10).map(|_| spawn(mail())).collect();
            for task in tasks {
                task.await.unwrap();
            }
        }
        Who::Mixed => {
            for _ in 0..polls / 2 {
                yield_now().await;
                mailed(Rc::clone(&post), 2).await;
            }
        }
    }
}

const ALL: [Who; 4] = [Who::Main, Who::Task, Who::Tasks, Who::Mixed];

/// The documented number of polls between two looks, and the turn in which it is reached.
const POLLS: u32 = 2 * 61;

#[test]
fn mail_without_end_does_not_keep_the_loop_from_looking_at_the_clock() {
    let pause = Duration::from_millis(300);
    for (who, has_timer) in ALL.into_iter().flat_map(|who| [(who, false), (who, true)]) {
        ends(&format!("{who:?}, beside a timer: {has_timer}"), move || {
            let mut runtime = Runtime::new().unwrap();
            if has_timer {
                drop(runtime.spawn(sleep(3600 * SECOND)));
            }
            let waits = runtime.spawn(pending::<()>());
            runtime.block_on(async {
                mail(who, 2 * POLLS).await;
                thread::sleep(pause);
                mail(who, 2 * POLLS).await;
                let task = task::all().into_iter().find(|task| task.id == waits.id());
                let age = task.unwrap().age;
                assert!(age >= pause, "{who:?}, beside a timer: {has_timer}: {age:?}");
            });
        });
    }
}

#[test]
fn mail_without_end_does_not_keep_timers_from_firing() {
    for who in ALL {
        ends(&format!("{who:?}"), move || {
            mainspring::block_on(async {
                let task = spawn(sleep(Duration::from_millis(50)));
                yield_now().await;
                thread::sleep(Duration::from_millis(60));
                mail(who, 2 * POLLS).await;
                assert!(task.is_finished(), "{who:?}");
            });
        });
    }
}
