//! The suites on the library and on the solutions: nothing may be found.

// Each stage of a chapter is a whole program, and begins as every program does.
#![allow(clippy::duplicate_mod)]

mod suite;

#[path = "../chapters/01-one-keeper/solution.rs"]
mod solution_01;

#[path = "../chapters/02-waiting/solution.rs"]
mod solution_02;

/// Chapter 01: keepers and their plans.
mod keeper {
    use crate::solution_01::{Repaired, Solution, most_ducks};
    use crate::suite::{holds, keeper};

    #[test]
    fn the_solutions_hold() {
        holds(keeper::plan::<Solution>());
        holds(keeper::plan::<Repaired>());
        holds(keeper::most_ducks(most_ducks));
    }
}

/// Chapter 02: waiting.
mod waiting {
    use super::solution_02::{LineReader, Outbox, ready};
    use super::suite::{holds, waiting};

    waiting::line_reader!(LineReader);
    waiting::outbox!(Outbox);

    #[test]
    fn solution_says_every_line() {
        holds(waiting::lines::<LineReader>());
    }

    #[test]
    fn solution_brings_every_byte() {
        holds(waiting::bytes_arrive::<Outbox>());
    }

    #[test]
    fn solution_says_who_is_ready() {
        holds(waiting::ready_ones(ready));
    }
}

#[path = "../chapters/03-generators/solution.rs"]
mod solution_03;
#[path = "../chapters/04-reactor/solution.rs"]
mod solution_04;

// The system calls that the reactors of chapter 04 stand on are the library's own.
#[allow(dead_code, unsafe_code)]
#[path = "../src/sys.rs"]
mod sys;

/// Chapter 03: coroutines.
mod generator {
    use mainspring::generator::{
        Co, Coroutine, CoroutineState, Generator, Routine, coroutine, generator,
    };
    use std::pin::Pin;

    use crate::solution_03 as solution;
    use crate::suite::generator::{
        Diary, Line, Lister, Player, Script, Step, agrees, append, begins_late,
        cleans_up, delegates, lists, plays, stays_ended,
    };
    use crate::suite::holds;

