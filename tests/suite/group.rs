//! Random trees of groups, whose children end well, fail, panic or never end, and which are
//! dropped at some moment: nobody lives when its scope has ended, every failure is told in its
//! order, and a group ends when it should.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::future::pending;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use mainspring::group::{GroupError, TaskGroup, task_group};
use mainspring::join::TaskError;
use mainspring::runtime::Runtime;
use mainspring::time::{Instant, sleep, timeout};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;
/// What a child runs, and what the body of a group does.
pub type Job = BoxFuture<Result<(), u32>>;

/// One of the errors of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Failed(u32),
    Panicked,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(number) => write!(f, "the error of {number}"),
            Self::Panicked => f.write_str("a panic"),
        }
    }
}

/// What the suite tests: groups of tasks.
pub trait Groups: 'static {
    /// The group, as its body sees it.
    type Group: Clone + 'static;

    /// Runs a body, and what it spawns.
    fn run(
        body: impl FnOnce(Self::Group) -> Job + 'static,
    ) -> impl Future<Output = Result<(), Vec<Fault>>>;

    /// Spawns a child, when fewer than `width` are there.
    fn spawn_within(
        group: &Self::Group,
        width: usize,
        job: Job,
    ) -> impl Future<Output = ()>;
}

/// The library's.
pub struct Library;

impl Groups for Library {
    type Group = TaskGroup<u32>;

    async fn run(
        body: impl FnOnce(Self::Group) -> Job + 'static,
    ) -> Result<(), Vec<Fault>> {
        let fault = |error| match error {
            TaskError::Failed(number) => Fault::Failed(number),
            TaskError::Join(_) => Fault::Panicked,
        };
        let result = task_group(async |group| body(group).await).await;
        result.map_err(|GroupError { errors }| errors.into_iter().map(fault).collect())
    }

    async fn spawn_within(group: &Self::Group, width: usize, job: Job) {
        drop(group.spawn_within(width, job).await);
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Returns,
    Fails,
    Panics,
    NeverEnds,
}

/// A child. One that has children runs them in a group of its own, and its end is that of
/// the group's body.
#[derive(Clone, Debug)]
struct Node {
    number: u32,
    seconds: u64,
    end: End,
    width: usize,
    children: Vec<Rc<Node>>,
}

fn node() -> impl Strategy<Value = Node> {
    let end = prop_oneof![
        5 => Just(End::Returns),
        2 => Just(End::Fails),
        1 => Just(End::Panics),
        1 => Just(End::NeverEnds),
    ];
    let leaf = (0..4_u64, end, 1..4_usize).prop_map(|(seconds, end, width)| Node {
        number: 0,
        seconds,
        end,
        width,
        children: Vec::new(),
    });
    leaf.prop_recursive(3, 10, 4, |inner| {
        let ends = prop_oneof![4 => Just(End::Returns), 1 => Just(End::Fails)];
        (vec(inner, 1..4), 0..3_u64, ends, 1..4_usize).prop_map(
            |(children, seconds, end, width)| {
                let children = children.into_iter().map(Rc::new).collect();
                Node { number: 0, seconds, end, width, children }
            },
        )
    })
}

/// Gives the nodes of a tree their numbers, and tells of them.
fn numbered(node: &Node, depth: usize, next: &mut u32, story: &Story) -> Rc<Node> {
    let number = *next;
    *next += 1;
    let what = match (&node.children[..], depth) {
        ([], _) => "a task".to_owned(),
        _ => format!("a group, {} at once", node.width),
    };
    let indent = "  ".repeat(depth);
    story.given(format!(
        "{indent}{number}: {what}, after {} s: {:?}",
        node.seconds, node.end
    ));
    let children = node.children.iter();
    let children =
        children.map(|child| numbered(child, depth + 1, next, story)).collect();
    Rc::new(Node { number, children, ..node.clone() })
}

/// What has happened in the group of one node.
#[derive(Default)]
struct Scope {
    /// Who runs.
    alive: BTreeSet<u32>,
    faults: Vec<Fault>,
    /// The error of the body, which is told last.
    of_body: Option<Fault>,
    first_fault: Option<Instant>,
    /// When the last child, or the body, came to its end.
    last: Option<Instant>,
    /// The body waits for room.
    wants_room: bool,
}

struct World {
    scopes: RefCell<Vec<Scope>>,
    story: Story,
    zero: Instant,
    /// What should have been, and what was.
    wrong: RefCell<Option<(String, String)>>,
}

impl World {
    fn in_scope<R>(&self, number: u32, f: impl FnOnce(&mut Scope) -> R) -> R {
        f(&mut self.scopes.borrow_mut()[number as usize])
    }

