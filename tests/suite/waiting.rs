//! Reading and writing without waiting: what comes in pieces, is not there yet or is
//! interrupted must neither be lost nor invented. And waiting for many sockets at once.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// Cuts what comes from a non-blocking source into lines.
pub trait LineReader {
    /// A reader that has read nothing yet.
    fn new() -> Self;

    /// The next line without its newline; `None` at the end of the source; the error
    /// `WouldBlock` if the line is not there yet.
    fn next_line(&mut self, source: &mut dyn Read) -> io::Result<Option<Vec<u8>>>;
}

/// Keeps what a non-blocking sink has not taken yet.
pub trait Outbox {
    /// An empty outbox.
    fn new() -> Self;

    /// Adds bytes behind those that are still to go.
    fn push(&mut self, bytes: &[u8]);

    /// Writes what the sink takes; `Ok` if nothing is left, the error `WouldBlock` if the
    /// sink is full.
    fn flush(&mut self, sink: &mut dyn Write) -> io::Result<()>;
}

/// Makes a type of the book or of the reader a [`LineReader`] by its methods.
macro_rules! line_reader {
    ($type:ty) => {
        impl crate::suite::waiting::LineReader for $type {
            fn new() -> Self {
                <$type>::new()
            }
            fn next_line(
                &mut self,
                mut source: &mut dyn std::io::Read,
            ) -> std::io::Result<Option<Vec<u8>>> {
                <$type>::next_line(self, &mut source)
            }
        }
    };
}

/// Makes a type of the book or of the reader an [`Outbox`] by its methods.
macro_rules! outbox {
    ($type:ty) => {
        impl crate::suite::waiting::Outbox for $type {
            fn new() -> Self {
                <$type>::new()
            }
            fn push(&mut self, bytes: &[u8]) {
                <$type>::push(self, bytes);
            }
            fn flush(
                &mut self,
                mut sink: &mut dyn std::io::Write,
            ) -> std::io::Result<()> {
                <$type>::flush(self, &mut sink)
            }
        }
    };
}

pub(crate) use {line_reader, outbox};

/// More calls than any honest reader or writer makes in one go.
const TOO_MANY_CALLS: u32 = 1_000;

/// What a source does when it is read, once each; after the last it is at its end.
#[derive(Clone)]
enum Gives {
    Bytes(Vec<u8>),
    Interrupted,
    Fails(ErrorKind),
}

/// What a sink does when it is written to, once each; after the last it takes everything.
#[derive(Clone)]
enum Takes {
    AtMost(usize),
    Interrupted,
    Fails(ErrorKind),
}

/// What is done to an outbox.
#[derive(Clone, Debug)]
enum Task {
    Push(usize),
    Flush(Vec<Takes>),
}

/// What a reader says to one call.
#[derive(PartialEq)]
enum Said {
    Line(Vec<u8>),
    End,
    Error(ErrorKind),
}

/// Whatever pieces the source comes in, the reader says the same lines.
pub fn lines<R: LineReader>() -> Outcome {
    explore(
        "a reader over a non-blocking source says every line, once and whole, as soon as \
         it is there",
        &vec(gives(), 0..12),
        |script, story| read_lines::<R>(script, story),
    )
}

fn read_lines<R: LineReader>(script: &[Gives], story: &mut Story) -> Result<(), Broken> {
    story.step(format!("the source will give {script:?}, then its end"));
    let mut source = Source { script: script.to_vec().into(), calls: Calls::default() };
    let mut reader = R::new();
    for expected in what_to_say(script) {
        story.step(format!("next_line() has to say {expected:?}"));
        source.calls = Calls::default();
        let said = match reader.next_line(&mut source) {
            Ok(Some(line)) => Said::Line(line),
            Ok(None) => Said::End,
            Err(error) => Said::Error(error.kind()),
        };
        story.expect(expected, said)?;
    }
    Ok(())
}

/// The model: the lines of all bytes together, an error wherever the source gave one, and
/// the end twice.
fn what_to_say(script: &[Gives]) -> Vec<Said> {
    let mut said = Vec::new();
    let mut line = Vec::new();
    for gives in script {
        match gives {
            Gives::Bytes(bytes) => {
                for byte in bytes {
                    match byte {
                        b'\n' => said.push(Said::Line(std::mem::take(&mut line))),
                        byte => line.push(*byte),
                    }
                }
            }
            Gives::Interrupted => {}
            Gives::Fails(kind) => said.push(Said::Error(*kind)),
        }
    }
    if !line.is_empty() {
        said.push(Said::Line(line));
    }
    said.extend([Said::End, Said::End]);
    said
}

