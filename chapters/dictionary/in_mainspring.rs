//! The dictionary's lines of mainspring, each in a function that shows what it does.
//!
//! `cargo run --example dictionary` calls all of them, with names behind `--` those alone. A
//! function is called as its entry in the dictionary is.

use std::cell::RefCell;
use std::panic::catch_unwind;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use mainspring::io::BufReader;
use mainspring::join::{self, ReturnWhen};
use mainspring::net::{TcpListener, TcpStream, UnixStream};
use mainspring::runtime::{Handle, Runtime};
use mainspring::sync::{
    Barrier, Condition, Event, Mutex, Queue, Semaphore, TryGetError, oneshot,
};
use mainspring::task::{self, JoinHandle};
use mainspring::time::{self, Instant};
use mainspring::{block_on, spawn, spawn_blocking, task_group};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod entries;

/// As short as in the other dialects, for the few that have no virtual clock to skip it.
const SECOND: Duration = Duration::from_millis(100);

async fn greet(name: &str, delay: Duration) -> String {
    time::sleep(delay).await;
    format!("Hello, {name}")
}

async fn welcome(name: &str, delay: Duration) -> Result<String, String> {
    Ok(greet(name, delay).await)
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

/// A task with a name.
fn named<F: Future + 'static>(name: &str, future: F) -> JoinHandle<F::Output> {
    task::Builder::new().name(name).spawn(future)
}