    /// The library's coroutine, playing a script and delegating by `yield_from`.
    struct Library(Routine<'static, Line, u64, u64>);

    impl Player for Library {
        fn new(script: Script, diary: Diary) -> Self {
            Library(coroutine(async move |co, first| {
                let _guard = diary.begin(script.name);
                let mut history = first;
                for step in script.steps {
                    match step {
                        Step::Yield(number) => {
                            let answer = co.yield_((number, history)).await;
                            history = append(history, answer);
                        }
                        Step::Delegate(inner) => {
                            let inner = Library::new(inner, diary.clone());
                            history = co.yield_from(inner, history).await;
                        }
                    }
                }
                history
            }))
        }
    }

    impl Coroutine<u64> for Library {
        type Yield = Line;
        type Return = u64;

        fn resume(self: Pin<&mut Self>, value: u64) -> CoroutineState<Line, u64> {
            self.get_mut().0.send(value)
        }
    }

    /// The same, where it delegates by awaiting a function that has the handle.
    struct ByAwait(Routine<'static, Line, u64, u64>);

    impl Player for ByAwait {
        fn new(script: Script, diary: Diary) -> Self {
            ByAwait(coroutine(async move |co: &_, first| {
                play(co, script, first, &diary).await
            }))
        }
    }

    impl Coroutine<u64> for ByAwait {
        type Yield = Line;
        type Return = u64;

        fn resume(self: Pin<&mut Self>, value: u64) -> CoroutineState<Line, u64> {
            self.get_mut().0.send(value)
        }
    }

    async fn play(co: &Co<Line, u64>, script: Script, first: u64, diary: &Diary) -> u64 {
        let _guard = diary.begin(script.name);
        let mut history = first;
        for step in script.steps {
            match step {
                Step::Yield(number) => {
                    let answer = co.yield_((number, history)).await;
                    history = append(history, answer);
                }
                Step::Delegate(inner) => {
                    history = Box::pin(play(co, inner, history, diary)).await;
                }
            }
        }
        history
    }

    struct There(Generator<Routine<'static, u32>>);

    impl Lister for There {
        fn new(n: u32) -> Self {
            There(generator(async move |co| {
                for i in (0..n).chain((0..n).rev()) {
                    co.yield_(i).await;
                }
            }))
        }
    }

    impl Iterator for There {
        type Item = u32;

        fn next(&mut self) -> Option<u32> {
            self.0.next()
        }
    }

    #[test]
    fn a_coroutine_agrees_with_the_function_that_it_pauses() {
        holds(agrees::<Library>());
    }

    #[test]
    fn delegation_is_transparent() {
        holds(delegates::<Library>());
    }

    #[test]
    fn nothing_runs_before_the_first_resume() {
        holds(begins_late::<Library>());
    }

    #[test]
    fn clean_up_runs_once_innermost_first_wherever_it_is_dropped() {
        holds(cleans_up::<Library>());
    }

    #[test]
    fn a_coroutine_that_has_ended_stays_ended() {
        holds(stays_ended::<Library>());
    }

    #[test]
    fn delegation_by_await_is_the_same() {
        holds(plays::<ByAwait>());
    }

    #[test]
    fn a_generator_agrees_with_the_iterator_that_it_models() {
        holds(lists::<There>());
    }

    #[test]
    fn the_solutions_hold() {
        holds(plays::<solution::Play>());
        holds(plays::<solution::Repaired>());
    }
}

/// Chapter 04: the reactor.
mod reactor {
    use crate::solution_04 as solution;
    use crate::suite::{holds, reactor};
    use mainspring::reactor::{Reactor, Token};

    reactor::watch!(Reactor<u32>, Token);
    reactor::watch!(solution::exercise::Reactor<u32>, solution::exercise::Token, slot);
    reactor::watch!(solution::repair::Reactor<u32>, solution::repair::Token);

    #[test]
    fn the_reactor_tells_each_edge_once() {
        holds(reactor::tells_each_edge_once::<Reactor<u32>>());
    }

    #[test]
    fn the_solutions_hold() {
        holds(reactor::tells_each_edge_once::<solution::exercise::Reactor<u32>>());
        holds(reactor::tells_each_edge_once::<solution::repair::Reactor<u32>>());
    }
}

#[path = "../chapters/05-timer-wheel/s1_sorted_list.rs"]
mod s1_sorted_list;
#[path = "../chapters/05-timer-wheel/s2_binary_heap.rs"]
mod s2_binary_heap;
#[path = "../chapters/05-timer-wheel/s4_hierarchy.rs"]
mod s4_hierarchy;
#[path = "../chapters/05-timer-wheel/solution.rs"]
mod solution_05;

/// Chapter 05: the timer wheel. Its third stage is not here: it would have to turn 2⁶⁴
/// ticks far.
mod wheel {
    use std::cell::Cell;
    use std::rc::Rc;

    use mainspring::wheel::{TimerKey, Wheel};

    use super::s1_sorted_list::SortedList;
    use super::s2_binary_heap::Heap;
    use super::s4_hierarchy::Hierarchy;
    use super::solution_05 as solution;
    use super::suite::{holds, wheel};

    wheel::timers!(Wheel<usize>, TimerKey);
    wheel::timers!(SortedList, (u64, u64));
    wheel::timers!(Heap, Rc<Cell<Option<usize>>>);
    wheel::timers!(Hierarchy, (u64, u64));
    wheel::timers!(solution::Heap, Rc<Cell<Option<usize>>>);
    wheel::timers!(solution::Hierarchy, (u64, u64));

    impl wheel::Kept for solution::Heap {
        fn kept(&self) -> usize {
            solution::Heap::kept(self)
        }
    }

    #[test]
    fn a_cancelled_timer_wakes_for_nothing_once_at_most() {
        holds(wheel::a_cancelled_timer_wakes_for_nothing_once_at_most::<Wheel<usize>>());
    }

    #[test]
    fn the_wheel_agrees_with_a_sorted_set() {
        holds(wheel::agrees_with_a_sorted_set::<Wheel<usize>>());
    }

    #[test]
    fn the_stages_agree_with_a_sorted_set() {
        holds(wheel::agrees_with_a_sorted_set::<SortedList>());
        holds(wheel::agrees_with_a_sorted_set::<Heap>());
        holds(wheel::agrees_with_a_sorted_set::<Hierarchy>());
    }

    #[test]
    fn the_solutions_hold() {
        holds(wheel::agrees_with_a_sorted_set::<solution::Heap>());
        holds(wheel::does_not_pile_up::<solution::Heap>());
        holds(wheel::stands_at_the_first_six_bits_that_differ(solution::place_in_bits));
        holds(wheel::agrees_with_a_sorted_set_in_small_times::<solution::Hierarchy>());
        holds(wheel::agrees_with_a_sorted_set::<solution::Hierarchy>());
    }
}

#[path = "../chapters/06-tasks-wakers/solution.rs"]
mod solution_06;

/// Chapter 06: tasks and wakers.
mod task {
    use super::solution_06 as solution;
    use super::suite::{holds, kettle, signal, task};
    use mainspring::runtime::Runtime;

    /// A round of the library's loop: a main future that is done when its turn comes.
    struct Library(Runtime);

    impl task::Executor for Library {
        fn new() -> Self {
            Library(Runtime::new().unwrap())
        }

        fn spawn(&mut self, future: std::pin::Pin<Box<dyn Future<Output = ()>>>) {
            drop(self.0.spawn(future));
        }

        fn round(&mut self) {
            self.0.block_on(async {});
        }
    }

    #[test]
    fn the_executor_keeps_its_seats() {
        holds(task::keeps_its_seats::<Library>());
    }

    #[test]
    fn the_solutions_hold() {
        holds(kettle::stands_strangers::<solution::mended::Kettle>());
        holds(signal::wakes_everyone::<solution::Flag>());
        holds(task::keeps_its_seats::<solution::repaired::Repaired>());
    }
}

/// Chapter 07: the event loop.
mod runtime {
    use super::suite::runtime::{Doorbell, Machine, Seeded, Work};
    use super::suite::{holds, runtime};
    use mainspring::runtime::Runtime;
    use mainspring::task::JoinHandle;
    use mainspring::time::{self, Instant};
    use std::cell::RefCell;
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    struct Library;

    struct Task(JoinHandle<()>);

    impl Future for Task {
        type Output = bool;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
            Pin::new(&mut self.0).poll(cx).map(|result| result.is_ok())
        }
    }

    impl Machine for Library {
        type Task = Task;

        fn block_on(main: Work) {
            Runtime::builder().virtual_clock().build().unwrap().block_on(main);
        }

        fn spawn(work: Work) -> Task {
            Task(mainspring::spawn(work))
        }

        fn abort(task: &Task) -> bool {
            task.0.abort()
        }

        fn sleep(seconds: u64) -> Work {
            Box::pin(time::sleep(Duration::from_secs(seconds)))
        }

        fn timeout(seconds: u64, work: Work) -> Pin<Box<dyn Future<Output = bool>>> {
            let limited = time::timeout(Duration::from_secs(seconds), work);
            Box::pin(async { limited.await.is_ok() })
        }

        fn now() -> u64 {
            (Instant::now() - (Instant::now() - Duration::MAX)).as_secs()
        }
    }

    impl Seeded for Library {
        fn block_on_with(seed: u64, main: Work) {
            let builder = Runtime::builder().virtual_clock().seed(seed);
            builder.build().unwrap().block_on(main);
        }
    }

    /// A thread that waits in `block_on`, and another that wakes its task.
    #[derive(Default)]
    struct Bell {
        rung: AtomicBool,
        waker: Mutex<Option<Waker>>,
    }

    thread_local!(static RUNTIME: RefCell<Runtime> = RefCell::new(Runtime::new().unwrap()));

    impl Doorbell for Bell {
        const SHOWS_ITS_GAP: bool = false;

        fn new() -> Self {
            Self::default()
        }

        fn ring(&self) {
            self.rung.store(true, Ordering::SeqCst);
            let waker = self.waker.lock().unwrap().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }

        fn wait(&self, _gap: &dyn Fn()) {
            let rung = poll_fn(|cx| {
                *self.waker.lock().unwrap() = Some(cx.waker().clone());
                if self.rung.swap(false, Ordering::SeqCst) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            });
            RUNTIME.with_borrow_mut(|runtime| runtime.block_on(rung));
        }
    }

    #[test]
    fn the_loop_agrees_with_one_on_paper() {
        holds(runtime::agrees_with_paper::<Library>());
    }

    #[test]
    fn a_seed_repeats_itself() {
        holds(runtime::repeats_itself::<Library>());
    }

    #[test]
    fn the_loop_hears_every_ring() {
        holds(runtime::hears_every_ring::<Bell>());
    }
}

#[path = "../chapters/07-event-loop/solution.rs"]
mod solution_07;

/// Chapter 07: the event loop: how it sleeps, and how it ends.
mod event_loop {
    use std::cell::RefCell;
    use std::future::pending;
    use std::rc::Rc;

    use mainspring::runtime::{Handle, Runtime};

    use crate::solution_07 as solution;
    use crate::suite::event_loop::{Shutdown, Task, leaves_nothing, parks};
    use crate::suite::holds;

    struct Library {
        runtime: RefCell<Option<Runtime>>,
        handle: Handle,
    }

    impl Shutdown for Library {
        fn new() -> Rc<Self> {
            let runtime =
                Runtime::builder().unhandled_panic(|_| {}).build().expect("a runtime");
            let handle = runtime.handle();
            Rc::new(Library { runtime: RefCell::new(Some(runtime)), handle })
        }

        fn spawn(&self, task: Task) {
            drop(self.handle.spawn(async move {
                let _task = task;
                pending::<()>().await;
            }));
        }

        fn close(&self) {
            let runtime = self.runtime.take();
            drop(runtime);
        }
    }

    #[test]
    fn shutdown_leaves_nothing() {
        holds(leaves_nothing::<Library>());
    }

    #[test]
    fn solution_parks() {
        holds(parks::<solution::Sleeper>());
    }

    #[test]
    fn solution_glances() {
        holds(parks::<solution::Glance>());
    }

    #[test]
    fn solution_shuts_down() {
        holds(leaves_nothing::<solution::House>());
    }
}

#[path = "../chapters/08-sockets/solution.rs"]
mod solution_08;

/// Chapter 08: sockets.
mod stream {
    use std::cell::{Cell, RefCell};
    use std::future::poll_fn;
    use std::io;
    use std::net::SocketAddr;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::os::unix::net;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::task::{Context, Poll};
    use std::time::Duration;

    use mainspring::io::Async;
    use mainspring::net::{TcpListener, TcpStream, UnixDatagram, UnixStream};
    use mainspring::runtime::Runtime;
    use mainspring::spawn;
    use mainspring::task::yield_now;
    use proptest::collection::vec;
    use proptest::prelude::{Just, Strategy, any, prop_oneof};

    use crate::solution_08 as solution;
    use crate::suite::stream::{
        Boxed, Calls, Kind, Kit, Machine, Socket, asks_when_it_is_worth_it, loses_nothing,
    };
    use crate::suite::{Broken, Story, explore, holds};

    /// How often a task gives way until the loop has looked around.
    const TURNS: usize = 62;

    /// A runtime whose futures are polled from outside, one at a time.
    struct Turns {
        runtime: RefCell<Runtime>,
        /// The loop runs: a future that is polled now is inside already.
        is_inside: Cell<bool>,
    }

    impl Turns {
        fn new() -> Rc<Self> {
            let runtime = RefCell::new(Runtime::new().expect("a runtime"));
            Rc::new(Self { runtime, is_inside: Cell::new(false) })
        }

        fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
            self.is_inside.set(true);
            let output = self.runtime.borrow_mut().block_on(future);
            self.is_inside.set(false);
            output
        }

        fn look(&self) {
            self.block_on(async {
                for _ in 0..TURNS {
                    yield_now().await;
                }
            });
        }

        /// A read of so many bytes at most, polled in turns.
        fn read(
            self: &Rc<Self>,
            room: usize,
            read: impl AsyncFnOnce(&mut [u8]) -> io::Result<usize> + 'static,
        ) -> Boxed<Vec<u8>> {
            self.polled(async move {
                let mut bytes = vec![0; room];
                let count = read(&mut bytes).await?;
                bytes.truncate(count);
                Ok(bytes)
            })
        }

        /// A future that has a turn of the runtime's for each of its polls.
        fn polled<T: 'static>(
            self: &Rc<Self>,
            future: impl Future<Output = T> + 'static,
        ) -> Pin<Box<dyn Future<Output = T>>> {
            let mut future = Box::pin(future);
            let this = Rc::clone(self);
            Box::pin(poll_fn(move |cx: &mut Context<'_>| {
                let mut poll = || future.as_mut().poll(cx);
                if this.is_inside.get() {
                    return poll();
                }
                this.block_on(poll_fn(|_| Poll::Ready(poll())))
            }))
        }
    }

    /// The library, with a socket that counts its calls.
    struct Counted {
        socket: Rc<Async<Socket>>,
        turns: Rc<Turns>,
    }

    impl Machine for Counted {
        /// Nobody knows of this socket that it is one of TCP.
        const SPARES: bool = false;

        fn new(socket: Socket) -> Self {
            let turns = Turns::new();
            let socket = turns.block_on(async { Async::new(socket).expect("a source") });
            Self { socket: Rc::new(socket), turns }
        }

        fn read(&self, room: usize) -> Boxed<Vec<u8>> {
            let socket = Rc::clone(&self.socket);
            self.turns.read(room, async move |bytes: &mut [u8]| socket.read(bytes).await)
        }

        fn write(&self, bytes: Vec<u8>) -> Boxed<usize> {
            let socket = Rc::clone(&self.socket);
            self.turns.polled(async move { socket.write(&bytes).await })
        }

        fn fd(&self) -> BorrowedFd<'_> {
            self.socket.as_fd()
        }

        fn look(&self) {
            self.turns.look();
        }
    }

    /// The library's own sockets.
    struct Library {
        socket: Rc<Own>,
        turns: Rc<Turns>,
    }

    enum Own {
        Tcp(TcpStream),
        Unix(UnixStream),
        Datagram(UnixDatagram),
        PipeReader(Async<io::PipeReader>),
        PipeWriter(Async<io::PipeWriter>),
    }

    impl Own {
        async fn read(&self, bytes: &mut [u8]) -> io::Result<usize> {
            match self {
                Own::Tcp(socket) => socket.read(bytes).await,
                Own::Unix(socket) => socket.read(bytes).await,
                Own::Datagram(socket) => socket.recv(bytes).await,
                Own::PipeReader(pipe) => pipe.read(bytes).await,
                Own::PipeWriter(_) => unreachable!("nobody reads there"),
            }
        }

        async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
            match self {
                Own::Tcp(socket) => socket.write(bytes).await,
                Own::Unix(socket) => socket.write(bytes).await,
                Own::Datagram(socket) => socket.send(bytes).await,
                Own::PipeReader(_) => unreachable!("nobody writes there"),
                Own::PipeWriter(pipe) => pipe.write(bytes).await,
            }
        }
    }

    impl Machine for Library {
        const COUNTED: bool = false;

        fn new(socket: Socket) -> Self {
            let turns = Turns::new();
            let kind = socket.kind();
            let fd = socket.into_fd();
            let socket = turns.block_on(async {
                Ok::<_, io::Error>(match kind {
                    Kind::Tcp => Own::Tcp(TcpStream::new(fd.into())?),
                    Kind::Unix => Own::Unix(UnixStream::new(net::UnixStream::from(fd))?),
                    Kind::Datagram => {
                        Own::Datagram(UnixDatagram::new(net::UnixDatagram::from(fd))?)
                    }
                    Kind::PipeReader => Own::PipeReader(Async::new(fd.into())?),
                    Kind::PipeWriter => Own::PipeWriter(Async::new(fd.into())?),
                })
            });
            Self { socket: Rc::new(socket.expect("a source")), turns }
        }

        fn connect(address: SocketAddr, _calls: Rc<Calls>) -> Self {
            let turns = Turns::new();
            let connected = turns.block_on(TcpStream::connect(address));
            let socket = Own::Tcp(connected.expect("a connection to this machine"));
            Self { socket: Rc::new(socket), turns }
        }

        fn read(&self, room: usize) -> Boxed<Vec<u8>> {
            let socket = Rc::clone(&self.socket);
            self.turns.read(room, async move |bytes: &mut [u8]| socket.read(bytes).await)
        }

        fn write(&self, bytes: Vec<u8>) -> Boxed<usize> {
            let socket = Rc::clone(&self.socket);
            self.turns.polled(async move { socket.write(&bytes).await })
        }

        fn fd(&self) -> BorrowedFd<'_> {
            match &*self.socket {
                Own::Tcp(socket) => socket.as_fd(),
                Own::Unix(socket) => socket.as_fd(),
                Own::Datagram(socket) => socket.as_fd(),
                Own::PipeReader(pipe) => pipe.as_fd(),
                Own::PipeWriter(pipe) => pipe.as_fd(),
            }
        }

        fn look(&self) {
            self.turns.look();
        }
    }

    /// What is done to readers that are tasks.
    #[derive(Clone, Debug)]
    enum Step {
        Send(usize),
        GiveWay(usize),
        Abort(usize),
    }

    /// A reader: how much it reads at once, and whether each of its reads is begun by one
    /// task and finished by another.
    #[derive(Clone, Debug)]
    struct Reader {
        room: usize,
        hands_over: bool,
    }

    fn readers_and_steps() -> impl Strategy<Value = (Vec<Reader>, Vec<Step>)> {
        let reader = (1..5_usize, any::<bool>())
            .prop_map(|(room, hands_over)| Reader { room, hands_over });
        let step = prop_oneof![
            3 => (1..20_usize).prop_map(Step::Send),
            3 => prop_oneof![1..4_usize, Just(2 * TURNS)].prop_map(Step::GiveWay),
            1 => (0..4_usize).prop_map(Step::Abort),
        ];
        (vec(reader, 1..4), vec(step, 0..12))
    }

    type Log = Rc<RefCell<Vec<u8>>>;

    /// Reads once, and says whether there may be more.
    fn read_once(
        near: &Rc<TcpStream>,
        room: usize,
        log: &Log,
    ) -> Pin<Box<dyn Future<Output = bool>>> {
        let (near, log) = (Rc::clone(near), Rc::clone(log));
        Box::pin(async move {
            let mut bytes = vec![0; room];
            let count = near.read(&mut bytes).await.expect("bytes, or the end");
            log.borrow_mut().extend(&bytes[..count]);
            count > 0
        })
    }

    async fn read_all(near: Rc<TcpStream>, reader: Reader, log: Log) {
        loop {
            let mut read = read_once(&near, reader.room, &log);
            if !reader.hands_over {
                if read.await {
                    continue;
                }
                return;
            }
            let begun = poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx))).await;
            let goes_on = match begun {
                Poll::Ready(goes_on) => goes_on,
                Poll::Pending => spawn(read).abort_on_drop().await.expect("no panic"),
            };
            if !goes_on {
                return;
            }
        }
    }

    async fn play(
        readers: &[Reader],
        steps: &[Step],
        story: &mut Story,
    ) -> Result<(), Broken> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let near = Rc::new(TcpStream::connect(address).await.expect("a connection"));
        let (far, _) = listener.accept().await.expect("a connection");
        // So that none stays in the kernel for a minute.
        near.set_linger(Some(Duration::ZERO)).expect("an option");
        let (log, mut sent) = (Log::default(), Vec::new());
        let tasks = readers.iter().map(|reader| {
            story.given(format!("{reader:?}"));
            spawn(read_all(Rc::clone(&near), reader.clone(), Rc::clone(&log)))
        });
        let mut tasks: Vec<_> = tasks.map(Some).collect();
        for step in steps {
            match *step {
                Step::Send(count) => {
                    story.step(format!("the peer sends {count} bytes"));
                    let bytes: Vec<_> = (sent.len()..sent.len() + count)
                        .map(|index| u8::try_from(index % 251).expect("small"))
                        .collect();
                    far.write_all(&bytes).await.expect("room");
                    sent.extend(bytes);
                }
                Step::GiveWay(turns) => {
                    story.step(format!("{turns} turns go by"));
                    give_way(turns).await;
                }
                Step::Abort(index) => {
                    if let Some(task) = tasks.get_mut(index).and_then(Option::take) {
                        story.step(format!("reader {index} is aborted"));
                        task.abort();
                    }
                }
            }
        }
        story.step("the peer closes, and the loop looks around a few times");
        drop(far);
        give_way(6 * TURNS).await;
        let done = tasks.iter().flatten().filter(|task| task.is_finished()).count();
        story.expect(tasks.iter().flatten().count(), done)?;
        if done > 0 { story.expect(sent, log.take()) } else { Ok(()) }
    }

    async fn give_way(turns: usize) {
        for _ in 0..turns {
            yield_now().await;
        }
    }

    /// The same with tasks, which the loop wakes without their wakers.
    #[test]
    fn sockets_lose_no_task() {
        holds(explore(
            "tasks that share a socket read every byte and the end",
            &readers_and_steps(),
            |(readers, steps), story| mainspring::block_on(play(readers, steps, story)),
        ));
    }

    #[test]
    fn stream_solutions_hold() {
        holds(loses_nothing::<Kit<solution::Thrifty>>());
        holds(asks_when_it_is_worth_it::<Kit<solution::Thrifty>>());
    }

    #[test]
    fn sockets_lose_nothing() {
        holds(loses_nothing::<Library>());
    }

    #[test]
    fn sockets_with_counted_calls_lose_nothing() {
        holds(loses_nothing::<Counted>());
    }

    #[test]
    fn sockets_ask_when_it_is_worth_it() {
        holds(asks_when_it_is_worth_it::<Library>());
        holds(asks_when_it_is_worth_it::<Counted>());
    }
}

