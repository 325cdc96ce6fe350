//! Wakers of other libraries, whose clone, wake and drop are user code: they may panic, and they
//! may come back in here.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mainspring::runtime::{Handle, Runtime};
use mainspring::spawn;
use mainspring::task::{
    self, AbortHandle, AbortOnDrop, JoinError, JoinHandle, yield_now,
};
use mainspring::time::{Instant, Sleep, Timeout, sleep, sleep_until, timeout};

mod guard;
mod stranger;

use guard::{
    Counter, Finally, Log, SECOND, hooked, panic_of, quiet, settle, text_of,
    virtual_runtime,
};
use stranger::{Event, Stranger};

// Strangers that panic. Nobody lists the places where the library clones, wakes and drops a
// waker: each case is run once for every such event in it, and that event panics.

/// Which of the events panic.
#[derive(Clone, Debug)]
enum Fatal {
    Never,
    Nth(u32),
    Every(Vec<Event>),
}

/// Panics at some events of its strangers, counts all, and knows at which it has panicked.
#[derive(Clone)]
struct Trap(Rc<Inner>);

struct Inner {
    fatal: Fatal,
    count: Cell<u32>,
    sprung: RefCell<Vec<(Event, String)>>,
}

impl Trap {
    fn new(fatal: Fatal) -> Self {
        Self(Rc::new(Inner { fatal, count: Cell::new(0), sprung: RefCell::default() }))
    }

    fn stranger(&self) -> Stranger {
        let trap = self.clone();
        Stranger::new(move |event| trap.event(event))
    }

    fn event(&self, event: Event) {
        let Inner { fatal, count, sprung } = &*self.0;
        count.set(count.get() + 1);
        let is_fatal = match fatal {
            Fatal::Never => false,
            Fatal::Nth(n) => count.get() == *n,
            Fatal::Every(events) => events.contains(&event),
        };
        if is_fatal {
            let text = format!("<{event:?} {}>", count.get());
            sprung.borrow_mut().push((event, text.clone()));
            panic!("{text}");
        }
    }
}

/// What can be awaited, moved, aborted.
trait Subject {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    fn reset(&mut self, _: Instant) {}
    fn abort(&self) {}
}

impl Subject for JoinHandle<()> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(self).as_mut().poll(cx).map(drop)
    }

    fn abort(&self) {
        JoinHandle::abort(self);
    }
}

impl Subject for AbortOnDrop<()> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(self).as_mut().poll(cx).map(drop)
    }
}

impl Subject for Sleep {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(self).as_mut().poll(cx)
    }

    fn reset(&mut self, deadline: Instant) {
        Sleep::reset(self, deadline);
    }
}

impl<F: Future> Subject for Timeout<F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(self).as_mut().poll(cx).map(drop)
    }

    fn reset(&mut self, deadline: Instant) {
        Timeout::reset(self, deadline);
    }
}

const KINDS: usize = 9;

/// What ends in a second, one way or the other, unless it is moved.
fn subject(kind: usize) -> Box<dyn Subject> {
    let task = || spawn(sleep(SECOND));
    match kind {
        0 => Box::new(task()),
        1 => Box::new(spawn(async {
            sleep(SECOND).await;
            panic!("the task");
        })),
        2 => Box::new(task().abort_on_drop()),
        3 => Box::new(sleep(SECOND)),
        4 => Box::new(timeout(SECOND, pending::<()>())),
        5 => Box::new(timeout(2 * SECOND, task())),
        6 => Box::new(timeout(SECOND, spawn(pending::<()>()).abort_on_drop())),
        7 => Box::new(timeout(2 * SECOND, sleep(SECOND))),
        _ => Box::new(timeout(2 * SECOND, timeout(SECOND, spawn(pending::<()>())))),
    }
}

/// What is done to a subject that a stranger has polled.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    /// Another stranger polls it.
    Replace,
    /// Whoever does this polls it with its own waker.
    PollHere,
    /// It is moved to this second.
    Reset(u32),
    ResetToTheEnd,
    Abort,
    /// Time passes, and it ends.
    Wait,
    Drop,
    /// A task gets it that the shutdown will drop.
    Leave,
}

