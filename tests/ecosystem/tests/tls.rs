//! TLS by futures-rustls, against itself, with certificates that are made here.

use std::io::ErrorKind;
use std::net::Shutdown;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_rustls::rustls::{ClientConfig, ServerConfig};
use futures_rustls::{TlsAcceptor, TlsConnector, client, server};
use futures_util::{AsyncReadExt, AsyncWriteExt};
use mainspring::net::{TcpListener, TcpStream, UnixStream};
use mainspring::time::{Instant, sleep, timeout};
use mainspring::{io, join, spawn};
use mainspring_ecosystem::tls_client;

mod certificates;
#[path = "../../watchdog/mod.rs"]
mod watchdog;

use certificates::Authority;
use watchdog::{block_on, builder};

const SECOND: Duration = Duration::from_secs(1);

fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

/// Bytes that show where one of them is missing or twice.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

/// A server by the name of `localhost`, and a client that trusts it.
fn both() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let authority = Authority::new("test");
    (Arc::new(authority.server("localhost")), Arc::new(authority.client()))
}

/// Both ends of a pair of sockets, after the handshake.
async fn pair() -> (client::TlsStream<UnixStream>, server::TlsStream<UnixStream>) {
    let (near, far) = UnixStream::pair().unwrap();
    shake_hands(near, far).await
}

async fn shake_hands(
    near: UnixStream,
    far: UnixStream,
) -> (client::TlsStream<UnixStream>, server::TlsStream<UnixStream>) {
    let (server, client) = both();
    let name = "localhost".try_into().unwrap();
    let (near, far) = join::join((
        TlsConnector::from(client).connect(name, near),
        TlsAcceptor::from(server).accept(far),
    ))
    .await;
    (near.unwrap(), far.unwrap())
}

/// What becomes of a handshake, at the client's end and at the server's.
async fn refused(
    client: ClientConfig,
    server: ServerConfig,
    name: &'static str,
) -> (std::io::Error, std::io::Error) {
    let (near, far) = UnixStream::pair().unwrap();
    let name = name.try_into().unwrap();
    let (near, far) = join::join((
        TlsConnector::from(Arc::new(client)).connect(name, near),
        TlsAcceptor::from(Arc::new(server)).accept(far),
    ))
    .await;
    (near.unwrap_err(), far.unwrap_err())
}

#[test]
fn what_is_sent_over_tls_comes_back_and_ends_with_a_close_notify() {
    block_on(async {
        let (server, client) = both();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let echo = spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let stream = TlsAcceptor::from(server).accept(stream).await.unwrap();
            let (reader, mut writer) = stream.split();
            let count = futures_util::io::copy(reader, &mut writer).await.unwrap();
            writer.close().await.unwrap();
            count
        });
        let stream = tls_client::connect("localhost", port, client).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let sent = bytes(300_000);
        let send = async {
            writer.write_all(&sent).await.unwrap();
            writer.close().await.unwrap();
        };
        let mut heard = Vec::new();
        // The end is one only after a `close_notify`: see the next test.
        let (_, count) = join::join((send, reader.read_to_end(&mut heard))).await;
        assert_eq!(count.unwrap(), 300_000);
        assert!(heard == sent);
        assert_eq!(echo.await.unwrap(), 300_000);
    });
}

#[test]
fn a_connection_that_is_cut_off_is_an_error_and_no_end() {
    block_on(async {
        let (mut near, mut far) = pair().await;
        far.write_all(b"half of a").await.unwrap();
        far.flush().await.unwrap();
        drop(far);
        let mut heard = Vec::new();
        let error = near.read_to_end(&mut heard).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert_eq!(heard, b"half of a");
    });
}

#[test]
fn a_wrong_name_is_refused_and_both_ends_hear_of_it() {
    block_on(async {
        let authority = Authority::new("test");
        let (client, server) = (authority.client(), authority.server("localhost"));
        let (near, far) = refused(client, server, "elsewhere.test").await;
        assert!(near.to_string().contains("not valid for name"), "{near}");
        assert!(far.to_string().contains("alert"), "{far}");
    });
}

#[test]
fn an_unknown_authority_is_refused_and_both_ends_hear_of_it() {
    block_on(async {
        // One that nobody knows, and one that gives itself the name of another.
        for (name, error) in [("nobody", "UnknownIssuer"), ("test", "BadSignature")] {
            let (known, other) = (Authority::new("test"), Authority::new(name));
            let server = other.server("localhost");
            let (near, far) = refused(known.client(), server, "localhost").await;
            assert!(near.to_string().contains(error), "{near}");
            assert!(far.to_string().contains("alert"), "{far}");
        }
    });
}

