//! The dictionary's lines of tokio, each in a function that shows what it does.
//!
//! `cargo run --manifest-path benches/Cargo.toml --example dictionary` calls all of them, with
//! names behind `--` those alone. A function is called as its entry in the dictionary is.

use std::panic::catch_unwind;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::{FutureExt, future};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{self, Handle};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{Barrier, Mutex, Notify, Semaphore, mpsc, oneshot};
use tokio::task::{self, JoinHandle, JoinSet};
use tokio::time::{self, Instant};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod entries;

/// As short as in the other dialects, where it is not a paused clock that skips it.
const SECOND: Duration = Duration::from_millis(100);

async fn greet(name: &str, delay: Duration) -> String {
    time::sleep(delay).await;
    format!("Hello, {name}")
}

async fn fail(text: &str, delay: Duration) -> Result<String, String> {
    time::sleep(delay).await;
    Err(text.to_owned())
}

/// Says when it is done.
async fn report(name: &str, delay: Duration) -> Result<String, String> {
    time::sleep(delay).await;
    println!("{name} is done");
    Ok(name.to_owned())
}

/// How many seconds have gone by, to the next whole one.
fn seconds(start: Instant) -> u128 {
    let passed = Instant::now() - start;
    (passed + SECOND / 2).as_millis() / SECOND.as_millis()
}

// Running

fn run() {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let said = runtime.block_on(greet("Anna", SECOND));
    println!("{said}");
}

async fn run_inside_run() {
    let greeting = greet("Anna", SECOND);
    let nested = catch_unwind(|| Handle::current().block_on(async {}));
    if nested.is_err() {
        println!("refused");
    }
    println!("{}", greeting.await);
}

fn runner() {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let anna = runtime.block_on(greet("Anna", SECOND));
    let ben = runtime.block_on(greet("Ben", SECOND));
    println!("{anna} {ben}");
}

async fn await_one_by_one() {
    let start = Instant::now();
    greet("Anna", 2 * SECOND).await;
    greet("Ben", SECOND).await;
    println!("{} seconds", seconds(start));
}

async fn create_task() {
    let start = Instant::now();
    let anna = tokio::spawn(greet("Anna", 2 * SECOND));
    let ben = tokio::spawn(greet("Ben", SECOND));
    println!("{} {}", anna.await.unwrap(), ben.await.unwrap());
    println!("{} seconds", seconds(start));
}

async fn sleep() {
    let start = Instant::now();
    time::sleep(SECOND).await;
    println!("{} second", seconds(start));
}

async fn sleep_0() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks = ["a", "b", "c"].map(|name| {
        let order = Arc::clone(&order);
        tokio::spawn(async move {
            for step in 0..2 {
                order.lock().await.push(format!("{name}{step}"));
                task::yield_now().await;
            }
        })
    });
    future::join_all(tasks).await;
    println!("{}", order.lock().await.join(" "));
}

async fn timed<F: Future>(name: &str, future: F) -> F::Output {
    let start = Instant::now();
    let output = future.await;
    println!("{name}: {} seconds", seconds(start));
    output
}

async fn a_decorator_async_timed() {
    let said = timed("welcome", greet("Anna", 2 * SECOND)).await;
    println!("{said}");
}

// One task

async fn done() {
    let anna = tokio::spawn(greet("Anna", SECOND));
    for _ in 0..2 {
        let is_done = anna.is_finished();
        println!("{}", if is_done { "done" } else { "not yet" });
        time::sleep(2 * SECOND).await;
    }
}

async fn result() {
    let anna = tokio::spawn(greet("Anna", SECOND));
    time::sleep(2 * SECOND).await;
    if let Some(Ok(said)) = anna.now_or_never() {
        println!("{said}");
    }
}

async fn result_too_early() {
    let mut anna = tokio::spawn(greet("Anna", SECOND));
    let outcome = (&mut anna).now_or_never();
    println!("{}", outcome.map_or("None", |_| "an outcome"));
    anna.await.unwrap();
}

