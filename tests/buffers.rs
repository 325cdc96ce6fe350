//! `BufReader`, `BufWriter` and `copy`, and what is left when their futures are dropped early.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::pin::pin;
use std::process::Command;
use std::rc::Rc;

use mainspring::io::{AsyncRead, AsyncWrite, BufReader, BufWriter, copy};
use mainspring::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixStream};
use mainspring::spawn;
use mainspring::task::yield_now;

mod guard;
mod watchdog;
mod wire;

use guard::settle;
use watchdog::{block_on, builder};
use wire::{connection, narrow, poll_once};

fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

/// What a read of a stand-in says.
enum Piece {
    Bytes(Vec<u8>),
    Error(ErrorKind),
    /// It has to wait, once.
    Wait,
}

/// A source that says what it is told to, and then that it is at its end.
struct Script(RefCell<VecDeque<Piece>>);

impl Script {
    fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self(RefCell::new(pieces.into_iter().collect()))
    }

    /// The text in pieces of these many bytes, with a wait before each.
    fn of(text: &[u8], size: usize) -> Self {
        let piece = |bytes: &[u8]| [Piece::Wait, Piece::Bytes(bytes.to_vec())];
        Self::new(text.chunks(size).flat_map(piece))
    }
}

impl AsyncRead for Script {
    async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let piece = self.0.borrow_mut().pop_front();
            match piece {
                None => return Ok(0),
                Some(Piece::Wait) => yield_now().await,
                Some(Piece::Error(kind)) => return Err(kind.into()),
                Some(Piece::Bytes(mut bytes)) => {
                    let count = bytes.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&bytes[..count]);
                    let rest = bytes.split_off(count);
                    if !rest.is_empty() {
                        self.0.borrow_mut().push_front(Piece::Bytes(rest));
                    }
                    return Ok(count);
                }
            }
        }
    }
}

/// A destination that takes so many bytes at once, and waits before each.
#[derive(Default)]
struct Sink {
    bytes: RefCell<Vec<u8>>,
    writes: Cell<usize>,
    most: usize,
    fails: Cell<Option<ErrorKind>>,
}

impl Sink {
    fn taking(most: usize) -> Self {
        Self { most, ..Self::default() }
    }
}

impl AsyncWrite for Sink {
    async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        yield_now().await;
        if let Some(kind) = self.fails.take() {
            return Err(kind.into());
        }
        self.writes.set(self.writes.get() + 1);
        let count = bytes.len().min(self.most);
        self.bytes.borrow_mut().extend_from_slice(&bytes[..count]);
        Ok(count)
    }
}

/// Asks again and again, and drops the future each time that it has to wait.
async fn impatiently<T>(mut ask: impl AsyncFnMut() -> T) -> T {
    loop {
        {
            let mut future = pin!(ask());
            if let std::task::Poll::Ready(value) = poll_once(&mut future).await {
                return value;
            }
        }
        yield_now().await;
    }
}

// Lines.

async fn lines_of(reader: &mut BufReader<Script>) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line().await.unwrap() {
        lines.push(line);
    }
    assert_eq!(reader.next_line().await.unwrap(), None, "the end stays the end");
    lines
}

#[test]
fn a_line_ends_with_a_newline_or_both_or_the_end_of_all() {
    virtually(async {
        for (text, expected) in [
            ("", &[][..]),
            ("a", &["a"][..]),
            ("a\n", &["a"][..]),
            ("a\r\n", &["a"][..]),
            ("a\nb", &["a", "b"][..]),
            ("\n", &[""][..]),
            ("\r\n", &[""][..]),
            ("\n\n", &["", ""][..]),
            ("a\rb\n", &["a\rb"][..]),
            ("a\r", &["a\r"][..]),
            ("a\r\r\n", &["a\r"][..]),
            ("\0a\0\n\0", &["\0a\0", "\0"][..]),
            ("ä\nö", &["ä", "ö"][..]),
        ] {
            for size in 1..=4 {
                let mut reader = BufReader::new(Script::of(text.as_bytes(), size));
                assert_eq!(lines_of(&mut reader).await, expected, "{text:?} by {size}");
            }
        }
    });
}

