//! Joins against a list on paper: whoever was woken is polled, nobody else, in the order of the
//! wakes; and waits against the times at which tasks end.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use mainspring::join::{ReturnWhen, wait_try};
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::{JoinHandle, yield_now};
use mainspring::time::{Instant, sleep};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// A future that gives a number, or an error.
pub type Job = Pin<Box<dyn Future<Output = Result<u32, u32>>>>;

/// What awaits several of them: all, up to the first error.
pub type Joined = Pin<Box<dyn Future<Output = Result<Vec<u32>, u32>>>>;

/// What the suite tests: a join of any number of futures.
pub trait Joins {
    /// Gives the numbers in the order of the arguments, or the first error.
    fn try_join_all(jobs: Vec<Job>) -> Joined;
}

/// The library's.
pub struct Library;

impl Joins for Library {
    fn try_join_all(jobs: Vec<Job>) -> Joined {
        Box::pin(mainspring::try_join_all(jobs))
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Wakes a child, which may be done.
    Wake(usize),
    /// Has a child wake itself while it is polled, and wakes it.
    WakeItself(usize),
    /// Has a child end at its next poll, well or with an error, and wakes it.
    End(usize, bool),
    Poll,
}

impl Step {
    /// The child that it is about.
    fn child(self) -> Option<usize> {
        match self {
            Self::Wake(child) | Self::WakeItself(child) | Self::End(child, _) => {
                Some(child)
            }
            Self::Poll => None,
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let child = || 0..MOST;
    prop_oneof![
        3 => child().prop_map(Step::Wake),
        2 => child().prop_map(Step::WakeItself),
        3 => (child(), prop::bool::weighted(0.8)).prop_map(|(child, ok)| Step::End(child, ok)),
        5 => Just(Step::Poll),
    ]
}

const MOST: usize = 4;

/// What the test and a child know of the child.
#[derive(Default)]
struct State {
    waker: RefCell<Option<Waker>>,
    /// Woken, and not polled since.
    woken: Cell<bool>,
    wakes_itself: Cell<bool>,
    end: Cell<Option<Result<u32, u32>>>,
    done: Cell<bool>,
}

/// The polls: whose each was, and whether it has woken itself in it.
type Log = Rc<RefCell<Vec<(usize, bool)>>>;

struct Child {
    index: usize,
    state: Rc<State>,
    log: Log,
}

impl Future for Child {
    type Output = Result<u32, u32>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let state = &self.state;
        let wakes_itself = state.end.get().is_none() && state.wakes_itself.take();
        self.log.borrow_mut().push((self.index, wakes_itself));
        state.woken.set(false);
        state.waker.replace(Some(cx.waker().clone()));
        if let Some(end) = state.end.get() {
            state.done.set(true);
            return Poll::Ready(end);
        }
        if wakes_itself {
            state.woken.set(true);
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

/// The task that awaits the join: whether it was woken.
#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Case {
    joined: Joined,
    children: Vec<Rc<State>>,
    log: Log,
    bell: Arc<Bell>,
    /// Who was woken since the last poll, in this order.
    woken: Vec<usize>,
}

impl Case {
    fn new<J: Joins>(children: usize, story: &Story) -> Self {
        story.given(format!("children 0 to {}", children - 1));
        let (states, log): (Vec<Rc<State>>, _) =
            ((0..children).map(|_| Rc::default()).collect(), Rc::default());
        let job = |(index, state): (usize, &Rc<State>)| -> Job {
            Box::pin(Child { index, state: Rc::clone(state), log: Rc::clone(&log) })
        };
        let joined = J::try_join_all(states.iter().enumerate().map(job).collect());
        let woken = (0..children).collect();
        Self { joined, children: states, log, bell: Arc::default(), woken }
    }

    /// Wakes a child, if it has been polled. Then the task has been woken, too.
    fn wake(&mut self, index: usize, story: &mut Story) -> Result<(), Broken> {
        let state = &self.children[index];
        let Some(waker) = state.waker.borrow().clone() else { return Ok(()) };
        waker.wake();
        if state.done.get() {
            return Ok(());
        }
        state.woken.set(true);
        if !self.woken.contains(&index) {
            self.woken.push(index);
        }
        self.has_rung(story)
    }

    fn has_rung(&self, story: &mut Story) -> Result<(), Broken> {
        match self.bell.0.load(Ordering::Relaxed) {
            true => Ok(()),
            false => story.broken(
                "the task that awaits them is woken",
                "it is not, and nobody polls the child",
            ),
        }
    }

    /// Polls the join; true if it is done.
    fn poll(&mut self, story: &mut Story) -> Result<bool, Broken> {
        self.bell.0.store(false, Ordering::Relaxed);
        let done: Vec<bool> =
            self.children.iter().map(|child| child.done.get()).collect();
        let waker = Waker::from(Arc::clone(&self.bell));
        let polled = self.joined.as_mut().poll(&mut Context::from_waker(&waker));
        let log = self.log.take();
        let polls: Vec<usize> = log.iter().map(|(index, _)| *index).collect();
        story.go_on(&format!(": polls {polls:?}"));
        if let Some(index) = polls.iter().find(|index| done[**index]) {
            story.broken(format!("child {index} is done"), "it is polled again")?;
        }
        let mut by_wakes: Vec<usize> = Vec::new();
        let mut extra = [0; MOST];
        for &index in &polls {
            if self.woken.contains(&index) && !by_wakes.contains(&index) {
                by_wakes.push(index);
            } else {
                extra[index] += 1;
            }
        }
        let failed = |index: &usize| self.children[*index].end.get()?.err();
        let error = polls.iter().find_map(failed);
        let expected = self.woken.iter().copied().filter(|index| !done[*index]);
        let expected: Vec<usize> = match error {
            Some(error) => {
                let end =
                    expected.clone().position(|index| failed(&index) == Some(error));
                expected.take(end.map_or(MOST, |end| end + 1)).collect()
            }
            None => expected.collect(),
        };
        story.expect(expected, by_wakes)?; // in the order of the wakes
        if let Some(index) = (0..MOST).find(|index| extra[*index] > 1) {
            story.broken(
                format!("child {index} is polled when it was woken"),
                "it is polled when it was not",
            )?;
        }
        let unwoken = (0..self.children.len())
            .find(|index| extra[*index] > 0 && !self.has_woken_itself(*index, &polls));
        if let Some(index) = unwoken {
            story.broken(
                format!("child {index}, which was not woken, is left alone"),
                "it is polled",
            )?;
        }
        let woken_again = log.into_iter().filter(|(index, wakes_itself)| {
            *wakes_itself && self.children[*index].woken.get()
        });
        self.woken = woken_again.map(|(index, _)| index).collect();
        self.outcome(polled, error, story)
    }

    /// Whether it was polled twice because the first of these polls has woken it.
    fn has_woken_itself(&self, index: usize, polls: &[usize]) -> bool {
        polls.iter().filter(|other| **other == index).count() == 2
    }

    fn outcome(
        &mut self,
        polled: Poll<Result<Vec<u32>, u32>>,
        error: Option<u32>,
        story: &mut Story,
    ) -> Result<bool, Broken> {
        let values = self.children.iter().map(|child| child.end.get()?.ok());
        let all_done = self.children.iter().all(|child| child.done.get());
        let expected = match error {
            Some(error) => Poll::Ready(Err(error)),
            None if all_done => Poll::Ready(Ok(values.flatten().collect())),
            None => Poll::Pending,
        };
        story.expect(expected, polled.clone())?;
        if polled.is_ready() {
            return Ok(true);
        }
        if !self.woken.is_empty() {
            self.has_rung(story)?;
        }
        Ok(false)
    }

    /// Takes a step; true if the join is done.
    fn take(&mut self, step: Step, story: &mut Story) -> Result<bool, Broken> {
        let Some(index) = step.child().filter(|index| *index < self.children.len())
        else {
            if matches!(step, Step::Poll) {
                story.step("poll the join");
                return self.poll(story);
            }
            return Ok(false);
        };
        let state = &self.children[index];
        let how = match step {
            Step::End(_, ok) => {
                if state.end.get().is_some() {
                    return Ok(false);
                }
                let number = u32::try_from(index).expect("a few");
                state.end.set(Some(if ok { Ok(number) } else { Err(number) }));
                if ok { ", which gives its number" } else { ", which gives an error" }
            }
            Step::WakeItself(_) => {
                state.wakes_itself.set(true);
                ", which wakes itself"
            }
            Step::Wake(_) | Step::Poll => "",
        };
        story.step(format!("wake child {index}{how}"));
        self.wake(index, story)?;
        Ok(false)
    }
}

fn run<J: Joins>(
    children: usize,
    steps: &[Step],
    story: &mut Story,
) -> Result<(), Broken> {
    let mut case = Case::new::<J>(children, story);
    let rest = (0..children).rev().flat_map(|index| [Step::End(index, true), Step::Poll]);
    for step in [Step::Poll].into_iter().chain(steps.iter().copied()).chain(rest) {
        if case.take(step, story)? {
            break;
        }
    }
    Ok(())
}

/// Any join that passes this loses no wake, and polls nobody for nothing.
pub fn polls_who_was_woken<J: Joins>() -> Outcome {
    explore(
        "a join polls the children that were woken, in the order of the wakes, and gives their \
         numbers in the order of the arguments, or the first error",
        &(1..=MOST, vec(step(), 0..12)),
        |(children, steps), story| run::<J>(*children, steps, story),
    )
}

// ---- waits ---------------------------------------------------------------------------------------

/// A task that a wait waits for.
pub type Task = JoinHandle<Result<(), ()>>;

/// What the suite tests: something that waits for tasks.
pub trait Waits {
    /// Gives those that are done, and those that are not, in the order of the arguments.
    fn wait(
        tasks: Vec<Task>,
        when: ReturnWhen,
        limit: Duration,
    ) -> impl Future<Output = (Vec<Task>, Vec<Task>)>;
}

impl Waits for Library {
    fn wait(
        tasks: Vec<Task>,
        when: ReturnWhen,
        limit: Duration,
    ) -> impl Future<Output = (Vec<Task>, Vec<Task>)> {
        wait_try(tasks, when).timeout(limit)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Returns,
    Fails,
    Panics,
    /// It is aborted right after its spawn.
    Aborted,
}

fn ends() -> impl Strategy<Value = (u64, End)> {
    let end = prop_oneof![
        4 => Just(End::Returns),
        1 => Just(End::Fails),
        1 => Just(End::Panics),
        1 => Just(End::Aborted),
    ];
    (0..6_u64, end)
        .prop_map(|(at, end)| if end == End::Aborted { (0, end) } else { (at, end) })
}

fn task((at, end): (u64, End)) -> Task {
    let task = spawn(async move {
        sleep(Duration::from_secs(at)).await;
        match end {
            End::Panics => panic!("a task"),
            End::Fails => Err(()),
            _ => Ok(()),
        }
    });
    if end == End::Aborted {
        task.abort();
    }
    task
}

/// Which are done when the wait is over, and when that is.
fn on_paper(
    ends: &[(u64, End)],
    when: ReturnWhen,
    start: u64,
    limit: u64,
) -> (Vec<usize>, Duration) {
    let is_enough = |end: End| match when {
        ReturnWhen::AllCompleted => false,
        ReturnWhen::FirstCompleted => true,
        ReturnWhen::FirstException => matches!(end, End::Fails | End::Panics),
    };
    let enough = ends.iter().filter(|(_, end)| is_enough(*end)).map(|(at, _)| *at).min();
    let last = ends.iter().map(|(at, _)| *at).max().unwrap_or(0);
    let (over, limit) = (start.max(enough.unwrap_or(last)), start + limit);
    let (at, time) = match over <= limit {
        true => (over, Duration::from_secs(over)),
        false => (limit, Duration::from_secs(limit) + Duration::from_millis(500)),
    };
    ((0..ends.len()).filter(|index| ends[*index].0 <= at).collect(), time)
}

async fn wait_once<W: Waits>(
    ends: &[(u64, End)],
    when: ReturnWhen,
    start: u64,
    limit: u64,
    story: &mut Story,
) -> Result<(), Broken> {
    for (index, (at, end)) in ends.iter().enumerate() {
        story.given(format!("task {index}, at {at} s: {end:?}"));
    }
    let zero = Instant::now();
    let tasks: Vec<Task> = ends.iter().copied().map(task).collect();
    let ids: Vec<_> = tasks.iter().map(JoinHandle::id).collect();
    sleep(Duration::from_secs(start)).await;
    yield_now().await;
    yield_now().await;
    story.step(format!("wait from {start} s on, {limit}.5 s at most, for {when:?}"));
    let limit_exact = Duration::from_secs(limit) + Duration::from_millis(500);
    let (done, pending) = W::wait(tasks, when, limit_exact).await;
    let time = Instant::now() - zero;
    let places = |tasks: &[Task]| -> Vec<usize> {
        let place = |task: &Task| ids.iter().position(|id| *id == task.id());
        tasks.iter().filter_map(place).collect()
    };
    let (expected, at) = on_paper(ends, when, start, limit);
    let rest: Vec<usize> =
        (0..ends.len()).filter(|index| !expected.contains(index)).collect();
    story.expect((expected, rest, at), (places(&done), places(&pending), time))
}

/// Any wait that passes this returns when it should, with whom it should.
pub fn waits_long_enough<W: Waits>() -> Outcome {
    let when = prop_oneof![
        Just(ReturnWhen::AllCompleted),
        Just(ReturnWhen::FirstCompleted),
        Just(ReturnWhen::FirstException),
    ];
    explore(
        "a wait ends when it has enough, or its time is over, and tells who is done by then",
        &(vec(ends(), 0..5), when, 0..4_u64, 0..7_u64),
        |(ends, when, start, limit), story| {
            let builder = Runtime::builder().virtual_clock().unhandled_panic(|_| ());
            let mut runtime = builder.build().expect("two descriptors are left");
            runtime.block_on(wait_once::<W>(ends, *when, *start, *limit, story))
        },
    )
}