async fn exception() {
    let tea = tokio::spawn(fail("no tea", SECOND));
    time::sleep(2 * SECOND).await;
    if let Some(Ok(Err(error))) = tea.now_or_never() {
        println!("{error}");
    }
}

async fn cancel() {
    let anna = tokio::spawn(greet("Anna", SECOND));
    anna.abort();
    let is_cancelled = anna.await.is_err_and(|error| error.is_cancelled());
    println!("{}", if is_cancelled { "cancelled" } else { "not cancelled" });
}

/// Says when it is dropped.
struct Guest;

impl Drop for Guest {
    fn drop(&mut self) {
        println!("left without a word");
    }
}

async fn except_cancellederror() {
    let task = tokio::spawn(async {
        let _guest = Guest;
        time::sleep(SECOND).await;
    });
    task::yield_now().await;
    task.abort();
    task.await.unwrap_err();
}

async fn cancelling_who_waits() {
    let anna = tokio::spawn(report("Anna", SECOND));
    let waiting = tokio::spawn(async { anna.await.unwrap() });
    task::yield_now().await;
    waiting.abort();
    time::sleep(2 * SECOND).await;
}

async fn shield() {
    let mut anna = tokio::spawn(greet("Anna", 2 * SECOND));
    let outcome = time::timeout(SECOND, &mut anna).await;
    if outcome.is_err() {
        println!("too late");
    }
    println!("{}", anna.await.unwrap());
}

async fn all_tasks() {
    let anna = tokio::spawn(greet("Anna", 2 * SECOND));
    let ben = tokio::spawn(greet("Ben", SECOND));
    ben.await.unwrap();
    let left = Handle::current().metrics().num_alive_tasks();
    println!("{left}");
    anna.await.unwrap();
}

async fn an_error_nobody_reads() {
    let tea = tokio::spawn(async { panic!("no tea") });
    time::sleep(2 * SECOND).await;
    println!("it has failed");
    drop::<JoinHandle<()>>(tea);
}

// Many tasks

async fn gather() {
    let start = Instant::now();
    let (anna, ben) = (greet("Anna", 2 * SECOND), greet("Ben", SECOND));
    let (anna, ben) = tokio::join!(anna, ben);
    println!("{anna} {ben}");
    println!("{} seconds", seconds(start));
}

async fn gather_a_list() {
    let greetings = ["Anna", "Ben", "Cleo"].map(|name| greet(name, SECOND));
    let said = future::join_all(greetings).await;
    println!("{}", said.join(", "));
}

async fn gather_an_error() {
    let tea = tokio::spawn(fail("no tea", SECOND));
    let anna = tokio::spawn(report("Anna", 2 * SECOND));
    let tasks = [tea, anna].map(|task| task.map(Result::unwrap));
    let both = future::try_join_all(tasks).await;
    if let Err(error) = both {
        println!("{error}");
    }
    time::sleep(2 * SECOND).await;
}

async fn gather_coroutines_an_error() {
    let (tea, anna) = (fail("no tea", SECOND), report("Anna", 2 * SECOND));
    let both = tokio::try_join!(tea, anna);
    if let Err(error) = both {
        println!("{error}");
    }
    time::sleep(2 * SECOND).await;
}

async fn gather_return_exceptions() {
    let ben = tokio::spawn(greet("Ben", 2 * SECOND).map(Ok));
    let tea = tokio::spawn(fail("no tea", SECOND));
    let both = future::join_all([ben, tea]).await;
    for outcome in both {
        println!("{}", outcome.unwrap().unwrap_or_else(|error| error));
    }
}

async fn as_completed() {
    let mut tasks = JoinSet::new();
    tasks.spawn(greet("Anna", 2 * SECOND));
    tasks.spawn(greet("Ben", SECOND));
    while let Some(said) = tasks.join_next().await {
        println!("{}", said.unwrap());
    }
}

async fn as_completed_timeout() {
    let mut tasks = JoinSet::new();
    tasks.spawn(report("Anna", 3 * SECOND));
    tasks.spawn(report("Ben", SECOND));
    let deadline = Instant::now() + 2 * SECOND;
    while let Ok(Some(_)) = time::timeout_at(deadline, tasks.join_next()).await {}
    println!("too late");
    tasks.join_next().await;
}

