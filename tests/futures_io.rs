//! The traits of `futures-io` over sockets: each promise of `src/io/futures_io.rs`.
//! `cargo test --features futures-io --test futures_io`

use std::cell::Cell;
use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use mainspring::io::Async;
use mainspring::net::UnixStream;
use mainspring::task::yield_now;
use mainspring::time::{sleep, timeout};
use mainspring::{join, spawn};

mod guard;
mod stranger;
mod watchdog;
mod wire;

use guard::{Wakes, panic_of, settle, virtually};
use stranger::{Event, Stranger};
use watchdog::{block_on, runtime, watch};
use wire::{connection, fill, narrow, poll_once, reset};

/// How many operations a task does in one turn.
const BUDGET: usize = 128;

async fn read(mut from: impl AsyncRead + Unpin, buffer: &mut [u8]) -> io::Result<usize> {
    poll_fn(|cx| Pin::new(&mut from).poll_read(cx, buffer)).await
}

async fn write(mut to: impl AsyncWrite + Unpin, bytes: &[u8]) -> io::Result<usize> {
    poll_fn(|cx| Pin::new(&mut to).poll_write(cx, bytes)).await
}

async fn close(mut end: impl AsyncWrite + Unpin) -> io::Result<()> {
    poll_fn(|cx| Pin::new(&mut end).poll_close(cx)).await
}

/// What one poll of a read says.
fn poll_read(mut from: &UnixStream, waker: &Waker) -> Poll<io::Result<usize>> {
    Pin::new(&mut from).poll_read(&mut Context::from_waker(waker), &mut [0; 8])
}

/// Lets the loop sleep, and with that hear of all that has happened to sockets.
async fn heard() {
    sleep(Duration::from_millis(1)).await;
}

#[test]
fn a_stream_is_read_written_and_closed_by_the_traits() {
    async fn talk(
        near: impl AsyncRead + AsyncWrite + Unpin,
        far: impl AsyncRead + Unpin,
    ) {
        let (mut near, mut far) = (near, far);
        let mut heard = [0; 8];
        let (written, count) =
            join((write(&mut near, b"hello"), read(&mut far, &mut heard))).await;
        assert_eq!((written.unwrap(), count.unwrap()), (5, 5));
        assert_eq!(&heard[..5], b"hello");
        close(&mut near).await.unwrap();
        assert_eq!(read(&mut far, &mut heard).await.unwrap(), 0);
    }
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        talk(near, far).await;
        let (near, far) = connection().await;
        talk(&near, &far).await;
        talk_back(&far, &near).await;
    });
    /// The half that was not closed.
    async fn talk_back(near: impl AsyncWrite + Unpin, far: impl AsyncRead + Unpin) {
        assert_eq!(write(near, b"still here").await.unwrap(), 10);
        assert_eq!(read(far, &mut [0; 16]).await.unwrap(), 10);
    }
}

#[test]
fn what_is_no_socket_can_be_read_by_the_trait() {
    block_on(async {
        let (reader, mut writer) = io::pipe().unwrap();
        let reader = Async::new(reader).unwrap();
        let wait = spawn(async move { read(reader, &mut [0; 8]).await });
        settle().await;
        writer.write_all(b"pipe").unwrap();
        assert_eq!(wait.await.unwrap().unwrap(), 4);
    });
}

#[test]
fn a_reader_and_a_writer_by_the_traits_wait_at_the_same_time() {
    block_on(async {
        let (near, far) = narrow();
        let (near, far) = (Rc::new(near), Rc::new(far));
        let full = fill(&near).await;
        let writer = spawn({
            let near = Rc::clone(&near);
            async move { write(&*near, b"more").await }
        });
        let reader = spawn({
            let near = Rc::clone(&near);
            async move { read(&*near, &mut [0; 8]).await }
        });
        settle().await;
        assert!(!writer.is_finished() && !reader.is_finished());
        write(&*far, b"answer").await.unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), 6);
        assert!(!writer.is_finished());
        let mut left = vec![0; full];
        far.read_exact(&mut left).await.unwrap();
        assert_eq!(writer.await.unwrap().unwrap(), 4);
    });
}

#[test]
fn of_several_polls_in_one_direction_the_last_is_woken_once() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let (first, first_waker) = Wakes::new();
        let (second, second_waker) = Wakes::new();
        for _ in 0..3 {
            assert!(poll_read(&near, &first_waker).is_pending());
        }
        for _ in 0..3 {
            assert!(poll_read(&near, &second_waker).is_pending());
        }
        far.write_all(b"word").await.unwrap();
        heard().await;
        assert_eq!((first.count(), second.count()), (0, 1));
        assert!(matches!(poll_read(&near, &first_waker), Poll::Ready(Ok(4))));
        // What was told that there is something waits no longer.
        far.write_all(b"word").await.unwrap();
        heard().await;
        assert_eq!((first.count(), second.count()), (0, 1));
    });
}