#[path = "../chapters/09-time/solution.rs"]
mod solution_09;

/// The broken intervals that a test should tell from the library's.
#[allow(dead_code)] // of what they share with the sound one
mod broken {
    pub mod interval;
    pub mod interval_drifts;
    pub mod interval_keeps_the_old;
    pub mod interval_loses_its_turn;
    pub mod interval_ticks_twice;
}

/// Chapter 09: time.
mod time {
    use std::io;
    use std::rc::Rc;

    use super::solution_09 as solution;
    use super::suite::{holds, interval, lines};
    use mainspring::io::BufReader;
    use mainspring::time::Interval;

    #[test]
    fn an_interval_keeps_its_time() {
        holds(interval::keeps_time::<Interval>());
    }

    lines::lines!(solution::Lines);
    lines::lines!(solution::Repaired);
    interval::ticks!(solution::Interval);

    impl lines::Lines for BufReader<Rc<lines::Source>> {
        fn new(source: Rc<lines::Source>, limit: usize) -> Self {
            BufReader::with_limit(source, limit)
        }

        fn next_line(&mut self) -> impl Future<Output = io::Result<Option<String>>> {
            BufReader::next_line(self)
        }
    }

    #[test]
    fn a_buffered_reader_loses_nothing_however_often_it_is_dropped() {
        holds(lines::loses_nothing::<BufReader<Rc<lines::Source>>>());
        holds(lines::reads_ahead::<BufReader<Rc<lines::Source>>>());
    }

