//! The server over one connection, on a virtual clock, and over loopback where connections are counted.

use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;

use cargo_book::serve::{Board, Limits, Site, connection, listen, serve};
use mainspring::io::BufReader;
use mainspring::net::{TcpStream, UnixStream};
use mainspring::spawn;
use mainspring::task::{JoinHandle, yield_now};
use mainspring::time::Instant;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

mod helpers;
#[path = "../../../tests/watchdog/mod.rs"]
mod watchdog;

use helpers::{Answer, Folder, PAGE, SECRET, a_built_book, exchange, head, send};
use watchdog::{block_on, builder};

type Client = BufReader<UnixStream>;

/// A served book, which lies in the folder until it is dropped.
struct Served {
    _folder: Folder,
    book: cargo_book::book::Book,
    board: Rc<Board>,
}

impl Served {
    fn new(reloads: bool) -> Self {
        let (folder, book) = a_built_book();
        let site = Site::load(&book, reloads).unwrap();
        Self { _folder: folder, book, board: Rc::new(Board::new(site)) }
    }

    /// A new client, and the task that serves it.
    fn connect(&self) -> (Client, JoinHandle<hyper::Result<()>>) {
        let (near, far) = UnixStream::pair().unwrap();
        let connection = connection(far, Rc::clone(&self.board), Limits::default());
        (BufReader::new(near), spawn(connection))
    }
}

fn virtually<F: Future>(future: F) -> F::Output {
    builder().virtual_clock().build().unwrap().block_on(future)
}

async fn ask(client: &mut Client, request: &str, headers: &str) -> Answer {
    let request = format!("{request} HTTP/1.1\r\nHost: localhost{headers}");
    exchange(client, &request).await.expect(&request)
}

#[test]
fn one_connection_carries_many_answers() {
    virtually(async {
        let served = Served::new(false);
        let (mut client, _task) = served.connect();
        for _ in 0..100 {
            let page = ask(&mut client, "GET /book/", "").await;
            assert_eq!(page.status, 200);
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            assert_eq!(page.body, "<html><body>first</body></html>");
            let code = ask(&mut client, "GET /src/lib.rs", "").await;
            assert_eq!((code.status, code.body.as_str()), (200, "fn main() {}\n"));
            let lost = ask(&mut client, "GET /book/lost.html", "").await;
            assert_eq!(lost.status, 404);
            assert!(lost.body.contains("href=\"/book/\""), "{}", lost.body);
        }
        // Two requests at once are answered in their order.
        let two =
            "GET /src/lib.rs HTTP/1.1\r\nHost: a\r\n\r\nGET /book/ HTTP/1.1\r\nHost: a";
        assert_eq!(exchange(&mut client, two).await.unwrap().body, "fn main() {}\n");
        assert_eq!(head(&mut client).await.unwrap().header("content-length"), "31");
    });
}

#[test]
fn a_folder_shows_its_page_by_its_own_name() {
    virtually(async {
        let served = Served::new(false);
        let (mut client, _task) = served.connect();
        for (path, leads_to) in [
            ("/", "/book/"),
            ("/book", "/book/"),
            ("/?a=b", "/book/?a=b"),
            ("/book/01-one?search=%20x", "/book/01-one/?search=%20x"),
        ] {
            let answer = ask(&mut client, &format!("GET {path}"), "").await;
            assert_eq!((answer.status, answer.header("location")), (307, leads_to));
        }
        assert_eq!(ask(&mut client, "GET /book/01-one/", "").await.body, PAGE);
        let picture = ask(&mut client, "GET /book/01-one/a%20picture.svg", "").await;
        assert_eq!(picture.header("content-type"), "image/svg+xml");
        assert_eq!(ask(&mut client, "GET /src/", "").await.status, 404);
    });
}