async fn wait_first_completed() {
    let anna = tokio::spawn(greet("Anna", 2 * SECOND));
    let ben = tokio::spawn(greet("Ben", SECOND));
    let (_, done, mut pending) = future::select_all([anna, ben]).await;
    let names = ["Anna", "Ben"];
    println!("done: {}; pending: {}", names[done], names[1 - done]);
    println!("{}", pending.remove(0).await.unwrap());
}

async fn taskgroup() {
    let mut group = JoinSet::new();
    group.spawn(greet("Anna", 2 * SECOND));
    group.spawn(greet("Ben", SECOND));
    let said = group.join_all().await;
    println!("{}", said.join(" "));
}

async fn taskgroup_an_error() {
    let mut group = JoinSet::new();
    group.spawn(report("Anna", 2 * SECOND));
    group.spawn(fail("no tea", SECOND));
    group.spawn(report("Ben", 2 * SECOND));
    while let Some(Ok(result)) = group.join_next().await {
        if let Err(error) = result {
            println!("{error}");
            group.shutdown().await;
        }
    }
    time::sleep(2 * SECOND).await;
}

async fn the_first_of_several() {
    let (anna, ben) = (report("Anna", 2 * SECOND), report("Ben", SECOND));
    let first = tokio::select! { anna = anna => anna, ben = ben => ben };
    assert_eq!(first, Ok("Ben".to_owned()));
    time::sleep(2 * SECOND).await;
}

// Limits of time

async fn wait_for() {
    let anna = report("Anna", 2 * SECOND);
    let outcome = time::timeout(SECOND, anna).await;
    if outcome.is_err() {
        println!("too late");
    }
    time::sleep(2 * SECOND).await;
}

async fn wait_for_over_a_task() {
    let anna = tokio::spawn(report("Anna", 2 * SECOND));
    let outcome = time::timeout(SECOND, anna).await;
    if outcome.is_err() {
        println!("too late");
    }
    time::sleep(2 * SECOND).await;
}

async fn wait_for_0() {
    let quick = async { "no need to wait" };
    let outcome = time::timeout(Duration::ZERO, quick).await;
    println!("{}", outcome.unwrap_or("too late"));
}

async fn timeout() {
    let limited = time::timeout(SECOND, async {
        greet("Anna", 2 * SECOND).await;
    });
    if limited.await.is_err() {
        println!("too late");
    }
}

async fn timeout_at() {
    let deadline = Instant::now() + SECOND;
    let anna = greet("Anna", 2 * SECOND);
    let outcome = time::timeout_at(deadline, anna).await;
    if outcome.is_err() {
        println!("too late");
    }
}

async fn timeout_none() {
    let limited = time::timeout(Duration::MAX, greet("Anna", SECOND));
    println!("{}", limited.await.unwrap());
}

async fn a_tie() {
    let anna = greet("Anna", 2 * SECOND);
    let outcome = time::timeout(2 * SECOND, anna).await;
    println!("{}", outcome.unwrap_or("too late".to_owned()));
}

// Off the loop

async fn to_thread() {
    let start = Instant::now();
    let anna = task::spawn_blocking(|| {
        thread::sleep(2 * SECOND);
        "Anna has worked"
    });
    let (anna, ben) = tokio::join!(anna, greet("Ben", 2 * SECOND));
    println!("{} {ben}", anna.unwrap());
    println!("{} seconds", seconds(start));
}

async fn run_coroutine_threadsafe() {
    let handle = Handle::current();
    let elsewhere = task::spawn_blocking(move || {
        let task = handle.spawn(greet("Anna", SECOND));
        handle.block_on(task).unwrap()
    });
    println!("{}", elsewhere.await.unwrap());
}

// Taking turns

async fn lock() {
    let count = Mutex::new(0);
    let increment = || async {
        let mut count = count.lock().await;
        let before = *count;
        task::yield_now().await;
        *count = before + 1;
    };
    tokio::join!(increment(), increment(), increment());
    println!("{}", count.into_inner());
}

