//! Properties of coroutines, chapter 03.
//!
//! A machine here plays a [`Script`]: it yields numbers, keeps what it is sent, hands over
//! to other scripts and cleans up behind itself. What it should do is said by [`replay`], a
//! function that never pauses: it plays the script from the start, and stops where the
//! values that were sent run out.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use mainspring::generator::{Coroutine, CoroutineState};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore, quietly};

/// What a coroutine has to do, step by step. It returns its history.
#[derive(Clone)]
pub struct Script {
    /// What its clean-up is known by in the diary.
    pub name: char,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// Yield this number with the history so far; append the answer to the history.
    Yield(u8),
    /// `history = yield from`: the first value sent to it is the history.
    Delegate(Script),
}

/// What a script yields: its number, and the history so far.
pub type Line = (u8, u64);

/// The history with one more digit: 4, 2 and 7 were sent, so it is 427.
pub fn append(history: u64, sent: u64) -> u64 {
    history.wrapping_mul(10).wrapping_add(sent)
}

/// Where it is written down which scripts have begun, and which have cleaned up.
#[derive(Clone, Default)]
pub struct Diary(Rc<RefCell<Vec<Entry>>>);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry {
    Began(char),
    Cleaned(char),
}

/// The clean-up of a script: it is written down when this is dropped.
pub struct Guard(char, Diary);

impl Diary {
    /// To be called when a script begins. What is returned has to be dropped when it ends.
    pub fn begin(&self, name: char) -> Guard {
        self.0.borrow_mut().push(Entry::Began(name));
        Guard(name, self.clone())
    }

    /// Writes a clean-up down by hand.
    pub fn clean(&self, name: char) {
        self.0.borrow_mut().push(Entry::Cleaned(name));
    }

    fn read(&self) -> Vec<Entry> {
        self.0.borrow().clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.1.clean(self.0);
    }
}

/// A machine that plays a script.
///
/// The first value sent to it is the beginning of its history.
pub trait Player: Coroutine<u64, Yield = Line, Return = u64> + Unpin {
    fn new(script: Script, diary: Diary) -> Self;
}

/// All properties of a player.
pub fn plays<P: Player>() -> Outcome {
    agrees::<P>()?;
    delegates::<P>()?;
    begins_late::<P>()?;
    cleans_up::<P>()?;
    stays_ended::<P>()
}

/// It yields, receives and returns what the function would that it pauses.
pub fn agrees<P: Player>() -> Outcome {
    explore(
        "a coroutine agrees with the function that it pauses",
        &cases(),
        |case, story| {
            let (script, sent) = case;
            let mut machine = start::<P>(script, &Diary::default(), story);
            for count in 1..=sent.len() {
                let expected = replay(script, &sent[..count]);
                send(&mut machine, sent[count - 1], expected.state, story)?;
                if expected.is_complete() {
                    break;
                }
            }
            Ok(())
        },
    )
}

/// It does the same whether its steps are its own or those of others it delegates to.
pub fn delegates<P: Player>() -> Outcome {
    explore("delegation is transparent", &cases(), |(script, sent), story| {
        let flat = Script { name: script.name, steps: flatten(&script.steps) };
        story.step(format!("let without = {flat}"));
        let mut without = P::new(flat, Diary::default());
        let mut machine = start::<P>(script, &Diary::default(), story);
        for &value in sent {
            let expected = without.send(value);
            send(&mut machine, value, expected, story)?;
            if matches!(expected, CoroutineState::Complete(_)) {
                break;
            }
        }
        Ok(())
    })
}

/// To make it is not to begin it.
pub fn begins_late<P: Player>() -> Outcome {
    explore("nothing runs before the first resume", &script(), |script, story| {
        let diary = Diary::default();
        let _machine = start::<P>(script, &diary, story);
        story.expect(vec![], diary.read())
    })
}

/// Whatever has begun is cleaned up once, the innermost first, wherever it is dropped; what
/// has not begun is not.
pub fn cleans_up<P: Player>() -> Outcome {
    let sentence = "clean-up runs once, innermost first, wherever it is dropped";
    explore(sentence, &cases(), |(script, sent), story| {
        for count in 0..=sent.len() {
            *story = Story::default();
            if drop_after::<P>(script, &sent[..count], story)? {
                break;
            }
        }
        Ok(())
    })
}

