//! A look at a reactor, and the rule of the edge: what has happened is told once, all of it,
//! and a reader goes on until nothing is left.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

use mainspring::reactor::{Reactor, Readiness};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests.
pub trait Look {
    fn look(
        reactor: &mut Reactor<usize>,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<(usize, Readiness)>>;
}

#[derive(Clone, Debug)]
enum Step {
    Send(usize),
    Close(usize),
    Look,
    /// A look that may take its time; the byte that ends it comes a moment later.
    Wait(usize),
}

const SOCKETS: usize = 4;

fn name(number: usize) -> char {
    ['A', 'B', 'C', 'D'][number]
}

fn names(numbers: impl IntoIterator<Item = usize>) -> String {
    let names: Vec<String> = numbers.into_iter().map(|n| name(n).to_string()).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..SOCKETS).prop_map(Step::Send),
        2 => (0..SOCKETS).prop_map(Step::Close),
        5 => Just(Step::Look),
        1 => (0..SOCKETS).prop_map(Step::Wait),
    ]
}

/// Each look tells everybody for whom something has happened since the last one, once, and
/// nobody else.
pub fn tells_everybody_once<L: Look>() -> Outcome {
    let sentence = "a look tells all that has happened since the last one, once";
    // Stories shrink to sockets that are old news, by which they have a step less.
    let is_fresh = any::<bool>();
    explore(sentence, &(is_fresh, vec(step(), 0..8)), |(is_fresh, steps), story| {
        let mut case = Case::new();
        if *is_fresh {
            story.step("A, B, C and D are watched, and can be written to");
            case.news = [Some(false); SOCKETS];
        } else {
            case.reactor.wait(Some(Duration::ZERO)).expect("a wait");
            while case.reactor.next_event().is_some() {}
        }
        for step in steps.iter().chain([&Step::Look]) {
            case.take::<L>(step, story)?;
        }
        Ok(())
    })
}

struct Case {
    reactor: Reactor<usize>,
    _sockets: Vec<UnixStream>,
    peers: Vec<Option<UnixStream>>,
    /// For whom something has happened, and whether it can be read.
    news: [Option<bool>; SOCKETS],
}

impl Case {
    fn new() -> Self {
        let mut reactor = Reactor::new().expect("an epoll");
        let (mut sockets, mut peers) = (Vec::new(), Vec::new());
        for number in 0..SOCKETS {
            let (socket, peer) = UnixStream::pair().expect("a pair of sockets");
            reactor.register(&socket, number).expect("it is watched");
            sockets.push(socket);
            peers.push(Some(peer));
        }
        Case { reactor, _sockets: sockets, peers, news: [None; SOCKETS] }
    }

    fn take<L: Look>(&mut self, step: &Step, story: &mut Story) -> Result<(), Broken> {
        match *step {
            Step::Send(number) => {
                let Some(peer) = &mut self.peers[number] else { return Ok(()) };
                story.step(format!("a byte comes for {}", name(number)));
                peer.write_all(b"x").expect("room for a byte");
                self.news[number] = Some(true);
            }
            Step::Close(number) => {
                if self.peers[number].take().is_some() {
                    story.step(format!("the peer of {} closes", name(number)));
                    self.news[number] = Some(true);
                }
            }
            Step::Look => {
                story.step("look, and wait for no time");
                let told = L::look(&mut self.reactor, Some(Duration::ZERO));
                return self.told(told, story);
            }
            // With news it would not wait.
            Step::Wait(number) if self.news.iter().all(Option::is_none) => {
                let Some(peer) = &self.peers[number] else { return Ok(()) };
                let name = name(number);
                story.step(format!(
                    "look, and wait as long as it takes; a byte comes for {name} meanwhile"
                ));
                self.news[number] = Some(true);
                let told = thread::scope(|scope| {
                    scope.spawn(|| {
                        thread::sleep(Duration::from_millis(1));
                        (&mut &*peer).write_all(b"x").expect("room for a byte");
                    });
                    L::look(&mut self.reactor, None)
                });
                return self.told(told, story);
            }
            Step::Wait(_) => {}
        }
        Ok(())
    }

    /// Holds what a look has told against the news.
    fn told(
        &mut self,
        told: io::Result<Vec<(usize, Readiness)>>,
        story: &mut Story,
    ) -> Result<(), Broken> {
        let told = match told {
            Ok(told) => told,
            Err(error) => return story.broken("no error", error.to_string()),
        };
        let mut heard: Vec<usize> = told.iter().map(|(number, _)| *number).collect();
        heard.sort_unstable();
        let expected = (0..SOCKETS).filter(|number| self.news[*number].is_some());
        let expected: Vec<usize> = expected.collect();
        if heard != expected {
            let tells = |of| format!("it tells of {}", names(of));
            return story.broken(tells(expected), tells(heard));
        }
        for (number, readiness) in told {
            let can_be_read = self.news[number].take() == Some(true);
            if readiness.readable != can_be_read || !readiness.writable {
                let readable = if can_be_read { "read and written" } else { "written" };
                let name = name(number);
                return story.broken(
                    format!("{name} can be {readable}"),
                    format!("{name}, {readiness:?}"),
                );
            }
        }
        Ok(())
    }
}