async fn semaphore() {
    let (start, semaphore) = (Instant::now(), Semaphore::new(2));
    let enter = async |name| {
        let _permit = semaphore.acquire().await.unwrap();
        println!("{name} is in at {}", seconds(start));
        time::sleep(SECOND).await;
    };
    tokio::join!(enter("Anna"), enter("Ben"), enter("Cleo"));
}

async fn event() {
    let event = Arc::new(Notify::new());
    let tasks = ["Anna", "Ben"].map(|name| {
        let event = Arc::clone(&event);
        tokio::spawn(async move {
            event.notified().await;
            println!("{name} goes");
        })
    });
    time::sleep(SECOND).await;
    event.notify_waiters();
    future::join_all(tasks).await;
}

async fn queue() {
    let (putting, mut getting) = mpsc::channel(1);
    let cooking = tokio::spawn(async move {
        for dish in ["rice", "soup", "cake"] {
            putting.send(dish).await.unwrap();
        }
    });
    while let Some(dish) = getting.recv().await {
        println!("{dish}");
    }
    cooking.await.unwrap();
}

async fn queue_get_nowait() {
    let (_putting, mut getting) = mpsc::channel::<&str>(1);
    let dish = getting.try_recv();
    println!("{}", if dish == Err(TryRecvError::Empty) { "empty" } else { "something" });
}

async fn barrier() {
    let (start, barrier) = (Instant::now(), Barrier::new(2));
    let meet = async |name, delay| {
        time::sleep(delay).await;
        barrier.wait().await;
        format!("{name} at {}", seconds(start))
    };
    let (anna, ben) = tokio::join!(meet("Anna", SECOND), meet("Ben", 2 * SECOND));
    println!("{anna} {ben}");
}

async fn future_set_result() {
    let (answer, waiting) = oneshot::channel();
    let thinking = tokio::spawn(async move {
        time::sleep(SECOND).await;
        answer.send(42).unwrap();
    });
    let number = waiting.await.unwrap();
    println!("{number}");
    thinking.await.unwrap();
}

// Streams

async fn open_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut line = String::new();
        BufReader::new(&mut stream).read_line(&mut line).await.unwrap();
        stream.write_all(line.as_bytes()).await.unwrap();
    });
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"Hello, Anna\n").await.unwrap();
    let mut line = String::new();
    BufReader::new(&mut stream).read_line(&mut line).await.unwrap();
    println!("{}", line.trim());
    server.await.unwrap();
}

async fn readexactly() {
    let mut reader = &b"Hel"[..];
    let mut buffer = [0; 5];
    let outcome = reader.read_exact(&mut buffer).await;
    println!("{}", outcome.unwrap_err());
}

/// A runtime for one entry; that of a paused clock jumps to the next deadline when nothing
/// is ready.
fn call(paused: bool, entry: impl Future) {
    let mut builder = runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(paused).build().unwrap().block_on(entry);
}

macro_rules! paused {
    ($($name:ident)*) => { [$((stringify!($name), || call(true, $name()))),*] };
}

fn main() {
    let mut all: Vec<entries::Entry> = vec![
        ("run", run),
        ("runner", runner),
        // A paused clock stands still while a thread is at work.
        ("to_thread", || call(false, to_thread())),
        ("run_coroutine_threadsafe", || call(false, run_coroutine_threadsafe())),
    ];
    all.extend::<[entries::Entry; _]>(paused! {
        run_inside_run await_one_by_one create_task sleep sleep_0 a_decorator_async_timed
        done result result_too_early exception cancel except_cancellederror
        cancelling_who_waits shield all_tasks an_error_nobody_reads
        gather gather_a_list gather_an_error gather_coroutines_an_error
        gather_return_exceptions as_completed as_completed_timeout wait_first_completed
        taskgroup taskgroup_an_error the_first_of_several
        wait_for wait_for_over_a_task wait_for_0 timeout timeout_at timeout_none a_tie
        lock semaphore event queue queue_get_nowait barrier future_set_result
        open_connection readexactly
    });
    entries::call(&all);
}
