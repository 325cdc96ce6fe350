//! Plain tests of `mainspring::generator`: its defined errors. What the compiler has to refuse
//! stands in its documentation.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use mainspring::generator::{
    Co, Coroutine, CoroutineState::*, Generator, coroutine, generator,
};

/// The message of the panic that `f` ends in.
#[track_caller]
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(f)) else {
        panic!("it should have panicked");
    };
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a text")
}

/// Notes its name when it is dropped.
struct Guard<'a>(&'static str, &'a RefCell<Vec<&'static str>>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

#[test]
fn values_cross_both_ways() {
    let mut machine = coroutine(async |co, first: &str| {
        let second = co.yield_(first.len()).await;
        let third = co.yield_(second.len()).await;
        format!("{first} {second} {third}")
    });
    assert_eq!(machine.send("a"), Yielded(1));
    assert_eq!(machine.send("bb"), Yielded(2));
    assert_eq!(machine.send("ccc"), Complete("a bb ccc".to_owned()));
}

#[test]
fn a_body_that_was_never_resumed_never_runs() {
    let ran = Cell::new(false);
    drop(generator(async |co| {
        ran.set(true);
        co.yield_(1).await;
    }));
    assert!(!ran.get());
}

#[test]
fn dropping_cleans_up_the_last_variable_first_and_the_delegate_before_all() {
    let log = RefCell::new(vec![]);
    let mut machine = generator(async |co| {
        let _first = Guard("first", &log);
        let _second = Guard("second", &log);
        let inner = coroutine(async |co, ()| {
            let _inner = Guard("inner", &log);
            co.yield_(1).await;
        });
        co.yield_from(inner, ()).await;
    });
    assert_eq!(machine.next(), Some(1));
    assert!(log.borrow().is_empty());
    drop(machine);
    assert_eq!(*log.borrow(), ["inner", "second", "first"]);
}

#[test]
fn clean_up_runs_once_when_the_body_ends() {
    let log = RefCell::new(vec![]);
    let mut machine = coroutine(async |co: &Co<()>, ()| {
        let _guard = Guard("body", &log);
        co.yield_(()).await;
    });
    assert_eq!(machine.send(()), Yielded(()));
    assert_eq!(machine.send(()), Complete(()));
    assert_eq!(*log.borrow(), ["body"]);
    drop(machine);
    assert_eq!(*log.borrow(), ["body"]);
}

#[test]
fn what_a_body_owns_is_dropped_when_it_ends_not_when_the_machine_is() {
    let captured = Rc::new(());
    let seen = Rc::downgrade(&captured);
    let mut machine = coroutine(async move |_: &Co<()>, ()| drop(captured.clone()));
    assert_eq!(machine.send(()), Complete(()));
    assert_eq!(seen.strong_count(), 0);
    drop(machine);
}

#[test]
fn resumed_after_its_end_it_panics_every_time() {
    let mut machine = coroutine(async |_: &Co<()>, ()| 7);
    assert_eq!(machine.send(()), Complete(7));
    for _ in 0..2 {
        let message = panic_of(|| machine.send(()));
        assert!(message.contains("after it had completed"), "{message}");
    }
    assert_eq!(format!("{machine:?}"), "Routine(Complete)");
}

#[test]
fn resumed_after_a_panic_it_panics_and_says_so() {
    let log = RefCell::new(vec![]);
    let mut machine = coroutine(async |co: &Co<()>, ()| {
        let _guard = Guard("body", &log);
        co.yield_(()).await;
        panic!("oh");
    });
    assert_eq!(machine.send(()), Yielded(()));
    assert_eq!(panic_of(|| machine.send(())), "oh");
    assert_eq!(*log.borrow(), ["body"]);
    for _ in 0..2 {
        let message = panic_of(|| machine.send(()));
        assert!(message.contains("after it had panicked"), "{message}");
    }
    assert_eq!(format!("{machine:?}"), "Routine(Panicked)");
}