#[test]
fn head_is_get_without_the_body() {
    virtually(async {
        let served = Served::new(false);
        let (mut client, _task) = served.connect();
        for path in ["/book/", "/book", "/src/lib.rs", "/nothing"] {
            let get = ask(&mut client, &format!("GET {path}"), "").await;
            let head = ask(&mut client, &format!("HEAD {path}"), "").await;
            assert_eq!((get.status, get.headers), (head.status, head.headers));
        }
    });
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    virtually(async {
        let served = Served::new(false);
        let (mut client, _task) = served.connect();
        let tag = ask(&mut client, "GET /book/", "").await.header("etag").to_owned();
        for known in
            [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()]
        {
            let header = format!("\r\nIf-None-Match: {known}");
            let answer = ask(&mut client, "GET /book/", &header).await;
            assert_eq!((answer.status, answer.header("etag")), (304, tag.as_str()));
        }
        let other = ask(&mut client, "GET /book/", "\r\nIf-None-Match: \"x\"").await;
        assert_eq!(other.status, 200);
        // The same bytes, written again, have the same tag.
        served.board.publish(Site::load(&served.book, false).unwrap());
        assert_eq!(ask(&mut client, "GET /book/", "").await.header("etag"), tag);
    });
}

#[test]
fn a_part_is_sent_to_whoever_asks_for_one() {
    virtually(async {
        let served = Served::new(false);
        let (mut client, _task) = served.connect();
        let tag =
            ask(&mut client, "HEAD /book/large.js", "").await.header("etag").to_owned();
        for (range, part, body) in [
            ("bytes=10-13", "bytes 10-13/10000000", "0123"),
            ("bytes=-2", "bytes 9999998-9999999/10000000", "89"),
            ("bytes=9999997-", "bytes 9999997-9999999/10000000", "789"),
        ] {
            let header = format!("\r\nRange: {range}\r\nIf-Range: {tag}");
            let answer = ask(&mut client, "GET /book/large.js", &header).await;
            assert_eq!((answer.status, answer.header("content-range")), (206, part));
            assert_eq!(answer.body, body);
        }
        let beyond =
            ask(&mut client, "GET /book/large.js", "\r\nRange: bytes=10000000-").await;
        assert_eq!(
            (beyond.status, beyond.header("content-range")),
            (416, "bytes */10000000")
        );
        for all in ["bytes=1-2,4-5", "bytes=2-1", "lines=1-2", "bytes=x"] {
            let answer =
                ask(&mut client, "GET /src/lib.rs", &format!("\r\nRange: {all}")).await;
            assert!([200, 416].contains(&answer.status), "{all}: {answer:?}");
        }
        let stale = "\r\nRange: bytes=0-1\r\nIf-Range: \"x\"";
        assert_eq!(ask(&mut client, "GET /src/lib.rs", stale).await.status, 200);
        assert_eq!(
            ask(&mut client, "HEAD /src/lib.rs", "\r\nRange: bytes=0-1").await.status,
            200
        );
    });
}

#[test]
fn what_is_no_request_for_a_page_is_refused() {
    virtually(async {
        let served = Served::new(false);
        let (mut client, _task) = served.connect();
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let answer = ask(&mut client, &format!("{method} /book/"), "").await;
            assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"));
        }
        for (request, status) in [
            ("GET /book/ HTTP/1.1", 400),
            ("GET /book/ HTTP/1.1\r\nHost: a\r\nHost: b", 400),
            ("GET /book/ HTTP/1.0", 200),
            ("GET http://localhost/book/ HTTP/1.1\r\nHost: localhost", 200),
            ("GET * HTTP/1.1\r\nHost: localhost", 400),
            ("GET book/ HTTP/1.1\r\nHost: localhost", 400),
            ("GET /a b HTTP/1.1\r\nHost: localhost", 400),
            ("GET /\u{1} HTTP/1.1\r\nHost: localhost", 400),
            ("GET /book/ HTTP/9.9\r\nHost: localhost", 400),
            ("nonsense", 400),
            ("\0\0\0", 400),
            (
                "GET /book/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2",
                400,
            ),
        ] {
            let (mut client, _task) = served.connect();
            let answer = exchange(&mut client, request).await.expect(request);
            assert_eq!(answer.status, status, "{request}");
        }
        let (mut client, _task) = served.connect();
        let long = format!("GET /{} HTTP/1.1\r\nHost: a", "x".repeat(70_000));
        assert_eq!(exchange(&mut client, &long).await.unwrap().status, 414);
    });
}