#[test]
fn a_client_that_goes_away_in_the_handshake_is_an_error_and_the_next_is_served() {
    block_on(async {
        let (server, client) = both();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(async move {
            let acceptor = TlsAcceptor::from(server);
            let mut errors = Vec::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                match acceptor.accept(stream).await {
                    Ok(_) => return errors,
                    Err(error) => errors.push(error.kind()),
                }
            }
        });
        // Nothing; half of a greeting (a record of 512 bytes is announced); something else.
        for hello in [&b""[..], &[22, 3, 1, 2, 0, 1, 0], b"GET / HTTP/1.0\r\n\r\n"] {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(hello).await.unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
        }
        tls_client::connect("localhost", address.port(), client).await.unwrap();
        let eof = ErrorKind::UnexpectedEof;
        assert_eq!(server.await.unwrap(), [eof, eof, ErrorKind::InvalidData]);
    });
}

#[test]
fn a_client_that_says_nothing_is_let_go_by_a_timeout() {
    virtually(async {
        let (server, _) = both();
        let (near, far) = UnixStream::pair().unwrap();
        let start = Instant::now();
        let shake = TlsAcceptor::from(server).accept(far);
        assert!(timeout(10 * SECOND, shake).await.is_err());
        assert_eq!(start.elapsed(), 10 * SECOND);
        assert_eq!(near.read(&mut [0]).await.unwrap(), 0);
    });
}

/// Passes on what comes, a byte a second.
async fn drip(from: &UnixStream, to: &UnixStream) {
    let mut byte = [0];
    while from.read(&mut byte).await.unwrap() > 0 {
        sleep(SECOND).await;
        to.write_all(&byte).await.unwrap();
    }
    to.shutdown(Shutdown::Write).unwrap();
}

#[test]
fn a_read_over_tls_that_a_timeout_drops_loses_nothing() {
    virtually(async {
        let (near, middle) = UnixStream::pair().unwrap();
        let (relay, far) = UnixStream::pair().unwrap();
        let (middle, relay) = (Rc::new(middle), Rc::new(relay));
        let back = spawn({
            let (middle, relay) = (Rc::clone(&middle), Rc::clone(&relay));
            async move { io::copy(&middle, &relay).await }
        });
        // The handshake, too.
        let forth = spawn(async move { drip(&relay, &middle).await });
        let (mut near, mut far) = shake_hands(near, far).await;
        let writer = spawn(async move {
            for piece in bytes(500).chunks(100) {
                far.write_all(piece).await.unwrap();
            }
            far.close().await.unwrap();
        });
        let (mut heard, mut dropped) = (Vec::new(), 0);
        loop {
            let mut piece = [0; 64];
            match timeout(SECOND / 3, near.read(&mut piece)).await {
                Ok(count) if count.as_ref().is_ok_and(|count| *count == 0) => break,
                Ok(count) => heard.extend_from_slice(&piece[..count.unwrap()]),
                Err(_) => dropped += 1,
            }
        }
        assert!(heard == bytes(500));
        assert!(
            dropped > 1000,
            "{dropped} reads were dropped, about three for each byte"
        );
        drop(near);
        writer.await.unwrap();
        forth.await.unwrap();
        back.await.unwrap().unwrap();
    });
}

#[test]
fn a_write_over_tls_that_a_timeout_drops_has_written_nothing() {
    virtually(async {
        let (mut near, mut far) = pair().await;
        let reader = spawn(async move {
            let (mut heard, mut piece) = (Vec::new(), vec![0; 50_000]);
            loop {
                sleep(SECOND).await;
                match far.read(&mut piece).await.unwrap() {
                    0 => return heard,
                    count => heard.extend_from_slice(&piece[..count]),
                }
            }
        });
        let sent = bytes(2_000_000);
        let (mut written, mut dropped) = (0, 0);
        while written < sent.len() {
            let end = sent.len().min(written + 10_000);
            match timeout(SECOND / 3, near.write(&sent[written..end])).await {
                Ok(count) => written += count.unwrap(),
                Err(_) => dropped += 1,
            }
        }
        near.close().await.unwrap();
        assert!(reader.await.unwrap() == sent);
        assert!(dropped > 10, "{dropped} writes were dropped");
    });
}
