//! Descriptors with duplicates. The kernel watches what is open behind a number, and goes on
//! while a duplicate is open, whatever becomes of the number and of the source.

#![allow(unsafe_code)]

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use mainspring::reactor::{Reactor, Readiness, Token};

mod guard;

use guard::{alone, each_alone, ends};

const NOW: Option<Duration> = Some(Duration::ZERO);
const READ: Readiness = Readiness { readable: true, writable: false };

/// A timeout to be waited for, and one that cannot be waited for by mistake.
const SHORT: Duration = Duration::from_millis(20);

fn pipe() -> (PipeReader, PipeWriter) {
    io::pipe().unwrap()
}

/// Takes all events that there are now.
fn events<S>(reactor: &mut Reactor<S>) -> Vec<(Token, Readiness)> {
    reactor.wait(NOW).unwrap();
    std::iter::from_fn(|| reactor.next_event()).collect()
}

/// A duplicate with this number, whatever that stood for before.
fn duplicate_to(fd: impl AsFd, number: RawFd) -> OwnedFd {
    let old = fd.as_fd().as_raw_fd();
    // SAFETY: takes integers alone; whoever had the number has given it up.
    let new = unsafe { libc::dup2(old, number) };
    assert_eq!(new, number, "{}", io::Error::last_os_error());
    // SAFETY: it is open, and nobody else owns it.
    unsafe { OwnedFd::from_raw_fd(new) }
}

/// What has a number in the kernel that no source of the reactor has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    /// It was never closed.
    Open,
    /// It was closed and is a duplicate of the same again.
    Again,
    /// The same, but it came back after the source was removed, when there was no number by
    /// which to tell the kernel.
    Late,
}

const NUMBERS: [(&str, Number); 3] =
    [("open", Number::Open), ("again", Number::Again), ("late", Number::Late)];

/// A dead registration: the source is removed, and something open behind its number is not. The
/// descriptor that may be registered, a duplicate, and the other end.
fn dead(reactor: &mut Reactor<&str>, number: Number) -> (OwnedFd, OwnedFd, PipeWriter) {
    let (reader, writer) = pipe();
    let token = reactor.register(&reader, "dead").unwrap();
    let duplicate = OwnedFd::from(reader.try_clone().unwrap());
    let at = reader.as_raw_fd();
    let reader = match number {
        Number::Open => reader.into(),
        Number::Again | Number::Late => {
            drop(reader);
            if number == Number::Late {
                assert_eq!(reactor.remove(token), Some("dead"));
            }
            duplicate_to(&duplicate, at)
        }
    };
    let expected = if number == Number::Late { None } else { Some("dead") };
    assert_eq!(reactor.remove(token), expected);
    (reader, duplicate, writer)
}

// Registering.

#[test]
fn a_descriptor_whose_source_was_removed_can_be_registered_again() {
    each_alone(NUMBERS, |number| {
        let mut reactor = Reactor::new().unwrap();
        let (reader, _duplicate, mut writer) = dead(&mut reactor, number);
        for round in 0..3 {
            let token = reactor.register(&reader, "new").unwrap();
            assert_eq!(reactor.len(), 1);
            assert_eq!(events(&mut reactor), []);
            writer.write_all(b"x").unwrap();
            assert_eq!(events(&mut reactor), [(token, READ)]);
            assert_eq!(events(&mut reactor), [], "an edge is told once");
            assert_eq!(reactor.get(token), Some(&"new"));
            if round == 1 {
                assert_eq!(reactor.deregister(token, &reader), Some("new"));
                writer.write_all(b"x").unwrap();
                assert_eq!(events(&mut reactor), []);
            } else {
                assert_eq!(reactor.remove(token), Some("new"));
            }
            File::from(&reader).read_to_empty();
        }
    });
}

/// Empties what is behind a descriptor.
struct File(OwnedFd);

impl From<&OwnedFd> for File {
    fn from(fd: &OwnedFd) -> Self {
        Self(fd.try_clone().unwrap())
    }
}

impl File {
    fn read_to_empty(self) {
        let mut waiting = 0;
        let fd = self.0.as_raw_fd();
        // SAFETY: the kernel writes one integer, and this is one.
        let result = unsafe { libc::ioctl(fd, libc::FIONREAD, &raw mut waiting) };
        assert_eq!(result, 0);
        let mut bytes = vec![0; usize::try_from(waiting).unwrap()];
        PipeReader::from(self.0).read_exact(&mut bytes).unwrap();
    }
}

