//! Tasks seen from outside: aborted, heard of, and listed by their names.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;

use mainspring::task::{self, Builder, JoinHandle, yield_now};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() {
    let options = cli::options(&["--list", "--early", "--two-bakers"]);
    let given = |option: &str| options.iter().any(|word| word == option);
    if options.is_empty() {
        mainspring::block_on(bakery());
    } else if given("--two-bakers") {
        mainspring::block_on(two_bakers());
    } else {
        mainspring::block_on(look_at_them(given("--early")));
    }
}

/// Says when it is closed.
struct Door;

impl Drop for Door {
    fn drop(&mut self) {
        println!("the oven's door is closed");
    }
}

/// Never returns.
async fn oven() {
    let _door = Door;
    pending::<()>().await;
}

/// A handle in two hands: one awaits it, the other adds a callback, and aborts.
type Shared = Rc<RefCell<JoinHandle<()>>>;

/// Waits for the oven's end.
async fn baker(oven: Shared) {
    // Rule 4 lets this borrow pass: a waker of this library runs no stranger's code.
    let end = poll_fn(|cx| Pin::new(&mut *oven.borrow_mut()).poll(cx));
    end.await.expect_err("the oven never returns");
    println!("the baker hears of it");
}

/// An oven is aborted, and three hear of it: its door, a callback, and whoever waits.
async fn bakery() {
    let hot = Rc::new(RefCell::new(task::spawn(oven())));
    let waiting = task::spawn(baker(Rc::clone(&hot)));
    yield_now().await; // and now he waits
    hot.borrow().on_done(|_| println!("the callback is called"));
    hot.borrow().abort();
    println!("abort has returned");
    waiting.await.expect("the baker returns");
}

/// Two bakers await one handle, and its task is aborted. It returns without those who wait.
async fn two_bakers() {
    let hot = Rc::new(RefCell::new(task::spawn(oven())));
    for name in ["Anna", "Bob"] {
        drop(Builder::new().name(name).spawn(baker(Rc::clone(&hot))));
    }
    yield_now().await; // and now both wait
    hot.borrow().abort();
    for _ in 0..9 {
        yield_now().await; // turns enough for everybody
    }
    for task in task::all() {
        println!("{}", task.to_string().replace(" spawned", "\n    spawned"));
    }
}

/// Two tasks with names, one of which waits for the other, and a list of all.
async fn look_at_them(early: bool) {
    let oven = Builder::new().name("oven").spawn(oven());
    let stop = oven.abort_handle();
    let first = oven.on_done(|outcome| println!("first callback: {outcome:?}"));
    oven.on_done(|outcome| println!("second callback: {outcome:?}"));
    println!("taken back: {}", oven.remove_on_done(first));

    let baker = Builder::new().name("baker").spawn(async move {
        let error = oven.await.expect_err("the oven never returns");
        println!("the baker hears: {error}");
    });
    if early {
        stop.abort();
    }
    yield_now().await;
    for task in task::all() {
        println!("{}", task.to_string().replace(" spawned", "\n    spawned"));
    }
    println!("abort: {}, finished: {}", stop.abort(), stop.is_finished());
    baker.await.expect("the baker returns");
    println!("main returns");
}
