//! Who waits for a turn by somebody else's waker, outside of any runtime, or in several
//! runtimes: the same tests for everything that one can wait for in `sync`.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::sync::{
    Barrier, CancelToken, Condition, Event, Mutex, Queue, Semaphore, oneshot,
};
use mainspring::task::yield_now;

mod guard;
mod hand;
#[path = "../chapters/11-taking-turns/post.rs"]
mod post;
mod stranger;
mod watchdog;

use guard::{Counter, hooked, panic_of, quiet, settle, virtual_runtime};
use hand::Hand;
use post::Post;
use stranger::Stranger;
use watchdog::watch;

type Wait = Pin<Box<dyn Future<Output = ()>>>;

/// Something to wait for.
#[derive(Clone)]
struct Scene {
    name: &'static str,
    /// A future that waits until it is given something. What it was given it gives away.
    wait: Rc<dyn Fn() -> Wait>,
    /// Gives something to whoever waits first, or to all.
    give: Rc<dyn Fn()>,
    /// Does everything that is done without waiting, and leaves it as it was.
    touch: Rc<dyn Fn()>,
    /// Its text, which says how many wait.
    text: Rc<dyn Fn() -> String>,
}

impl Scene {
    fn new<T: std::fmt::Debug + 'static, F: Future<Output = ()> + 'static>(
        name: &'static str,
        what: T,
        wait: impl Fn(Rc<T>) -> F + 'static,
        give: impl Fn(&T) + 'static,
        touch: impl Fn(&T) + 'static,
    ) -> Self {
        let what = Rc::new(what);
        let [one, two, three] = [(); 3].map(|()| Rc::clone(&what));
        Self {
            name,
            wait: Rc::new(move || Box::pin(wait(Rc::clone(&one)))),
            give: Rc::new(move || give(&two)),
            touch: Rc::new(move || touch(&three)),
            text: Rc::new(move || format!("{what:?}")),
        }
    }

    fn wait(&self) -> Wait {
        (self.wait)()
    }

    fn give(&self) {
        (self.give)();
    }

    /// Touches it, and has somebody wait for a moment.
    fn meddle(&self) {
        (self.touch)();
        let mut wait = self.wait();
        let _ = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(wait);
        (self.text)();
    }

    #[track_caller]
    fn nobody_waits(&self) {
        let text = (self.text)();
        let counts = text.matches(" waiting").count();
        assert_eq!(text.matches("0 waiting").count(), counts, "{}: {text}", self.name);
    }
}

/// A mutex whose guard lies beside it. Whoever has waited for it puts it back there.
fn locked() -> Scene {
    let mutex: &'static Mutex<()> = Box::leak(Box::new(Mutex::new(())));
    Scene::new(
        "mutex",
        (mutex, RefCell::new(mutex.try_lock())),
        |pair| async move {
            let guard = pair.0.lock().await;
            let before = pair.1.replace(Some(guard));
            assert!(before.is_none());
        },
        |pair| drop(pair.1.take()),
        |pair| {
            if let Some(guard) = pair.0.try_lock() {
                assert!(pair.1.replace(Some(guard)).is_none());
            }
        },
    )
}