/// What the second suite tests.
pub trait Drain {
    fn drain(source: &mut Script, bytes: &mut Vec<u8>) -> io::Result<bool>;
}

/// What a read gets.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Answer {
    Bytes(u16),
    Error(ErrorKind),
    End,
}

/// A source that answers by a script, and says `WouldBlock` when that is over. Who asks on
/// then would ask for ever, and is told no more: it unwinds with [`GaveUp`].
pub struct Script {
    answers: VecDeque<Answer>,
    sent: u8,
    /// How often it has said so since the script was over.
    pauses: u32,
    /// The source has said that there is nothing more for now, or at all.
    over: bool,
    asked_again: bool,
}

const PAUSES: u32 = 1_000;

struct GaveUp;

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.asked_again |= self.over;
        let answer = self.answers.pop_front();
        self.pauses += u32::from(answer.is_none());
        if self.pauses == PAUSES {
            panic::resume_unwind(Box::new(GaveUp));
        }
        match answer.unwrap_or(Answer::Error(ErrorKind::WouldBlock)) {
            Answer::Bytes(count) => {
                let taken = usize::from(count).min(buffer.len());
                for byte in &mut buffer[..taken] {
                    *byte = self.sent;
                    self.sent = self.sent.wrapping_add(1);
                }
                let left = count - u16::try_from(taken).expect("no more than there are");
                if left > 0 {
                    self.answers.push_front(Answer::Bytes(left));
                }
                Ok(taken)
            }
            Answer::Error(kind) => {
                self.over |= kind != ErrorKind::Interrupted;
                Err(kind.into())
            }
            Answer::End => {
                self.over = true;
                Ok(0)
            }
        }
    }
}

fn answer() -> impl Strategy<Value = Answer> {
    // Numbers, not alternatives: they shrink to the first, whatever else is tried.
    (0..9, 1..20_u16, 1_000..3_000_u16).prop_map(|(number, few, many)| match number {
        0..4 => Answer::Bytes(few),
        4 => Answer::Bytes(many),
        5 => Answer::Error(ErrorKind::Interrupted),
        6 => Answer::End,
        7 => Answer::Error(ErrorKind::ConnectionReset),
        _ => Answer::Error(ErrorKind::WouldBlock),
    })
}

/// It takes all that is there, loses no byte, and tells the end from a pause.
pub fn drains<D: Drain>() -> Outcome {
    let sentence = "a drain reads all that is there now, and says whether more may come";
    explore(sentence, &vec(answer(), 0..6), |answers, story| {
        let mut expected = Vec::new();
        let mut end = Err(ErrorKind::WouldBlock);
        for answer in answers {
            match answer {
                Answer::Bytes(count) => {
                    let (is, more) = match (*count, expected.is_empty()) {
                        (1, true) => ("there is", ""),
                        (_, true) => ("there are", ""),
                        (_, false) => ("then", " more"),
                    };
                    let bytes = bytes(usize::from(*count));
                    story.step(format!("{is} {bytes}{more}"));
                    expected.resize(expected.len() + usize::from(*count), 0);
                }
                Answer::Error(ErrorKind::Interrupted) => {
                    story.step("a read is Interrupted");
                }
                Answer::Error(kind) => {
                    story.step(format!("a read says {kind:?}"));
                    end = Err(*kind);
                    break;
                }
                Answer::End => {
                    story.step(match expected.is_empty() {
                        true => {
                            "there is nothing, and nothing will come: this is the end"
                        }
                        false => "then comes the end",
                    });
                    end = Ok(true);
                    break;
                }
            }
        }
        for (index, byte) in expected.iter_mut().enumerate() {
            #[allow(clippy::cast_possible_truncation)] // it counts round and round
            let value = index as u8;
            *byte = value;
        }
        story.step("drain");
        let answers = answers.iter().copied().collect();
        let mut script =
            Script { answers, sent: 0, pauses: 0, over: false, asked_again: false };
        let mut heard = Vec::new();
        let drained = AssertUnwindSafe(|| D::drain(&mut script, &mut heard));
        let right = if end == Err(ErrorKind::WouldBlock) { Ok(false) } else { end };
        let result = match panic::catch_unwind(drained) {
            Ok(result) => result.map_err(|error| error.kind()),
            Err(panic) if panic.is::<GaveUp>() => {
                return story.broken(
                    said(right),
                    "1,000 reads in a row, and the source says WouldBlock each time",
                );
            }
            Err(panic) => panic::resume_unwind(panic),
        };
        if heard.len() != expected.len() {
            return story.broken(bytes(expected.len()), bytes(heard.len()));
        }
        if heard != expected {
            return story.broken("the bytes as they came", "other bytes");
        }
        if result != right {
            return story.broken(said(right), said(result));
        }
        if script.asked_again {
            return story.broken("no read after that", "another read");
        }
        Ok(())
    })
}

fn said(result: Result<bool, ErrorKind>) -> String {
    match result {
        Ok(true) => "Ok(true): this was the end".to_owned(),
        Ok(false) => "Ok(false): more may come".to_owned(),
        Err(kind) => format!("Err({kind:?})"),
    }
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