#[test]
fn a_poll_takes_its_turn_from_no_future_that_waits_too() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let near = Rc::new(near);
        let waits = |near: &Rc<UnixStream>| {
            let near = Rc::clone(near);
            spawn(async move { near.read(&mut [0; 1]).await.unwrap() })
        };
        let before = waits(&near);
        yield_now().await;
        let (wakes, waker) = Wakes::new();
        assert!(poll_read(&near, &waker).is_pending());
        let after = waits(&near);
        yield_now().await;
        far.write_all(b"12").await.unwrap();
        assert_eq!((before.await.unwrap(), after.await.unwrap()), (1, 1));
        assert_eq!(wakes.count(), 1);
    });
}

#[test]
fn a_waker_that_polls_when_it_is_cloned_leaves_one_to_be_woken() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let near = Rc::new(near);
        let (inner, inner_waker) = Wakes::new();
        let woken = Rc::new(Cell::new(0));
        let waker = Stranger::new({
            let (near, woken) = (Rc::clone(&near), Rc::clone(&woken));
            move |event| match event {
                Event::Clone => assert!(poll_read(&near, &inner_waker).is_pending()),
                Event::Wake => woken.set(woken.get() + 1),
                Event::Drop => {}
            }
        });
        assert!(poll_read(&near, &waker).is_pending());
        far.write_all(b"word").await.unwrap();
        heard().await;
        assert_eq!((woken.get(), inner.count()), (1, 0));
    });
}

/// A waker that counts its clones that are left, and calls a function for each.
fn counted(on_clone: impl Fn() + 'static) -> (Rc<Cell<i32>>, Stranger) {
    let left = Rc::new(Cell::new(0));
    let count = Rc::clone(&left);
    let waker = Stranger::new(move |event| match event {
        Event::Clone => {
            count.set(count.get() + 1);
            on_clone();
        }
        Event::Drop => count.set(count.get() - 1),
        Event::Wake => panic!("nothing has happened"),
    });
    (left, waker)
}

#[test]
fn a_poll_that_comes_again_clones_no_waker_again() {
    block_on(async {
        let (near, _far) = UnixStream::pair().unwrap();
        let clones = Rc::new(Cell::new(0));
        let count = Rc::clone(&clones);
        let (left, waker) = counted(move || count.set(count.get() + 1));
        for _ in 0..3 {
            assert!(poll_read(&near, &waker).is_pending());
        }
        assert_eq!((clones.get(), left.get()), (1, 1));
        drop(near);
        assert_eq!((clones.get(), left.get()), (1, 0));
    });
}

#[test]
fn a_poll_that_succeeds_leaves_no_waker() {
    block_on(async {
        let (near, _far) = UnixStream::pair().unwrap();
        let near = Rc::new(near);
        // In the middle of a poll that is about to wait the stream ends.
        let end = Rc::clone(&near);
        let (left, waker) = counted(move || end.shutdown(Shutdown::Read).unwrap());
        assert!(matches!(poll_read(&near, &waker), Poll::Ready(Ok(0))));
        assert_eq!(left.get(), 0);
    });
}

#[test]
fn a_short_read_of_tcp_saves_the_next_attempt_by_the_traits_too() {
    block_on(async {
        let (near, far) = connection().await;
        let poll = || {
            let cx = &mut Context::from_waker(Waker::noop());
            Pin::new(&mut &near).poll_read(cx, &mut [0; 8])
        };
        far.write_all(b"word").await.unwrap();
        heard().await;
        assert!(matches!(poll(), Poll::Ready(Ok(4))));
        far.write_all(b"more").await.unwrap();
        assert!(poll().is_pending(), "nobody has told of it yet");
        heard().await;
        assert!(matches!(poll(), Poll::Ready(Ok(4))));
    });
}

#[test]
fn a_socket_that_a_poll_was_told_to_wait_for_can_be_dropped() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let (wakes, waker) = Wakes::new();
        assert!(poll_read(&near, &waker).is_pending());
        drop(near);
        assert_eq!(std::sync::Arc::strong_count(&wakes), 2, "nothing keeps the waker");
        assert_eq!(far.read(&mut [0]).await.unwrap(), 0);
    });
}

#[test]
fn a_poll_that_lost_interest_keeps_no_deadline_from_passing() {
    virtually(async {
        let (near, _far) = UnixStream::pair().unwrap();
        let hour = Duration::from_secs(3600);
        timeout(hour, read(&near, &mut [0; 8])).await.unwrap_err();
        timeout(hour, poll_fn(|_| Poll::<()>::Pending)).await.unwrap_err();
    });
}

#[test]
fn several_buffers_are_read_and_written_by_one_operation() {
    block_on(async {
        let (mut near, mut far) = UnixStream::pair().unwrap();
        let buffers = [IoSlice::new(b"one, "), IoSlice::new(b"two")];
        let count =
            poll_fn(|cx| Pin::new(&mut near).poll_write_vectored(cx, &buffers)).await;
        assert_eq!(count.unwrap(), 8);
        let (mut one, mut two) = ([0; 5], [0; 5]);
        let count = poll_fn(|cx| {
            let buffers = &mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
            Pin::new(&mut far).poll_read_vectored(cx, buffers)
        });
        assert_eq!(count.await.unwrap(), 8);
        assert_eq!((&one, &two[..3]), (b"one, ", &b"two"[..]));
    });
}