fn scenes() -> Vec<Scene> {
    vec![
        locked(),
        Scene::new(
            "permit",
            Semaphore::new(0),
            |semaphore| async move { semaphore.acquire().await.forget() },
            |semaphore| semaphore.add_permits(1),
            |semaphore| {
                drop(semaphore.try_acquire());
                drop(semaphore.try_acquire_many(3));
                semaphore.add_permits(0);
            },
        ),
        Scene::new(
            "permits",
            Semaphore::new(1),
            |semaphore| async move {
                Rc::clone(&semaphore).acquire_many_owned(2).await.forget();
                semaphore.add_permits(1);
            },
            |semaphore| semaphore.add_permits(1),
            |semaphore| drop(semaphore.try_acquire()),
        ),
        Scene::new(
            "event",
            Event::new(),
            |event| async move { event.wait().await },
            |event| {
                event.set();
                event.clear();
            },
            |event| _ = event.is_set(), // so it is while those who wait are woken
        ),
        Scene::new(
            "condition",
            (Mutex::new(()), Condition::new()),
            |pair| async move { drop(pair.1.wait(pair.0.lock().await).await) },
            |pair| pair.1.notify_one(),
            |pair| drop(pair.0.try_lock()),
        ),
        Scene::new(
            "get",
            Queue::bounded(1),
            |queue| async move { queue.get().await.unwrap() },
            |queue| queue.try_put(()).unwrap(),
            |queue| _ = queue.try_get(),
        ),
        Scene::new(
            "put",
            {
                let queue = Queue::bounded(1);
                queue.try_put(()).unwrap();
                queue
            },
            |queue| async move { queue.put(()).await.unwrap() },
            |queue| queue.try_get().unwrap(),
            |queue| _ = queue.try_put(()),
        ),
        Scene::new(
            "rendezvous",
            Queue::bounded(0),
            |queue| async move { queue.put(()).await.unwrap() },
            |queue| _ = queue.try_get(),
            |queue| _ = queue.try_put(()),
        ),
        Scene::new(
            "join",
            {
                let queue = Queue::unbounded();
                queue.try_put(()).unwrap();
                (queue, Cell::new(true))
            },
            |pair| async move { pair.0.join().await },
            |pair| {
                // Who is woken while all is done has nothing to do.
                if pair.1.replace(false) {
                    pair.0.task_done();
                    pair.0.try_put(()).unwrap();
                    pair.1.set(true);
                }
            },
            |pair| assert!(!pair.0.is_empty()),
        ),
        Scene::new(
            "barrier",
            Barrier::new(9),
            |barrier| async move { _ = barrier.wait().await },
            |barrier| {
                let mut others = Vec::new();
                while others.len() < 9 {
                    let mut wait = Box::pin(barrier.wait());
                    let mut cx = Context::from_waker(Waker::noop());
                    if wait.as_mut().poll(&mut cx).is_ready() {
                        break;
                    }
                    others.push(wait);
                }
            },
            |_| (),
        ),
        Scene::new(
            "token",
            RefCell::new((CancelToken::new(), CancelToken::new())),
            |token| async move {
                let token = token.borrow().0.child();
                token.cancelled().await;
            },
            |token| {
                let new = CancelToken::new();
                token.replace((new.child(), new)).0.cancel();
            },
            |token| assert!(!token.borrow().0.child().is_cancelled()),
        ),
        Scene::new(
            "receiver",
            RefCell::new(Vec::new()),
            |senders| async move {
                let (sender, receiver) = oneshot();
                senders.borrow_mut().push(sender);
                receiver.await.unwrap();
            },
            |senders| {
                for sender in senders.take() {
                    let _ = sender.send(());
                }
            },
            |senders| senders.borrow_mut().retain(|sender| !sender.is_closed()),
        ),
        Scene::new(
            "closed",
            RefCell::new(Vec::new()),
            |receivers| async move {
                let (sender, receiver) = oneshot::<()>();
                receivers.borrow_mut().push(receiver);
                sender.closed().await;
            },
            |receivers| drop(receivers.take()),
            |receivers| {
                receivers.borrow_mut().retain_mut(|one| one.try_recv().is_none());
            },
        ),
    ]
}

/// Whether all who wait are given something by one gift.
fn serves_all(scene: &Scene) -> bool {
    ["event", "join", "barrier", "token", "receiver", "closed"].contains(&scene.name)
}

fn poll(wait: &mut Wait, waker: &Waker) -> bool {
    wait.as_mut().poll(&mut Context::from_waker(waker)).is_ready()
}

// Outside of any runtime.

#[test]
fn turns_are_taken_outside_of_any_runtime_in_order_and_each_is_woken_once() {
    for scene in scenes() {
        let mut line: Vec<_> = (0..3).map(|_| Hand::waits(scene.wait())).collect();
        for number in 0..3 {
            scene.give();
            let woken = if serves_all(&scene) {
                [1, 1, 1]
            } else {
                [0, 1, 2].map(|other| u32::from(other <= number))
            };
            for other in number..3 {
                assert_eq!(line[other].woken(), woken[other], "{} {other}", scene.name);
            }
            assert!(line[number].poll().is_some(), "{} {number}", scene.name);
            if serves_all(&scene) {
                break;
            }
        }
        drop(line);
        scene.nobody_waits();
    }
}

