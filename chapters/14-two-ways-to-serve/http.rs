//! As much of HTTP/1.0 as the programs of this chapter need: one request a connection.

// Each program has use for some of it.
#![allow(dead_code)]

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net;

use mainspring::io as aio;
use mainspring::net::TcpStream;

use crate::app::Response;

/// The path of `GET /waits HTTP/1.0`.
fn path_of(line: &str) -> io::Result<String> {
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some("GET"), Some(path)) => Ok(path.to_owned()),
        _ => Err(io::Error::new(ErrorKind::InvalidData, "no request")),
    }
}

fn bytes_of(response: &Response) -> String {
    let Response { status, body } = response;
    format!("HTTP/1.0 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// Serves a connection, and keeps the thread until it has.
pub fn serve(stream: &net::TcpStream, app: impl Fn(&str) -> Response) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let path = path_of(&lines.next().unwrap_or(Ok(String::new()))?)?;
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let mut stream = stream;
    stream.write_all(bytes_of(&app(&path)).as_bytes())
}

/// Serves a connection, and gives the thread back where it waits.
pub async fn serve_async<F: Future<Output = Response>>(
    stream: &TcpStream,
    app: impl Fn(String) -> F,
) -> io::Result<()> {
    let mut lines = aio::BufReader::new(stream);
    let path = path_of(&lines.next_line().await?.unwrap_or_default())?;
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    stream.write_all(bytes_of(&app(path).await).as_bytes()).await
}