/// Every text of seven letters out of three, in pieces of each size, against `str::lines`, which
/// agrees but for a `\r` at the very end.
#[test]
fn lines_are_those_of_the_standard_library() {
    virtually(async {
        for number in 0..3_usize.pow(7) {
            let letter = |at| ["a", "\r", "\n"][number / 3_usize.pow(at) % 3];
            let text: String = (0..7).map(letter).collect();
            let expected: Vec<_> = text.lines().collect();
            for size in [1, 2, 3, 7] {
                let mut reader = BufReader::new(Script::of(text.as_bytes(), size));
                let mut lines = Vec::new();
                while let Some(line) =
                    impatiently(async || reader.next_line().await).await.unwrap()
                {
                    lines.push(line);
                }
                assert_eq!(lines, expected, "{text:?} by {size}");
            }
        }
    });
}

#[test]
fn a_line_of_the_limit_is_one_and_one_byte_more_is_an_error_that_loses_nothing() {
    virtually(async {
        for size in [1, 3, 100] {
            let limited = |text: &str, limit| {
                BufReader::with_limit(Script::of(text.as_bytes(), size), limit)
            };
            // The limit counts the end of the line.
            let mut reader = limited("abc\nabcd\nrest", 4);
            assert_eq!(reader.next_line().await.unwrap().as_deref(), Some("abc"));
            for _ in 0..3 {
                let error = reader.next_line().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidData);
                assert_eq!(error.to_string(), "no end within the limit of 4 bytes");
            }
            let mut bytes = [0; 5];
            reader.read_exact(&mut bytes).await.unwrap();
            assert_eq!(&bytes, b"abcd\n");
            assert_eq!(reader.next_line().await.unwrap().as_deref(), Some("rest"));
            assert_eq!(reader.next_line().await.unwrap(), None);
            // Without an end it is as long as it is.
            let mut reader = limited("abcd", 4);
            assert_eq!(reader.next_line().await.unwrap().as_deref(), Some("abcd"));
            let mut reader = limited("abcde", 4);
            reader.next_line().await.unwrap_err();
            // None at all, and one without end.
            let mut reader = limited("", 0);
            assert_eq!(reader.next_line().await.unwrap(), None);
            let mut reader = limited("\n", 0);
            reader.next_line().await.unwrap_err();
            let mut reader = limited("abc\n", usize::MAX);
            assert_eq!(reader.next_line().await.unwrap().as_deref(), Some("abc"));
        }
    });
}

#[test]
fn a_peer_that_never_ends_its_line_cannot_take_more_memory_than_the_limit_and_one_read() {
    block_on(async {
        let (near, far) = connection().await;
        let flood = spawn(async move { far.write_all(&vec![b'x'; 1 << 22]).await });
        let mut reader = BufReader::with_limit(&near, 10_000);
        reader.next_line().await.unwrap_err();
        reader.next_line().await.unwrap_err();
        assert!(reader.buffer().len() <= 10_000 + 8 * 1024, "{}", reader.buffer().len());
        flood.abort();
    });
}

#[test]
fn the_limit_is_64_kib_where_nobody_says_otherwise() {
    virtually(async {
        let longest = [vec![b'x'; 64 * 1024 - 1], b"\n".to_vec()].concat();
        let mut reader = BufReader::new(Script::of(&longest, 1 << 20));
        let line = reader.next_line().await.unwrap().unwrap();
        assert_eq!(line.len(), 64 * 1024 - 1);
        let longer = [b"x".to_vec(), longest].concat();
        let mut reader = BufReader::new(Script::of(&longer, 1 << 20));
        reader.next_line().await.unwrap_err();
    });
}