#[test]
fn who_is_polled_with_another_waker_is_woken_by_the_last_one_alone() {
    for scene in scenes() {
        let (first, last) = (Hand::<()>::new(async {}), Hand::<()>::new(async {}));
        let mut wait = scene.wait();
        assert!(!poll(&mut wait, &first.waker()), "{}", scene.name);
        assert!(!poll(&mut wait, &first.waker()));
        assert!(!poll(&mut wait, &last.waker()));
        assert!(!first.is_known(), "{} keeps the first waker", scene.name);
        scene.give();
        assert_eq!((first.woken(), last.woken()), (0, 1), "{}", scene.name);
        assert!(!last.is_known(), "{} keeps a waker that was woken", scene.name);
        assert!(poll(&mut wait, &first.waker()), "{}", scene.name);
        assert!(!first.is_known());
        scene.nobody_waits();
    }
}

#[test]
fn who_goes_takes_its_waker_along_and_is_not_woken() {
    for scene in scenes() {
        let hand = Hand::<()>::new(async {});
        let mut wait = scene.wait();
        assert!(!poll(&mut wait, &hand.waker()));
        assert!(hand.is_known());
        drop(wait);
        assert!(!hand.is_known(), "{}", scene.name);
        scene.nobody_waits();
        assert_eq!(hand.woken(), 0);
    }
}

// Strangers.

/// A stranger waits before others do, panics at one of its moments, and is given something or goes.
fn with_panic(scene: &Scene, moment: stranger::Event, goes: bool) {
    let stranger = Stranger::new(move |event| {
        if event == moment && !std::thread::panicking() {
            panic!("a stranger's {event:?}");
        }
    });
    let mut wait = scene.wait();
    assert!(!poll(&mut wait, &stranger));
    let mut other = Hand::waits(scene.wait());
    if goes {
        drop(wait);
        scene.give();
    } else {
        scene.give();
        assert!(poll(&mut wait, Waker::noop()), "{}", scene.name);
        if other.poll().is_some() {
            return; // and that was for all
        }
        scene.give();
    }
    assert!(other.poll().is_some(), "{}", scene.name);
    scene.nobody_waits();
}

#[test]
fn a_stranger_that_panics_when_it_is_woken_or_dropped_takes_no_turn_from_others() {
    watch();
    quiet(|| {
        for moment in [stranger::Event::Wake, stranger::Event::Drop] {
            for goes in [false, true] {
                for scene in scenes() {
                    with_panic(&scene, moment, goes);
                }
                for scene in scenes() {
                    let (mut runtime, log) = hooked();
                    runtime.block_on(async { with_panic(&scene, moment, goes) });
                    let is_told = (moment == stranger::Event::Drop) == goes;
                    let told = log.count(&format!("a stranger's {moment:?}"));
                    assert_eq!(told, usize::from(is_told), "{} {moment:?}", scene.name);
                }
            }
        }
    });
}

#[test]
fn a_stranger_whose_clone_panics_leaves_nothing_behind() {
    watch();
    for scene in scenes() {
        let stranger = Stranger::new(|event| {
            if event == stranger::Event::Clone {
                panic!("a stranger's clone");
            }
        });
        // At its first poll, and when it takes the place of another waker.
        for polled in [false, true] {
            let mut wait = scene.wait();
            if polled {
                assert!(!poll(&mut wait, Waker::noop()));
            }
            let text = panic_of(|| poll(&mut wait, &stranger));
            assert_eq!(text, "a stranger's clone", "{}", scene.name);
            drop(wait);
            scene.nobody_waits();
        }
        (scene.touch)();
        let mut wait = Hand::waits(scene.wait());
        scene.give();
        assert!(wait.poll().is_some(), "{}", scene.name);
    }
}

/// It finds no turn, and while its waker is cloned there comes one: it would wait for a turn that
/// nobody else has.
#[test]
fn a_turn_that_comes_while_a_waker_is_cloned_is_seen() {
    watch();
    // Of the others nothing stays if nobody is in line.
    let forgetful = ["event", "condition", "rendezvous", "join", "barrier"];
    for scene in scenes().into_iter().filter(|scene| !forgetful.contains(&scene.name)) {
        let own = scene.clone();
        let stranger = Stranger::new(move |event| {
            if event == stranger::Event::Clone {
                own.give();
            }
        });
        assert!(poll(&mut scene.wait(), &stranger), "{}", scene.name);
        scene.nobody_waits();
    }
}

