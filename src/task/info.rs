//! What can be asked about the tasks of a runtime.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use super::context;
use super::key::TaskId;

/// What a task was doing when it was looked at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TaskInfo {
    /// Its id.
    pub id: TaskId,
    /// Its name: the one it was given, or `Task-N`.
    pub name: String,
    /// Whether it runs, is going to, or waits.
    pub state: TaskState,
    /// How long ago it was spawned, as of the last look its runtime took at the clock.
    pub age: Duration,
    /// How often it has been polled; a greater number than `u32::MAX` is told as that.
    pub polls: u64,
    /// Where it was spawned.
    pub location: &'static Location<'static>,
    /// What its last poll stopped at.
    pub waits_on: WaitsOn,
}

/// Where a task is between its polls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TaskState {
    /// It is being polled, or dropped, at this moment.
    Running,
    /// It is in the run queue.
    Ready,
    /// It waits to be woken.
    Waiting,
}

/// What a task waits on, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum WaitsOn {
    /// Something that does not say so: a future that is not of this crate.
    #[default]
    Unknown,
    /// A timer.
    Timer,
    /// The end of another task.
    Join(TaskId),
    /// Something to read, from the descriptor of this number.
    Read(i32),
    /// Room to write, to the descriptor of this number.
    Write(i32),
    /// A job on another thread: [`spawn_blocking`](crate::spawn_blocking).
    Job,
    /// A descriptor that is free, for a connection: the process or the machine has none left.
    FreeDescriptor,
    /// One of so many futures that it waits for at once.
    AnyOf(usize),
    /// A mutex, and who holds it.
    Mutex(Holder),
    /// Something else of this crate, in words.
    Other(&'static str),
}

/// Who holds a mutex.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Holder {
    /// The task that locked it; none if that was done outside of any.
    pub task: Option<TaskId>,
    /// Where it did so.
    pub locked_at: &'static Location<'static>,
}

/// The task that runs at this moment; none in a callback and outside a runtime.
///
/// # Examples
///
/// ```
/// mainspring::block_on(async {
///     assert_eq!(mainspring::task::current().unwrap().name, "Task-1");
/// });
/// assert!(mainspring::task::current().is_none());
/// ```
#[must_use]
pub fn current() -> Option<TaskInfo> {
    context::here()?.current_info()
}

/// Every task of the runtime that is not done, oldest first; none outside a runtime.
///
/// # Examples
///
/// ```
/// use mainspring::task;
///
/// mainspring::block_on(async {
///     let _child = task::spawn(async {});
///     let names: Vec<String> = task::all().into_iter().map(|task| task.name).collect();
///     assert_eq!(names, ["Task-1", "Task-2"]);
/// });
/// ```
#[must_use]
pub fn all() -> Vec<TaskInfo> {
    context::here().map(|executor| executor.infos()).unwrap_or_default()
}

impl fmt::Display for TaskInfo {
    /// `Task-3 waits on a timer, polled 2 times, spawned at src/main.rs:7:5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if self.name != self.id.to_string() {
            write!(f, " `{}`", self.name)?;
        }
        match self.state {
            TaskState::Running => f.write_str(" runs")?,
            TaskState::Ready => f.write_str(" is ready")?,
            TaskState::Waiting => write!(f, " waits on {}", self.waits_on)?,
        }
        let times =
            if self.polls == 1 { "once".into() } else { format!("{} times", self.polls) };
        write!(f, ", polled {times}, spawned at {}", self.location)
    }
}

impl fmt::Display for WaitsOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("something unknown"),
            Self::Timer => f.write_str("a timer"),
            Self::Join(id) => write!(f, "the end of {id}"),
            Self::Read(fd) => write!(f, "something to read from descriptor {fd}"),
            Self::Write(fd) => write!(f, "room to write to descriptor {fd}"),
            Self::Job => f.write_str("a job on another thread"),
            Self::FreeDescriptor => f.write_str("a free descriptor"),
            Self::AnyOf(1) => f.write_str("a future of its own"),
            Self::AnyOf(futures) => write!(f, "any of {futures} futures"),
            Self::Mutex(holder) => write!(f, "a mutex that {holder}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

impl Holder {
    /// The task that runs, which locks something there.
    pub(crate) fn here(locked_at: &'static Location<'static>) -> Self {
        let task = context::ask(|executor| executor.running()).flatten();
        Self { task, locked_at }
    }
}

impl fmt::Display for Holder {
    /// `Task-3 locked at src/main.rs:9:24`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.task {
            Some(task) => write!(f, "{task} locked at {}", self.locked_at),
            None => write!(f, "was locked at {}", self.locked_at),
        }
    }
}
