//! A reader of lines whose waits are dropped, at any poll and however often: what has come
//! must neither be lost nor said twice.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::iter;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use mainspring::io::AsyncRead;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests: it cuts what comes from a source into lines.
pub trait Lines {
    /// Nothing is read yet. A line may have `limit` bytes, with its end.
    fn new(source: Rc<Source>, limit: usize) -> Self;

    /// The next line without its end, which is `\n` or `\r\n`; what stands before the end
    /// of all without one is a line too, and after it comes `None`. A line that is longer
    /// than the limit is an error, and stays one. Dropped early, it loses nothing.
    fn next_line(&mut self) -> impl Future<Output = io::Result<Option<String>>>;
}

/// Makes a type of the book or of the reader [`Lines`] by its methods.
macro_rules! lines {
    ($type:ty) => {
        impl crate::suite::lines::Lines for $type {
            fn new(
                source: std::rc::Rc<crate::suite::lines::Source>,
                limit: usize,
            ) -> Self {
                <$type>::new(source, limit)
            }
            async fn next_line(&mut self) -> std::io::Result<Option<String>> {
                <$type>::next_line(self).await
            }
        }
    };
}

pub(crate) use lines;

/// A line as text, without its end, which is `\n` or `\r\n`; none of no bytes.
pub fn text(line: &[u8]) -> Option<String> {
    let text = line.strip_suffix(b"\n");
    let text = text.map_or(line, |text| text.strip_suffix(b"\r").unwrap_or(text));
    (!line.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}

/// What a source does when it is read; after the last it is at its end.
#[derive(Clone)]
enum Gives {
    Bytes(Vec<u8>),
    /// It has nothing yet: one poll is pending.
    Nothing,
}

/// Something to read from, by a script.
pub struct Source {
    script: RefCell<VecDeque<Gives>>,
    waits: Cell<u32>,
    /// How much room a read had that left some of what was there.
    too_small: Cell<Option<usize>>,
}

impl Source {
    fn new(script: &[Gives]) -> Rc<Self> {
        let script = RefCell::new(script.to_vec().into());
        Rc::new(Self { script, waits: Cell::new(0), too_small: Cell::new(None) })
    }

    /// Waits for bytes and moves some of them into `buffer`: how many is returned; zero is
    /// the end. Dropped early, it has taken none.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!buffer.is_empty(), "a read into no bytes tells nothing");
        poll_fn(|_| self.poll_read(buffer).map(Ok)).await
    }

    fn poll_read(&self, buffer: &mut [u8]) -> Poll<usize> {
        let mut script = self.script.borrow_mut();
        match script.front_mut() {
            None => Poll::Ready(0),
            Some(Gives::Nothing) => {
                script.pop_front();
                self.waits.set(self.waits.get() + 1);
                Poll::Pending
            }
            Some(Gives::Bytes(bytes)) => {
                let length = bytes.len().min(buffer.len());
                for (place, byte) in buffer.iter_mut().zip(bytes.drain(..length)) {
                    *place = byte;
                }
                if bytes.is_empty() {
                    script.pop_front();
                } else {
                    self.too_small.set(Some(length));
                }
                Poll::Ready(length)
            }
        }
    }
}

impl AsyncRead for Source {
    async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Source::read(self, buffer).await
    }
}

impl fmt::Debug for Gives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Self::Nothing => f.write_str("nothing yet"),
        }
    }
}

/// What a reader says.
#[derive(PartialEq)]
enum Said {
    Line(String),
    End,
    Error,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "the line {line:?}"),
            Self::End => f.write_str("the end"),
            Self::Error => f.write_str("an error"),
        }
    }
}

#[derive(Clone, Debug)]
struct Case {
    script: Vec<Gives>,
    limit: usize,
    /// For each poll that is pending, whether its future is dropped; round and round.
    drops: Vec<bool>,
}