/// At each of its moments it does all that can be done, has others wait and drops those that do.
#[test]
fn a_stranger_may_come_back_at_any_of_its_moments() {
    watch();
    use stranger::Event::{Clone, Drop, Wake};
    for moment in [Clone, Wake, Drop] {
        for deed in 0..4 {
            for scene in scenes() {
                let others: Rc<RefCell<Vec<Wait>>> = Rc::default();
                let (acts, done) = (Counter::default(), Counter::default());
                let (own, also) = (scene.clone(), Rc::clone(&others));
                let stranger = {
                    let (acts, done) = (acts.clone(), done.clone());
                    Stranger::new(move |event| {
                        if event != moment || acts.get() > 2 {
                            return;
                        }
                        acts.add();
                        match deed {
                            0 => own.meddle(),
                            1 => own.give(),
                            2 => drop(also.borrow_mut().pop()),
                            _ => {
                                let all = also.take();
                                drop(all);
                                own.meddle();
                            }
                        }
                        done.add();
                    })
                };
                let (mut first, mut second) = (scene.wait(), scene.wait());
                let _ = poll(&mut second, &stranger);
                for _ in 0..4 {
                    let mut other = scene.wait();
                    assert!(!poll(&mut other, Waker::noop()));
                    others.borrow_mut().push(other);
                }
                let is_done = poll(&mut first, &stranger);
                let is_done = is_done || poll(&mut first, Waker::noop());
                for _ in 0..4 {
                    scene.give();
                    (scene.touch)();
                }
                drop(second);
                if !is_done {
                    drop(first);
                }
                others.take();
                // What was given away meanwhile lies there or is used up; it works on.
                (scene.touch)();
                for _ in 0..3 {
                    let mut wait = scene.wait();
                    if !poll(&mut wait, Waker::noop()) {
                        scene.give();
                        let name = scene.name;
                        assert!(
                            poll(&mut wait, Waker::noop()),
                            "{name} {moment:?} {deed}"
                        );
                    }
                }
                scene.nobody_waits();
                assert!(acts.get() > 0, "{} {moment:?} {deed}", scene.name);
                // A panic of a waker is contained, and says nothing by itself.
                assert_eq!(acts.get(), done.get(), "{} {moment:?} {deed}", scene.name);
            }
        }
    }
}

// Runtimes.

#[test]
fn tasks_of_two_runtimes_on_one_thread_take_turns() {
    watch();
    for scene in scenes() {
        let (mut one, mut two) = (virtual_runtime(), virtual_runtime());
        let log = guard::Log::default();
        let waiter = |name: &'static str| {
            let (wait, log) = (scene.wait(), log.clone());
            async move {
                wait.await;
                log.add(name);
            }
        };
        let here = |runtime: &mut Runtime, name| {
            runtime.block_on(async {
                drop(spawn(waiter(name)));
                settle().await;
            });
        };
        here(&mut one, "a");
        here(&mut two, "b");
        here(&mut one, "c");
        // Woken from another runtime's task, and from none at all.
        two.block_on(async { scene.give() });
        for _ in 0..3 {
            one.block_on(settle());
            two.block_on(settle());
            scene.give();
        }
        let names = log.take();
        let order = if serves_all(&scene) { "a c b" } else { "a b c" };
        assert_eq!(names, order, "{}", scene.name);
        scene.nobody_waits();
    }
}

/// Its task is gone, and so is what it was given.
#[test]
fn a_turn_goes_on_when_the_runtime_of_who_has_it_is_dropped() {
    watch();
    for scene in scenes() {
        let mut runtime = virtual_runtime();
        let wait = scene.wait();
        runtime.block_on(async move {
            drop(spawn(wait));
            settle().await;
        });
        let mut other = Hand::waits(scene.wait());
        scene.give();
        drop(runtime);
        if !["put", "rendezvous"].contains(&scene.name) {
            // An item that is in stays in; anything else goes on.
            assert!(other.poll().is_some(), "{}", scene.name);
        }
        drop(other);
        scene.nobody_waits();
    }
}

#[test]
fn a_future_that_waits_may_move_to_another_task_and_to_another_runtime() {
    watch();
    for scene in scenes() {
        let mut wait = scene.wait();
        let (mut one, mut two) = (virtual_runtime(), virtual_runtime());
        let polled = |runtime: &mut Runtime, wait: &mut Wait| {
            runtime.block_on(std::future::poll_fn(|cx| {
                std::task::Poll::Ready(wait.as_mut().poll(cx).is_ready())
            }))
        };
        assert!(!polled(&mut one, &mut wait) && !polled(&mut two, &mut wait));
        drop(two);
        let done = Rc::new(Cell::new(false));
        let also = Rc::clone(&done);
        one.block_on(async {
            drop(spawn(async move {
                wait.await;
                also.set(true);
            }));
            yield_now().await;
            scene.give();
            yield_now().await;
        });
        assert!(done.get(), "{}", scene.name);
        scene.nobody_waits();
    }
}

