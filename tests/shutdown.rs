//! Whether a runtime shuts down: whoever would start something anew can ask.

use std::cell::RefCell;
use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;

use futures_task::LocalSpawn;
use mainspring::runtime::{Handle, Runtime};
use mainspring::task::{JoinHandle, Outcome, yield_now};
use mainspring::time::sleep;
use mainspring::{block_on, spawn};

mod guard;
mod stranger;

use guard::{
    Counter, Finally, Log, SECOND, alone, each_alone, hooked, panic_of, settle,
    virtual_runtime,
};
use stranger::{Event, Stranger};

/// What the handle of the runtime that runs here says, and this one.
fn both(handle: &Handle) -> String {
    format!("{} {}", Handle::current().is_shutting_down(), handle.is_shutting_down())
}

#[test]
fn a_runtime_that_runs_does_not_shut_down() {
    let mut runtime = virtual_runtime();
    let (log, handle) = (Log::default(), runtime.handle());
    assert!(!handle.is_shutting_down() && !runtime.handle().is_shutting_down());
    let (also, inner) = (log.clone(), handle.clone());
    let say = move |place: &str| also.add(format!("{place}: {}", both(&inner)));
    runtime.block_on(async {
        say("main");
        let in_task = say.clone();
        let task = spawn(async move { in_task("task") });
        let in_callback = say.clone();
        task.on_done(move |_| in_callback("callback"));
        task.await.unwrap();
        let in_drop = say.clone();
        let task = spawn(async move {
            let _guard = Finally(move || in_drop("aborted"));
            pending::<()>().await;
        });
        yield_now().await;
        task.abort();
        assert!(task.await.is_err());
    });
    assert!(!handle.is_shutting_down(), "between two calls");
    let main = panic_of(|| {
        runtime.block_on(async {
            let _guard = Finally(|| say("main's drop"));
            yield_now().await;
            panic!("main");
        })
    });
    assert_eq!(main, "main");
    assert!(!handle.is_shutting_down(), "after a panic");
    runtime.block_on(async { say("again") });
    assert_eq!(
        log.take(),
        "main: false false task: false false callback: false false aborted: false false \
         main's drop: false false again: false false"
    );
}

/// A main future that panics, returns, or waits for ever.
struct Main(&'static str, Rc<dyn Fn(&str)>);

impl Future for Main {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.0 {
            "panics" => panic!("main"),
            "returns" => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }
}

impl Drop for Main {
    fn drop(&mut self) {
        (self.1)(self.0);
    }
}

#[test]
fn a_main_future_is_dropped_while_its_runtime_runs() {
    for end in ["panics", "returns", "waits"] {
        let (mut runtime, log) = (virtual_runtime(), Log::default());
        let (also, handle) = (log.clone(), runtime.handle());
        let say: Rc<dyn Fn(&str)> =
            Rc::new(move |end| also.add(format!("{end}: {}", both(&handle))));
        let _ = panic_of(|| runtime.block_on(Main(end, say)));
        assert_eq!(log.take(), format!("{end}: false false"));
    }
}

#[test]
fn everything_that_a_shutdown_runs_is_told_of_it() {
    let log = Log::default();
    let handle: Rc<RefCell<Option<Handle>>> = Rc::default();
    let (also, own) = (log.clone(), Rc::clone(&handle));
    let say = move |place: &str| {
        also.add(format!("{place}: {}", both(own.borrow().as_ref().unwrap())));
    };
    let hook = say.clone();
    let mut runtime = Runtime::builder()
        .virtual_clock()
        .unhandled_panic(move |_| hook("hook"))
        .build()
        .unwrap();
    handle.replace(Some(runtime.handle()));
    let (in_drop, in_refused, in_callback) = (say.clone(), say.clone(), say.clone());
    let task = runtime.spawn(async move {
        let _guard = Finally(move || {
            in_drop("leftover");
            let in_refused = in_refused.clone();
            let refused = Finally(move || in_refused("refused"));
            drop(spawn(async move {
                let _refused = refused;
            }));
        });
        pending::<()>().await;
    });
    task.on_done(move |_| in_callback("callback"));
    drop(runtime.spawn(async {
        let _guard = Finally(|| panic!("told"));
        pending::<()>().await;
    }));
    runtime.block_on(settle());
    assert_eq!(log.take(), "");
    let shown = panic_of(|| drop(runtime));
    assert_eq!(shown, "no panic");
    assert_eq!(
        log.take(),
        "leftover: true true refused: true true hook: true true callback: true true"
    );
    assert!(handle.take().unwrap().is_shutting_down(), "and so it stays");
}

#[test]
fn wakers_and_outputs_that_a_shutdown_drops_are_told_of_it() {
    let mut runtime = virtual_runtime();
    let (log, handle) = (Log::default(), runtime.handle());
    let say = |place: &'static str| {
        let (log, handle) = (log.clone(), handle.clone());
        move || log.add(format!("{place}: {}", both(&handle)))
    };
    let (wake, output) = (say("wake"), say("output"));
    let stranger = Stranger::new(move |event| {
        if event == Event::Wake {
            wake();
        }
    });
    let output = runtime.spawn(async move { Finally(output) });
    let mut task = runtime.spawn(pending::<()>());
    runtime.block_on(async {
        let mut cx = Context::from_waker(&stranger);
        assert!(Pin::new(&mut task).poll(&mut cx).is_pending());
        settle().await;
        drop(spawn(async move {
            let _output = output;
            pending::<()>().await;
        }));
        settle().await;
    });
    drop(runtime);
    let mut said: Vec<String> = log.0.take();
    said.sort();
    assert_eq!(said, ["output: true true", "wake: true true"]);
}