/// The ways to spell a file that is not for anybody.
const ESCAPES: &[&str] = &[
    "/../secret",
    "/book/../../secret",
    "/book/../target/secret",
    "/book/../secret.rs",
    "/secret.rs",
    "/src/secret.rs",
    "/src/out.rs",
    "/src/up/secret",
    "/target/secret",
    "/.git/secret",
    "/book/.secret",
    "/%2e%2e/secret",
    "/%2E%2E%2Fsecret",
    "/book/%2e%2e/%2e%2e/secret",
    "/book/..%2f..%2fsecret",
    "/%252e%252e/secret",
    "/book/%252e%252e%252fsecret",
    "/..\\secret",
    "/..%5csecret",
    "/%c0%ae%c0%ae/secret",
    "/%00/../secret",
    "/book/index.html%00/../../secret",
    "//secret",
    "///etc/passwd",
    "/etc/passwd",
    "/%2fetc%2fpasswd",
    "/book//../../secret",
    "/book/./index.html/../../secret",
    "/book/out.html",
    "/book/absolute.html",
    "/book/up/secret",
    "/book/up/book/index.html",
    "/book/01-one/loop/README.html",
    "/book/....//secret",
    "/book/..;/secret",
    "http://localhost/../secret",
];

#[test]
fn what_lies_outside_is_not_found_however_it_is_spelled() {
    virtually(async {
        let served = Served::new(false);
        let (mut client, _task) = served.connect();
        for path in ESCAPES {
            let answer = ask(&mut client, &format!("GET {path}"), "").await;
            assert_eq!(answer.status, 404, "{path}");
            assert!(
                !answer.body.contains(SECRET) && !answer.body.contains("root:"),
                "{path}"
            );
        }
    });
}

/// Requests for paths that are put together from pieces of those above and of others.
fn targets() -> impl Strategy<Value = String> {
    let pieces =
        ["/", "..", "../", "%2e%2e/", "%2f", "\\", "%5c", "%00", "book", "src", "secret"]
            .into_iter()
            .chain([
                "up",
                ".git",
                "target",
                "root",
                "01-one",
                "loop",
                "index.html",
                "?",
                "#",
                "%",
                ".",
            ]);
    let piece = proptest::sample::select(pieces.collect::<Vec<_>>());
    proptest::collection::vec(piece, 1..9)
        .prop_map(|pieces| format!("/{}", pieces.concat()))
}

#[test]
fn no_path_leads_to_a_secret() {
    let served = Served::new(false);
    let asked = |path: String| {
        let answer = virtually(async {
            let (mut client, _task) = served.connect();
            ask(&mut client, &format!("GET {path}"), "").await
        });
        prop_assert!([200, 307, 400, 404].contains(&answer.status), "{answer:?}");
        prop_assert!(!answer.body.contains(SECRET));
        Ok(())
    };
    TestRunner::new(ProptestConfig::with_cases(1000)).run(&targets(), asked).unwrap();
}

#[test]
fn whoever_is_silent_is_hung_up_on() {
    virtually(async {
        let served = Served::new(false);
        let page = "GET /book/ HTTP/1.1\r\nHost: a\r\n\r\n";
        for said in ["", "G", "GET /book/ HTTP/1.1\r\nHost: a\r\n", page] {
            let (mut client, task) = served.connect();
            let start = Instant::now();
            send(client.get_ref(), said).await.unwrap();
            if said == page {
                assert_eq!(head(&mut client).await.unwrap().status, 200);
            }
            let _ = task.await.unwrap();
            assert_eq!(start.elapsed().as_secs(), Limits::default().silence.as_secs());
            drop(client);
        }
    });
}