/// A task waits, and is polled no more than it is woken: once to wait, once when its turn has
/// come.
#[test]
fn a_task_that_waits_for_a_turn_is_polled_twice() {
    watch();
    for scene in scenes() {
        let polls = Counter::default();
        virtual_runtime().block_on(async {
            let (mut wait, count) = (scene.wait(), polls.clone());
            let task = spawn(std::future::poll_fn(move |cx| {
                count.add();
                wait.as_mut().poll(cx)
            }));
            settle().await;
            settle().await;
            let behind = Hand::waits(scene.wait());
            scene.give();
            settle().await;
            task.await.unwrap();
            drop(behind);
        });
        assert_eq!(polls.get(), 2, "{}", scene.name);
        scene.nobody_waits();
    }
}

#[test]
fn who_is_woken_by_a_token_finds_all_below_it_cancelled() {
    watch();
    let root = CancelToken::new();
    let (middle, other) = (root.child(), root.child());
    let leaf = middle.child();
    let woken = Counter::default();
    let stranger = {
        let (tokens, woken) = ([middle, other, leaf], woken.clone());
        Stranger::new(move |event| {
            if event == stranger::Event::Wake {
                assert!(tokens.iter().all(CancelToken::is_cancelled));
                woken.add();
            }
        })
    };
    let own = root.clone();
    let mut wait: Wait = Box::pin(async move { own.cancelled().await });
    assert!(!poll(&mut wait, &stranger));
    root.cancel();
    assert_eq!(woken.get(), 1);
}

#[test]
fn who_is_woken_by_an_event_finds_it_set() {
    watch();
    let event = Rc::new(Event::new());
    let woken = Counter::default();
    let stranger = {
        let (event, woken) = (Rc::clone(&event), woken.clone());
        Stranger::new(move |happens| {
            if happens == stranger::Event::Wake {
                assert!(event.is_set());
                hand::at_once(event.wait());
                woken.add();
            }
        })
    };
    let own = Rc::clone(&event);
    let mut wait: Wait = Box::pin(async move { own.wait().await });
    assert!(!poll(&mut wait, &stranger));
    event.set();
    assert_eq!(woken.get(), 1);
}

/// It is woken by the unlocking itself, and notifies at that moment.
#[test]
fn who_is_handed_the_lock_by_a_wait_for_a_condition_reaches_it() {
    watch();
    let mutex = Mutex::new(());
    let condition = Rc::new(Condition::new());
    let guard = mutex.try_lock().unwrap();
    let own = Rc::clone(&condition);
    let stranger = Stranger::new(move |happens| {
        if happens == stranger::Event::Wake {
            own.notify_one();
        }
    });
    let mut lock = Hand::new(mutex.lock());
    assert!(lock.poll_with(&stranger).is_none());
    let waits = Hand::waits(condition.wait(guard));
    assert_eq!(waits.woken(), 1);
    drop(lock.get());
    drop(waits.get());
}

/// The post of chapter 11, whose bag is behind a lock of std: none of a waker's moments may be
/// under it.
#[test]
fn a_stranger_may_send_a_letter_at_any_of_its_moments() {
    watch();
    for moment in [stranger::Event::Clone, stranger::Event::Wake, stranger::Event::Drop] {
        let post = Post::default();
        let theirs = post.clone();
        let is_first = Cell::new(true);
        let stranger = Stranger::new(move |happens| {
            if happens == moment && is_first.replace(false) {
                theirs.send(1);
            }
        });
        let mut hand = Hand::new(post.receive());
        let early = hand.poll_with(&stranger);
        if moment == stranger::Event::Wake {
            post.send(0); // 1 comes by the wake
        }
        let letter = early.unwrap_or_else(|| match hand.poll() {
            Some(letter) => letter,
            None => {
                assert_eq!(hand.woken(), 1); // by what the waker before sent when it was dropped
                hand.get()
            }
        });
        assert_eq!(letter, u32::from(moment != stranger::Event::Wake), "{moment:?}");
    }
}