#[test]
fn a_handle_whose_runtime_is_gone_says_that_it_shuts_down() {
    let (mut one, mut other) = (virtual_runtime(), virtual_runtime());
    let (gone, living) = (one.handle(), other.handle());
    one.block_on(async {});
    drop(one);
    assert_eq!((gone.is_shutting_down(), living.is_shutting_down()), (true, false));
    assert!(gone.status_local().is_err() && living.status_local().is_ok());
    other.block_on(async {
        assert!(gone.is_shutting_down() && gone.clone().is_shutting_down());
        assert!(!Handle::current().is_shutting_down());
        assert!(gone.spawn(async {}).await.is_err());
        assert!(gone.is_shutting_down());
    });
    let never_run = virtual_runtime().handle();
    assert!(never_run.is_shutting_down());
    let inside = block_on(async { Handle::current() });
    assert!(inside.is_shutting_down());
    let failed: Rc<RefCell<Option<Handle>>> = Rc::default();
    let also = Rc::clone(&failed);
    let _ = panic_of(|| {
        block_on(async move {
            also.replace(Some(Handle::current()));
            panic!("main");
        })
    });
    assert!(failed.take().unwrap().is_shutting_down());
}

#[test]
fn of_two_runtimes_only_the_one_that_is_dropped_shuts_down() {
    let log = Log::default();
    let mut outer = virtual_runtime();
    let outer_handle = outer.handle();
    outer.block_on(async {
        let mut inner = Some(virtual_runtime());
        let (also, inner_handle) = (log.clone(), inner.as_ref().unwrap().handle());
        drop(inner.as_ref().unwrap().spawn(async move {
            let _also = also;
            pending::<()>().await;
        }));
        let (also, own) = (log.clone(), inner_handle.clone());
        let guard = Finally(move || {
            also.add(format!("{} {}", both(&own), outer_handle.is_shutting_down()));
        });
        drop(inner.as_ref().unwrap().spawn(async move {
            let _guard = guard;
        }));
        assert_eq!(both(&inner_handle), "false false");
        spawn(async move { drop(inner.take()) }).await.unwrap();
        assert_eq!(both(&inner_handle), "false true");
    });
    assert_eq!(log.take(), "true true false");
}

#[test]
fn a_free_block_on_shuts_its_runtime_down() {
    let log = Log::default();
    let also = log.clone();
    block_on(async {
        let handle = Handle::current();
        drop(spawn(async move {
            let _guard = Finally(move || also.add(both(&handle)));
            pending::<()>().await;
        }));
        yield_now().await;
        log.add(both(&Handle::current()));
    });
    assert_eq!(log.take(), "false false true true");
}

#[test]
fn a_supervisor_that_asks_starts_nothing_in_a_shutdown() {
    fn supervise(starts: Counter) {
        starts.add();
        let worker = spawn(sleep(SECOND));
        worker.on_done(move |outcome| {
            let is_over = Handle::current().is_shutting_down();
            assert_eq!(is_over, *outcome == Outcome::Cancelled);
            if !is_over {
                supervise(starts);
            }
        });
    }
    alone(|| {
        let (mut runtime, hook) = hooked();
        let starts = Counter::default();
        let also = starts.clone();
        runtime.block_on(async {
            supervise(also);
            sleep(5 * SECOND / 2).await;
        });
        drop(runtime);
        assert_eq!((starts.get(), hook.len()), (3, 0));
    });
}

/// A callback that adds itself again unless the runtime shuts down.
#[test]
fn a_callback_that_asks_is_told_in_the_last_call() {
    fn again(handle: Rc<JoinHandle<()>>, log: Log) {
        let next = Rc::clone(&handle);
        handle.on_done(move |_| {
            log.add(Handle::current().is_shutting_down().to_string());
            again(next, log);
        });
    }
    alone(|| {
        let (mut runtime, log) = (virtual_runtime(), Log::default());
        let task = Rc::new(runtime.spawn(async {}));
        again(Rc::clone(&task), log.clone());
        runtime.block_on(settle());
        let before = log.len();
        assert!(before > 0 && log.count("true") == 0);
        drop(runtime);
        assert_eq!((log.len(), log.count("true")), (before + 1, 1));
    });
}

#[test]
fn a_runtime_that_ends_with_its_thread_shuts_down() {
    thread_local!(static KEPT: RefCell<Option<Runtime>> = const { RefCell::new(None) });
    each_alone([("after the library's", true), ("before", false)], |is_first| {
        let (sender, said) = mpsc::channel();
        thread::spawn(move || {
            if !is_first {
                block_on(async {});
            }
            KEPT.with_borrow_mut(|kept| {
                let runtime = kept.insert(virtual_runtime());
                let handle = runtime.handle();
                drop(runtime.spawn(async move {
                    let _guard = Finally(move || {
                        let mut said = None;
                        let panic = panic_of(|| said = Some(both(&handle)));
                        sender.send(said.unwrap_or(panic)).unwrap();
                    });
                    pending::<()>().await;
                }));
                runtime.block_on(settle());
            });
        })
        .join()
        .unwrap();
        assert_eq!(said.into_iter().collect::<Vec<_>>(), ["true true"]);
    });
}