/// Sends the values, then drops the machine. Says whether it had completed.
fn drop_after<P: Player>(
    script: &Script,
    sent: &[u64],
    story: &mut Story,
) -> Result<bool, Broken> {
    let diary = Diary::default();
    let mut machine = start::<P>(script, &diary, story);
    let (mut expected, mut complete) = (vec![], false);
    for count in 1..=sent.len() {
        let replayed = replay(script, &sent[..count]);
        send(&mut machine, sent[count - 1], replayed.state, story)?;
        story.expect(&replayed.diary, &diary.read())?;
        complete = replayed.is_complete();
        expected = closed(&replayed.diary);
    }
    story.step("drop(machine)");
    drop(machine);
    story.expect(expected, diary.read())?;
    Ok(complete)
}

/// Resumed after its end, it panics, and does nothing else.
pub fn stays_ended<P: Player>() -> Outcome {
    let sentence = "a coroutine that has ended panics when it is resumed, every time";
    explore(sentence, &(script(), 1..3_u8), |(script, times), story| {
        let diary = Diary::default();
        let mut machine = start::<P>(script, &diary, story);
        story.step("machine.send(1) until it is Complete");
        while let CoroutineState::Yielded(_) = machine.send(1) {}
        let before = diary.read();
        for _ in 0..*times {
            story.step("machine.send(1)");
            if let Ok(state) = quietly(|| machine.send(1)) {
                return story.broken("a panic", format!("{state:?}"));
            }
            story.expect(&before, &diary.read())?;
        }
        Ok(())
    })
}

/// The model: plays the script from its start without any pause, up to the yield that has
/// no answer yet.
struct Replay {
    state: CoroutineState<Line, u64>,
    diary: Vec<Entry>,
}

impl Replay {
    fn is_complete(&self) -> bool {
        matches!(self.state, CoroutineState::Complete(_))
    }
}

fn replay(script: &Script, sent: &[u64]) -> Replay {
    fn play(
        script: &Script,
        first: u64,
        answers: &mut std::slice::Iter<u64>,
        diary: &mut Vec<Entry>,
    ) -> Result<u64, Line> {
        diary.push(Entry::Began(script.name));
        let mut history = first;
        for step in &script.steps {
            match step {
                Step::Yield(number) => {
                    let answer = answers.next().ok_or((*number, history))?;
                    history = append(history, *answer);
                }
                Step::Delegate(inner) => history = play(inner, history, answers, diary)?,
            }
        }
        diary.push(Entry::Cleaned(script.name));
        Ok(history)
    }
    let mut diary = vec![];
    let state = match play(script, sent[0], &mut sent[1..].iter(), &mut diary) {
        Err(line) => CoroutineState::Yielded(line),
        Ok(history) => CoroutineState::Complete(history),
    };
    Replay { state, diary }
}

/// The diary after everything that is open in it has been cleaned up.
fn closed(diary: &[Entry]) -> Vec<Entry> {
    let mut open = vec![];
    for entry in diary {
        match entry {
            Entry::Began(name) => open.push(*name),
            Entry::Cleaned(_) => drop(open.pop()),
        }
    }
    let cleaned = open.into_iter().rev().map(Entry::Cleaned);
    diary.iter().copied().chain(cleaned).collect()
}

fn flatten(steps: &[Step]) -> Vec<Step> {
    let flat = steps.iter().flat_map(|step| match step {
        Step::Yield(_) => vec![step.clone()],
        Step::Delegate(inner) => flatten(&inner.steps),
    });
    flat.collect()
}

fn start<P: Player>(script: &Script, diary: &Diary, story: &mut Story) -> P {
    story.step(format!("let machine = {script}"));
    P::new(script.clone(), diary.clone())
}

fn send<P: Player>(
    machine: &mut P,
    value: u64,
    expected: CoroutineState<Line, u64>,
    story: &mut Story,
) -> Result<(), Broken> {
    story.step(format!("machine.send({value})"));
    let happened = machine.send(value);
    story.expect(expected, happened)
}

/// A script, and what is sent to it before it is dropped.
fn cases() -> impl Strategy<Value = (Script, Vec<u64>)> {
    (script(), vec(1..10_u64, 0..12))
}

