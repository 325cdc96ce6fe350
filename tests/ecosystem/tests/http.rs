//! hyper, client and server, over the adapter of `chapters/web`.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::error::Error;
use std::net::Shutdown;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, client, server};
use mainspring::io::BufReader;
use mainspring::join::Either;
use mainspring::net::{TcpListener, TcpStream, UnixStream};
use mainspring::sync::{Event, oneshot};
use mainspring::task::JoinHandle;
use mainspring::time::{Instant, sleep};
use mainspring::{join, spawn};
use mainspring_ecosystem::http_server;
use mainspring_web::{Executor, Io, Timer};

#[path = "../../watchdog/mod.rs"]
mod watchdog;

use watchdog::{block_on, builder};

const SECOND: Duration = Duration::from_secs(1);

type Text = Full<Bytes>;
type Sender = client::conn::http1::SendRequest<Text>;

fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

fn get(path: &str) -> Request<Text> {
    Request::get(path).header("host", "localhost").body(Text::default()).unwrap()
}

/// A client at this end, and the connection that is driven for it.
async fn connect(stream: UnixStream) -> (Sender, JoinHandle<hyper::Result<()>>) {
    let (sender, connection) =
        client::conn::http1::handshake(Io::new(stream)).await.unwrap();
    (sender, spawn(connection))
}

/// Serves one connection.
fn serve<A, F, B>(stream: UnixStream, answer: A) -> JoinHandle<hyper::Result<()>>
where
    A: Fn(Request<Incoming>) -> F + 'static,
    F: Future<Output = hyper::Result<Response<B>>> + 'static,
    B: Body<Error: std::error::Error + Send + Sync> + 'static,
{
    let mut builder = server::conn::http1::Builder::new();
    builder.timer(Timer::new());
    spawn(builder.serve_connection(Io::new(stream), service_fn(answer)))
}

/// Sends the body of a request back, in one piece.
async fn echo(request: Request<Incoming>) -> hyper::Result<Response<Text>> {
    Ok(Response::new(request.into_body().collect().await?.to_bytes().into()))
}

async fn text(response: Response<Incoming>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn many_requests_go_over_one_connection_that_is_kept() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        // It accepts more, but there is one.
        let server = spawn(http_server::serve(listener));
        let (mut sender, connection) =
            client::conn::http1::handshake(Io::new(stream)).await.unwrap();
        let connection = spawn(connection);
        for number in 0..300 {
            sender.ready().await.unwrap();
            let response = sender.send_request(get(&format!("/{number}"))).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(text(response).await, format!("This is /{number}.\n"));
        }
        drop(sender);
        connection.await.unwrap().unwrap();
        server.abort();
    });
}

#[test]
fn a_large_body_comes_back_whole() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let server = serve(far, echo);
        let (mut sender, _connection) = connect(near).await;
        let large: Bytes = (0..1_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        let request = Request::post("/").body(large.clone().into()).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert!(response.into_body().collect().await.unwrap().to_bytes() == large);
        drop(sender);
        server.await.unwrap().unwrap();
    });
}

#[test]
fn a_body_in_chunks_arrives_chunk_by_chunk() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let clock = async |_| {
            let ticks = stream::iter(1..=3).then(|n| async move {
                sleep(SECOND).await;
                Ok::<_, Infallible>(Frame::data(Bytes::from(format!("tick {n}"))))
            });
            Ok(Response::new(StreamBody::new(ticks)))
        };
        let server = serve(far, clock);
        let (mut sender, _connection) = connect(near).await;
        let start = Instant::now();
        let response = sender.send_request(get("/")).await.unwrap();
        assert_eq!(response.headers()["transfer-encoding"], "chunked");
        let mut body = response.into_body();
        for n in 1..=3 {
            let chunk = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!(chunk, format!("tick {n}"));
            assert_eq!(start.elapsed(), n * SECOND);
        }
        assert!(body.frame().await.is_none());
        drop(sender);
        server.await.unwrap().unwrap();
    });
}

#[test]
fn a_client_that_sends_half_a_request_is_hung_up_on_after_its_time() {
    virtually(async {
        for sent in ["", "GET / HTTP/1.1\r\nHost: local"] {
            let (near, far) = UnixStream::pair().unwrap();
            let start = Instant::now();
            let server = serve(far, echo);
            near.write_all(sent.as_bytes()).await.unwrap();
            let error = server.await.unwrap().unwrap_err();
            assert!(error.is_timeout(), "{error}");
            // hyper's own default.
            assert_eq!(start.elapsed(), 30 * SECOND);
        }
    });
}

#[test]
fn the_time_for_a_request_begins_anew_after_each() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let server = serve(far, echo);
        let (mut sender, _connection) = connect(near).await;
        let start = Instant::now();
        for _ in 0..5 {
            sleep(20 * SECOND).await;
            text(sender.send_request(get("/")).await.unwrap()).await;
        }
        assert!(server.await.unwrap().unwrap_err().is_timeout());
        assert_eq!(start.elapsed(), 130 * SECOND);
    });
}