const ACTS: [Act; 10] = [
    Act::Replace,
    Act::PollHere,
    Act::Reset(0),
    Act::Reset(1),
    Act::Reset(2),
    Act::ResetToTheEnd,
    Act::Abort,
    Act::Wait,
    Act::Drop,
    Act::Leave,
];

/// Who does it: an innocent, who must not come to harm.
#[derive(Clone, Copy, Debug)]
enum By {
    Main,
    Task,
    Callback,
    Destructor,
    /// Between two calls of `block_on`.
    Nobody,
}

const EVERYBODY: [By; 5] = [By::Main, By::Task, By::Callback, By::Destructor, By::Nobody];

/// What strangers may do to the innocents, and what came of it.
struct Scene {
    trap: Trap,
    start: Instant,
    subject: RefCell<Option<Box<dyn Subject>>>,
    over: Cell<bool>,
    /// The panics that came back from a poll by a stranger: to the stranger.
    caught: Log,
    /// And from a poll by an innocent, to whom none should come.
    harmed: Log,
    /// How often an innocent has done what it was to do, and to its end.
    done: Counter,
}

impl Scene {
    fn poll_by_stranger(&self) {
        self.poll(&self.trap.stranger(), &self.caught);
    }

    /// Polls the subject with this waker, and catches what comes of that.
    fn poll(&self, waker: &Waker, panics: &Log) {
        let Some(mut subject) = self.subject.take() else { return };
        if !self.over.get() {
            let mut cx = Context::from_waker(waker);
            match catch_unwind(AssertUnwindSafe(|| subject.poll(&mut cx))) {
                Ok(polled) => self.over.set(polled.is_ready()),
                Err(payload) => panics.add(text_of(payload)),
            }
        }
        self.subject.replace(Some(subject));
    }

    fn act(&self, act: Act, own: &Waker) {
        let subject = || self.subject.borrow_mut();
        match act {
            Act::Replace => self.poll_by_stranger(),
            Act::PollHere => self.poll(own, &self.harmed),
            Act::Reset(second) => {
                let deadline = self.start + second * SECOND;
                subject().iter_mut().for_each(|subject| subject.reset(deadline));
            }
            Act::ResetToTheEnd => {
                let deadline = self.start + Duration::MAX;
                subject().iter_mut().for_each(|subject| subject.reset(deadline));
            }
            Act::Abort => subject().iter().for_each(|subject| subject.abort()),
            Act::Drop => {
                let gone = self.subject.take();
                drop(gone);
            }
            Act::Wait | Act::Leave => {}
        }
        self.done.add();
    }
}

async fn own_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

async fn act(by: By, act: Act, scene: &Rc<Scene>) {
    let also = Rc::clone(scene);
    match (act, by) {
        (Act::Wait, _) => {
            sleep(SECOND + SECOND / 4).await;
            scene.act(act, Waker::noop());
        }
        (Act::Leave, _) => {
            let subject = scene.subject.take();
            drop(spawn(async move {
                let _subject = subject;
                pending::<()>().await;
            }));
            yield_now().await;
            scene.act(act, Waker::noop());
        }
        (_, By::Main) => scene.act(act, &own_waker().await),
        (_, By::Task) => {
            let task = spawn(async move { also.act(act, &own_waker().await) });
            task.await.expect("the innocent task lives");
        }
        (_, By::Callback) => {
            let task = spawn(async {});
            task.on_done(move |_| also.act(act, Waker::noop()));
            task.await.unwrap();
        }
        (_, By::Destructor) => {
            let task = spawn(async move {
                let own = own_waker().await;
                let _guard = Finally(move || also.act(act, &own));
                pending::<()>().await;
            });
            yield_now().await;
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled(), "its drop is not to blame");
        }
        (_, By::Nobody) => {}
    }
    settle().await;
}

