//! A load of many connections from one loop, by a schedule.
//!
//! When a request is due is decided before the run: one every so often, whatever becomes of
//! those before it. A client that comes late to its request, since it had to wait for an answer,
//! counts from when that was due. Who measures from when it was sent leaves out those who would
//! have had to wait: *coordinated omission*.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::net::{self, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use hdrhistogram::Histogram;
use mainspring::net::{TcpListener, TcpStream};
use mainspring::time::{Instant, sleep_until, timeout_at};
use mainspring::{block_on, join_all, spawn};

/// How long after the last request is due an answer may come.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the clients may take to connect, before the first request.
const CONNECTING: Duration = Duration::from_secs(5);

/// Microseconds: no latency is counted as longer.
const LONGEST: u64 = 60_000_000;

/// How many connect at the same time.
const CROWD: usize = 200;

/// What to ask, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub server: SocketAddr,
    pub work: &'static str,
    pub connections: usize,
    /// Requests in a second.
    pub rate: u32,
    pub seconds: u64,
}

/// What came of it.
pub struct Outcome {
    /// Microseconds from when a request was due to its answer; for one without, our patience,
    /// since to leave it out would be the omission again.
    pub latencies: Histogram<u64>,
    pub unanswered: u64,
}

/// A listener of the standard library with a long backlog.
pub fn listener(port: u16) -> io::Result<net::TcpListener> {
    let bind = async { TcpListener::bind(format!("127.0.0.1:{port}")).await };
    let listener = block_on(bind)?.into_inner();
    listener.set_nonblocking(false)?;
    Ok(listener)
}

struct State {
    load: Load,
    start: Instant,
    next: Cell<u32>,
    latencies: RefCell<Histogram<u64>>,
    answered: Cell<u64>,
}

impl State {
    /// When the next request is due that nobody has taken; none if there is none left.
    fn take_ticket(&self) -> Option<Instant> {
        let Load { rate, seconds, .. } = self.load;
        let due = Duration::from_secs(1) * self.next.get() / rate;
        let is_left = due < Duration::from_secs(seconds);
        is_left.then(|| {
            self.next.set(self.next.get() + 1);
            self.start + due
        })
    }
}

/// Connects, and asks as the load says. It has `look` called before the first request and after
/// the last, while all are connected.
pub async fn run(
    load: Load,
    mut look: impl FnMut() -> io::Result<()>,
) -> io::Result<Outcome> {
    let mut streams = Vec::new();
    let latest = Instant::now() + CONNECTING;
    while streams.len() < load.connections {
        let crowd = CROWD.min(load.connections - streams.len());
        // One that fails, or is in no backlog by then, tries again when it has a request.
        let connect = |_| timeout_at(latest, TcpStream::connect(load.server));
        let crowd = join_all((0..crowd).map(connect)).await;
        streams.extend(crowd.into_iter().map(|stream| stream.ok().and_then(Result::ok)));
    }
    look()?;
    let latencies = Histogram::new_with_max(LONGEST, 3).map_err(io::Error::other)?;
    let state = Rc::new(State {
        load,
        start: Instant::now(),
        next: Cell::new(0),
        latencies: RefCell::new(latencies),
        answered: Cell::new(0),
    });
    let clients =
        mixed(streams).into_iter().map(|stream| spawn(client(Rc::clone(&state), stream)));
    let mut streams = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        streams.push(client.await.map_err(io::Error::other)?);
    }
    look()?;
    drop(streams);
    let total = u64::from(load.rate) * load.seconds;
    let unanswered = total.saturating_sub(state.answered.get());
    let mut latencies = state.latencies.borrow().clone();
    let micros = u64::try_from(PATIENCE.as_micros()).unwrap_or(LONGEST);
    if unanswered > 0 {
        latencies.saturating_record_n(micros, unanswered);
    }
    Ok(Outcome { latencies, unanswered })
}

/// In another order than that in which they connected: neighbours are often one loop's.
fn mixed<T>(streams: Vec<T>) -> Vec<T> {
    const STEP: usize = 7_919; // a prime
    let count = streams.len();
    let mut numbered: Vec<_> = streams.into_iter().enumerate().collect();
    numbered.sort_by_key(|(number, _)| number * STEP % count);
    numbered.into_iter().map(|(_, stream)| stream).collect()
}

/// Takes one request after the other, until there is none, or time is up. Gives its connection
/// back.
async fn client(state: Rc<State>, mut stream: Option<TcpStream>) -> Option<TcpStream> {
    let last = state.start + Duration::from_secs(state.load.seconds) + PATIENCE;
    while let Some(due) = state.take_ticket() {
        sleep_until(due).await;
        match timeout_at(last, ask(&mut stream, &state.load)).await {
            Ok(Ok(())) => {
                let micros = u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX);
                state.latencies.borrow_mut().saturating_record(micros);
                state.answered.set(state.answered.get() + 1);
            }
            Ok(Err(_)) => stream = None,
            Err(_) => return None,
        }
    }
    stream
}

/// Asks once, on this connection or a new one.
async fn ask(stream: &mut Option<TcpStream>, load: &Load) -> io::Result<()> {
    let open = match stream.take() {
        Some(open) => open,
        None => TcpStream::connect(load.server).await?,
    };
    let request = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", load.work);
    open.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    let mut piece = [0; 1024];
    let keeps_alive = loop {
        let count = open.read(&mut piece).await?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        bytes.extend(&piece[..count]);
        if let Some(keeps_alive) = is_answered(&bytes)? {
            break keeps_alive;
        }
    };
    if keeps_alive {
        *stream = Some(open);
    }
    Ok(())
}

/// Whether all of an answer is there, and then whether another request may follow it.
fn is_answered(bytes: &[u8]) -> io::Result<Option<bool>> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut parsed = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) =
        parsed.parse(bytes).map_err(io::Error::other)?
    else {
        return Ok(None);
    };
    if parsed.code != Some(200) {
        return Err(ErrorKind::InvalidData.into());
    }
    let value = |name| {
        let header = parsed.headers.iter().find(|header| header.name == name);
        header.and_then(|header| str::from_utf8(header.value).ok()).unwrap_or_default()
    };
    let length: usize = value("content-length").parse().map_err(io::Error::other)?;
    Ok((bytes.len() >= head + length).then(|| value("connection") == "keep-alive"))
}