    #[test]
    fn the_solutions_hold() {
        holds(lines::loses_nothing::<solution::Lines>());
        holds(lines::reads_ahead::<solution::Lines>());
        holds(lines::loses_nothing::<solution::Repaired>());
        holds(interval::keeps_time::<solution::Interval>());
        let tests = interval::on_each_interval!(solution::a_test);
        holds(interval::tells_them_apart(&tests));
    }
}

#[path = "../chapters/10-many-at-once/solution.rs"]
mod solution_10;

/// Chapter 10: many at once.
mod many {
    use crate::solution_10 as solution;
    use crate::suite::holds;
    use crate::suite::many::{
        goes_round_once, join, keeps_its_width, polls_nobody_else, polls_who_was_woken,
    };
    use crate::suite::staggered::{first_success_wins, staggered};

    struct OnPaper;

    join!(Library, mainspring::join::join_all);
    join!(Within, |width, children| solution::join_within(width, children));
    staggered!(OnPaper, solution::staggered);

    #[test]
    fn a_join_polls_who_was_woken_and_nobody_else() {
        holds(polls_who_was_woken::<Library>());
        holds(polls_nobody_else::<Library>());
    }

    #[test]
    fn a_join_lets_others_have_their_turns() {
        holds(goes_round_once::<Library>());
    }

