//! Attempts that fail and may pass, on the virtual clock.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::time::Instant;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests.
pub trait Retry {
    /// Attempts it, and up to `times` times more if it may pass; says whether it was well at
    /// last.
    fn retry(times: u32, server: &Server) -> impl Future<Output = bool>;
}

/// Makes a [`Retry`] of the `retry` and the `Failure` of a module.
macro_rules! retry {
    ($name:ident, $($module:ident)::+) => {
        struct $name;

        impl crate::suite::retry::Retry for $name {
            async fn retry(times: u32, server: &crate::suite::retry::Server) -> bool {
                use $($module)::+::{Failure, retry};
                use crate::suite::retry::Answer;
                let attempt = async || match server.attempt() {
                    Answer::Well => Ok(()),
                    Answer::Final => Err(Failure::Final(())),
                    Answer::MayPass(asked) => Err(Failure::MayPass((), asked)),
                };
                retry(times, || server.chance(), attempt).await.is_ok()
            }
        }
    };
}

pub(crate) use retry;

#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Well,
    Final,
    MayPass(Option<Duration>),
}

#[derive(Clone, Debug)]
struct Case {
    times: u32,
    /// Whoever attempts more often is well.
    answers: Vec<Answer>,
    /// In halves, for each pause.
    chances: Vec<u32>,
}

fn cases() -> impl Strategy<Value = Case> {
    let asked = prop::option::weighted(0.3, (0..=33_u64).prop_map(Duration::from_secs));
    let answer = prop_oneof![
        1 => Just(Answer::Well),
        1 => Just(Answer::Final),
        12 => asked.prop_map(Answer::MayPass),
    ];
    (0..12_u32, vec(answer, 0..12), vec(0..=2_u32, 12))
        .prop_map(|(times, answers, chances)| Case { times, answers, chances })
}

/// Who answers, and notes when it was asked.
pub struct Server {
    case: Case,
    story: Story,
    start: Instant,
    asked_at: RefCell<Vec<u128>>,
    pauses: Cell<usize>,
}

impl Server {
    pub fn attempt(&self) -> Answer {
        let mut asked_at = self.asked_at.borrow_mut();
        let answer = self.case.answer(asked_at.len());
        let millis = self.start.elapsed().as_millis();
        self.story.step(format!("{millis} ms: an attempt, the answer is {answer:?}"));
        asked_at.push(millis);
        answer
    }

    /// The next of the numbers between 0 and 1.
    pub fn chance(&self) -> f64 {
        let pause = self.pauses.replace(self.pauses.get() + 1);
        f64::from(self.case.chances[pause % self.case.chances.len()]) / 2.0
    }
}

impl Case {
    fn answer(&self, attempt: usize) -> Answer {
        self.answers.get(attempt).copied().unwrap_or(Answer::Well)
    }

    /// When it is attempted, in milliseconds, and whether it is well at last.
    fn expected(&self) -> (Vec<u128>, bool) {
        let (mut at, mut asked_at) = (0, Vec::new());
        loop {
            let attempt = asked_at.len();
            asked_at.push(at);
            let asked = match self.answer(attempt) {
                Answer::Well => return (asked_at, true),
                Answer::Final => return (asked_at, false),
                Answer::MayPass(asked) => asked.unwrap_or_default().as_millis(),
            };
            if attempt == self.times as usize || asked > 30_000 {
                return (asked_at, false);
            }
            let pause = (200_u128 << attempt).min(30_000);
            at += asked + pause * u128::from(2 + self.chances[attempt]) / 4;
        }
    }
}

/// The pauses grow, are drawn anew, and come on top of what is asked for.
pub fn comes_back_later<R: Retry>() -> Outcome {
    explore(
        "what may pass is attempted again, later and later, and when it was asked for",
        &cases(),
        |case, story| {
            let mut runtime = Runtime::builder().virtual_clock().build().unwrap();
            runtime.block_on(watch::<R>(case, story))
        },
    )
}

async fn watch<R: Retry>(case: &Case, story: &mut Story) -> Result<(), Broken> {
    story.given(format!("at most {} times more", case.times));
    story.given(format!("half and half of {:?} come by chance", case.chances));
    let server = Server {
        case: case.clone(),
        story: story.clone(),
        start: Instant::now(),
        asked_at: RefCell::default(),
        pauses: Cell::default(),
    };
    let is_well = R::retry(case.times, &server).await;
    let happened = server.asked_at.borrow();
    let (expected, ends_well) = case.expected();
    for number in 0..expected.len().max(happened.len()) {
        let at = |all: &[u128]| match all.get(number) {
            Some(millis) => format!("attempt {number} after {millis} ms"),
            None => format!("no attempt {number}"),
        };
        if expected.get(number) != happened.get(number) {
            story.broken(at(&expected), at(&happened))?;
        }
    }
    story.expect(ends_well, is_well)
}