#[test]
fn a_client_that_hangs_up_in_the_middle_of_a_body_is_an_error_of_that_body_alone() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let heard = Rc::new(RefCell::new(None));
        let server = serve(far, {
            let heard = Rc::clone(&heard);
            move |request: Request<Incoming>| {
                let heard = Rc::clone(&heard);
                async move {
                    let body = request.into_body().collect().await.map(|_| ());
                    *heard.borrow_mut() = Some(body);
                    Ok(Response::new(Text::default()))
                }
            }
        });
        let half =
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf ";
        near.write_all(half.as_bytes()).await.unwrap();
        drop(near);
        let ended = server.await.unwrap();
        let body = heard.take().expect("the service was called").unwrap_err();
        let cause = body.source().expect("a cause").to_string();
        assert_eq!(cause, "end of file before message length reached");
        drop(ended); // with an error or without: there is nobody left to answer
    });
}

#[test]
fn a_server_that_hangs_up_in_the_middle_of_a_body_is_an_error_at_the_client() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let (mut sender, _connection) = connect(near).await;
        let server = spawn(async move {
            let mut lines = BufReader::new(&far);
            while lines.next_line().await.unwrap().is_some_and(|line| !line.is_empty()) {}
            let half = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf ";
            far.write_all(half).await.unwrap();
        });
        let response = sender.send_request(get("/")).await.unwrap();
        assert!(response.into_body().collect().await.is_err());
        server.await.unwrap();
    });
}

#[test]
fn a_graceful_shutdown_lets_a_request_end_and_takes_no_other() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let stop = Rc::new(Event::new());
        let server = spawn({
            let stop = Rc::clone(&stop);
            async move {
                let slow = service_fn(async |_| {
                    sleep(10 * SECOND).await;
                    Ok::<_, Infallible>(Response::new(Text::from("slow, and whole")))
                });
                let connection = server::conn::http1::Builder::new()
                    .serve_connection(Io::new(far), slow);
                let mut connection = pin!(connection);
                if let Either::Left(ended) =
                    join::select(connection.as_mut(), stop.wait()).await
                {
                    return ended;
                }
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        });
        let (mut sender, _connection) = connect(near).await;
        let start = Instant::now();
        let answer = spawn(sender.send_request(get("/")));
        sleep(SECOND).await;
        stop.set();
        assert_eq!(text(answer.await.unwrap().unwrap()).await, "slow, and whole");
        assert_eq!(start.elapsed(), 10 * SECOND);
        server.await.unwrap().unwrap();
        assert!(sender.send_request(get("/")).await.is_err());
    });
}

#[test]
fn http_2_runs_on_tasks_of_one_thread_with_what_is_not_send() {
    virtually(async {
        let (near, far) = UnixStream::pair().unwrap();
        let count = Rc::new(Cell::new(0));
        let service = service_fn({
            let count = Rc::clone(&count);
            move |request: Request<Incoming>| {
                let count = Rc::clone(&count);
                async move {
                    sleep(SECOND).await;
                    count.set(count.get() + 1);
                    let text = format!("This is {}.", request.uri().path());
                    Ok::<_, Infallible>(Response::new(Text::from(text)))
                }
            }
        });
        let server = server::conn::http2::Builder::new(Executor)
            .timer(Timer::new())
            .serve_connection(Io::new(far), service);
        let server = spawn(server);
        let (sender, connection) = client::conn::http2::Builder::new(Executor)
            .handshake(Io::new(near))
            .await
            .unwrap();
        let connection = spawn(connection);
        let start = Instant::now();
        let answers = (0..50).map(|number| {
            let mut sender = sender.clone();
            async move {
                let request = get(&format!("http://localhost/{number}"));
                text(sender.send_request(request).await.unwrap()).await
            }
        });
        let answers = join::join_all(answers).await;
        // At the same time, over one connection.
        assert_eq!(start.elapsed(), SECOND);
        assert_eq!(answers[49], "This is /49.");
        assert_eq!((answers.len(), count.get()), (50, 50));
        drop(sender);
        connection.await.unwrap().unwrap();
        server.await.unwrap().unwrap();
    });
}

#[test]
fn a_stream_of_http_2_ends_with_its_connection() {
    block_on(async {
        let (near, far) = UnixStream::pair().unwrap();
        let (sender, dropped) = oneshot::<()>();
        let (sender, called) = (RefCell::new(Some(sender)), Rc::new(Event::new()));
        let call = Rc::clone(&called);
        let service = service_fn(move |_: Request<Incoming>| {
            let (sender, call) = (sender.take(), Rc::clone(&call));
            async move {
                call.set();
                std::future::pending::<()>().await;
                drop(sender);
                Ok::<_, Infallible>(Response::new(Text::default()))
            }
        });
        let server = server::conn::http2::Builder::new(Executor)
            .serve_connection(Io::new(far), service);
        let server = spawn(server);
        let line = near.get_ref().try_clone().unwrap();
        let (mut sender, connection) = client::conn::http2::Builder::new(Executor)
            .handshake(Io::new(near))
            .await
            .unwrap();
        let connection = spawn(connection);
        let request = spawn(sender.send_request(get("http://localhost/")));
        called.wait().await;
        line.shutdown(Shutdown::Both).unwrap();
        assert!(dropped.await.is_err(), "what never answers is dropped");
        assert!(request.await.unwrap().is_err());
        drop((connection, server)); // with an error or without
    });
}