#[test]
fn a_generator_gives_none_for_ever_after_its_end_and_after_a_panic() {
    let mut numbers = generator(async |co| co.yield_(1).await);
    assert_eq!((numbers.next(), numbers.next(), numbers.next()), (Some(1), None, None));

    let mut numbers = generator(async |co| {
        co.yield_(1).await;
        panic!("oh");
    });
    assert_eq!(numbers.next(), Some(1));
    assert_eq!(panic_of(|| numbers.next()), "oh");
    assert_eq!((numbers.next(), numbers.next()), (None, None));
}

#[test]
fn a_generator_goes_on_where_a_coroutine_stands() {
    let mut machine = coroutine(async |co, ()| {
        co.yield_(1).await;
        co.yield_(2).await;
    });
    assert_eq!(machine.send(()), Yielded(1));
    assert_eq!(Generator::new(machine).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_body_may_await_what_is_ready_at_once() {
    let mut machine = coroutine(async |co, ()| {
        let n = ready(4).await;
        co.yield_(n).await;
    });
    assert_eq!(machine.send(()), Yielded(4));
    assert_eq!(machine.send(()), Complete(()));
}

#[test]
fn a_body_that_awaits_something_else_panics() {
    let log = RefCell::new(vec![]);
    let mut machine = coroutine(async |_: &Co<()>, ()| {
        let _guard = Guard("body", &log);
        pending::<()>().await;
    });
    let message = panic_of(|| machine.send(()));
    assert!(message.contains("awaits something that is not its own yield"), "{message}");
    assert_eq!(*log.borrow(), ["body"]);
    assert!(panic_of(|| machine.send(())).contains("after it had panicked"));
}

#[test]
fn a_body_that_awaits_another_bodys_yield_panics() {
    let mut outer = coroutine(async |outer: &Co<i32>, ()| {
        let mut inner = coroutine(async |_: &Co<i32>, ()| outer.yield_(1).await);
        inner.send(());
    });
    let message = panic_of(|| outer.send(()));
    assert!(message.contains("not its own yield"), "{message}");
    assert_eq!(format!("{outer:?}"), "Routine(Panicked)");
}

#[test]
fn two_yields_at_once_panic() {
    let mut machine = coroutine(async |co: &Co<i32>, ()| {
        let (mut one, mut two) = (pin!(co.yield_(1)), pin!(co.yield_(2)));
        poll_fn(|cx| {
            let _ = one.as_mut().poll(cx);
            two.as_mut().poll(cx)
        })
        .await;
    });
    let message = panic_of(|| machine.send(()));
    assert!(message.contains("left a yield before it was answered"), "{message}");
}

#[test]
fn a_yield_that_is_dropped_half_way_panics_at_the_next_and_at_the_end() {
    async fn yield_and_leave(co: &Co<i32, i32>) {
        let mut left = Box::pin(co.yield_(1));
        poll_fn(|cx| {
            assert!(left.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    let mut at_the_end =
        coroutine(async |co: &Co<i32, i32>, _| yield_and_leave(co).await);
    let message = panic_of(|| at_the_end.send(0));
    assert!(message.contains("left a yield before it was answered"), "{message}");

    let mut at_the_next = coroutine(async |co: &Co<i32, i32>, _| {
        yield_and_leave(co).await;
        co.yield_(2).await;
    });
    let message = panic_of(|| at_the_next.send(0));
    assert!(message.contains("left a yield before it was answered"), "{message}");
}

#[test]
fn an_answer_without_a_receiver_is_not_lost_in_silence() {
    let mut machine = coroutine(async |co: &Co<i32, i32>, _| {
        let mut left = Box::pin(co.yield_(1));
        let mut polled = false;
        poll_fn(|cx| {
            if polled {
                return Poll::Ready(());
            }
            polled = true;
            left.as_mut().poll(cx).map(drop)
        })
        .await;
        drop(left);
        co.yield_(2).await;
    });
    assert_eq!(machine.send(0), Yielded(1));
    let message = panic_of(|| machine.send(42));
    assert!(message.contains("left a yield before it was answered"), "{message}");
}

#[test]
fn a_yield_may_be_polled_twice_in_one_turn() {
    let mut machine = coroutine(async |co: &Co<i32, i32>, _| {
        let mut once = pin!(co.yield_(1));
        poll_fn(|cx| match once.as_mut().poll(cx) {
            Poll::Pending => once.as_mut().poll(cx),
            answered => answered,
        })
        .await
    });
    assert_eq!(machine.send(0), Yielded(1));
    assert_eq!(machine.send(5), Complete(5));
}

#[test]
fn a_yield_that_is_polled_while_its_body_is_paused_panics() {
    /// Polls a future when it is dropped, which a body's clean-up should not do.
    struct PollOnDrop<'a>(Pin<Box<dyn Future<Output = ()> + 'a>>, &'a RefCell<String>);
    impl Drop for PollOnDrop<'_> {
        fn drop(&mut self) {
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            let message = panic_of(|| self.0.as_mut().poll(&mut cx));
            self.1.replace(message);
        }
    }
    let message = RefCell::new(String::new());
    let mut machine = coroutine(async |co: &Co<i32>, ()| {
        let _late = PollOnDrop(Box::pin(co.yield_(2)), &message);
        co.yield_(1).await;
    });
    assert_eq!(machine.send(()), Yielded(1));
    drop(machine);
    assert!(message.borrow().contains("was not running"), "{message:?}");
}

#[test]
fn a_body_that_resumes_itself_is_stopped_by_the_cell_it_takes() {
    type Myself = Rc<RefCell<Option<Pin<Box<dyn Coroutine<Yield = (), Return = ()>>>>>>;
    let myself = Myself::default();
    let inside = myself.clone();
    let body = async move |_: &Co<()>, ()| {
        inside.borrow_mut().as_mut().expect("it is there").send(());
    };
    *myself.borrow_mut() = Some(Box::pin(coroutine(body)));
    let message =
        panic_of(|| myself.borrow_mut().as_mut().expect("it is there").send(()));
    assert!(message.contains("borrowed"), "{message}");
    myself.take();
}

#[test]
fn a_coroutine_is_delegated_to_by_value_by_reference_and_as_any() {
    let count = async |co: &Co<i32>, ()| {
        co.yield_(1).await;
        co.yield_(2).await;
        3
    };
    let mut kept = coroutine(count);
    let any: Pin<Box<dyn Coroutine<Yield = i32, Return = i32>>> =
        Box::pin(coroutine(count));
    let mut all = coroutine(async |co: &Co<i32>, ()| {
        let by_value = co.yield_from(coroutine(count), ()).await;
        let by_reference = co.yield_from(&mut kept, ()).await;
        by_value + by_reference + co.yield_from(any, ()).await
    });
    for expected in [1, 2, 1, 2, 1, 2] {
        assert_eq!(all.send(()), Yielded(expected));
    }
    assert_eq!(all.send(()), Complete(9));
    drop(all);
    assert_eq!(format!("{kept:?}"), "Routine(Complete)");
}

#[test]
fn a_coroutine_that_must_not_move_is_resumed_where_it_is_pinned() {
    struct Once(std::marker::PhantomPinned);
    impl Coroutine<i32> for Once {
        type Yield = i32;
        type Return = ();
        fn resume(
            self: Pin<&mut Self>,
            sent: i32,
        ) -> mainspring::generator::CoroutineState<i32, ()> {
            if sent == 0 { Complete(()) } else { Yielded(sent) }
        }
    }
    let mut machine =
        coroutine(async |co, n| co.yield_from(Once(std::marker::PhantomPinned), n).await);
    assert_eq!(machine.send(3), Yielded(3));
    assert_eq!(machine.send(0), Complete(()));
}

#[test]
fn a_panic_in_a_delegate_is_the_delegators() {
    let mut outer = coroutine(async |co: &Co<i32>, ()| {
        let inner = coroutine(async |_: &Co<i32>, ()| panic!("inner"));
        co.yield_from(inner, ()).await
    });
    assert_eq!(panic_of(|| outer.send(())), "inner");
    assert!(panic_of(|| outer.send(())).contains("after it had panicked"));
}

#[test]
fn a_handle_says_what_it_is() {
    let mut text = String::new();
    coroutine(async |co: &Co<i32>, ()| text = format!("{co:?}")).send(());
    assert_eq!(text, "Co { .. }");
    let new = coroutine(async |co, ()| co.yield_(1).await);
    assert_eq!(format!("{new:?}"), "Routine(Suspended)");
}