    fn happens(&self, what: impl fmt::Display) {
        let time = self.zero.elapsed().as_millis();
        self.story.step(format!("{}.{} s: {what}", time / 1000, time % 1000 / 100));
    }

    fn wrong(&self, expected: impl Into<String>, happened: impl Into<String>) {
        self.wrong.borrow_mut().get_or_insert((expected.into(), happened.into()));
    }

    fn fails(&self, parent: u32, fault: Fault) {
        self.in_scope(parent, |scope| {
            scope.faults.push(fault);
            scope.first_fault.get_or_insert(Instant::now());
        });
    }

    /// Whether who waits for room does so because there is none.
    fn is_room_taken(&self, node: &Node) {
        let wants_room =
            |scope: &mut Scope| scope.wants_room.then_some(scope.alive.len());
        if let Some(alive) = self.in_scope(node.number, wants_room)
            && alive < node.width
        {
            self.wrong(
                format!("there is room for a child of {}", node.number),
                format!("its body waits, though only {alive} run"),
            );
        }
        node.children.iter().for_each(|child| self.is_room_taken(child));
    }

    /// A group has given its result: is that what it should be, and now?
    fn has_ended(&self, number: u32, result: &Result<(), Vec<Fault>>) {
        self.happens(format!("the group of {number} gives {result:?}"));
        let (expected, time) = self.in_scope(number, |scope| {
            let mut faults = std::mem::take(&mut scope.faults);
            faults.extend(scope.of_body);
            (faults, scope.first_fault.or(scope.last))
        });
        let faults = result.as_ref().err().cloned().unwrap_or_default();
        if faults != expected || result.is_err() == expected.is_empty() {
            self.wrong(format!("its errors are {expected:?}"), format!("{faults:?}"));
        }
        if time.is_some_and(|time| time != Instant::now()) {
            self.wrong(
                "it ends with its last child, or at its first error",
                "it is late",
            );
        }
    }
}

/// A child that runs.
struct Alive {
    world: Rc<World>,
    parent: u32,
    node: Rc<Node>,
    began: Instant,
    /// It has failed, and the group is to tell so.
    failed: Cell<bool>,
}

impl Alive {
    fn new(world: &Rc<World>, parent: &Node, node: &Rc<Node>) -> Self {
        let number = node.number;
        world.happens(format!("{number} begins"));
        let alive = world.in_scope(parent.number, |scope| {
            scope.alive.insert(number);
            scope.alive.len()
        });
        if alive > parent.width {
            let width = parent.width;
            world.wrong(format!("{width} run at once"), format!("there are {alive}"));
        }
        Self {
            world: Rc::clone(world),
            parent: parent.number,
            node: Rc::clone(node),
            began: Instant::now(),
            failed: Cell::new(false),
        }
    }

    fn fails(&self, fault: Fault) {
        self.failed.set(true);
        self.world.happens(format!("{} fails: {fault:?}", self.node.number));
        self.world.fails(self.parent, fault);
    }

