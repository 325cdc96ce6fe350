//! A site to practise on: pages that lead to pages, and whatever can happen to a crawler. A
//! thread of its own serves it on loopback, by hyper.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::future::pending;
use std::io;
use std::net::{self, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use mainspring::net::TcpListener;
use mainspring::time::sleep;
use mainspring::{block_on, spawn};
use mainspring_web::{Io, Timer};

/// Each a link of the first page, and what is wrong with it, if it is dead.
pub const SPECIAL: [(&str, Option<&str>); 18] = [
    ("/slow", None),
    ("/moved", None),
    ("/busy", None),
    ("/shy", None),
    ("/photo.png", None),
    ("/bad-html", None),
    ("/latin-1", None),
    ("/named#here", None),
    ("/named#a%20place", None),
    ("/named#nowhere", Some("the page has no such anchor")),
    ("/moved-on#nowhere", Some("the page has no such anchor")),
    ("/gone", Some("404 Not Found")),
    ("/broken", Some("500 Internal Server Error")),
    ("/round", Some("it is redirected again and again")),
    ("/half", Some("the server hangs up before its answer ends")),
    ("/endless", Some("it does not end: it is larger than --max-size")),
    ("/silent", Some("no answer within")),
    ("http:///", Some("no address")),
];

const ROBOTS: &str = "User-agent: *\nDisallow: /calendar/\n";

/// Opens the site, and says where it is.
pub fn open(pages: u64) -> io::Result<SocketAddr> {
    let door = net::TcpListener::bind("127.0.0.1:0")?;
    let address = door.local_addr()?;
    thread::spawn(move || block_on(serve(door, pages)));
    Ok(address)
}

async fn serve(door: net::TcpListener, pages: u64) -> io::Result<()> {
    let door = TcpListener::new(door)?;
    let site = Rc::new(Site { pages, visits: RefCell::default() });
    let mut server = http1::Builder::new();
    server.timer(Timer::new());
    loop {
        let (visitor, _) = door.accept().await?;
        let site = Rc::clone(&site);
        let answer = service_fn(move |request| {
            let site = Rc::clone(&site);
            async move { site.answer(&request).await }
        });
        drop(spawn(server.serve_connection(Io::new(visitor), answer)));
    }
}

struct Site {
    pages: u64,
    /// How often somebody has asked for those that are not the same each time.
    visits: RefCell<HashMap<String, u32>>,
}

impl Site {
    async fn answer(&self, request: &Request<Incoming>) -> io::Result<Response<Body>> {
        let path = request.uri().path();
        Ok(match path {
            "/" => page(self.first()),
            "/robots.txt" => plain(ROBOTS),
            "/named" => page("<p id=here><a name='a place'></a>".to_owned()),
            "/photo.png" => plain("no picture"),
            "/bad-html" => page("<a href='/page/1'<b><a href=/page/2 <<<!--".to_owned()),
            "/latin-1" => bytes(b"<title>caf\xe9</title><a href=/page/3>\xff</a>"),
            "/slow" => {
                sleep(Duration::from_millis(100)).await;
                page("<a href=/page/4>4</a>".to_owned())
            }
            "/silent" => pending().await,
            "/moved" => redirect("/page/1"),
            "/moved-on" => redirect("/named"),
            "/round" => redirect("/and-round"),
            "/and-round" => redirect("/round"),
            "/broken" => status(500),
            "/busy" if self.visits(path) <= 2 => {
                let mut busy = status(503);
                busy.headers_mut().insert(RETRY_AFTER, 0.into());
                busy
            }
            "/busy" | "/shy" if path == "/busy" || self.visits(path) > 1 => {
                page(String::new())
            }
            "/shy" => return Err(io::ErrorKind::ConnectionReset.into()), // the first time
            "/half" => answer(Body::Half { sent: false }),
            "/endless" => answer(Body::Endless),
            _ => self.numbered(path).unwrap_or_else(|| status(404)),
        })
    }

    fn visits(&self, path: &str) -> u32 {
        let mut visits = self.visits.borrow_mut();
        let visits = visits.entry(path.to_owned()).or_default();
        *visits += 1;
        *visits
    }

    fn first(&self) -> String {
        let mut text = "<a href=/page/1>1</a> <a href=/calendar/1>today</a>\n".to_owned();
        for (link, _) in SPECIAL {
            let _ = writeln!(text, "<a href=\"{link}\">{link}</a>");
        }
        text + "<a href=http://elsewhere.invalid/>elsewhere</a> <a href=mailto:a@b.invalid>me</a>"
    }

    /// A page leads to two others, and back; a day of the calendar to the next, without end.
    fn numbered(&self, path: &str) -> Option<Response<Body>> {
        if let Some(day) = path.strip_prefix("/calendar/") {
            let tomorrow = day.parse::<u64>().ok()? + 1;
            return Some(page(format!("<a href=/calendar/{tomorrow}>tomorrow</a>")));
        }
        let number = path.strip_prefix("/page/")?.parse().ok()?;
        if !(1..=self.pages).contains(&number) {
            return None;
        }
        let mut text = format!("<h1 id=title>{number}</h1><a href=/>the beginning</a>");
        for to in [number / 2, number * 2, number * 2 + 1] {
            if (1..=self.pages).contains(&to) {
                let _ = write!(text, " <a href=/page/{to}#title>{to}</a>");
            }
        }
        Some(page(text))
    }
}

fn answer(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let kind = "text/html; charset=utf-8".parse().expect("it is one");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn page(text: String) -> Response<Body> {
    answer(Body::Whole(Some(text.into())))
}

fn bytes(bytes: &'static [u8]) -> Response<Body> {
    answer(Body::Whole(Some(Bytes::from_static(bytes))))
}

fn plain(text: &'static str) -> Response<Body> {
    Response::new(Body::Whole(Some(Bytes::from_static(text.as_bytes()))))
}

fn status(code: u16) -> Response<Body> {
    let mut response = plain("");
    *response.status_mut() = code.try_into().expect("a status");
    response
}

fn redirect(to: &'static str) -> Response<Body> {
    let mut response = status(302);
    response.headers_mut().insert(LOCATION, to.parse().expect("an address"));
    response
}

/// What is sent behind the head.
enum Body {
    Whole(Option<Bytes>),
    /// A piece, and then the server hangs up.
    Half {
        sent: bool,
    },
    Endless,
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        static MUCH: [u8; 16 * 1024] = [b' '; 16 * 1024];
        let piece = match self.get_mut() {
            Self::Whole(text) => text.take().map(Ok),
            Self::Half { sent } if *sent => {
                Some(Err(io::ErrorKind::ConnectionReset.into()))
            }
            Self::Half { sent } => {
                *sent = true;
                Some(Ok(Bytes::from_static(b"<p>half a pa")))
            }
            Self::Endless => Some(Ok(Bytes::from_static(&MUCH))),
        };
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(Some(text)) => SizeHint::with_exact(text.len() as u64),
            Self::Whole(None) => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}
