//! HTTP for a task: one connection, from request to request.

use std::io::{self, ErrorKind, Read};
use std::net;
use std::time::Duration;

use mainspring::join::{Either, select};
use mainspring::net::TcpStream;
use mainspring::sync::CancelToken;
use mainspring::time::{sleep, timeout};

use crate::app::Response;
use crate::head::{self, Limits, Request};

/// Serves a connection until it ends, or its client is too slow, or the server is told to stop.
pub async fn serve(
    stream: &TcpStream,
    limits: &Limits,
    stop: &CancelToken,
    app: impl AsyncFn(String) -> Response,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        let request = match next_request(stream, &mut bytes, limits, stop).await {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(error) => {
                if let Some(apology) = head::apology(&error) {
                    write(stream, limits, &apology).await?;
                }
                return Err(error);
            }
        };
        let response = app(request.path).await;
        let keeps_alive = request.keeps_alive && !stop.is_cancelled();
        write(stream, limits, &head::of(&response, keeps_alive)).await?;
        if !keeps_alive {
            return Ok(());
        }
    }
}

/// How long a connection that is kept alive stays open after the stop: its next request may be
/// on the way.
const MOMENT: Duration = Duration::from_millis(20);

/// The next request; none if the client goes, says nothing for too long, or has not begun
/// to ask when the server stops.
async fn next_request(
    stream: &TcpStream,
    bytes: &mut Vec<u8>,
    limits: &Limits,
    stop: &CancelToken,
) -> io::Result<Option<Request>> {
    if bytes.is_empty() {
        let stopped = async {
            stop.cancelled().await;
            sleep(MOMENT).await;
        };
        let begins = timeout(limits.idle, read(stream, bytes));
        match select(begins, stopped).await {
            Either::Left(Ok(Ok(1..))) => {}
            _ => return Ok(None), // too long silent, told to stop, gone, or broken
        }
    }
    let whole = timeout(limits.slow, whole_request(stream, bytes, limits)).await;
    whole.unwrap_or(Err(ErrorKind::TimedOut.into())).map(Some)
}

async fn whole_request(
    stream: &TcpStream,
    bytes: &mut Vec<u8>,
    limits: &Limits,
) -> io::Result<Request> {
    loop {
        if let Some(request) = head::take(bytes, limits)? {
            return Ok(request);
        }
        if read(stream, bytes).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Reads some more: by way of the stack, so that a connection that waits has no buffer.
async fn read(stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let once = |mut socket: &net::TcpStream| {
        let mut piece = [0; 4096];
        let count = socket.read(&mut piece)?;
        bytes.extend(&piece[..count]);
        Ok(count)
    };
    stream.read_with(once).await
}

/// Writes, to a client who takes it in time.
async fn write(stream: &TcpStream, limits: &Limits, bytes: &[u8]) -> io::Result<()> {
    let written = timeout(limits.slow, stream.write_all(bytes)).await;
    written.unwrap_or(Err(ErrorKind::TimedOut.into()))
}