fn cases() -> impl Strategy<Value = Case> {
    let byte = prop_oneof![6 => b'a'..=b'z', 2 => Just(b'\n'), 1 => Just(b'\r')];
    let gives = prop_oneof![
        2 => vec(byte, 1..6).prop_map(Gives::Bytes),
        1 => Just(Gives::Nothing),
    ];
    (vec(gives, 0..10), 4..40_usize, vec(any::<bool>(), 1..6))
        .prop_map(|(script, limit, drops)| Case { script, limit, drops })
}

/// The model: what is to be said of all bytes together.
fn what_to_say(script: &[Gives], limit: usize) -> Vec<Said> {
    let bytes = script.iter().flat_map(|gives| match gives {
        Gives::Bytes(bytes) => &bytes[..],
        Gives::Nothing => &[],
    });
    let bytes: Vec<u8> = bytes.copied().collect();
    let mut said = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.len() > limit {
            said.push(Said::Error);
            return said;
        }
        said.extend(text(line).map(Said::Line));
    }
    said.extend([Said::End, Said::End]);
    said
}

/// Any reader that passes this may be waited for in a timeout.
pub fn loses_nothing<L: Lines>() -> Outcome {
    explore(
        "a reader says every line, once and whole, however often a wait for it is dropped",
        &cases(),
        |case, story| run::<L>(case, story).map(drop),
    )
}

/// Any reader that passes this makes few system calls, and is not talked past its limit.
pub fn reads_ahead<L: Lines>() -> Outcome {
    explore(
        "a reader takes all that is there, and a line that is too long stays an error",
        &cases(),
        |case, story| {
            let (mut reader, source) = run::<L>(case, story)?;
            if let Some(room) = source.too_small.get() {
                story.broken(
                    "every read has room for all that is there, some bytes",
                    format!("one has room for {room}, and leaves the rest"),
                )?;
            }
            if what_to_say(&case.script, case.limit).contains(&Said::Error) {
                story.step("next_line(), after an error");
                let drops = &mut iter::empty();
                let said = poll_until_dropped(&mut reader, &source, drops, story)?;
                story.expect(Some(Said::Error), said)?;
            }
            Ok(())
        },
    )
}

fn run<L: Lines>(case: &Case, story: &mut Story) -> Result<(L, Rc<Source>), Broken> {
    story.given(format!(
        "the source gives {:?}, then its end; a line has {} bytes at most, with its end",
        case.script, case.limit
    ));
    let source = Source::new(&case.script);
    let mut reader = L::new(Rc::clone(&source), case.limit);
    let mut drops = case.drops.iter().copied().cycle();
    for expected in what_to_say(&case.script, case.limit) {
        story.step("next_line()");
        let said = loop {
            match poll_until_dropped(&mut reader, &source, &mut drops, story)? {
                Some(said) => break said,
                None => story.step("next_line()"),
            }
        };
        story.expect(expected, said)?;
    }
    Ok((reader, source))
}

/// Polls one future to its end; `None` if it is dropped before.
fn poll_until_dropped(
    reader: &mut impl Lines,
    source: &Source,
    drops: &mut impl Iterator<Item = bool>,
    story: &mut Story,
) -> Result<Option<Said>, Broken> {
    let mut future = pin!(reader.next_line());
    loop {
        let waits = source.waits.get();
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(Some(line))) => return Ok(Some(Said::Line(line))),
            Poll::Ready(Ok(None)) => return Ok(Some(Said::End)),
            Poll::Ready(Err(_)) => return Ok(Some(Said::Error)),
            Poll::Pending if source.waits.get() == waits => {
                story.broken(
                    "it waits when the source has nothing",
                    "it waits, and for nothing of the source: nobody will wake it",
                )?;
            }
            Poll::Pending if drops.next() == Some(true) => {
                story.go_on(" waits, and is dropped");
                return Ok(None);
            }
            Poll::Pending => story.go_on(" waits, is polled again,"),
        }
    }
}