/// Runs one case. Returns the number of events.
fn run(kind: usize, by: By, acts: [Act; 2], fatal: &Fatal) -> u32 {
    let case = format!("kind {kind}, {acts:?} by {by:?}, panics: {fatal:?}");
    let (mut runtime, hook) = hooked();
    let trap = Trap::new(fatal.clone());
    let (scene, bystander) = runtime.block_on(async {
        let scene = Rc::new(Scene {
            trap: trap.clone(),
            start: Instant::now(),
            subject: RefCell::new(Some(subject(kind))),
            over: Cell::new(false),
            caught: Log::default(),
            harmed: Log::default(),
            done: Counter::default(),
        });
        let bystander = spawn(async {
            for _ in 0..18 {
                sleep(SECOND / 4).await;
            }
        });
        settle().await;
        (scene, bystander)
    });
    let shown = panic_of(|| {
        // A task that polls by a stranger's waker, as a foreign executor in it would.
        let polls = runtime.block_on(async {
            let also = Rc::clone(&scene);
            spawn(async move { also.poll_by_stranger() }).await
        });
        polls.expect("it has caught the panic");
        for one in acts {
            runtime.block_on(act(by, one, &scene));
            if matches!(by, By::Nobody) && !matches!(one, Act::Wait | Act::Leave) {
                scene.act(one, Waker::noop());
            }
        }
        // What panicked is not lost: whoever asks gets it, unless it never ends.
        runtime.block_on(async {
            sleep_until(scene.start + 5 * SECOND).await;
            for _ in 0..2 {
                // One that no stranger could set gives way once.
                scene.poll(&own_waker().await, &scene.harmed);
                settle().await;
            }
            let is_gone = scene.subject.borrow().is_none();
            let is_over = scene.over.get() || acts.contains(&Act::ResetToTheEnd);
            assert!(is_gone || is_over, "it has ended");
        });
        assert!(bystander.is_finished(), "the bystander lives");
        assert!(runtime.block_on(bystander).is_ok(), "the bystander is well");
        assert_eq!(runtime.block_on(async { spawn(async { 7 }).await.unwrap() }), 7);
        drop(runtime);
        drop(scene.subject.take());
    });
    assert_eq!(shown, "no panic", "{case}");
    assert_eq!(scene.done.get(), 2, "{case}: all was done to its end");
    let sprung = trap.0.sprung.borrow();
    for (_, text) in &*sprung {
        assert_eq!(scene.harmed.count(text), 0, "{case}: an innocent is harmed, {text}");
    }
    let mut all_told = 0;
    for (event, text) in &*sprung {
        let told = (hook.count(text), scene.caught.count(text));
        // A wake may be of the stranger's own poll: what is over gives way once.
        let expected = match (event, told.1) {
            (Event::Clone, _) | (Event::Wake, 1) => (0, 1),
            _ => (1, 0),
        };
        assert_eq!(told, expected, "{case}: told to the hook and to the caller, {text}");
        all_told += told.0;
    }
    // The one task that panics may be told, too.
    assert_eq!(hook.len() - hook.count("panicked: the task"), all_told, "{case}");
    trap.0.count.get()
}

/// Runs every case; `fatal` says for each number of events what should panic.
fn each_case(fatal: impl Fn(u32) -> Vec<Fatal>) {
    for (kind, by) in
        (0..KINDS).flat_map(|kind| EVERYBODY.into_iter().map(move |by| (kind, by)))
    {
        for (first, second) in
            ACTS.into_iter().flat_map(|first| ACTS.map(|second| (first, second)))
        {
            let acts = [first, second];
            let events = quiet(|| run(kind, by, acts, &Fatal::Never));
            for fatal in fatal(events) {
                run(kind, by, acts, &fatal);
            }
        }
        if cfg!(miri) {
            return;
        }
    }
}

fn every(events: &[Event]) -> Vec<Fatal> {
    vec![Fatal::Every(events.to_vec())]
}

#[test]
fn a_foreign_waker_whose_wake_panics_harms_nobody_and_is_told() {
    each_case(|_| every(&[Event::Wake]));
}

#[test]
fn a_foreign_waker_whose_drop_panics_harms_nobody_and_is_told() {
    each_case(|_| every(&[Event::Drop]));
}

#[test]
fn a_foreign_waker_whose_clone_panics_harms_its_own_poll_and_nobody_else() {
    each_case(|_| every(&[Event::Clone]));
}

#[test]
fn a_foreign_waker_whose_every_move_panics_harms_nobody_else() {
    each_case(|_| every(&[Event::Wake, Event::Drop]));
    each_case(|_| every(&[Event::Clone, Event::Wake, Event::Drop]));
}

