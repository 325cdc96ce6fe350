//! What one request says, and what an answer looks like: HTTP/1.1, by httparse, for all ways to
//! serve.

use std::io::{self, ErrorKind};
use std::time::Duration;

use crate::app::Response;

/// What a client is allowed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many are served at once.
    pub at_once: usize,
    /// A request has to be there as long as this after its first byte, and an answer has to be
    /// taken in that time.
    pub slow: Duration,
    /// How long a connection may say nothing.
    pub idle: Duration,
    /// How many bytes a body may have.
    pub body: usize,
    /// How long those at work may go on when the server is told to stop.
    pub patience: Duration,
}

/// How many bytes the head of a request may have.
const HEAD: usize = 8 * 1024;

pub struct Request {
    pub path: String,
    pub keeps_alive: bool,
}

/// Takes a request out of what has come, when all of it has.
pub fn take(bytes: &mut Vec<u8>, limits: &Limits) -> io::Result<Option<Request>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let status = parsed.parse(bytes).map_err(|_| refused("400 Bad Request"))?;
    let httparse::Status::Complete(head) = status else {
        return match bytes.len() > HEAD {
            true => Err(refused("431 Request Header Fields Too Large")),
            false => Ok(None),
        };
    };
    let value = |name: &str| {
        let mut headers = parsed.headers.iter();
        headers.find(|header| header.name.eq_ignore_ascii_case(name)).map(|h| h.value)
    };
    if value("transfer-encoding").is_some() {
        return Err(refused("411 Length Required"));
    }
    let body: usize = match value("content-length").map(str::from_utf8) {
        None => 0,
        Some(text) => text
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| refused("400 Bad Request"))?,
    };
    if body > limits.body {
        return Err(refused("413 Content Too Large"));
    }
    let wish = value("connection").unwrap_or_default();
    let keeps_alive = match parsed.version {
        Some(0) => wish.eq_ignore_ascii_case(b"keep-alive"),
        _ => !wish.eq_ignore_ascii_case(b"close"),
    };
    let path = parsed.path.unwrap_or_default().to_owned();
    if bytes.len() < head + body {
        return Ok(None);
    }
    bytes.drain(..head + body);
    Ok(Some(Request { path, keeps_alive }))
}

/// The error of a request that gets this answer.
pub fn refused(status: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, status)
}

/// What to say to a client whose request has failed, if anything.
pub fn apology(error: &io::Error) -> Option<Vec<u8>> {
    let status = match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => "408 Request Timeout".to_owned(),
        ErrorKind::InvalidData => error.to_string(),
        _ => return None, // it has gone
    };
    Some(answer(&status, "", false))
}

pub fn answer(status: &str, body: &str, keeps_alive: bool) -> Vec<u8> {
    let connection = if keeps_alive { "keep-alive" } else { "close" };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: {connection}\r\ncontent-length: {length}\r\n\r\n"
    );
    (head + body).into_bytes()
}

pub fn of(response: &Response, keeps_alive: bool) -> Vec<u8> {
    answer(response.status, &response.body, keeps_alive)
}