    #[test]
    fn the_solutions_hold() {
        holds(keeps_its_width::<Within>());
        holds(goes_round_once::<Within>());
        holds(first_success_wins::<OnPaper>());
    }
}

/// Chapter 11: taking turns.
mod turns {
    use std::pin::Pin;
    use std::rc::Rc;

    use mainspring::sync::{Mutex, PutError, Queue, Semaphore};

    use crate::suite::holds;
    use crate::suite::turns::{self, Items, Permit, Permits};

    type Wait<T> = Pin<Box<dyn Future<Output = T>>>;

    impl Permits for Semaphore {
        fn acquire(self: Rc<Self>, count: usize) -> Wait<Permit> {
            Box::pin(
                async move { Box::new(self.acquire_many_owned(count).await) as Permit },
            )
        }

        fn try_acquire(self: Rc<Self>, count: usize) -> Option<Permit> {
            let permit = self.try_acquire_many(count)?;
            permit.forget();
            Some(Box::new(GivesBack(Rc::clone(&self), count)))
        }

        fn add(&self, count: usize) {
            self.add_permits(count);
        }
    }

    struct GivesBack(Rc<Semaphore>, usize);

    impl Drop for GivesBack {
        fn drop(&mut self) {
            self.0.add_permits(self.1);
        }
    }