#[test]
fn a_foreign_waker_may_panic_at_any_of_its_moves() {
    each_case(|events| (1..=events).map(Fatal::Nth).collect());
}

/// A panic of a stranger ends no loop, however many of them there are and whatever is among
/// them.
#[test]
fn of_many_that_wait_for_one_moment_those_that_panic_stop_no_other() {
    let (mut runtime, hook) = hooked();
    let trap = Trap::new(Fatal::Every(vec![Event::Wake]));
    let shown = panic_of(|| {
        runtime.block_on(async {
            let mut sleeps: Vec<Sleep> = (0..20).map(|_| sleep(SECOND)).collect();
            let mut handles: Vec<_> = (0..20).map(|_| spawn(sleep(SECOND))).collect();
            let strangers: Vec<Stranger> = (0..20).map(|_| trap.stranger()).collect();
            let mut tasks = vec![];
            for ((stranger, timer), handle) in
                strangers.iter().zip(&mut sleeps).zip(&mut handles)
            {
                let mut cx = Context::from_waker(stranger);
                assert!(Pin::new(timer).as_mut().poll(&mut cx).is_pending());
                assert!(Pin::new(handle).as_mut().poll(&mut cx).is_pending());
                tasks.push(spawn(sleep(SECOND)));
                yield_now().await;
            }
            sleep(2 * SECOND).await;
            for task in tasks {
                assert!(task.is_finished());
                task.await.unwrap();
            }
            for (timer, handle) in sleeps.into_iter().zip(handles) {
                timer.await;
                handle.await.unwrap();
            }
        });
    });
    assert_eq!((&*shown, hook.len()), ("no panic", 40));
}

/// Without a hook they are printed, and a hook that panics goes no further.
#[test]
fn a_hook_that_panics_when_it_is_told_of_a_stranger_goes_no_further() {
    for has_hook in [true, false] {
        let told = Counter::default();
        let count = told.clone();
        let mut builder = Runtime::builder().virtual_clock();
        if has_hook {
            builder = builder.unhandled_panic(move |_: &JoinError| {
                count.add();
                panic!("the hook");
            });
        }
        let mut runtime = builder.build().unwrap();
        let trap = Trap::new(Fatal::Every(vec![Event::Wake, Event::Drop]));
        let shown = panic_of(|| {
            runtime.block_on(async {
                let also = trap.clone();
                let innocent = spawn(async move {
                    let stranger = also.stranger();
                    let mut cx = Context::from_waker(&stranger);
                    let mut timer = sleep(SECOND);
                    assert!(Pin::new(&mut timer).as_mut().poll(&mut cx).is_pending());
                    drop(timer);
                    let mut timer = sleep(SECOND);
                    assert!(Pin::new(&mut timer).as_mut().poll(&mut cx).is_pending());
                    sleep(2 * SECOND).await;
                    timer.await;
                });
                innocent.await.unwrap();
            });
        });
        let expected = if has_hook { 2 } else { 0 };
        assert_eq!((&*shown, told.get()), ("no panic", expected));
    }
}