#[test]
fn a_descriptor_that_is_registered_again_says_at_once_what_it_is_ready_for() {
    each_alone(NUMBERS, |number| {
        let mut reactor = Reactor::new().unwrap();
        let (reader, _duplicate, mut writer) = dead(&mut reactor, number);
        writer.write_all(b"before").unwrap();
        for _ in 0..3 {
            let token = reactor.register(&reader, "new").unwrap();
            assert_eq!(events(&mut reactor), [(token, READ)]);
            assert_eq!(reactor.remove(token), Some("new"));
        }
    });
}

/// An event of the dead registration that is queued, or that the kernel has, is nobody's.
#[test]
fn a_descriptor_that_is_registered_again_does_not_get_the_events_of_the_dead() {
    each_alone(NUMBERS, |number| {
        for is_queued in [false, true] {
            let mut reactor = Reactor::new().unwrap();
            let (reader, writer) = pipe();
            let mut writer = writer;
            let old = reactor.register(&reader, "old").unwrap();
            let duplicate = reader.try_clone().unwrap();
            writer.write_all(b"x").unwrap();
            if is_queued {
                assert_eq!(reactor.wait(NOW).unwrap(), 1);
            }
            let fd = reader.as_raw_fd();
            let reader: OwnedFd = match number {
                Number::Open => reader.into(),
                Number::Again => {
                    drop(reader);
                    duplicate_to(&duplicate, fd)
                }
                Number::Late => {
                    drop(reader);
                    assert_eq!(reactor.remove(old), Some("old"));
                    duplicate_to(&duplicate, fd)
                }
            };
            let left = if number == Number::Late { None } else { Some("old") };
            assert_eq!(reactor.remove(old), left);
            let new = reactor.register(&reader, "new").unwrap();
            let mut all = events(&mut reactor);
            all.extend(events(&mut reactor));
            assert_eq!(all, [(new, READ)], "queued: {is_queued}");
            assert_eq!(reactor.get(old), None);
            assert_eq!(reactor.deregister(old, &reader), None, "nor is it the old one's");
            writer.write_all(b"x").unwrap();
            assert_eq!(events(&mut reactor), [(new, READ)]);
        }
    });
}

#[test]
fn a_descriptor_that_was_registered_again_is_registered_once() {
    each_alone(NUMBERS, |number| {
        let mut reactor = Reactor::new().unwrap();
        let (reader, duplicate, mut writer) = dead(&mut reactor, number);
        let token = reactor.register(&reader, "one").unwrap();
        let error = reactor.register(&reader, "two").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(reactor.get(token), Some(&"one"));
        // A duplicate is another descriptor.
        let other = reactor.register(&duplicate, "duplicate").unwrap();
        assert_eq!(reactor.len(), 2);
        writer.write_all(b"x").unwrap();
        let mut all = events(&mut reactor);
        all.sort_by_key(|(token, _)| reactor.get(*token).copied());
        assert_eq!(all, [(other, READ), (token, READ)]);
        // And each goes for itself.
        assert_eq!(reactor.deregister(token, &reader), Some("one"));
        writer.write_all(b"x").unwrap();
        assert_eq!(events(&mut reactor), [(other, READ)]);
        let token = reactor.register(&reader, "one").unwrap();
        assert_eq!(
            reactor.register(&duplicate, "").unwrap_err().kind(),
            ErrorKind::AlreadyExists
        );
        assert_eq!(reactor.remove(other), Some("duplicate"));
        let error = reactor.register(&reader, "two").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(reactor.remove(token), Some("one"));
        assert!(reactor.is_empty());
        reactor.register(&duplicate, "duplicate").unwrap();
        reactor.register(&reader, "one").unwrap();
    });
}

/// Alive in the reactor, though its number was closed and means the same again.
#[test]
fn a_living_registration_is_not_taken_over() {
    alone(|| {
        let mut reactor = Reactor::new().unwrap();
        let (reader, mut writer) = pipe();
        let token = reactor.register(&reader, "living").unwrap();
        let duplicate = reader.try_clone().unwrap();
        let number = reader.as_raw_fd();
        drop(reader);
        let reader = duplicate_to(&duplicate, number);
        let error = reactor.register(&reader, "other").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(error.to_string(), "this descriptor is registered already");
        writer.write_all(b"x").unwrap();
        assert_eq!(events(&mut reactor), [(token, READ)]);
        assert_eq!(reactor.remove(token), Some("living"));
        reactor.register(&reader, "other").unwrap();
    });
}