/// Whatever the sink takes at a time, all bytes reach it, in order.
pub fn bytes_arrive<O: Outbox>() -> Outcome {
    let task = prop_oneof![
        (1..6_usize).prop_map(Task::Push),
        vec(takes(), 0..5).prop_map(Task::Flush)
    ];
    explore(
        "an outbox over a non-blocking sink brings every byte there, once and in order",
        &vec(task, 0..10),
        |tasks, story| flush_tasks::<O>(tasks, story),
    )
}

fn flush_tasks<O: Outbox>(tasks: &[Task], story: &mut Story) -> Result<(), Broken> {
    let mut outbox = O::new();
    let mut letters = (b'a'..=b'z').cycle();
    let mut pushed = Vec::new();
    let mut arrived = Vec::new();
    for task in tasks.iter().chain([&Task::Flush(Vec::new())]) {
        match task {
            Task::Push(length) => {
                let bytes: Vec<u8> = letters.by_ref().take(*length).collect();
                story.step(format!("push({})", Text(&bytes)));
                outbox.push(&bytes);
                pushed.extend(bytes);
            }
            Task::Flush(script) => {
                story.step(format!("flush() to a sink that {}", Script(script)));
                flush(&mut outbox, script, &pushed, &mut arrived, story)?;
            }
        }
    }
    Ok(())
}

/// Flushes to a sink with this script; holds what has arrived against what was pushed.
fn flush<O: Outbox>(
    outbox: &mut O,
    script: &[Takes],
    pushed: &[u8],
    arrived: &mut Vec<u8>,
    story: &mut Story,
) -> Result<(), Broken> {
    let calls = Calls::default();
    let mut sink = Sink { script: script.to_vec().into(), calls, arrived };
    let result = outbox.flush(&mut sink).map_err(|error| error.kind());
    let expected = sink.calls.failed.map_or(Ok(()), Err);
    if !pushed.starts_with(arrived) {
        return story.broken(
            format!("the sink has the beginning of {}", Text(pushed)),
            format!("it has {}", Text(arrived)),
        );
    }
    if expected.is_ok() {
        story.expect(Text(pushed), Text(arrived))?;
    }
    story.expect(expected, result)
}

/// The other end of a socket.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Peer {
    Silent,
    HasAnswered,
    HasLeft,
}

/// Whoever has answered or left is ready, and nobody else.
pub fn ready_ones(ready: impl Fn(&[UnixStream]) -> io::Result<Vec<usize>>) -> Outcome {
    let peer =
        prop_oneof![Just(Peer::Silent), Just(Peer::HasAnswered), Just(Peer::HasLeft)];
    let peers = vec(peer, 1..6).prop_filter("someone has to be ready", |peers| {
        peers.iter().any(|peer| *peer != Peer::Silent)
    });
    explore(
        "a wait for many sockets says which of them are ready",
        &peers,
        |peers, story| {
            story.step(format!("a socket pair each for the peers {peers:?}"));
            let pairs = peers.iter().map(|_| UnixStream::pair().expect("a socket pair"));
            let (ours, theirs): (Vec<UnixStream>, Vec<UnixStream>) = pairs.unzip();
            let _still_open: Vec<UnixStream> = peers
                .iter()
                .zip(theirs)
                .filter_map(|(peer, socket)| act(*peer, socket))
                .collect();
            story.step("ready()");
            let expected = (0..peers.len()).filter(|index| peers[*index] != Peer::Silent);
            let happened = ready(&ours).map_err(|error| error.kind());
            story.expect(Ok(expected.collect()), happened)
        },
    )
}

/// Does with the other end of a socket what the peer does, and returns it if it stays open.
fn act(peer: Peer, mut socket: UnixStream) -> Option<UnixStream> {
    match peer {
        Peer::Silent => Some(socket),
        Peer::HasAnswered => {
            socket.write_all(b"!").expect("there is room for a byte");
            Some(socket)
        }
        Peer::HasLeft => None,
    }
}