/// They may come back in here, at each of their moves.
#[test]
fn a_foreign_waker_may_use_the_library_at_any_of_its_moves() {
    // What they leave behind are strangers as well: some time they have had enough.
    thread_local!(static LEFT: Cell<u32> = const { Cell::new(0) });
    fn busy(event: Event) {
        let Some(left) = LEFT.get().checked_sub(1) else { return };
        LEFT.set(left);
        let _ = task::current();
        if task::all().is_empty() {
            return;
        }
        let handle = Handle::current();
        drop(handle.spawn(sleep(SECOND / 2)));
        let stranger = Stranger::new(busy);
        let mut cx = Context::from_waker(&stranger);
        let mut timer = sleep(SECOND);
        assert!(Pin::new(&mut timer).as_mut().poll(&mut cx).is_pending());
        timer.reset(Instant::now() + 3 * SECOND);
        let mut task = spawn(pending::<()>());
        let _ = Pin::new(&mut task).as_mut().poll(&mut cx);
        task.on_done(move |_| drop((timer, event)));
        task.abort();
    }
    for kind in 0..KINDS {
        for act in ACTS {
            let (mut runtime, hook) = hooked();
            LEFT.set(50);
            let shown = panic_of(|| {
                let mut subject = runtime.block_on(async {
                    let mut subject = subject(kind);
                    for _ in 0..2 {
                        let stranger = Stranger::new(busy);
                        let mut cx = Context::from_waker(&stranger);
                        assert!(subject.poll(&mut cx).is_pending());
                        settle().await;
                    }
                    subject
                });
                match act {
                    Act::Replace | Act::PollHere => {
                        let stranger = Stranger::new(busy);
                        let mut cx = Context::from_waker(&stranger);
                        assert!(subject.poll(&mut cx).is_pending());
                    }
                    Act::Reset(second) => runtime.block_on(async {
                        subject.reset(Instant::now() + second * SECOND);
                    }),
                    Act::ResetToTheEnd => subject.reset(Instant::now() + Duration::MAX),
                    Act::Abort => subject.abort(),
                    Act::Wait => runtime.block_on(sleep(2 * SECOND)),
                    Act::Drop => runtime.block_on(async { drop(subject) }),
                    Act::Leave => drop(runtime.spawn(async move {
                        let _subject = subject;
                        pending::<()>().await;
                    })),
                }
                runtime.block_on(settle());
                drop(runtime);
            });
            let told = hook.len() - hook.count("panicked: the task");
            assert_eq!((&*shown, told), ("no panic", 0), "kind {kind}, {act:?}");
        }
    }
}

// Strangers that bring about, while they are cloned, what the poll asks for.

thread_local!(static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) });

/// Lends the runtime of this thread's test to `f`, as one that is not in use.
fn with_runtime<R>(f: impl FnOnce(&mut Runtime) -> R) -> R {
    let mut runtime = RUNTIME.take().expect("the runtime is not in use");
    let result = f(&mut runtime);
    RUNTIME.set(Some(runtime));
    result
}

/// A stranger that does something when it is first cloned, and counts its wakes.
fn when_cloned(action: impl FnMut() + 'static) -> (Stranger, Counter) {
    let wakes = Counter::default();
    let (count, action) = (wakes.clone(), RefCell::new(Some(action)));
    let stranger = Stranger::new(move |event| match event {
        Event::Clone => {
            let action = action.take();
            if let Some(mut action) = action {
                action();
            }
        }
        Event::Wake => count.add(),
        Event::Drop => {}
    });
    (stranger, wakes)
}

/// The poll has said `Ready`, or the stranger was woken, and then a poll says it.
fn is_told<F: Future + Unpin>(
    future: &mut F,
    polled: Poll<F::Output>,
    wakes: &Counter,
    case: &str,
) -> F::Output {
    match polled {
        Poll::Ready(output) => output,
        Poll::Pending => {
            assert!(wakes.get() > 0, "{case}: neither ready nor woken");
            let mut cx = Context::from_waker(Waker::noop());
            match Pin::new(future).poll(&mut cx) {
                Poll::Ready(output) => output,
                Poll::Pending => panic!("{case}: woken and not ready"),
            }
        }
    }
}

/// A sleep that has been polled with this waker.
fn armed(runtime: &mut Runtime, duration: Duration, waker: &Waker) -> Sleep {
    let mut armed = None;
    runtime.block_on(async {
        let timer = armed.insert(sleep(duration));
        assert!(Pin::new(timer).poll(&mut Context::from_waker(waker)).is_pending());
    });
    armed.unwrap()
}

/// How a task ends: it returns, panics, is aborted, or its runtime is dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Returns,
    Panics,
    Aborted,
    Shutdown,
}