#[test]
fn several_buffers_wait_for_what_they_need_and_nothing_else() {
    block_on(async {
        // Room to write and nothing to read; then something to read and no room to write.
        let (mut near, mut far) = narrow();
        let polls = |near: &mut UnixStream| {
            let (cx, mut byte) = (&mut Context::from_waker(Waker::noop()), [0]);
            let read = Pin::new(&mut *near)
                .poll_read_vectored(cx, &mut [IoSliceMut::new(&mut byte)])
                .is_ready();
            let write =
                Pin::new(near).poll_write_vectored(cx, &[IoSlice::new(b"x")]).is_ready();
            (read, write)
        };
        assert!(poll_read(&near, Waker::noop()).is_pending());
        assert_eq!(polls(&mut near), (false, true));
        fill(&far).await;
        assert!(write_once(&mut far).is_pending());
        assert_eq!(polls(&mut far), (true, false));
    });
    fn write_once(end: &mut UnixStream) -> Poll<io::Result<usize>> {
        Pin::new(end).poll_write(&mut Context::from_waker(Waker::noop()), b"x")
    }
}

#[test]
fn no_bytes_are_read_without_a_wait() {
    block_on(async {
        let (near, _far) = connection().await;
        let poll = |mut near: &_, buffer: &mut [u8]| {
            let cx = &mut Context::from_waker(Waker::noop());
            <&_ as AsyncRead>::poll_read(Pin::new(&mut near), cx, buffer)
        };
        assert!(poll(&near, &mut [0]).is_pending());
        assert!(matches!(poll(&near, &mut []), Poll::Ready(Ok(0))));
    });
}

#[test]
fn a_flush_waits_for_no_room() {
    block_on(async {
        let (mut near, _far) = narrow();
        fill(&near).await;
        let poll = poll_fn(|cx| {
            assert!(Pin::new(&mut near).poll_write(cx, b"more").is_pending());
            Poll::Ready(Pin::new(&mut near).poll_flush(cx))
        });
        assert!(matches!(poll.await, Poll::Ready(Ok(()))));
    });
}

#[test]
fn to_close_what_is_closed_or_broken_is_no_error() {
    block_on(async {
        let (near, far) = connection().await;
        for _ in 0..2 {
            close(&near).await.unwrap();
        }
        assert_eq!(write(&near, b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        reset(far);
        let error = read(&near, &mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        close(&near).await.unwrap();
        assert_eq!(read(&near, &mut [0]).await.unwrap(), 0);
    });
}

#[test]
fn a_close_wakes_a_writer_that_waits_for_room() {
    block_on(async {
        let (near, _far) = narrow();
        let near = Rc::new(near);
        fill(&near).await;
        let writer = spawn({
            let near = Rc::clone(&near);
            async move { write(&*near, b"more").await.unwrap_err().kind() }
        });
        settle().await;
        close(&*near).await.unwrap();
        assert_eq!(writer.await.unwrap(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_peer_that_always_has_data_leaves_others_their_turn_by_the_traits_too() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        far.write_all(&[0; 1000]).await.unwrap();
        let count = Rc::new(Cell::new(0));
        let reader = spawn({
            let count = Rc::clone(&count);
            async move {
                while count.get() < 1000 {
                    read(&near, &mut [0]).await.unwrap();
                    count.set(count.get() + 1);
                }
            }
        });
        yield_now().await;
        assert_eq!(count.get(), BUDGET);
        yield_now().await;
        assert_eq!(count.get(), 2 * BUDGET);
        reader.await.unwrap();
    });
}

#[test]
fn a_read_that_is_dropped_and_begun_again_loses_nothing() {
    block_on(async {
        let (near, far) = connection().await;
        for word in 0..100_u8 {
            assert!(poll_once(&mut Box::pin(read(&near, &mut [0]))).await.is_pending());
            far.write_all(&[word]).await.unwrap();
            let mut heard = [0];
            assert_eq!(read(&near, &mut heard).await.unwrap(), 1);
            assert_eq!(heard, [word]);
        }
    });
}

#[test]
fn a_poll_in_no_runtime_or_of_one_that_is_gone_says_so() {
    watch();
    let mut first = runtime();
    let (near, _far) = first.block_on(async { UnixStream::pair().unwrap() });
    assert!(panic_of(|| poll_read(&near, Waker::noop())).contains("runtime"));
    drop(first);
    let Poll::Ready(Err(error)) = poll_read(&near, Waker::noop()) else {
        panic!("an error at once");
    };
    assert_eq!(error.kind(), ErrorKind::NotConnected);
}
