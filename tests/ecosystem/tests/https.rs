//! hyper over futures-rustls over sockets of mainspring: the pieces compose.

use std::convert::Infallible;
use std::sync::Arc;

use futures_rustls::{TlsAcceptor, TlsConnector};
use futures_util::{AsyncReadExt, AsyncWriteExt};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, Version, client, server};
use mainspring::net::{TcpListener, UnixStream};
use mainspring::{join, spawn};
use mainspring_ecosystem::tls_client;
use mainspring_web::{Executor, Io, Timer};

mod certificates;
#[path = "../../watchdog/mod.rs"]
mod watchdog;

use certificates::Authority;
use watchdog::block_on;

type Text = Full<Bytes>;

/// Asks for HTTP in these versions, in this order, and sends a large body there and back.
/// Which version it became.
async fn ask(versions: &[&[u8]]) -> Version {
    let authority = Authority::new("test");
    let (mut server, mut client) = (authority.server("localhost"), authority.client());
    server.alpn_protocols = vec![b"h2".into(), b"http/1.1".into()];
    client.alpn_protocols = versions.iter().map(|version| version.to_vec()).collect();
    let (near, far) = UnixStream::pair().unwrap();
    let (near, far) = join::join((
        TlsConnector::from(Arc::new(client))
            .connect("localhost".try_into().unwrap(), near),
        TlsAcceptor::from(Arc::new(server)).accept(far),
    ))
    .await;
    let (near, far) = (near.unwrap(), far.unwrap());

    let is_2 = far.get_ref().1.alpn_protocol() == Some(b"h2");
    let echo = service_fn(async |request: Request<Incoming>| {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    });
    let server = spawn(async move {
        if is_2 {
            let mut server = server::conn::http2::Builder::new(Executor);
            server.timer(Timer::new()).serve_connection(Io::new(far), echo).await
        } else {
            let mut server = server::conn::http1::Builder::new();
            server.timer(Timer::new()).serve_connection(Io::new(far), echo).await
        }
    });

    let large: Bytes = (0..300_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let request =
        Request::post("https://localhost/").body(Text::from(large.clone())).unwrap();
    let (response, client) = if is_2 {
        let (mut sender, connection) = client::conn::http2::Builder::new(Executor)
            .handshake(Io::new(near))
            .await
            .unwrap();
        let client = spawn(connection);
        (sender.send_request(request).await.unwrap(), client)
    } else {
        let (mut sender, connection) =
            client::conn::http1::handshake(Io::new(near)).await.unwrap();
        let client = spawn(connection);
        (sender.send_request(request).await.unwrap(), client)
    };
    let version = response.version();
    assert!(response.into_body().collect().await.unwrap().to_bytes() == large);
    client.await.unwrap().unwrap();
    // The client may be gone before the server can say goodbye, which is an error or none.
    drop(server.await.unwrap());
    version
}

#[test]
fn https_by_hyper_and_rustls_together() {
    block_on(async {
        assert_eq!(ask(&[b"http/1.1"]).await, Version::HTTP_11);
        assert_eq!(ask(&[b"h2", b"http/1.1"]).await, Version::HTTP_2);
        assert_eq!(ask(&[]).await, Version::HTTP_11);
    });
}

#[test]
fn a_server_that_ends_a_connection_says_goodbye_over_tls_too() {
    block_on(async {
        let authority = Authority::new("test");
        let acceptor = TlsAcceptor::from(Arc::new(authority.server("localhost")));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let stream = acceptor.accept(stream).await.unwrap();
            let hello = service_fn(async |_| {
                Ok::<_, Infallible>(Response::new(Text::from("hello")))
            });
            server::conn::http1::Builder::new()
                .serve_connection(Io::new(stream), hello)
                .await
        });
        let config = Arc::new(authority.client());
        let mut stream = tls_client::connect("localhost", port, config).await.unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        stream.flush().await.unwrap();
        let mut answer = String::new();
        // The end is an error if no `close_notify` came before it.
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.0 200 OK") && answer.ends_with("hello"),
            "{answer}"
        );
        server.await.unwrap().unwrap();
    });
}