#[test]
fn a_line_that_is_no_text_stays_and_can_be_had_as_bytes() {
    virtually(async {
        for bad in [&b"\xff"[..], b"a\xc3", b"\xed\xa0\x80", b"\xf8"] {
            let text = [b"good\n", bad, b"\ngood again\n"].concat();
            let mut reader = BufReader::new(Script::of(&text, 2));
            assert_eq!(reader.next_line().await.unwrap().as_deref(), Some("good"));
            for _ in 0..2 {
                let error = reader.next_line().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidData);
            }
            let expected = [bad, b"\n"].concat();
            assert_eq!(reader.read_until(b'\n').await.unwrap(), expected);
            assert_eq!(reader.next_line().await.unwrap().as_deref(), Some("good again"));
        }
    });
}

#[test]
fn a_letter_that_comes_in_two_pieces_is_one_letter() {
    virtually(async {
        let mut reader = BufReader::new(Script::of("žluťoučký kůň\n".as_bytes(), 1));
        let line = impatiently(async || reader.next_line().await).await.unwrap();
        assert_eq!(line.as_deref(), Some("žluťoučký kůň"));
    });
}

#[test]
fn lines_pieces_and_whatever_is_there_can_be_read_in_turn() {
    virtually(async {
        for size in [1, 2, 5, 100] {
            let text = b"head\r\nfive!a|b|c\nthe rest of it";
            let mut reader = BufReader::new(Script::of(text, size));
            assert_eq!(reader.next_line().await.unwrap().as_deref(), Some("head"));
            let mut five = [0; 5];
            reader.read_exact(&mut five).await.unwrap();
            assert_eq!(&five, b"five!");
            assert_eq!(reader.read_until(b'|').await.unwrap(), b"a|");
            assert_eq!(reader.read_until(b'|').await.unwrap(), b"b|");
            assert_eq!(reader.next_line().await.unwrap().as_deref(), Some("c"));
            reader.read_exact(&mut []).await.unwrap();
            assert_eq!(reader.read(&mut []).await.unwrap(), 0);
            let mut buffer = [0; 3];
            let count = reader.read(&mut buffer).await.unwrap();
            assert!(count > 0 && b"the".starts_with(&buffer[..count]));
            let ahead = reader.buffer().to_vec();
            let (script, rest) = reader.into_parts();
            assert_eq!(rest, ahead);
            let mut all = [buffer[..count].to_vec(), rest].concat();
            let mut chunk = [0; 100];
            loop {
                match script.read(&mut chunk).await.unwrap() {
                    0 => break,
                    count => all.extend_from_slice(&chunk[..count]),
                }
            }
            assert_eq!(all, b"the rest of it");
        }
    });
}

#[test]
fn who_finds_enough_in_the_buffer_waits_for_no_more() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        near.write_all(b"line\nabcde").await.unwrap();
        let mut reader = BufReader::new(&far);
        assert_eq!(reader.next_line().await.unwrap().unwrap(), "line");
        assert_eq!(reader.buffer(), b"abcde");
        let mut two = [0; 2];
        assert!(poll_once(&mut pin!(reader.read(&mut two))).await.is_ready());
        assert_eq!(&two, b"ab");
        let mut three = [0; 3];
        assert!(poll_once(&mut pin!(reader.read_exact(&mut three))).await.is_ready());
        assert_eq!(&three, b"cde");
        assert!(poll_once(&mut pin!(reader.read_exact(&mut three))).await.is_pending());
        assert!(poll_once(&mut pin!(reader.read(&mut []))).await.is_ready());
    });
}

