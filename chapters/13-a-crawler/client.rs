//! A client of HTTP: hyper on the library's sockets, with connections that are kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{
    CONTENT_TYPE, HOST, HeaderMap, HeaderName, LOCATION, RETRY_AFTER, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use mainspring::net::TcpStream;
use mainspring::spawn;
use mainspring_web::Io;
use url::{Position, Url};

use crate::why::Why;

/// The name by which servers know this robot.
pub const ROBOT: &str = "mainspring-links";

/// So many connections are kept at most while nobody needs them.
const MOST_IDLE: usize = 64;

type Connection = SendRequest<Empty<Bytes>>;

/// What a server has answered.
#[derive(Debug)]
pub enum Answer {
    /// All of a page of HTML.
    Page(Vec<u8>),
    /// Something else; its body is not read.
    Other,
    Redirect(String),
}

/// Why there is no answer, and how long the server asks to wait before the next attempt.
#[derive(Debug)]
pub struct Refusal {
    pub why: Why,
    pub retry_after: Option<Duration>,
}

impl<E: Into<Why>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self { why: error.into(), retry_after: None }
    }
}

#[derive(Debug, Default)]
pub struct Client {
    /// By host and port.
    idle: RefCell<HashMap<String, Vec<Connection>>>,
    /// How much of an answer is read.
    most_bytes: usize,
}

impl Client {
    pub fn new(most_bytes: usize) -> Self {
        Self { idle: RefCell::default(), most_bytes }
    }

    /// Asks for an address once, and reads the answer if it is a page.
    pub async fn get(&self, url: &Url) -> Result<Answer, Refusal> {
        if url.scheme() != "http" {
            return Err(Why::Https.into());
        }
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let mut connection = self.connection(host, url).await?;
        let response = connection.send_request(request(host, url)?).await?;
        let (head, body) = response.into_parts();
        let answer = match read_head(head.status, &head.headers)? {
            Head::Page => Answer::Page(self.read(body).await?),
            Head::Other => return Ok(Answer::Other),
            Head::Redirect(to) => return Ok(Answer::Redirect(to)),
        };
        self.keep(host, connection);
        Ok(answer)
    }

    /// The text of a small file; empty if the server has none (a 4xx, or a redirect, which is not
    /// followed), an error if it has no answer.
    pub async fn text(&self, url: &Url) -> Result<String, Refusal> {
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let mut connection = self.connection(host, url).await?;
        let response: Response<Incoming> =
            connection.send_request(request(host, url)?).await?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(refusal(status, response.headers()));
        }
        if status != StatusCode::OK {
            return Ok(String::new());
        }
        let bytes = self.read(response.into_body()).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A connection that was kept, or a new one.
    async fn connection(&self, host: &str, url: &Url) -> Result<Connection, Refusal> {
        while let Some(mut kept) = self.kept(host) {
            if kept.ready().await.is_ok() {
                return Ok(kept);
            }
        }
        let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let stream =
            TcpStream::connect((name, url.port_or_known_default().unwrap_or(80))).await?;
        let (connection, work) = http1::handshake(Io::new(stream)).await?;
        drop(spawn(work)); // it ends with the connection; its errors are those of the answer
        Ok(connection)
    }

    fn kept(&self, host: &str) -> Option<Connection> {
        self.idle.borrow_mut().get_mut(host)?.pop()
    }

    /// Keeps a connection whose answer was read: of any other the rest is still to come.
    fn keep(&self, host: &str, connection: Connection) {
        let mut idle = self.idle.borrow_mut();
        if idle.values().map(Vec::len).sum::<usize>() >= MOST_IDLE {
            idle.clear();
        }
        idle.entry(host.to_owned()).or_default().push(connection);
    }

    /// Reads a body piece by piece, as much as is allowed.
    async fn read(&self, mut body: Incoming) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            if let Ok(piece) = frame?.into_data() {
                if bytes.len() + piece.len() > self.most_bytes {
                    return Err(Why::TooLarge.into());
                }
                bytes.extend_from_slice(&piece);
            }
        }
        Ok(bytes)
    }
}

fn request(host: &str, url: &Url) -> Result<Request<Empty<Bytes>>, Refusal> {
    let request = Request::get(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, host)
        .header(USER_AGENT, ROBOT)
        .body(Empty::new());
    request.map_err(|error| Why::BadAddress(error.to_string()).into())
}

enum Head {
    Page,
    Other,
    Redirect(String),
}

fn read_head(status: StatusCode, headers: &HeaderMap) -> Result<Head, Refusal> {
    if status.is_redirection() {
        let to = text(headers, LOCATION).ok_or(Why::BadRedirect)?;
        return Ok(Head::Redirect(to.to_owned()));
    }
    if !status.is_success() {
        return Err(refusal(status, headers));
    }
    let kind =
        text(headers, CONTENT_TYPE).unwrap_or_default().trim_start().to_ascii_lowercase();
    let is_page =
        kind.starts_with("text/html") || kind.starts_with("application/xhtml+xml");
    Ok(if is_page { Head::Page } else { Head::Other })
}

/// A server may also name a day and an hour for the next attempt, which is read as none.
fn refusal(status: StatusCode, headers: &HeaderMap) -> Refusal {
    let seconds = text(headers, RETRY_AFTER).and_then(|text| text.trim().parse().ok());
    let retry_after = seconds.map(Duration::from_secs);
    Refusal { why: Why::Status(status.as_u16()), retry_after }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
