//! The link checker of chapter 13 on sites, folders and servers of every kind.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

fn checker() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ch13"));
    command.stdin(Stdio::null());
    command
}

fn run(words: &[&str]) -> Output {
    checker().args(words).output().expect("it starts")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("it prints text")
}

/// The report, and the exit code.
fn report(words: &[&str]) -> (Value, Option<i32>) {
    let output = checker().args(words).arg("--json").output().expect("it starts");
    assert_eq!(text(&output.stderr), "", "nothing is drawn where no terminal is");
    let report = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    (report, output.status.code())
}

/// The dead links, as where they lead to from the root, and why.
fn dead(report: &Value, root: &str) -> Vec<(String, String)> {
    let dead = report["dead"].as_array().expect("a list");
    let of = |dead: &Value, key| dead[key].as_str().unwrap_or_default().replace(root, "");
    dead.iter().map(|dead| (of(dead, "to"), of(dead, "why"))).collect()
}

#[test]
fn the_site_to_practise_on_has_the_dead_links_that_it_has() {
    let (report, code) = report(&["--site", "200"]);
    assert_eq!(code, Some(1));
    let on = report["dead"][0]["on"].as_str().expect("a page").to_owned();
    assert!(on.starts_with("http://127.0.0.1:"), "{on}");
    let dead = dead(&report, &on);
    let links: Vec<&str> = dead.iter().map(|(to, _)| to.as_str()).collect();
    let expected = [
        "http:///",
        "broken",
        "endless",
        "gone",
        "half",
        "moved-on#nowhere",
        "named#nowhere",
        "round",
        "silent",
    ];
    assert_eq!(links, expected);
    assert!(dead.iter().any(|(_, why)| why == "no answer within 2s"));
    assert_eq!(report["pages"], 200 + 7, "{report:#}");
    assert_eq!(report["forbidden"], 1, "the calendar");
    assert_eq!(report["left"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_calendar_without_end_is_left_after_so_many_pages() {
    let words = ["--site", "0", "--ignore-robots", "--pages", "60"];
    let (report, code) = report(&words);
    assert_eq!(code, Some(1));
    let left = report["left"].as_array().expect("a list");
    assert!(left.iter().any(|address| address.as_str().unwrap().contains("/calendar/")));
    let text = run(&words);
    assert!(self::text(&text.stdout).contains("\nstopped by --pages: "));
}

#[test]
fn no_width_is_too_small() {
    for words in [["--width", "1"], ["--per-host", "1"]] {
        let all = ["--site", "20", words[0], words[1]];
        assert_eq!(report(&all).0["pages"], 20 + 7);
    }
}

#[test]
fn ctrl_c_ends_it_with_what_is_left() {
    let mut command = checker();
    command.args(["--site", "1000000", "--json"]).stdout(Stdio::piped());
    let child = command.spawn().expect("it starts");
    while !listens_to_ctrl_c(child.id()) {
        thread::sleep(Duration::from_millis(5));
    }
    let interrupt = ["-INT", &child.id().to_string()];
    assert!(Command::new("kill").args(interrupt).status().expect("it starts").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    assert_eq!(report["interrupted"], true);
    assert!(!report["left"].as_array().expect("a list").is_empty());
}

/// Whether the signal would not end the process any more.
fn listens_to_ctrl_c(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let caught =
        status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a line");
    let caught = u64::from_str_radix(caught.trim(), 16).expect("a set of signals");
    caught & (1 << 1) != 0 // SIGINT is the second
}

#[test]
fn wrong_commands_are_refused() {
    for words in [&["--what"][..], &["--width", "0"], &["/no/such/folder"], &["http://"]]
    {
        let output = run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty());
        assert!(text(&output.stderr).contains("usage: cargo run -- 13"));
    }
    let output = run(&["--help"]);
    assert!(output.status.success() && text(&output.stdout).starts_with("usage: "));
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("crawler").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn a_folder_is_checked_file_by_file() {
    let folder = folder("site").join("inside");
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(path, text).expect("it can be written");
    };
    write(
        "index.html",
        "<a href=a/>a</a> <a href=a>a</a> <a href=/b.html#x>b</a> <a href=e/>e</a>",
    );
    write(
        "a/index.html",
        "<a href=../b.html#y>b</a> <a href='with space.txt'>t</a> <a href=#z>",
    );
    write("a/with space.txt", "");
    write(
        "b.html",
        "<p id=x><a href=a/with%20space.txt> <a href=../outside.txt> <a href=gone.txt>",
    );
    write("e/no-index.txt", "");
    write(
        "alone.html",
        "<a href='..%2f..%2f..%2f..%2fetc/passwd'> <a href=http://a.invalid>",
    );
    write("../outside.txt", "");
    let root = folder.canonicalize().expect("it is there");
    let root = format!("file://{}/", root.display());
    let place = folder.to_str().expect("text");
    let (report, code) = report(&[place]);
    let dead = dead(&report, &root);
    let dead: Vec<&str> = dead.iter().map(|(to, _)| to.as_str()).collect();
    let expected = [
        "a/#z",
        "b.html#y",
        "a/index.html#z",
        "b.html#y",
        "..%2f..%2f..%2f..%2fetc/passwd",
        "gone.txt",
        "e/",
    ];
    let mut expected = expected.to_vec();
    let mut sorted = dead.clone();
    expected.sort_unstable();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert_eq!((code, &report["unchecked"]), (Some(1), &2.into()));
    let output = run(&[place]);
    assert!(text(&output.stdout).contains("\nindex.html\n  e/: there is no such file\n"));
    // With `--external` what lies beside the folder has to be there.
    fs::remove_file(folder.join("../outside.txt")).expect("it was there");
    assert_eq!(run(&[place, "--external", "--retries", "0"]).status.code(), Some(1));
}

#[test]
fn a_folder_without_a_page_is_said_to_be_one() {
    let output = run(&[folder("empty").to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there is no page in the folder"));
}

/// A server that answers each request by itself, as badly as it likes; the address of it.
fn server(answer: impl Fn(TcpStream, &str) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has one");
    let answer = std::sync::Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = std::sync::Arc::clone(&answer);
            thread::spawn(move || {
                let mut stream = stream;
                let mut request = [0; 4096];
                let length = stream.read(&mut request).unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                answer(stream, &path);
            });
        }
    });
    format!("http://{address}/")
}

/// What a page that is nothing but this answer is reported as.
fn fate_of(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> Vec<String> {
    let place = server(move |mut stream, path| match path {
        "/robots.txt" => {
            drop(stream.write_all(b"HTTP/1.1 404 no\r\ncontent-length: 0\r\n\r\n"))
        }
        _ => answer(stream),
    });
    let words = [&place, "--timeout", "1", "--retries", "1", "--max-size", "1"];
    let (report, _) = report(&words);
    dead(&report, &place).into_iter().map(|(_, why)| why).collect()
}

/// Writes a piece until nobody reads any more.
fn for_ever(mut stream: TcpStream, head: &str, piece: &[u8], pause: Duration) {
    let _ = stream.write_all(head.as_bytes());
    while stream.write_all(piece).is_ok() {
        thread::sleep(pause);
    }
}

const HTML: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n";

#[test]
fn bad_servers_have_their_fates() {
    let once =
        |bytes: &'static [u8]| move |mut stream: TcpStream| drop(stream.write_all(bytes));
    let hung_up = "the server hangs up before its answer ends";
    assert_eq!(fate_of(once(b"")), [hung_up]);
    assert_eq!(fate_of(once(b"HTTP/1.1 200")), [hung_up]);
    assert_eq!(
        fate_of(once(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\nhal"
        )),
        [hung_up]
    );
    assert_eq!(
        fate_of(once(b"HTTP/1.1 302 go\r\ncontent-length: 0\r\n\r\n")),
        ["it is redirected to nowhere"]
    );
    assert_eq!(
        fate_of(once(b"HTTP/1.1 599 x\r\ncontent-length: 0\r\n\r\n")),
        ["599 a status of its own"]
    );
    assert_eq!(
        fate_of(once(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<a href='http://[::'>"
        )),
        ["no address: invalid IPv6 address"]
    );
    let garbage = fate_of(once(b"\x00\xff garbage \r\n\r\n"));
    assert!(garbage.len() == 1 && garbage[0].contains("HTTP"), "{garbage:?}");
    // A whole answer that is short of nothing.
    assert_eq!(
        fate_of(once(b"HTTP/1.0 200 OK\r\ncontent-type: text/html\r\n\r\n<p>")),
        [""; 0]
    );
}

#[test]
fn what_does_not_end_is_cut_off() {
    let no_pause = Duration::ZERO;
    let heads =
        fate_of(move |stream| for_ever(stream, HTML, b"x-more: and more\r\n", no_pause));
    assert_eq!(heads.len(), 1, "{heads:?}");
    let line =
        fate_of(move |stream| for_ever(stream, "HTTP/1.1 200 ", &[b'x'; 4096], no_pause));
    assert_eq!(line.len(), 1, "{line:?}");
    let head = format!("{HTML}\r\n");
    let body = fate_of(move |stream| for_ever(stream, &head, &[b'x'; 4096], no_pause));
    assert_eq!(body, ["it does not end: it is larger than --max-size"]);
    let head = format!("{HTML}content-length: 1000000\r\n\r\n");
    let drip =
        fate_of(move |stream| for_ever(stream, &head, b"x", Duration::from_millis(20)));
    assert_eq!(drip, ["no answer within 1s"]);
    let silent = fate_of(|stream| for_ever(stream, "", b"", Duration::from_millis(20)));
    assert_eq!(silent, ["no answer within 1s"]);
}

#[test]
fn nobody_listens_there() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let place = format!("http://{}/", listener.local_addr().expect("it has one"));
    drop(listener);
    let (report, code) = report(&[&place]);
    assert_eq!(code, Some(1));
    assert!(report["dead"][0]["on"].is_null(), "no page has this link");
    assert!(report["dead"][0]["why"].as_str().unwrap().contains("refused"), "{report}");
}

/// Links that leave a site are checked only on demand, and never followed.
#[test]
fn other_sites_are_checked_on_demand() {
    let page = |body: &str| format!("{HTML}content-length: {}\r\n\r\n{body}", body.len());
    let other = server(move |mut stream, path| {
        let text = match path {
            "/there" => page("<p id=x><a href=/never-asked-for>"),
            _ => "HTTP/1.1 404 no\r\ncontent-length: 0\r\n\r\n".to_owned(),
        };
        let _ = stream.write_all(text.as_bytes());
    });
    let links = format!(
        "<a href={other}there#x> <a href={other}there#y> <a href={other}gone> <a href=https://a.example/>"
    );
    let ours =
        server(move |mut stream, _| drop(stream.write_all(page(&links).as_bytes())));
    let (without, code) = report(&[&ours]);
    assert_eq!((code, &without["unchecked"]), (Some(0), &4.into()));
    let (with, code) = report(&[&ours, "--external"]);
    assert_eq!(code, Some(1));
    let links: Vec<String> = dead(&with, &other).into_iter().map(|(to, _)| to).collect();
    assert_eq!(links, ["gone", "there#y"]);
    assert_eq!(with["unchecked"], 1, "https, of which it knows nothing");
}

/// A check of nothing is no good news.
#[test]
fn where_nothing_could_be_checked_it_says_so() {
    let forbidden = server(|mut stream, path| {
        let text = match path {
            "/robots.txt" => {
                "HTTP/1.1 200 yes\r\ncontent-length: 26\r\n\r\nUser-agent: *\r\nDisallow: /"
            }
            _ => "HTTP/1.1 404 no\r\ncontent-length: 0\r\n\r\n",
        };
        let _ = stream.write_all(text.as_bytes());
    });
    let elsewhere = server(|mut stream, path| {
        let text = match path {
            "/robots.txt" => "HTTP/1.1 404 no\r\ncontent-length: 0\r\n\r\n",
            _ => {
                "HTTP/1.1 301 moved\r\nlocation: https://a.example/\r\ncontent-length: 0\r\n\r\n"
            }
        };
        let _ = stream.write_all(text.as_bytes());
    });
    for place in [forbidden, elsewhere] {
        let output = run(&[&place]);
        assert_eq!(output.status.code(), Some(1), "{place}");
        assert!(text(&output.stdout).contains("\nnothing was checked: "), "{place}");
    }
}

/// A host without the file allows all; one that does not say whether it has one allows nothing.
#[test]
fn who_cannot_say_what_robots_may_visit_is_not_visited() {
    let host = |robots: &'static str| {
        server(move |mut stream, path| {
            let head = if path == "/robots.txt" { robots } else { "HTTP/1.1 200 yes" };
            let head = head.as_bytes();
            let _ = stream.write_all(&[head, b"\r\ncontent-length: 0\r\n\r\n"].concat());
        })
    };
    let file = "not visited, for want of robots.txt: ";
    for (robots, why) in [
        ("HTTP/1.1 404 no", None),
        ("HTTP/1.1 302 go", None),
        ("HTTP/1.1 500 no", Some("500 Internal Server Error")),
        ("HTTP/1.1 503 later", Some("503 Service Unavailable")),
        ("nonsense", Some("invalid HTTP version parsed")),
    ] {
        let place = host(robots);
        let (report, code) = report(&[&place, "--retries", "1"]);
        let dead = dead(&report, &place);
        let expected = why.map(|why| (String::new(), format!("{file}{why}")));
        assert_eq!(dead, Vec::from_iter(expected), "{robots}");
        assert_eq!(code, Some(why.is_some().into()));
        let (ignored, _) = self::report(&[&place, "--retries", "1", "--ignore-robots"]);
        assert_eq!(ignored["dead"].as_array().map(Vec::len), Some(0));
    }
}

#[test]
fn a_robots_file_that_is_busy_is_asked_for_again() {
    let asked = std::sync::atomic::AtomicU32::new(0);
    let place = server(move |mut stream, path| {
        let is_busy = path == "/robots.txt"
            && asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        let status = if is_busy { "503 later" } else { "200 yes" };
        let text = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        let _ = stream.write_all(text.as_bytes());
    });
    assert_eq!(report(&[&place]).1, Some(0));
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let full =
        fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output =
        checker().args(["--site", "3"]).stdout(full).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("the report cannot be written"));
}

#[test]
fn a_program_that_nobody_reads_ends_quietly() {
    let (reader, writer) = std::io::pipe().expect("descriptors are left");
    drop(reader);
    let output = checker().args(["--site", "3"]).stdout(writer).output();
    assert_eq!(text(&output.expect("it starts").stderr), "");
}