    /// Whether it was to fail at this moment, as another child of its group has.
    fn is_unheard(&self) -> bool {
        let Node { end, seconds, .. } = *self.node;
        let is_to_fail = matches!(end, End::Fails | End::Panics)
            && self.node.children.is_empty()
            && seconds > 0
            && self.began + Duration::from_secs(seconds) == Instant::now();
        let is_time = |scope: &mut Scope| {
            scope.of_body.is_none() && scope.first_fault == Some(Instant::now())
        };
        is_to_fail && !self.failed.get() && self.world.in_scope(self.parent, is_time)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        let number = self.node.number;
        self.world.happens(format!("{number} ends"));
        if self.is_unheard() {
            self.world.wrong(
                format!("{number}, which was queued before the group, is heard"),
                "it is dropped before it can fail",
            );
        }
        self.world.in_scope(self.parent, |scope| {
            scope.alive.remove(&number);
            scope.last = Some(Instant::now());
        });
    }
}

/// The end of a scope: it is dropped after the group.
struct ScopeEnd(Rc<World>, u32);

impl Drop for ScopeEnd {
    fn drop(&mut self) {
        let alive = self.0.in_scope(self.1, |scope| {
            scope.wants_room = false;
            scope.alive.first().copied()
        });
        if let Some(child) = alive {
            let number = self.1;
            self.0.wrong(
                format!("nobody lives when the group of {number} has ended"),
                format!("{child} does"),
            );
        }
    }
}

/// A child of `parent`, from its first step to its end.
fn child<G: Groups>(world: Rc<World>, parent: Rc<Node>, node: Rc<Node>) -> Job {
    Box::pin(async move {
        let alive = Alive::new(&world, &parent, &node);
        let failed = match node.children.is_empty() {
            false => group::<G>(&world, &node).await.is_err(),
            true => {
                sleep(Duration::from_secs(node.seconds)).await;
                match node.end {
                    End::Returns => false,
                    End::Fails => true,
                    End::Panics => {
                        alive.fails(Fault::Panicked);
                        panic!("a child");
                    }
                    End::NeverEnds => pending().await,
                }
            }
        };
        if failed {
            alive.fails(Fault::Failed(node.number));
            return Err(node.number);
        }
        Ok(())
    })
}

async fn group<G: Groups>(world: &Rc<World>, node: &Rc<Node>) -> Result<(), Vec<Fault>> {
    let _end = ScopeEnd(Rc::clone(world), node.number);
    let (inside, parent) = (Rc::clone(world), Rc::clone(node));
    let result = G::run(move |group| body::<G>(inside, parent, group)).await;
    world.has_ended(node.number, &result);
    result
}

fn body<G: Groups>(world: Rc<World>, node: Rc<Node>, group: G::Group) -> Job {
    Box::pin(async move {
        for job in &node.children {
            let job = child::<G>(Rc::clone(&world), Rc::clone(&node), Rc::clone(job));
            world.in_scope(node.number, |scope| scope.wants_room = true);
            G::spawn_within(&group, node.width, job).await;
            world.in_scope(node.number, |scope| scope.wants_room = false);
        }
        sleep(Duration::from_secs(node.seconds)).await;
        world.in_scope(node.number, |scope| scope.last = Some(Instant::now()));
        if node.end == End::Fails {
            world.happens(format!("the body of {} fails", node.number));
            world.in_scope(node.number, |scope| {
                scope.of_body = Some(Fault::Failed(node.number));
                scope.first_fault.get_or_insert(Instant::now());
            });
            return Err(node.number);
        }
        Ok(())
    })
}

fn run<G: Groups>(node: &Node, cut: u64, story: &mut Story) -> Result<(), Broken> {
    let mut count = 0;
    let root = numbered(node, 0, &mut count, story);
    let builder = Runtime::builder().virtual_clock().unhandled_panic(|_| ());
    let mut runtime = builder.build().expect("two descriptors are left");
    let world = runtime.block_on(async {
        let world = Rc::new(World {
            scopes: RefCell::new((0..count).map(|_| Scope::default()).collect()),
            story: story.clone(),
            zero: Instant::now(),
            wrong: RefCell::default(),
        });
        let limit = Duration::from_secs(cut) + Duration::from_millis(500);
        let mut limited = timeout(limit, group::<G>(&world, &root));
        if (&mut limited).await.is_err() {
            world.is_room_taken(&root);
            world.happens("the outermost group is dropped");
        }
        drop(limited);
        sleep(Duration::from_secs(60)).await; // what has been left would go on
        world
    });
    drop(runtime);
    if let Some((expected, happened)) = world.wrong.take() {
        return story.broken(expected, happened);
    }
    match Rc::strong_count(&world) {
        1 => Ok(()),
        _ => story.broken("every child is dropped", "some are left for good"),
    }
}

/// Any groups that pass this leave nobody behind.
pub fn nobody_outlives_its_scope<G: Groups>() -> Outcome {
    let tree = (vec(node(), 1..4), 0..3_u64, 1..4_usize, prop::bool::weighted(0.1))
        .prop_map(|(children, seconds, width, fails)| Node {
            number: 0,
            seconds,
            end: if fails { End::Fails } else { End::Returns },
            width,
            children: children.into_iter().map(Rc::new).collect(),
        });
    explore(
        "no child lives when its group has ended, and a group tells all that failed, in the \
         order of time",
        &(tree, 0..12_u64),
        |(tree, cut), story| run::<G>(tree, *cut, story),
    )
}
