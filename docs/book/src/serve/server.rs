//! Connections: how many, and for how long.

use std::convert::Infallible;
use std::future::ready;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use mainspring::net::TcpListener;
use mainspring::spawn;
use mainspring::sync::Semaphore;
use mainspring::time::sleep;
use mainspring_web::{Io, Timer};

use super::answer::answer;
use super::board::{Board, Changes};
use super::patience::Patient;

/// Where a page hears of changes. No file is there: what begins with a point has no name.
const CHANGES: &str = "/.changes";

/// What the clients may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many connections there are at once. The next one waits in the listener's queue.
    pub connections: usize,
    /// How long a request may take to come, from the end of the one before it.
    pub silence: Duration,
    /// For how long a client may read nothing of an answer.
    pub patience: Duration,
}

impl Default for Limits {
    /// Half of the descriptors that a process usually may have: a build opens files, too.
    fn default() -> Self {
        let half_a_minute = Duration::from_secs(30);
        Self { connections: 512, silence: half_a_minute, patience: half_a_minute }
    }
}

/// Listens on this machine alone, at `port` or the next one that is free.
///
/// # Errors
///
/// When none is free, or when this user may not listen there.
pub async fn listen(port: u16) -> io::Result<TcpListener> {
    for port in port..=u16::MAX {
        match TcpListener::bind(("127.0.0.1", port)).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
    Err(ErrorKind::AddrInUse.into())
}

/// Serves what hangs on the board, for ever.
pub async fn serve(
    listener: TcpListener,
    board: Rc<Board>,
    limits: Limits,
) -> Infallible {
    let places = Rc::new(Semaphore::new(limits.connections));
    loop {
        let place = Rc::clone(&places).acquire_owned().await;
        // It waits for a descriptor itself. Whatever else is wrong with this one, the next may be well.
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let _ = stream.set_nodelay(true); // an error: the client has gone
        let connection = connection(stream, Rc::clone(&board), limits);
        drop(spawn(async move {
            let _ = connection.await; // an error of one client is no one else's
            drop(place);
        }));
    }
}

/// Serves one connection until it ends.
///
/// # Errors
///
/// What is wrong with it, or with its client.
pub fn connection<S>(
    stream: S,
    board: Rc<Board>,
    limits: Limits,
) -> impl Future<Output = hyper::Result<()>>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let stream = Io::new(Patient::new(stream, limits.patience));
    let respond = move |request| ready(Ok::<_, Infallible>(respond(&board, &request)));
    http1::Builder::new()
        .timer(Timer::new())
        .header_read_timeout(limits.silence)
        .serve_connection(stream, service_fn(respond))
}

fn respond<B>(
    board: &Rc<Board>,
    request: &Request<B>,
) -> Response<Either<Full<Bytes>, Changes>> {
    if request.method() != Method::GET || request.uri().path() != CHANGES {
        return answer(&board.site(), request).map(Either::Left);
    }
    let mut changes = Response::new(Either::Right(Changes::new(Rc::clone(board))));
    let headers = changes.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    changes
}