fn names<T>(tasks: &[JoinHandle<T>]) -> String {
    let names: Vec<String> = tasks.iter().map(JoinHandle::name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

// Running

fn run() {
    let said = block_on(greet("Anna", SECOND));
    println!("{said}");
}

async fn run_inside_run() {
    let nested = catch_unwind(|| block_on(async {}));
    if nested.is_err() {
        println!("refused");
    }
    println!("{}", greet("Anna", SECOND).await);
}

fn runner() {
    let mut runtime = Runtime::new().unwrap();
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
    let anna = spawn(greet("Anna", 2 * SECOND));
    let ben = spawn(greet("Ben", SECOND));
    println!("{} {}", anna.await.unwrap(), ben.await.unwrap());
    println!("{} seconds", seconds(start));
}

async fn sleep() {
    let start = Instant::now();
    time::sleep(SECOND).await;
    println!("{} second", seconds(start));
}

async fn sleep_0() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let tasks = ["a", "b", "c"].map(|name| {
        let order = Rc::clone(&order);
        spawn(async move {
            for step in 0..2 {
                order.borrow_mut().push(format!("{name}{step}"));
                task::yield_now().await;
            }
        })
    });
    join::join_all(tasks).await;
    println!("{}", order.borrow().join(" "));
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
    let anna = spawn(greet("Anna", SECOND));
    for _ in 0..2 {
        let is_done = anna.is_finished();
        println!("{}", if is_done { "done" } else { "not yet" });
        time::sleep(2 * SECOND).await;
    }
}

async fn result() {
    let mut anna = spawn(greet("Anna", SECOND));
    time::sleep(2 * SECOND).await;
    if let Some(Ok(said)) = anna.try_result() {
        println!("{said}");
    }
}

async fn result_too_early() {
    let mut anna = spawn(greet("Anna", SECOND));
    let outcome = anna.try_result();
    println!("{}", outcome.map_or("None", |_| "an outcome"));
    anna.await.unwrap();
}

async fn exception() {
    let mut tea = spawn(fail("no tea", SECOND));
    time::sleep(2 * SECOND).await;
    if let Some(Ok(Err(error))) = tea.try_result() {
        println!("{error}");
    }
}

async fn cancel() {
    let anna = spawn(greet("Anna", SECOND));
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
    let task = spawn(async {
        let _guest = Guest;
        time::sleep(SECOND).await;
    });
    task::yield_now().await;
    task.abort();
    task.await.unwrap_err();
}

async fn cancelling_who_waits() {
    let anna = spawn(report("Anna", SECOND));
    let waiting = spawn(async { anna.await.unwrap() });
    task::yield_now().await;
    waiting.abort();
    time::sleep(2 * SECOND).await;
}

async fn shield() {
    let mut anna = spawn(greet("Anna", 2 * SECOND));
    let outcome = time::timeout(SECOND, &mut anna).await;
    if outcome.is_err() {
        println!("too late");
    }
    println!("{}", anna.await.unwrap());
}

async fn add_done_callback() {
    let anna = spawn(greet("Anna", SECOND));
    let listener = "Ben";
    anna.on_done(move |_| println!("{listener} hears that it is done"));
    println!("{}", anna.await.unwrap());
}

async fn remove_done_callback() {
    let anna = spawn(greet("Anna", SECOND));
    let told = anna.on_done(|_| println!("never printed"));
    anna.remove_on_done(told);
    println!("{}", anna.await.unwrap());
}

async fn get_name() {
    let anna = task::Builder::new().name("greeter").spawn(greet("Anna", SECOND));
    let name = anna.name();
    println!("{name}");
    anna.await.unwrap();
}

async fn current_task() {
    let who = async {
        let task = task::current().unwrap();
        println!("{}", task.name);
    };
    named("greeter", who).await.unwrap();
}

async fn all_tasks() {
    let _anna = named("Anna", greet("Anna", 2 * SECOND));
    let ben = named("Ben", greet("Ben", SECOND));
    ben.await.unwrap();
    let left = task::all();
    for task in left.iter().filter(|task| !task.name.starts_with("Task-")) {
        println!("{}", task.name);
    }
}

fn an_error_nobody_reads() {
    let builder = Runtime::builder().virtual_clock();
    let builder = builder.unhandled_panic(|error| println!("heard of: {error}"));
    builder.build().unwrap().block_on(async {
        let tea = spawn(async { panic!("no tea") });
        time::sleep(2 * SECOND).await;
        println!("it has failed");
        drop::<JoinHandle<()>>(tea);
    });
}

// Many tasks

async fn gather() {
    let start = Instant::now();
    let (anna, ben) = (greet("Anna", 2 * SECOND), greet("Ben", SECOND));
    let (anna, ben) = join::join((anna, ben)).await;
    println!("{anna} {ben}");
    println!("{} seconds", seconds(start));
}

async fn gather_a_list() {
    let greetings = ["Anna", "Ben", "Cleo"].map(|name| greet(name, SECOND));
    let said = join::join_all(greetings).await;
    println!("{}", said.join(", "));
}

async fn gather_an_error() {
    let tea = spawn(fail("no tea", SECOND));
    let anna = spawn(report("Anna", 2 * SECOND));
    let both = join::try_join_tasks([tea, anna]).await;
    if let Err(error) = both {
        println!("{error}");
    }
    time::sleep(2 * SECOND).await;
}

async fn gather_coroutines_an_error() {
    let (tea, anna) = (fail("no tea", SECOND), report("Anna", 2 * SECOND));
    let both = join::try_join((tea, anna)).await;
    if let Err(error) = both {
        println!("{error}");
    }
    time::sleep(2 * SECOND).await;
}

async fn gather_return_exceptions() {
    let ben = spawn(welcome("Ben", 2 * SECOND));
    let tea = spawn(fail("no tea", SECOND));
    let both = join::join_all([ben, tea]).await;
    for outcome in both {
        println!("{}", outcome.unwrap().unwrap_or_else(|error| error));
    }
}

async fn as_completed() {
    let tasks = [spawn(greet("Anna", 2 * SECOND)), spawn(greet("Ben", SECOND))];
    let mut completed = join::as_completed(tasks);
    while let Some(Ok((_, said))) = completed.next().await {
        println!("{}", said.unwrap());
    }
}

async fn as_completed_timeout() {
    let tasks = [spawn(report("Anna", 3 * SECOND)), spawn(report("Ben", SECOND))];
    let mut completed = join::as_completed(tasks).timeout(2 * SECOND);
    while let Some(next) = completed.next().await {
        if next.is_err() {
            println!("too late");
        }
    }
    time::sleep(2 * SECOND).await;
}

async fn wait() {
    let anna = named("Anna", welcome("Anna", SECOND));
    let tea = named("tea", fail("no tea", SECOND));
    let tasks = [anna, tea];
    let (done, pending) = join::wait(tasks, ReturnWhen::AllCompleted).await;
    println!("done: {}; pending: {}", names(&done), names(&pending));
}

async fn wait_first_completed() {
    let anna = named("Anna", greet("Anna", 2 * SECOND));
    let ben = named("Ben", greet("Ben", SECOND));
    let tasks = [anna, ben];
    let (done, mut pending) = join::wait(tasks, ReturnWhen::FirstCompleted).await;
    println!("done: {}; pending: {}", names(&done), names(&pending));
    println!("{}", pending.remove(0).await.unwrap());
}

async fn wait_first_exception() {
    let anna = named("Anna", welcome("Anna", 3 * SECOND));
    let ben = named("Ben", welcome("Ben", SECOND));
    let tea = named("tea", fail("no tea", 2 * SECOND));
    let tasks = [anna, ben, tea];
    let (done, pending) = join::wait_try(tasks, ReturnWhen::FirstException).await;
    println!("done: {}; pending: {}", names(&done), names(&pending));
}

async fn wait_timeout() {
    let anna = named("Anna", greet("Anna", 3 * SECOND));
    let ben = named("Ben", greet("Ben", SECOND));
    let tasks = [anna, ben];
    let waiting = join::wait(tasks, ReturnWhen::AllCompleted).timeout(2 * SECOND);
    let (done, mut pending) = waiting.await;
    println!("done: {}; pending: {}", names(&done), names(&pending));
    println!("{}", pending.remove(0).await.unwrap());
}

async fn taskgroup() {
    let group = task_group(async |group| {
        let anna = group.spawn(welcome("Anna", 2 * SECOND));
        let ben = group.spawn(welcome("Ben", SECOND));
        Ok((anna.await, ben.await))
    });
    let (anna, ben) = group.await.unwrap();
    println!("{} {}", anna.unwrap(), ben.unwrap());
}

async fn taskgroup_an_error() {
    let group = task_group(async |group| {
        group.spawn(report("Anna", 2 * SECOND));
        group.spawn(fail("no tea", SECOND));
        group.spawn(report("Ben", 2 * SECOND));
        Ok(())
    });
    if let Err(group) = group.await {
        for error in group.errors {
            println!("{error}");
        }
    }
    time::sleep(2 * SECOND).await;
}

async fn the_first_of_several() {
    let (anna, ben) = (report("Anna", 2 * SECOND), report("Ben", SECOND));
    let first = join::race([anna, ben]).await;
    assert_eq!(first, Some((1, Ok("Ben".to_owned()))));
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
    let anna = spawn(report("Anna", 2 * SECOND));
    let outcome = time::timeout(SECOND, anna.abort_on_drop()).await;
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

async fn reschedule() {
    let deadline = Instant::now() + 3 * SECOND;
    let mut limited = time::timeout(SECOND, greet("Anna", 2 * SECOND));
    limited.reset(deadline);
    println!("{}", limited.await.unwrap());
}

async fn a_tie() {
    let anna = greet("Anna", 2 * SECOND);
    let outcome = time::timeout(2 * SECOND, anna).await;
    println!("{}", outcome.unwrap_or("too late".to_owned()));
}

// Off the loop

fn to_thread() {
    block_on(async {
        let start = Instant::now();
        let anna = spawn_blocking(|| {
            thread::sleep(2 * SECOND);
            "Anna has worked"
        });
        let (anna, ben) = join::join((anna, greet("Ben", 2 * SECOND))).await;
        println!("{} {ben}", anna.unwrap());
        println!("{} seconds", seconds(start));
    });
}

fn run_coroutine_threadsafe() {
    block_on(async {
        let remote = Handle::current().remote();
        let elsewhere = spawn_blocking(move || {
            let task = remote.spawn(|| greet("Anna", SECOND)).unwrap();
            task.join().unwrap()
        });
        println!("{}", elsewhere.await.unwrap());
    });
}

// Taking turns

async fn lock() {
    let count = Mutex::new(0);
    let increment = async || {
        let mut count = count.lock().await;
        let before = *count;
        task::yield_now().await;
        *count = before + 1;
    };
    join::join((increment(), increment(), increment())).await;
    println!("{}", count.into_inner());
}

async fn semaphore() {
    let (start, semaphore) = (Instant::now(), Semaphore::new(2));
    let enter = async |name| {
        let _permit = semaphore.acquire().await;
        println!("{name} is in at {}", seconds(start));
        time::sleep(SECOND).await;
    };
    join::join((enter("Anna"), enter("Ben"), enter("Cleo"))).await;
}

async fn event() {
    let event = Rc::new(Event::new());
    let tasks = ["Anna", "Ben"].map(|name| {
        let event = Rc::clone(&event);
        spawn(async move {
            event.wait().await;
            println!("{name} goes");
        })
    });
    time::sleep(SECOND).await;
    event.set();
    join::join_all(tasks).await;
}

async fn condition() {
    let (condition, plates) = (Condition::new(), Mutex::new(Vec::new()));
    let eat = async {
        let guard = plates.lock().await;
        let mut plates = condition.wait_while(guard, |plates| plates.is_empty()).await;
        println!("eats {}", plates.pop().unwrap());
    };
    let serve = async {
        time::sleep(SECOND).await;
        plates.lock().await.push("rice");
        condition.notify_one();
    };
    join::join((eat, serve)).await;
}

async fn queue() {
    let queue = Queue::bounded(1);
    let cook = async {
        for dish in ["rice", "soup", "cake"] {
            queue.put(dish).await.unwrap();
        }
        queue.close();
    };
    let eat = async {
        while let Some(dish) = queue.get().await {
            println!("{dish}");
        }
    };
    join::join((cook, eat)).await;
}

async fn queue_get_nowait() {
    let queue = Queue::<&str>::unbounded();
    let dish = queue.try_get();
    println!("{}", if dish == Err(TryGetError::Empty) { "empty" } else { "something" });
}

async fn queue_join() {
    let queue = Rc::new(Queue::unbounded());
    let kitchen = Rc::clone(&queue);
    let eating = spawn(async move {
        while let Some(dish) = kitchen.get().await {
            time::sleep(SECOND).await;
            println!("ate {dish}");
            kitchen.task_done();
        }
    });
    queue.try_put("rice").unwrap();
    queue.try_put("soup").unwrap();
    queue.join().await;
    println!("all is eaten");
    eating.abort();
}

async fn who_gets_the_item() {
    let queue = Rc::new(Queue::unbounded());
    let kitchen = Rc::clone(&queue);
    let waiting = spawn(async move {
        let dish = kitchen.get().await.unwrap();
        println!("who waited has {dish}");
    });
    task::yield_now().await;
    queue.try_put("rice").unwrap();
    let dish = queue.try_get();
    if dish.is_err() {
        println!("who came later has nothing");
    }
    waiting.await.unwrap();
}

async fn barrier() {
    let (start, barrier) = (Instant::now(), Barrier::new(2));
    let meet = async |name, delay| {
        time::sleep(delay).await;
        barrier.wait().await;
        format!("{name} at {}", seconds(start))
    };
    let (anna, ben) = join::join((meet("Anna", SECOND), meet("Ben", 2 * SECOND))).await;
    println!("{anna} {ben}");
}

async fn future_set_result() {
    let (answer, waiting) = oneshot();
    let think = async {
        time::sleep(SECOND).await;
        answer.send(42).unwrap();
    };
    let thinking = spawn(think);
    let number = waiting.await.unwrap();
    println!("{number}");
    thinking.await.unwrap();
}

// Streams

async fn open_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let line = BufReader::new(&stream).read_until(b'\n').await.unwrap();
        stream.write_all(&line).await.unwrap();
    });
    let stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"Hello, Anna\n").await.unwrap();
    let line = BufReader::new(&stream).next_line().await.unwrap();
    println!("{}", line.unwrap());
    server.await.unwrap();
}