#[test]
fn a_task_that_ends_while_its_handle_is_polled_is_not_missed() {
    for end in [End::Returns, End::Panics, End::Aborted, End::Shutdown] {
        for before in 0..3 {
            for limited in [false, true] {
                let case =
                    format!("{end:?}, polled before: {before}, limited: {limited}");
                let (runtime, _) = hooked();
                let mut handle = runtime.spawn(async move {
                    yield_now().await;
                    match end {
                        End::Returns => 7,
                        End::Panics => panic!("the task"),
                        End::Aborted | End::Shutdown => pending().await,
                    }
                });
                let abort = handle.abort_handle();
                RUNTIME.set(Some(runtime));
                with_runtime(|runtime| runtime.block_on(async {}));
                // Others have polled it before: somebody, or a stranger who is still there.
                let earlier = when_cloned(|| {});
                let wakers = [Waker::noop(), &earlier.0];
                for waker in &wakers[..before] {
                    let mut cx = Context::from_waker(waker);
                    assert!(Pin::new(&mut handle).poll(&mut cx).is_pending());
                }
                let (stranger, wakes) = when_cloned(move || match end {
                    End::Shutdown => drop(RUNTIME.take()),
                    _ => with_runtime(|runtime| {
                        if end == End::Aborted {
                            abort.abort();
                        }
                        let _ = panic_of(|| runtime.block_on(settle()));
                    }),
                });
                let mut cx = Context::from_waker(&stranger);
                let output = if limited {
                    let mut handle = timeout(Duration::MAX, &mut handle);
                    let Ok(polled) = catch_unwind(AssertUnwindSafe(|| {
                        Pin::new(&mut handle).poll(&mut cx)
                    })) else {
                        // Outside a runtime only a future that is done lets a timeout pass.
                        assert_eq!(end, End::Shutdown, "{case}: not seen at once");
                        continue;
                    };
                    is_told(&mut handle, polled, &wakes, &case).unwrap()
                } else {
                    let polled = Pin::new(&mut handle).poll(&mut cx);
                    is_told(&mut handle, polled, &wakes, &case)
                };
                match end {
                    End::Returns => assert_eq!(output.unwrap(), 7, "{case}"),
                    End::Panics => assert!(output.unwrap_err().is_panic(), "{case}"),
                    _ => assert!(output.unwrap_err().is_cancelled(), "{case}"),
                }
                drop(RUNTIME.take());
            }
        }
    }
}

#[test]
fn a_time_that_comes_while_a_sleep_is_polled_is_not_missed() {
    for (limited, by_task) in [(false, false), (true, false), (false, true), (true, true)]
    {
        let case = format!("limited: {limited}, first polled by a task: {by_task}");
        let mut runtime = virtual_runtime();
        let mut timer = runtime.block_on(async {
            if limited {
                let limited = timeout(SECOND, pending::<()>());
                Box::new(limited) as Box<dyn Subject>
            } else {
                Box::new(sleep(SECOND))
            }
        });
        // Armed, by a task or by somebody.
        let mut timer = runtime.block_on(async {
            if by_task {
                let task = spawn(async move {
                    let own = own_waker().await;
                    let polled = timer.poll(&mut Context::from_waker(&own));
                    assert!(polled.is_pending());
                    timer
                });
                task.await.unwrap()
            } else {
                let mut cx = Context::from_waker(Waker::noop());
                assert!(timer.poll(&mut cx).is_pending());
                timer
            }
        });
        RUNTIME.set(Some(runtime));
        let (stranger, wakes) = when_cloned(|| {
            with_runtime(|runtime| runtime.block_on(sleep(2 * SECOND)));
        });
        let polled = timer.poll(&mut Context::from_waker(&stranger));
        let mut again = poll_fn(|cx| timer.poll(cx));
        is_told(&mut again, polled, &wakes, &case);
        drop(RUNTIME.take());
    }
}

/// Other timers take the places in the wheel, and fire, while the clone runs: the sleep that is
/// polled mistakes none for its own, and does not fire for another.
#[test]
fn a_sleep_whose_time_has_not_come_while_it_is_polled_goes_on() {
    let mut runtime = virtual_runtime();
    let mut timer = armed(&mut runtime, 5 * SECOND, Waker::noop());
    RUNTIME.set(Some(runtime));
    let (stranger, wakes) = when_cloned(|| {
        with_runtime(|runtime| {
            runtime.block_on(async {
                let _tasks: Vec<_> = (0..50).map(|_| spawn(sleep(SECOND))).collect();
                sleep(2 * SECOND).await;
            });
        });
    });
    let polled = Pin::new(&mut timer).poll(&mut Context::from_waker(&stranger));
    assert!(polled.is_pending());
    assert_eq!(wakes.get(), 0);
    with_runtime(|runtime| runtime.block_on(sleep(2 * SECOND)));
    assert_eq!(wakes.get(), 0);
    with_runtime(|runtime| runtime.block_on(sleep(2 * SECOND)));
    assert_eq!(wakes.get(), 1);
    drop(RUNTIME.take());
}