/// Scripts that delegate to scripts. They are drawn as flat lists, because lists shrink
/// well.
fn script() -> impl Strategy<Value = Script> {
    let token = prop_oneof![
        3 => (1..10_u8).prop_map(Token::Yield),
        2 => Just(Token::Begin),
        1 => Just(Token::End),
    ];
    vec(token, 0..14).prop_map(|tokens| {
        let mut names = ('a'..='z').cycle();
        read_script(&mut tokens.into_iter(), &mut names)
    })
}

#[derive(Clone, Debug)]
enum Token {
    Yield(u8),
    /// What follows, up to the end, is delegated.
    Begin,
    End,
}

/// Reads a script up to its end, or that of the list.
fn read_script(
    tokens: &mut impl Iterator<Item = Token>,
    names: &mut impl Iterator<Item = char>,
) -> Script {
    let name = names.next().expect("the names go round");
    let mut steps = vec![];
    while let Some(token) = tokens.next() {
        match token {
            Token::Yield(number) => steps.push(Step::Yield(number)),
            Token::Begin => steps.push(Step::Delegate(read_script(tokens, names))),
            Token::End => break,
        }
    }
    Script { name, steps }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[", self.name)?;
        for (index, step) in self.steps.iter().enumerate() {
            let space = if index == 0 { "" } else { ", " };
            match step {
                Step::Yield(number) => write!(f, "{space}yield {number}")?,
                Step::Delegate(inner) => write!(f, "{space}yield from {inner}")?,
            }
        }
        write!(f, "]")
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A generator that models an iterator over the same list.
pub trait Lister: Iterator<Item = u32> {
    /// A generator of `0..n` and then the same backwards.
    fn new(n: u32) -> Self;
}

/// It gives what the iterator gives, and `None` for ever after.
pub fn lists<L: Lister>() -> Outcome {
    let sentence = "a generator agrees with the iterator that it models";
    explore(sentence, &(0..6_u32, 0..16_u8), |&(n, calls), story| {
        let mut model = (0..n).chain((0..n).rev()).fuse();
        story.step(format!("let there_and_back = new({n})"));
        let mut machine = L::new(n);
        for _ in 0..calls {
            story.step("there_and_back.next()");
            story.expect(model.next(), machine.next())?;
        }
        Ok(())
    })
}

/// A coroutine that goes up by what it is sent, and down by ones.
pub trait Climber: Coroutine<u32, Yield = u32, Return = u32> + Unpin {
    fn new() -> Self;
}

/// It yields and returns what [`up_and_down`] does, and stays ended.
pub fn climbs<C: Climber>() -> Outcome {
    let sentence = "`up_and_down` agrees with the function that it pauses";
    explore(sentence, &vec(0..4_u32, 1..12), |sent, story| {
        story.step("let up_and_down = new()");
        let mut machine = C::new();
        for count in 1..=sent.len() {
            let value = sent[count - 1];
            let expected = up_and_down(&mut sent[..count].iter().copied());
            story.step(format!("up_and_down.send({value})"));
            story.expect(expected, machine.send(value))?;
            if matches!(expected, CoroutineState::Complete(_)) {
                story.step("up_and_down.send(1)");
                return match quietly(|| machine.send(1)) {
                    Ok(state) => story.broken("a panic", format!("{state:?}")),
                    Err(_) => Ok(()),
                };
            }
        }
        Ok(())
    })
}

/// The function without a pause: where the answers run out, it has yielded.
fn up_and_down(sent: &mut impl Iterator<Item = u32>) -> CoroutineState<u32, u32> {
    let (mut place, mut count) = (0, 0);
    while let Some(step) = sent.next() {
        if step == 0 {
            return down(place, count, sent);
        }
        (place, count) = (place + step, count + 1);
    }
    CoroutineState::Yielded(place)
}

fn down(
    mut place: u32,
    mut count: u32,
    answers: &mut impl Iterator<Item = u32>,
) -> CoroutineState<u32, u32> {
    while place > 0 {
        (place, count) = (place - 1, count + 1);
        if answers.next().is_none() {
            return CoroutineState::Yielded(place);
        }
    }
    CoroutineState::Complete(count)
}