#[test]
fn whoever_drips_a_request_is_hung_up_on() {
    virtually(async {
        let served = Served::new(false);
        let (client, task) = served.connect();
        let start = Instant::now();
        let drip = spawn(async move {
            for letter in "GET /book/ HTTP/1.1\r\nHost: localhost".chars() {
                send(client.get_ref(), &letter.to_string()).await?;
                mainspring::time::sleep(Duration::from_secs(1)).await;
            }
            Ok::<_, io::Error>(())
        });
        assert!(task.await.unwrap().is_err());
        assert_eq!(start.elapsed().as_secs(), Limits::default().silence.as_secs());
        assert_eq!(drip.await.unwrap().unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn whoever_reads_nothing_of_an_answer_is_hung_up_on() {
    virtually(async {
        let served = Served::new(false);
        let (client, task) = served.connect();
        let start = Instant::now();
        send(client.get_ref(), "GET /book/large.js HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        assert!(task.await.unwrap().is_err());
        assert_eq!(start.elapsed().as_secs(), Limits::default().patience.as_secs());
    });
}

#[test]
fn whoever_reads_slowly_gets_all_of_it() {
    virtually(async {
        let served = Served::new(false);
        let (mut client, _task) = served.connect();
        send(client.get_ref(), "GET /book/large.js HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        let length: usize =
            head(&mut client).await.unwrap().header("content-length").parse().unwrap();
        let mut piece = vec![0; length / 20];
        for _ in 0..20 {
            mainspring::time::sleep(Limits::default().patience / 2).await;
            client.read_exact(&mut piece).await.unwrap();
        }
    });
}

#[test]
fn a_client_that_goes_away_ends_its_connection_and_no_other() {
    virtually(async {
        let served = Served::new(false);
        let (mut other, _task) = served.connect();
        for said in [
            "",
            "GET /bo",
            "GET /book/large.js HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /.changes HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx",
        ] {
            let (client, task) = served.connect();
            let start = Instant::now();
            send(client.get_ref(), said).await.unwrap();
            yield_now().await;
            drop(client);
            let _ = task.await.unwrap();
            assert_eq!(start.elapsed(), Duration::ZERO, "{said}");
            assert_eq!(ask(&mut other, "GET /book/", "").await.status, 200);
        }
    });
}

#[test]
fn a_page_hears_of_the_next_site() {
    virtually(async {
        let served = Served::new(true);
        let (mut client, _task) = served.connect();
        let first = ask(&mut client, "GET /book/", "").await.body;
        let version = served.board.site().version().to_owned();
        assert!(first.contains(&format!("data !== \"{version}\"")), "{first}");
        assert!(first.ends_with("</script>\n</body></html>"), "{first}");
        assert_eq!(ask(&mut client, "GET /src/lib.rs", "").await.body, "fn main() {}\n");

        let (mut changes, _task) = served.connect();
        send(changes.get_ref(), "GET /.changes HTTP/1.0\r\n\r\n").await.unwrap();
        let head = head(&mut changes).await.unwrap();
        assert_eq!(
            (head.status, head.header("content-type")),
            (200, "text/event-stream")
        );
        let mut next = async || {
            let event = changes.next_line().await.unwrap().unwrap();
            assert_eq!(changes.next_line().await.unwrap().as_deref(), Some(""));
            event
        };
        assert_eq!(next().await, format!("data: {version}"));
        // The same again is no news; another one is.
        served.board.publish(Site::load(&served.book, true).unwrap());
        std::fs::write(served.book.pages.join("index.html"), "second").unwrap();
        served.board.publish(Site::load(&served.book, true).unwrap());
        let version = served.board.site().version().to_owned();
        assert_eq!(next().await, format!("data: {version}"));
        let second = ask(&mut client, "GET /book/", "").await.body;
        assert!(
            second.starts_with("second<script>") && second.contains(&version),
            "{second}"
        );
    });
}

#[test]
fn a_book_that_is_not_watched_is_served_as_it_was_built() {
    virtually(async {
        let served = Served::new(false);
        let (mut client, _task) = served.connect();
        assert_eq!(ask(&mut client, "GET /book/01-one/README.html", "").await.body, PAGE);
    });
}

#[test]
fn one_client_too_many_waits_for_another_to_go() {
    block_on(async {
        let served = Served::new(false);
        let listener = listen(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits { connections: 2, ..Limits::default() };
        let server = spawn(serve(listener, Rc::clone(&served.board), limits));
        let connect = async || BufReader::new(TcpStream::connect(address).await.unwrap());
        let request = "GET /book/ HTTP/1.1\r\nHost: localhost";
        let (mut first, mut second, mut third) =
            (connect().await, connect().await, connect().await);
        assert_eq!(exchange(&mut second, request).await.unwrap().status, 200);
        assert_eq!(exchange(&mut first, request).await.unwrap().status, 200);
        let waits =
            spawn(async move { exchange(&mut third, request).await.unwrap().status });
        assert_eq!(exchange(&mut first, request).await.unwrap().status, 200);
        assert!(!waits.is_finished());
        drop(first);
        assert_eq!(waits.await.unwrap(), 200);
        server.abort();
    });
}

#[test]
fn a_port_that_is_taken_is_passed_over() {
    block_on(async {
        let taken = listen(0).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let next = listen(port).await.unwrap();
        assert!(next.local_addr().unwrap().port() > port);
        assert!(next.local_addr().unwrap().ip().is_loopback());
    });
}