#[test]
fn a_fresh_descriptor_with_the_number_of_a_dead_registration_is_its_own() {
    alone(|| {
        let mut reactor = Reactor::new().unwrap();
        let (old, _duplicate, mut old_writer) = dead(&mut reactor, Number::Open);
        let number = old.as_raw_fd();
        drop(old);
        let (fresh, mut writer) = pipe();
        let fresh = if fresh.as_raw_fd() == number {
            fresh.into()
        } else {
            duplicate_to(&fresh, number)
        };
        let token = reactor.register(&fresh, "fresh").unwrap();
        for _ in 0..50 {
            old_writer.write_all(b"x").unwrap();
            assert_eq!(events(&mut reactor), []);
        }
        writer.write_all(b"x").unwrap();
        assert_eq!(events(&mut reactor), [(token, READ)], "it is watched as before");
        let error = reactor.register(&fresh, "again").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        old_writer.write_all(b"x").unwrap();
        writer.write_all(b"x").unwrap();
        assert_eq!(events(&mut reactor), [(token, READ)]);
        assert_eq!(reactor.deregister(token, &fresh), Some("fresh"));
        reactor.register(&fresh, "again").unwrap();
    });
}

/// The number goes from the dead to a fresh one and back, while the reactor knows of the first,
/// the second, or neither.
#[test]
fn a_number_that_goes_to_a_fresh_descriptor_and_back_can_be_registered() {
    let parts =
        ["registered", "removed", "deregistered", "never"].map(|what| (what, what));
    each_alone(parts, |what| {
        let mut reactor = Reactor::new().unwrap();
        let (old, duplicate, mut old_writer) = dead(&mut reactor, Number::Open);
        let number = old.as_raw_fd();
        drop(old);
        let (fresh, fresh_writer) = pipe();
        let spare = fresh.try_clone().unwrap();
        let fresh = if fresh.as_raw_fd() == number {
            fresh.into()
        } else {
            duplicate_to(&fresh, number)
        };
        if what != "never" {
            let token = reactor.register(&fresh, "fresh").unwrap();
            match what {
                "removed" => drop(reactor.remove(token)),
                "deregistered" => drop(reactor.deregister(token, &fresh)),
                _ => {}
            }
        }
        drop(fresh);
        let back = duplicate_to(&duplicate, number);
        let token = reactor.register(&back, "back").unwrap();
        old_writer.write_all(b"x").unwrap();
        assert_eq!(events(&mut reactor), [(token, READ)]);
        assert_eq!(reactor.deregister(token, &back), Some("back"));
        drop((spare, fresh_writer));
    });
}

#[test]
fn many_descriptors_can_be_registered_again_and_none_gets_the_events_of_another() {
    alone(|| {
        let mut reactor = Reactor::new().unwrap();
        let mut all: Vec<_> = (0..100_usize)
            .map(|i| {
                let (reader, writer) = pipe();
                let token = reactor.register(&reader, i).unwrap();
                (reader.try_clone().unwrap(), reader, writer, token)
            })
            .collect();
        for round in 0..5 {
            for (i, (_, reader, writer, token)) in all.iter_mut().enumerate() {
                if (i + round) % 3 == 0 {
                    assert_eq!(reactor.remove(*token), Some(i));
                    writer.write_all(b"x").unwrap();
                    File::from(&OwnedFd::from(reader.try_clone().unwrap()))
                        .read_to_empty();
                    *token = reactor.register(&*reader, i).unwrap();
                }
            }
            assert_eq!(reactor.len(), 100);
            events(&mut reactor);
            for (i, (_, reader, writer, token)) in all.iter_mut().enumerate() {
                writer.write_all(b"x").unwrap();
                assert_eq!(events(&mut reactor), [(*token, READ)], "{i}");
                assert_eq!(reactor.get(*token), Some(&i));
                reader.read_exact(&mut [0]).unwrap();
            }
        }
    });
}

// Waiting.

/// How many of `rounds` waits end early, each after something has happened to the dead.
fn early(reactor: &mut Reactor<&str>, rounds: usize, mut disturb: impl FnMut()) -> usize {
    let mut early = 0;
    for _ in 0..rounds {
        disturb();
        let start = Instant::now();
        let count = reactor.wait(Some(SHORT)).unwrap();
        assert_eq!(reactor.next_event(), None);
        early += usize::from(start.elapsed() < SHORT || count > 0);
    }
    early
}

/// Of that many waits a few may be disturbed: by a signal, or until the dead are found out.
const FEW: usize = 3;
const ROUNDS: usize = 20;

#[test]
fn a_dead_registration_whose_number_is_open_does_not_end_wait_after_wait() {
    each_alone(NUMBERS, |number| {
        let mut reactor = Reactor::new().unwrap();
        let (_reader, _duplicate, mut writer) = dead(&mut reactor, number);
        let early = early(&mut reactor, ROUNDS, || writer.write_all(b"x").unwrap());
        assert!(early <= FEW, "{early} of {ROUNDS} waits ended early");
    });
}