    impl Permits for &'static Mutex<()> {
        fn acquire(self: Rc<Self>, _: usize) -> Wait<Permit> {
            Box::pin(async move { Box::new(self.lock().await) as Permit })
        }

        fn try_acquire(self: Rc<Self>, _: usize) -> Option<Permit> {
            Some(Box::new(self.try_lock()?))
        }

        fn add(&self, _: usize) {}
    }

    fn mutex(_: usize) -> Rc<dyn Permits> {
        let mutex: &'static Mutex<()> = Box::leak(Box::new(Mutex::new(())));
        Rc::new(mutex)
    }

    fn semaphore(permits: usize) -> Rc<dyn Permits> {
        Rc::new(Semaphore::new(permits))
    }

    impl Items for Queue<u32> {
        fn put(self: Rc<Self>, item: u32) -> Wait<Result<(), u32>> {
            Box::pin(async move { Queue::put(&self, item).await.map_err(refused) })
        }

        fn try_put(&self, item: u32) -> Result<(), u32> {
            Queue::try_put(self, item).map_err(refused)
        }

        fn get(self: Rc<Self>) -> Wait<Option<u32>> {
            Box::pin(async move { Queue::get(&self).await })
        }

        fn try_get(&self) -> Option<u32> {
            Queue::try_get(self).ok()
        }

        fn close(&self) {
            Queue::close(self);
        }
    }

    fn refused(error: PutError<u32>) -> u32 {
        match error {
            PutError::Full(item) | PutError::Closed(item) => item,
        }
    }

    fn queue(capacity: usize) -> Rc<dyn Items> {
        Rc::new(Queue::bounded(capacity))
    }

    #[test]
    fn a_semaphore_hands_its_permits_over() {
        holds(turns::permits(3, semaphore));
    }

    #[test]
    fn a_mutex_is_handed_over() {
        holds(turns::permits(1, mutex));
    }

    #[test]
    fn a_queue_hands_its_items_over() {
        holds(turns::items(queue));
    }

    #[test]
    fn tasks_are_handed_permits_in_any_schedule() {
        holds(turns::permits_in_tasks(3, semaphore));
        holds(turns::permits_in_tasks(1, mutex));
    }

    #[test]
    fn tasks_are_handed_items_in_any_schedule() {
        holds(turns::items_in_tasks(queue));
    }
}