/// While it is cloned the stranger wakes or aborts the task that polls, or the one that is
/// awaited, or both.
#[test]
fn a_clone_that_wakes_or_aborts_the_task_itself_loses_nothing() {
    for bits in 0..16_u32 {
        let [wakes_own, aborts_own, aborts_other, twice] =
            [0, 1, 2, 3].map(|bit| bits >> bit & 1 == 1);
        let case = format!(
            "wakes own: {wakes_own}, aborts own: {aborts_own}, aborts other: \
             {aborts_other}, polls twice: {twice}"
        );
        let mut runtime = virtual_runtime();
        runtime.block_on(async {
            let other = spawn(sleep(3 * SECOND));
            let other_abort = other.abort_handle();
            let own_abort: Rc<RefCell<Option<AbortHandle>>> = Rc::default();
            let abort = Rc::clone(&own_abort);
            let count = Counter::default();
            let mut other = Box::pin(other);
            let task = spawn(poll_fn(move |cx| {
                count.add();
                for _ in 0..=u32::from(twice) {
                    let (own, abort) = (cx.waker().clone(), Rc::clone(&abort));
                    let other_abort = other_abort.clone();
                    // Virtual time stands still while anybody is awake.
                    let wakes_own = wakes_own && count.get() <= 10;
                    let stranger = Stranger::new(move |event| {
                        if event == Event::Wake {
                            own.wake_by_ref();
                        }
                        if event == Event::Clone {
                            if wakes_own {
                                own.wake_by_ref();
                            }
                            if aborts_own {
                                abort.borrow().as_ref().unwrap().abort();
                            }
                            if aborts_other {
                                other_abort.abort();
                            }
                        }
                    });
                    let mut cx = Context::from_waker(&stranger);
                    if let Poll::Ready(output) = other.as_mut().poll(&mut cx) {
                        return Poll::Ready(output.is_ok());
                    }
                }
                Poll::Pending
            }));
            own_abort.replace(Some(task.abort_handle()));
            let start = Instant::now();
            match task.await {
                Err(error) => assert!(aborts_own && error.is_cancelled(), "{case}"),
                Ok(is_ok) => {
                    assert!(!aborts_own, "{case}");
                    assert_eq!(is_ok, !aborts_other, "{case}");
                    let expected = if aborts_other { 0 } else { 3 };
                    assert_eq!(start.elapsed(), expected * SECOND, "{case}");
                }
            }
        });
    }
}

/// The waker that is replaced does it when it is dropped: the new one is there already.
#[test]
fn a_task_that_ends_while_the_waker_before_is_dropped_wakes_the_new_one() {
    let mut runtime = virtual_runtime();
    let before = |what: fn()| {
        Stranger::new(move |event| {
            if event == Event::Drop {
                what();
            }
        })
    };
    let (first, second) = (
        before(|| with_runtime(|runtime| runtime.block_on(settle()))),
        before(|| with_runtime(|runtime| runtime.block_on(sleep(2 * SECOND)))),
    );
    let mut timer = armed(&mut runtime, SECOND, &second);
    let mut handle = runtime.spawn(yield_now());
    let mut cx = Context::from_waker(&first);
    assert!(Pin::new(&mut handle).poll(&mut cx).is_pending());
    RUNTIME.set(Some(runtime));
    let (stranger, wakes) = when_cloned(|| {});
    let mut cx = Context::from_waker(&stranger);
    let polled = Pin::new(&mut handle).poll(&mut cx);
    is_told(&mut handle, polled, &wakes, "handle").unwrap();
    let (stranger, wakes) = when_cloned(|| {});
    let mut cx = Context::from_waker(&stranger);
    let polled = Pin::new(&mut timer).poll(&mut cx);
    is_told(&mut timer, polled, &wakes, "timer");
    drop(RUNTIME.take());
}