#[test]
fn an_end_in_the_middle_is_an_error_and_what_came_stays() {
    virtually(async {
        let mut reader = BufReader::new(Script::of(b"half", 3));
        for _ in 0..2 {
            let error = reader.read_exact(&mut [0; 8]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        }
        assert_eq!(reader.read_until(b'|').await.unwrap(), b"half");
        assert_eq!(reader.read_until(b'|').await.unwrap(), b"");
        assert_eq!(reader.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

#[test]
fn an_error_in_the_middle_of_a_line_loses_nothing_of_it() {
    virtually(async {
        let mut reader = BufReader::new(Script::new([
            Piece::Bytes(b"one li".to_vec()),
            Piece::Error(ErrorKind::TimedOut),
            Piece::Bytes(b"ne\n".to_vec()),
        ]));
        let error = reader.next_line().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(reader.next_line().await.unwrap().as_deref(), Some("one line"));
    });
}

// Dropped early.

#[test]
fn who_drops_a_buffered_read_at_every_wait_loses_nothing() {
    virtually(async {
        for size in [1, 3, 10] {
            let text = b"a line\r\nexactly|until\nand";
            let mut reader = BufReader::new(Script::of(text, size));
            let line = impatiently(async || reader.next_line().await).await.unwrap();
            assert_eq!(line.as_deref(), Some("a line"));
            let mut exact = [0; 7];
            impatiently(async || reader.read_exact(&mut exact).await).await.unwrap();
            assert_eq!(&exact, b"exactly");
            let bar = impatiently(async || reader.read_until(b'|').await).await.unwrap();
            assert_eq!(bar, b"|");
            let line = impatiently(async || reader.next_line().await).await.unwrap();
            assert_eq!(line.as_deref(), Some("until"));
            let mut buffer = [0; 8];
            let mut rest = Vec::new();
            loop {
                match impatiently(async || reader.read(&mut buffer).await).await.unwrap()
                {
                    0 => break,
                    count => rest.extend_from_slice(&buffer[..count]),
                }
            }
            assert_eq!(rest, b"and");
        }
    });
}

/// Numbers, so that a byte that is lost or comes twice is seen.
fn numbers(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[test]
fn who_drops_reads_and_writes_of_a_socket_at_every_wait_loses_nothing() {
    virtually(async {
        let (near, far) = narrow();
        let expected = numbers(300_000);
        let data = expected.clone();
        let writer = spawn(async move {
            let mut rest = &data[..];
            while !rest.is_empty() {
                let size = rest.len().min(1 + rest.len() % 7919);
                let piece = &rest[..size];
                let count = impatiently(async || near.write(piece).await).await.unwrap();
                rest = &rest[count..];
                let slices =
                    [IoSlice::new(&[]), IoSlice::new(&rest[..rest.len().min(10)])];
                if !rest.is_empty() {
                    let count = impatiently(async || near.write_vectored(&slices).await);
                    rest = &rest[count.await.unwrap()..];
                }
            }
        });
        let (mut bytes, mut buffer) = (Vec::new(), vec![0; 5000]);
        while bytes.len() < 200_000 {
            let count = impatiently(async || far.read(&mut buffer).await).await.unwrap();
            bytes.extend_from_slice(&buffer[..count]);
            let (mut one, mut two) = ([0; 10], [0; 1]);
            let count = impatiently(async || {
                let mut slices = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
                far.read_vectored(&mut slices).await
            });
            let count = count.await.unwrap();
            bytes.extend_from_slice(&[&one[..], &two[..]].concat()[..count]);
        }
        // What has come stands in the vector.
        impatiently(async || far.read_to_end(&mut bytes).await).await.unwrap();
        assert!(bytes == expected);
        writer.await.unwrap();
    });
}

#[test]
fn who_drops_accepts_and_receives_at_every_wait_loses_nothing() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clients = spawn(async move {
            let mut streams = Vec::new();
            for _ in 0..20 {
                streams.push(TcpStream::connect(address).await.unwrap());
                yield_now().await;
            }
            streams
        });
        let mut accepted = Vec::new();
        for _ in 0..20 {
            let (_, from) = impatiently(async || listener.accept().await).await.unwrap();
            accepted.push(from);
        }
        let streams = clients.await.unwrap();
        let expected: Vec<_> =
            streams.iter().map(|stream| stream.local_addr().unwrap()).collect();
        assert_eq!(accepted, expected);

        let (one, two) = UnixDatagram::pair().unwrap();
        let sender = spawn(async move {
            for number in 0..100 {
                impatiently(async || one.send(&[number]).await).await.unwrap();
            }
        });
        for number in 0..100 {
            let mut byte = [0];
            impatiently(async || two.recv_from(&mut byte).await).await.unwrap();
            assert_eq!(byte, [number]);
        }
        sender.await.unwrap();

        let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let two = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let to = two.local_addr().unwrap();
        for number in 0..100 {
            impatiently(async || one.send_to(&[number], to).await).await.unwrap();
            let mut byte = [0];
            impatiently(async || two.recv_from(&mut byte).await).await.unwrap();
            assert_eq!(byte, [number]);
        }
    });
}

#[test]
fn who_drops_a_peek_or_a_connect_at_every_wait_leaves_all_as_it_was() {
    block_on(async {
        let (near, far) = connection().await;
        let writer = spawn(async move {
            settle().await;
            far.write_all(b"look").await.unwrap();
            far
        });
        let mut buffer = [0; 8];
        for _ in 0..3 {
            let count = impatiently(async || near.peek(&mut buffer).await).await.unwrap();
            assert!(count > 0 && b"look".starts_with(&buffer[..count]));
        }
        near.read_exact(&mut buffer[..4]).await.unwrap();
        assert_eq!(&buffer[..4], b"look");
        drop(writer.await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        impatiently(async || TcpStream::connect(address).await).await.unwrap();
    });
}

// Writing.

#[test]
fn small_pieces_go_out_together() {
    virtually(async {
        let sink = Sink::taking(usize::MAX);
        let mut writer = BufWriter::new(&sink);
        for _ in 0..100 {
            writer.write_all(b"ten bytes.").await.unwrap();
        }
        assert_eq!((sink.writes.get(), writer.buffer().len()), (0, 1000));
        writer.flush().await.unwrap();
        assert_eq!((sink.writes.get(), writer.buffer().len()), (1, 0));
        writer.flush().await.unwrap();
        writer.write_all(b"").await.unwrap();
        writer.flush().await.unwrap();
        assert_eq!(sink.writes.get(), 1, "nothing is written where nothing is");
        writer.write_all(&[0; 8 * 1024]).await.unwrap();
        assert_eq!((sink.writes.get(), writer.buffer().len()), (2, 0));
        assert_eq!(writer.get_ref().bytes.borrow().len(), 1000 + 8 * 1024);
    });
}

#[test]
fn a_flush_that_is_dropped_at_every_wait_writes_nothing_twice() {
    virtually(async {
        for most in [1, 7, 4096, usize::MAX] {
            let length = if most == 1 { 9000 } else { 30_000 };
            let expected = numbers(length);
            // A sink that yields first is never done in its first poll: two are given.
            let sink = Sink::taking(most);
            let mut writer = BufWriter::new(&sink);
            for piece in expected.chunks(1000) {
                let mut future = Box::pin(writer.write_all(piece));
                if poll_once(&mut future).await.is_pending() {
                    let _ = poll_once(&mut future).await;
                }
            }
            while !writer.buffer().is_empty() {
                let mut future = Box::pin(writer.flush());
                for _ in 0..3 {
                    if poll_once(&mut future).await.is_ready() {
                        break;
                    }
                }
            }
            assert!(*sink.bytes.borrow() == expected, "{most}");
        }
    });
}

#[test]
fn a_flush_to_a_socket_that_is_dropped_at_every_wait_writes_nothing_twice() {
    virtually(async {
        let (near, far) = narrow();
        let expected = numbers(200_000);
        let data = expected.clone();
        let sender = spawn(async move {
            let mut writer = BufWriter::new(near);
            for piece in data.chunks(3001) {
                // The bytes are taken in the first poll: to ask again would be to send again.
                let mut write = Box::pin(writer.write_all(piece));
                let _ = poll_once(&mut write).await;
                drop(write);
                yield_now().await;
            }
            impatiently(async || writer.flush().await).await.unwrap();
        });
        let mut bytes = Vec::new();
        far.read_to_end(&mut bytes).await.unwrap();
        assert!(bytes == expected);
        sender.await.unwrap();
    });
}

#[test]
fn what_could_not_be_written_stays_for_the_next_flush() {
    virtually(async {
        let sink = Sink::taking(3);
        let mut writer = BufWriter::new(&sink);
        writer.write_all(b"precious").await.unwrap();
        sink.fails.set(Some(ErrorKind::TimedOut));
        assert_eq!(writer.flush().await.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(writer.buffer(), b"precious");
        writer.flush().await.unwrap();
        assert_eq!(*sink.bytes.borrow(), b"precious");
        let full = Sink::taking(0);
        let mut writer = BufWriter::new(&full);
        writer.write_all(b"x").await.unwrap();
        assert_eq!(writer.flush().await.unwrap_err().kind(), ErrorKind::WriteZero);
        std::mem::forget(writer);
        let copied = copy(&Script::of(b"x", 1), &full).await;
        assert_eq!(copied.unwrap_err().kind(), ErrorKind::WriteZero);
    });
}

#[test]
fn a_writer_that_is_dropped_without_a_flush_says_how_much_is_lost() {
    let name = "a_writer_that_is_dropped_without_a_flush_says_how_much_is_lost";
    let case = std::env::var("MAINSPRING_BUFFER_CASE");
    if let Ok(case) = &case {
        return virtually(async {
            let (near, _far) = UnixStream::pair().unwrap();
            let mut writer = BufWriter::new(&near);
            writer.write_all(b"seven b").await.unwrap();
            match case.as_str() {
                "flushed" => writer.flush().await.unwrap(),
                "panics" => {
                    let task = spawn(async move {
                        let (near, _far) = UnixStream::pair().unwrap();
                        let mut writer = BufWriter::new(near);
                        writer.write_all(b"four").await.unwrap();
                        panic!("something worse");
                    });
                    drop(task.await);
                    writer.flush().await.unwrap();
                }
                _ => {}
            }
        });
    }
    for (case, expected) in [("dropped", 1), ("flushed", 0), ("panics", 0)] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env("MAINSPRING_BUFFER_CASE", case)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let line =
            "mainspring: a `BufWriter` was dropped without a `flush`: 7 bytes are lost";
        assert_eq!(said.matches(line).count(), expected, "{case}: {said}");
        assert_eq!(
            said.matches("BufWriter` was dropped").count(),
            expected,
            "{case}: {said}"
        );
        assert!(output.status.success());
    }
}

// Copying.

#[test]
fn a_copy_is_all_of_it_in_order() {
    virtually(async {
        let expected = numbers(300_000);
        for (size, most) in [(1 << 20, usize::MAX), (4099, 1000), (70_000, 65_537)] {
            let sink = Sink::taking(most);
            let copied = copy(&Script::of(&expected, size), &sink).await.unwrap();
            assert_eq!(copied, 300_000);
            assert!(*sink.bytes.borrow() == expected);
        }
        assert_eq!(copy(&Script::of(b"", 1), &Sink::taking(1)).await.unwrap(), 0);
        let script = Script::new([
            Piece::Bytes(b"some".to_vec()),
            Piece::Error(ErrorKind::ConnectionReset),
        ]);
        let sink = Sink::taking(2);
        let error = copy(&script, &sink).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(*sink.bytes.borrow(), b"some");
    });
}

#[test]
fn a_proxy_of_two_copies_passes_on_both_ways_and_each_end() {
    virtually(async {
        let (client, at_proxy) = UnixStream::pair().unwrap();
        let (to_server, server) = UnixStream::pair().unwrap();
        let (down, up) = (Rc::new(at_proxy), Rc::new(to_server));
        for (from, to) in [(Rc::clone(&down), Rc::clone(&up)), (up, down)] {
            drop(spawn(async move {
                copy(&from, &to).await.unwrap();
                to.shutdown(Shutdown::Write).unwrap();
            }));
        }
        let served = spawn(async move {
            let mut request = Vec::new();
            server.read_to_end(&mut request).await.unwrap();
            server.write_all(&vec![1; 500_000]).await.unwrap();
            request.len()
        });
        client.write_all(&vec![0; 400_000]).await.unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert_eq!((served.await.unwrap(), answer.len()), (400_000, 500_000));
    });
}