#[path = "../chapters/11-taking-turns/solution.rs"]
mod solution_11;

/// Chapter 11: what its repair can become.
mod turns_on_paper {
    use crate::solution_11 as solution;
    use crate::suite::hand_over::{Permits, Wait, by_strangers, permits, semaphore};
    use crate::suite::holds;

    semaphore!(Semaphore, solution::Semaphore);

    #[test]
    fn the_solution_holds() {
        holds(permits::<Semaphore>());
    }

    /// The library's lock.
    struct Lock(mainspring::sync::Mutex<()>);

    impl Permits for Lock {
        fn new(_: usize) -> Self {
            Lock(mainspring::sync::Mutex::new(()))
        }
        fn acquire(&self, _: usize) -> Wait<'_> {
            let wait = self.0.lock();
            Box::pin(async move { Box::new(wait.await) as _ })
        }
    }

    #[test]
    fn the_librarys_lock_holds_by_strangers() {
        holds(by_strangers::<Lock>());
    }
}

#[path = "../chapters/12-blocking-work/solution.rs"]
mod solution_12;

/// Chapter 12: blocking work.
mod pool {
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use mainspring::runtime::Runtime;
    use mainspring::spawn_blocking;
    use mainspring::task::JoinHandle;

    use crate::solution_12 as solution;
    use crate::suite::holds;
    use crate::suite::pool::{
        End, Pool, Work, an_abort_keeps_its_word, be_patient, chapter_pool, does_its_jobs,
    };

    chapter_pool!(Solution, solution, Solution);

    /// The pool of the exercise, repaired.
    #[test]
    fn the_solution_keeps_its_word() {
        be_patient();
        holds(an_abort_keeps_its_word::<Solution>());
        holds(does_its_jobs::<Solution>());
    }

    /// The chapter's own slot, with the rules of the solution.
    struct Plain;

    impl solution::pool::Rules for Plain {
        fn needs_thread(line: &solution::pool::Line, bound: usize) -> bool {
            solution::Solution::needs_thread(line, bound)
        }

        fn next(shared: &solution::pool::Shared) -> Option<solution::pool::Job> {
            solution::Solution::next(shared)
        }
    }

    fn ends_a_job_whose_destructor_panics<R: solution::pool::Rules>() {
        struct Rude;
        impl Drop for Rude {
            fn drop(&mut self) {
                resume_unwind(Box::new("slams the door"));
            }
        }
        let mut pool = solution::pool::Pool::<R>::new(1);
        let (release, released) = mpsc::channel::<()>();
        let rude = Rude;
        let works: [Work; 2] = [
            Box::new(move || released.recv().map_or(1, |()| 0)),
            Box::new(move || drop_all(rude)),
        ];
        let mut jobs = pool.submit_all(works.into());
        let rude = jobs.pop().expect("two jobs");
        let aborted = catch_unwind(AssertUnwindSafe(|| pool.abort(&rude)));
        assert!(aborted.is_err(), "whoever aborts has the panic");
        let (said, says) = mpsc::channel();
        thread::spawn(move || said.send(rude.join()));
        let end = says.recv_timeout(Duration::from_secs(30)).expect("its join ends");
        assert!(matches!(end, solution::pool::End::Cancelled), "{end:?}");
        drop(release);
    }