fn gives() -> impl Strategy<Value = Gives> {
    let byte = prop_oneof![3 => b'a'..=b'e', 1 => Just(b'\n')];
    prop_oneof![
        4 => vec(byte, 1..6).prop_map(Gives::Bytes),
        1 => Just(Gives::Interrupted),
        2 => Just(Gives::Fails(ErrorKind::WouldBlock)),
        1 => Just(Gives::Fails(ErrorKind::ConnectionReset)),
    ]
}

fn takes() -> impl Strategy<Value = Takes> {
    prop_oneof![
        3 => (1..4_usize).prop_map(Takes::AtMost),
        1 => Just(Takes::Interrupted),
        2 => Just(Takes::Fails(ErrorKind::WouldBlock)),
        1 => Just(Takes::Fails(ErrorKind::WriteZero)),
        1 => Just(Takes::Fails(ErrorKind::ConnectionReset)),
    ]
}

/// The calls that a source or a sink has got since the machine was called.
#[derive(Default)]
struct Calls {
    count: u32,
    failed: Option<ErrorKind>,
}

impl Calls {
    /// Counts a call. A machine that does not wait makes none after an error.
    fn count(&mut self) {
        if let Some(kind) = self.failed {
            panic!("it asked again after {kind:?} instead of returning");
        }
        self.count += 1;
        assert!(self.count < TOO_MANY_CALLS, "it asked {TOO_MANY_CALLS} times in one go");
    }

    fn fail(&mut self, kind: ErrorKind) -> io::Error {
        self.failed = Some(kind);
        kind.into()
    }
}

/// A source that follows its script.
struct Source {
    script: VecDeque<Gives>,
    calls: Calls,
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls.count();
        match self.script.pop_front() {
            Some(Gives::Bytes(mut bytes)) => {
                let taken = bytes.len().min(buffer.len());
                let rest = bytes.split_off(taken);
                buffer[..taken].copy_from_slice(&bytes);
                if !rest.is_empty() {
                    self.script.push_front(Gives::Bytes(rest));
                }
                Ok(taken)
            }
            Some(Gives::Interrupted) => Err(ErrorKind::Interrupted.into()),
            Some(Gives::Fails(kind)) => Err(self.calls.fail(kind)),
            None => Ok(0),
        }
    }
}

/// A sink that follows its script.
struct Sink<'a> {
    script: VecDeque<Takes>,
    calls: Calls,
    arrived: &'a mut Vec<u8>,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls.count();
        let taken = match self.script.pop_front() {
            Some(Takes::AtMost(most)) => bytes.len().min(most),
            Some(Takes::Interrupted) => return Err(ErrorKind::Interrupted.into()),
            Some(Takes::Fails(ErrorKind::WriteZero)) => {
                self.calls.fail(ErrorKind::WriteZero);
                return Ok(0);
            }
            Some(Takes::Fails(kind)) => return Err(self.calls.fail(kind)),
            None => bytes.len(),
        };
        self.arrived.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes as a text in quotes.
#[derive(PartialEq)]
struct Text<'a>(&'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a sink will do, in words.
struct Script<'a>(&'a [Takes]);

impl fmt::Display for Script<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for takes in self.0 {
            write!(f, "{takes:?}, then ")?;
        }
        f.write_str("takes all")
    }
}

impl fmt::Debug for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Takes::AtMost(most) => write!(f, "takes {most}"),
            Takes::Interrupted => f.write_str("is interrupted"),
            Takes::Fails(ErrorKind::WouldBlock) => f.write_str("is full (WouldBlock)"),
            Takes::Fails(ErrorKind::WriteZero) => f.write_str("takes 0"),
            Takes::Fails(kind) => write!(f, "fails ({kind:?})"),
        }
    }
}

impl fmt::Debug for Gives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gives::Bytes(bytes) => fmt::Debug::fmt(&Text(bytes), f),
            Gives::Interrupted => f.write_str("Interrupted"),
            Gives::Fails(kind) => fmt::Debug::fmt(kind, f),
        }
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Said::Line(line) => write!(f, "the line {}", Text(line)),
            Said::End => f.write_str("the end"),
            Said::Error(kind) => fmt::Debug::fmt(kind, f),
        }
    }
}