async fn readexactly() {
    let (near, far) = UnixStream::pair().unwrap();
    far.write_all(b"Hel").await.unwrap();
    drop(far);
    let mut reader = BufReader::new(&near);
    let mut buffer = [0; 5];
    let outcome = reader.read_exact(&mut buffer).await;
    if outcome.is_err() {
        println!("the end came after {} bytes", reader.buffer().len());
    }
}

/// A runtime for one entry, whose clock jumps to the next deadline when nothing is ready.
fn call(entry: impl Future) {
    let mut runtime = Runtime::builder().virtual_clock().build().unwrap();
    runtime.block_on(entry);
}

macro_rules! on_a_loop {
    ($($name:ident)*) => { [$((stringify!($name), || call($name()))),*] };
}

macro_rules! by_themselves {
    ($($name:ident)*) => { [$((stringify!($name), $name)),*] };
}

fn main() {
    let mut all: Vec<entries::Entry> = Vec::new();
    all.extend::<[entries::Entry; _]>(by_themselves! {
        run runner an_error_nobody_reads to_thread run_coroutine_threadsafe
    });
    all.extend::<[entries::Entry; _]>(on_a_loop! {
        run_inside_run await_one_by_one create_task sleep sleep_0 a_decorator_async_timed
        done result result_too_early exception cancel except_cancellederror
        cancelling_who_waits shield add_done_callback remove_done_callback get_name
        current_task all_tasks
        gather gather_a_list gather_an_error gather_coroutines_an_error
        gather_return_exceptions as_completed as_completed_timeout
        wait wait_first_completed wait_first_exception wait_timeout
        taskgroup taskgroup_an_error the_first_of_several
        wait_for wait_for_over_a_task wait_for_0 timeout timeout_at timeout_none
        reschedule a_tie
        lock semaphore event condition queue queue_get_nowait queue_join
        who_gets_the_item barrier future_set_result
        open_connection readexactly
    });
    entries::call(&all);
}
