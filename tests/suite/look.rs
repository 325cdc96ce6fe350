//! A look at a reactor, and the rule of the edge: what has happened is told once, all of it,
//! and a reader goes on until nothing is left.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use mainspring::reactor::{Reactor, Readiness};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Outcome, explore};

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
        4 => (0..SOCKETS).prop_map(Step::Send),
        1 => (0..SOCKETS).prop_map(Step::Close),
        3 => Just(Step::Look),
    ]
}

/// Each look tells everybody for whom something has happened since the last one, once, and
/// nobody else.
pub fn tells_everybody_once<L: Look>() -> Outcome {
    let sentence = "a look tells all that has happened since the last one, once";
    explore(sentence, &vec(step(), 0..8), |steps, story| {
        let mut reactor = Reactor::new().expect("an epoll");
        let mut peers = Vec::new();
        let mut sockets = Vec::new();
        for number in 0..SOCKETS {
            let (socket, peer) = UnixStream::pair().expect("a pair of sockets");
            reactor.register(&socket, number).expect("it is watched");
            sockets.push(socket);
            peers.push(Some(peer));
        }
        // The first wait tells of each that it can be written to.
        reactor.wait(Some(Duration::ZERO)).expect("a wait");
        while reactor.next_event().is_some() {}
        let mut news = [false; SOCKETS];
        for step in steps {
            match step {
                Step::Send(number) => {
                    let Some(peer) = &mut peers[*number] else { continue };
                    story.step(format!("a byte comes for {}", name(*number)));
                    peer.write_all(b"x").expect("room for a byte");
                    news[*number] = true;
                }
                Step::Close(number) => {
                    if peers[*number].take().is_some() {
                        story.step(format!("the peer of {} closes", name(*number)));
                        news[*number] = true;
                    }
                }
                Step::Look => {
                    // Without news it would wait as long as it may, which is no time.
                    story.step("look, and wait for no time");
                    let told = match L::look(&mut reactor, Some(Duration::ZERO)) {
                        Ok(told) => told,
                        Err(error) => {
                            return story.broken("no error", error.to_string());
                        }
                    };
                    let mut heard: Vec<usize> = told.iter().map(|(n, _)| *n).collect();
                    heard.sort_unstable();
                    let expected = (0..SOCKETS).filter(|n| news[*n]);
                    let expected: Vec<usize> = expected.collect();
                    if heard != expected {
                        return story.broken(names(expected), names(heard));
                    }
                    if let Some((number, _)) = told.iter().find(|(_, r)| !r.readable) {
                        let name = name(*number);
                        return story.broken(
                            format!("{name} is readable"),
                            "it is told it is not",
                        );
                    }
                    news = [false; SOCKETS];
                }
            }
        }
        waits(L::look, &mut reactor, story)
    })
}

/// A look that may wait for ever waits for the next event, and one with a limit ends by it.
fn waits(
    look: impl Fn(
        &mut Reactor<usize>,
        Option<Duration>,
    ) -> io::Result<Vec<(usize, Readiness)>>,
    reactor: &mut Reactor<usize>,
    story: &mut super::Story,
) -> Result<(), super::Broken> {
    let _ = look(reactor, Some(Duration::ZERO));
    let (socket, mut peer) = UnixStream::pair().expect("a pair of sockets");
    let token = reactor.register(&socket, 9).expect("it is watched");
    let _ = reactor.wait(Some(Duration::ZERO));
    while reactor.next_event().is_some() {}
    story.step("look, and wait for as long as it takes; a byte comes meanwhile");
    peer.write_all(b"x").expect("room for a byte");
    let told = look(reactor, None).map(|told| told.len());
    reactor.deregister(token, &socket);
    match told {
        Ok(1) => Ok(()),
        Ok(told) => story.broken("one event", format!("{told} events")),
        Err(error) => story.broken("one event", error.to_string()),
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

/// A source that answers by a script, and says `WouldBlock` when that is over.
pub struct Script {
    answers: VecDeque<Answer>,
    sent: u8,
    /// The source has said that there is nothing more for now, or at all.
    over: bool,
    asked_again: bool,
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.asked_again |= self.over;
        let answer = self.answers.pop_front();
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
    prop_oneof![
        3 => (1..20_u16).prop_map(Answer::Bytes),
        1 => (1000..3000_u16).prop_map(Answer::Bytes),
        1 => Just(Answer::Error(ErrorKind::Interrupted)),
        1 => Just(Answer::Error(ErrorKind::WouldBlock)),
        1 => Just(Answer::Error(ErrorKind::ConnectionReset)),
        1 => Just(Answer::End),
    ]
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
                    story.step(format!("there are {}", bytes(usize::from(*count))));
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
                    story.step("then comes the end");
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
        let mut script = Script { answers, sent: 0, over: false, asked_again: false };
        let mut heard = Vec::new();
        let result = D::drain(&mut script, &mut heard).map_err(|error| error.kind());
        if heard.len() != expected.len() {
            return story.broken(bytes(expected.len()), bytes(heard.len()));
        }
        if heard != expected {
            return story.broken("the bytes as they came", "other bytes");
        }
        let expected = if end == Err(ErrorKind::WouldBlock) { Ok(false) } else { end };
        story.expect(expected, result)?;
        if script.asked_again {
            return story.broken("no read after that", "another read");
        }
        Ok(())
    })
}

fn bytes(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}