    fn drop_all<T>(_: T) -> u32 {
        0
    }

    #[test]
    fn an_abort_ends_a_job_whose_destructor_panics() {
        ends_a_job_whose_destructor_panics::<Plain>();
        ends_a_job_whose_destructor_panics::<solution::Solution>();
    }

    struct Library(Runtime);

    impl Pool for Library {
        type Handle = JoinHandle<u32>;

        fn new(bound: usize) -> Self {
            let builder = Runtime::builder().max_blocking_threads(bound);
            Library(builder.unhandled_panic(|_| {}).build().expect("a runtime"))
        }

        fn submit(&mut self, jobs: Vec<Work>) -> Vec<JoinHandle<u32>> {
            self.0.block_on(async { jobs.into_iter().map(spawn_blocking).collect() })
        }

        fn abort(&mut self, handle: &JoinHandle<u32>) -> bool {
            let aborted = handle.abort();
            self.0.block_on(async {}); // the turn that drops it
            aborted
        }

        fn join(&mut self, handle: JoinHandle<u32>) -> End {
            match self.0.block_on(handle) {
                Ok(value) => End::Returned(value),
                Err(error) if error.is_panic() => End::Panicked,
                Err(_) => End::Cancelled,
            }
        }

        fn shut_down(self, _: Duration) -> bool {
            true // it has, or the test hangs
        }
    }

    #[test]
    fn the_pool_does_its_jobs() {
        holds(does_its_jobs::<Library>());
    }
}

/// Chapter 10: the joins and groups of the library.
mod joins_and_groups {
    use super::suite::{group, holds, join};

    #[test]
    fn a_join_polls_who_was_woken() {
        holds(join::polls_who_was_woken::<join::Library>());
    }

    #[test]
    fn a_wait_is_long_enough() {
        holds(join::waits_long_enough::<join::Library>());
    }

    #[test]
    fn nobody_outlives_its_scope() {
        holds(group::nobody_outlives_its_scope::<group::Library>());
    }
}

#[path = "../chapters/13-a-crawler/crawl.rs"]
mod crawl_13;
#[path = "../chapters/13-a-crawler/retry.rs"]
mod retry_13;
#[path = "../chapters/13-a-crawler/solution.rs"]
mod solution_13;

/// Chapter 13: a crawler.
mod crawl {
    use crate::solution_13 as solution;
    use crate::suite::crawl::{
        crawler, spares_the_hosts, stops_at_once, unstopped, visits_each_once,
    };
    use crate::suite::{self, holds};

    crawler!(Heart, crate::crawl_13::Limits, crate::crawl_13::crawl);
    unstopped!(Exercise, alike solution::crawl);
    unstopped!(Polite, solution::polite);

    #[test]
    fn the_heart_of_the_crawler_holds() {
        holds(visits_each_once::<Heart>());
        holds(spares_the_hosts::<Heart>());
        holds(stops_at_once::<Heart>());
    }

    suite::retry::retry!(Retry, crate::retry_13);

    #[test]
    fn what_may_pass_is_tried_again() {
        holds(suite::retry::comes_back_later::<Retry>());
    }

    #[test]
    fn the_solutions_hold() {
        holds(visits_each_once::<Exercise>());
        holds(spares_the_hosts::<Polite>());
    }
}

#[path = "../chapters/14-two-ways-to-serve/solution.rs"]
mod solution_14;

/// Chapter 14: two ways to serve.
mod serve {
    use std::cell::Cell;
    use std::io;
    use std::rc::Rc;
    use std::time::Duration;

    use mainspring::runtime::Runtime;
    use mainspring::sync::CancelToken;
    use mainspring::time::sleep;

    use super::solution_14::{self as solution, repaired};
    use super::suite::holds;
    use super::suite::serve::{server, stops_at_once, stops_well};

    server!(Repaired, repaired);
    server!(Solution, solution, now);

    #[test]
    fn the_server_stops_well() {
        holds(stops_well::<Repaired>());
        holds(stops_well::<Solution>());
        holds(stops_at_once::<Solution>());
    }

    #[test]
    fn an_error_of_the_listener_is_told_when_those_at_work_have_gone() {
        let patience = Duration::from_secs(5);
        for (seconds, is_served) in [(2, true), (9, false)] {
            let (accepted, served) = (Cell::new(false), Rc::<Cell<bool>>::default());
            let accept = async || match accepted.replace(true) {
                false => Ok(()),
                true => Err(io::Error::other("the listener is broken")),
            };
            let handler = |()| {
                let served = Rc::clone(&served);
                async move {
                    sleep(Duration::from_secs(seconds)).await;
                    served.set(true);
                }
            };
            let limits = repaired::Limits { at_once: 2, patience };
            let stop = CancelToken::new();
            let mut runtime = Runtime::builder().virtual_clock().build().unwrap();
            let result =
                runtime.block_on(repaired::serve(accept, &stop, limits, handler));
            assert_eq!(result.unwrap_err().to_string(), "the listener is broken");
            assert_eq!(served.get(), is_served);
        }
    }
}