/// The usual case: the source owns its descriptor and is dropped when it is removed.
#[test]
fn a_dead_registration_whose_number_is_closed_does_not_end_wait_after_wait() {
    alone(|| {
        let mut reactor = Reactor::new().unwrap();
        let (reader, _duplicate, mut writer) = dead(&mut reactor, Number::Open);
        drop(reader);
        let early = early(&mut reactor, ROUNDS, || writer.write_all(b"x").unwrap());
        assert!(early <= FEW, "{early} of {ROUNDS} waits ended early");
    });
}

/// A socket is disturbed in both directions, and hangs up at last.
#[test]
fn a_dead_registration_of_a_socket_does_not_end_wait_after_wait() {
    each_alone([("open", true), ("closed", false)], |is_open| {
        let (near, mut far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let mut reactor = Reactor::new().unwrap();
        let token = reactor.register(&near, "near").unwrap();
        let mut duplicate = near.try_clone().unwrap();
        let near = is_open.then_some(near);
        assert_eq!(reactor.remove(token), Some("near"));
        let disturb = || {
            far.write_all(b"x").unwrap();
            duplicate.write_all(b"y").unwrap();
            duplicate.read_exact(&mut [0]).unwrap();
            far.read_exact(&mut [0]).unwrap();
        };
        let early = early(&mut reactor, ROUNDS, disturb);
        assert!(early <= FEW, "{early} of {ROUNDS} waits ended early");
        drop(far);
        assert!(self::early(&mut reactor, ROUNDS, || ()) <= FEW);
        drop((near, duplicate));
    });
}

#[test]
fn many_dead_registrations_do_not_end_wait_after_wait() {
    alone(|| {
        let mut reactor = Reactor::new().unwrap();
        // More than one wait can bring.
        let mut dead: Vec<_> =
            (0..1_100).map(|_| self::dead(&mut reactor, Number::Open)).collect();
        let early = early(&mut reactor, ROUNDS, || {
            dead.iter_mut().for_each(|(_, _, writer)| writer.write_all(b"x").unwrap());
        });
        assert!(early <= 2 * FEW, "{early} of {ROUNDS} waits ended early");
    });
}

/// To be rid of the dead must not cost the living anything, who may have their numbers.
#[test]
fn the_living_are_heard_among_the_dead() {
    each_alone([("open", false), ("closed", true)], |is_closed| {
        let mut reactor = Reactor::new().unwrap();
        let mut kept = vec![];
        let mut dead_writers = vec![];
        for _ in 0..10 {
            let (reader, duplicate, writer) = dead(&mut reactor, Number::Open);
            if is_closed {
                // Those who come now get these numbers.
                drop(reader);
            } else {
                kept.push(reader);
            }
            kept.push(duplicate);
            dead_writers.push(writer);
        }
        let mut living: Vec<_> = (0..10)
            .map(|_| {
                let (reader, writer) = pipe();
                let token = reactor.register(&reader, "living").unwrap();
                (reader, writer, token)
            })
            .collect();
        for round in 0..30 {
            for writer in &mut dead_writers {
                writer.write_all(b"x").unwrap();
            }
            let (reader, writer, token) = &mut living[round % 10];
            writer.write_all(b"x").unwrap();
            assert_eq!(events(&mut reactor), [(*token, READ)], "round {round}");
            reader.read_exact(&mut [0]).unwrap();
            // And what comes in the middle of a wait.
            for writer in &mut dead_writers {
                writer.write_all(b"x").unwrap();
            }
            thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(Duration::from_millis(2));
                    writer.write_all(b"x").unwrap();
                });
                let mut all = vec![];
                while all.is_empty() {
                    reactor.wait(None).unwrap();
                    all.extend(std::iter::from_fn(|| reactor.next_event()));
                }
                assert_eq!(all, [(*token, READ)], "round {round}");
            });
            reader.read_exact(&mut [0]).unwrap();
        }
        assert_eq!(reactor.len(), 10);
    });
}

/// Nothing else happens than what happens to the dead, and the wait has a time.
#[test]
fn a_wait_among_the_dead_ends_in_its_time() {
    ends("the wait", || {
        let mut reactor = Reactor::new().unwrap();
        let (reader, _duplicate, mut writer) = dead(&mut reactor, Number::Open);
        drop(reader);
        let over = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // A pipe holds more bytes than this writes.
                for _ in 0..20_000 {
                    if over.load(std::sync::atomic::Ordering::Relaxed) {
                        return;
                    }
                    writer.write_all(b"x").unwrap();
                    thread::yield_now();
                }
            });
            let start = Instant::now();
            while start.elapsed() < SHORT {
                assert_eq!(reactor.wait(Some(SHORT)).unwrap(), 0);
            }
            over.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        assert_eq!(reactor.wait(NOW).unwrap(), 0);
    });
}
