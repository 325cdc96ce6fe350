//! The server of chapter 14, in every way it has: it answers, it ends who is slow or too large,
//! and it stops well.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const WAYS: [&str; 6] =
    ["threads", "pool", "processes", "loop", "loops", "loop-and-pool"];

struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    fn start(way: &str) -> Self {
        Self::start_with(way, "5")
    }

    fn start_with(way: &str, patience: &str) -> Self {
        let options = ["--threads", "3", "--slow", "2", "--idle", "1", "--body", "100"];
        let mut process = Command::new(env!("CARGO_BIN_EXE_ch14"))
            .args(["--way", way])
            .args(options)
            .args(["--patience", patience])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.strip_prefix("http://").unwrap().split('/').next().unwrap();
        Self { process, address: address.to_owned(), output }
    }

    /// Says something on a connection of its own.
    fn say(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// The ids of its three processes. They are started after it has said its address.
    fn children(&self) -> Vec<String> {
        let parent = self.process.id().to_string();
        let late = Instant::now() + Duration::from_secs(10);
        loop {
            let list = Command::new("pgrep").args(["-P", &parent]).output().unwrap();
            let list = String::from_utf8(list.stdout).unwrap();
            if list.lines().count() == 3 {
                return list.lines().map(str::to_owned).collect();
            }
            assert!(Instant::now() < late, "its processes: {list:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for its end: how it ended, and what it said last.
    fn end(mut self) -> (ExitStatus, String) {
        let mut said = String::new();
        self.output.read_to_string(&mut said).unwrap();
        (self.process.wait().unwrap(), said)
    }
}

/// All that comes until the server closes the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text); // it may be reset, with a request unread
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn answers_ends_who_is_slow_and_stops_well() {
    thread::scope(|ways| {
        for way in WAYS {
            ways.spawn(|| try_it(way));
        }
    });
}

fn try_it(way: &str) {
    let server = Server::start(way);
    for work in ["waits", "burns", "blocks"] {
        let answer = rest(server.say(&format!("GET /{work} HTTP/1.0\r\n\r\n")));
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{way}: {answer}");
        assert!(answer.ends_with(&format!("/{work} is done\n")), "{way}: {answer}");
    }
    let cases = [
        ("GET /nothing HTTP/1.0\r\n\r\n", "404"),
        ("POST /waits HTTP/1.0\r\ncontent-length: 101\r\n\r\n", "413"),
        ("POST /waits HTTP/1.0\r\ncontent-length: x\r\n\r\n", "400"),
        ("POST /waits HTTP/1.0\r\ncontent-length: 2\r\n\r\n.", "408"),
        ("POST /waits HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n", "411"),
        ("nonsense\r\n\r\n", "400"),
        ("GET /wa", "408"),
        ("", ""),
    ];
    for (request, status) in cases {
        let answer = rest(server.say(request));
        let said = answer.split(' ').nth(1).unwrap_or_default();
        assert_eq!(said, status, "{way}: {request:?}: {answer}");
    }
    let long = format!("GET /{} HTTP/1.0\r\n", "a".repeat(10_000));
    let answer = rest(server.say(&long));
    assert!(answer.is_empty() || answer.contains("431"), "{way}: {answer}");

    // The request of one has begun when it is told to stop.
    let mut at_work = server.say("GET /waits HT");
    thread::sleep(Duration::from_millis(300));
    server.signal("-INT");
    let late = Instant::now() + Duration::from_secs(1); // with somebody at work all the while
    while TcpStream::connect(&server.address).is_ok() {
        assert!(Instant::now() < late, "{way} lets people in after the stop");
        thread::sleep(Duration::from_millis(20));
    }
    at_work.write_all(b"TP/1.1\r\n\r\n").unwrap();
    let answer = rest(at_work);
    assert!(answer.contains("connection: close"), "{way}: {answer}");
    assert!(answer.ends_with("/waits is done\n"), "{way}: {answer}");
    let (status, said) = server.end();
    assert!(status.success(), "{way}: {status}");
    assert!(said.starts_with("nobody is let in now"), "{way}: {said}");
    assert!(said.ends_with("the server has ended; cut: 0\n"), "{way}: {said}");
}

#[test]
fn who_is_silent_is_no_trouble_to_a_loop() {
    for way in ["loop", "loops", "loop-and-pool", "threads"] {
        let server = Server::start(way);
        let silent: Vec<_> = (0..50).map(|_| server.say("")).collect();
        let answer = rest(server.say("GET /waits HTTP/1.0\r\n\r\n"));
        assert!(answer.ends_with("/waits is done\n"), "{way}: {answer}");
        drop(silent);
        server.signal("-TERM");
        assert!(server.end().0.success(), "{way}");
    }
}

#[test]
fn who_asks_while_the_loop_is_busy_and_told_to_stop_is_answered() {
    for way in ["loop", "loops"] {
        let server = Server::start(way);
        let mut kept = server.say("GET /waits HTTP/1.1\r\n\r\n");
        let mut answer = [0; 12];
        kept.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        let mut new = server.say("");
        thread::sleep(Duration::from_millis(300)); // both are waited for
        // Each keeps its loop busy for a while, and all of them are there when it looks next.
        let busy: Vec<_> =
            (0..40).map(|_| server.say("GET /blocks HTTP/1.0\r\n\r\n")).collect();
        thread::sleep(Duration::from_millis(200));
        server.signal("-INT");
        for stream in [&mut kept, &mut new] {
            stream.write_all(b"GET /waits HTTP/1.1\r\n\r\n").unwrap();
        }
        for stream in [kept, new] {
            let answer = rest(stream);
            assert!(answer.contains("connection: close"), "{way}: {answer}");
            assert!(answer.ends_with("/waits is done\n"), "{way}: {answer}");
        }
        drop(busy);
        assert!(server.end().0.success(), "{way}");
    }
}

#[test]
fn told_twice_it_ends_at_once() {
    for way in WAYS {
        let server = Server::start(way);
        let mut at_work = server.say("GET /waits HT");
        thread::sleep(Duration::from_millis(300));
        server.signal("-INT");
        thread::sleep(Duration::from_millis(300));
        server.signal("-INT");
        let (status, said) = server.end();
        assert_eq!(status.code(), Some(130), "{way}");
        assert!(said.ends_with("the server has ended, at once\n"), "{way}: {said}");
        let _ = at_work.write_all(b"TP/1.1\r\n\r\n");
        assert_eq!(rest(at_work), "", "{way}");
    }
}

#[test]
fn a_process_that_dies_is_followed_by_another_and_a_client_that_is_cut_is_counted() {
    let mut server = Server::start_with("processes", "1");
    for child in &server.children() {
        assert!(Command::new("kill").args(["-KILL", child]).status().unwrap().success());
        let mut line = String::new();
        server.output.read_line(&mut line).unwrap();
        assert!(line.starts_with("a process has ended (signal: 9"), "{line}");
    }
    let answer = rest(server.say("GET /waits HTTP/1.0\r\n\r\n"));
    assert!(answer.ends_with("/waits is done\n"), "{answer}");
    let _at_work = server.say("POST /waits HTTP/1.0\r\ncontent-length: 9\r\n\r\n");
    thread::sleep(Duration::from_millis(300));
    server.signal("-INT");
    let (status, said) = server.end();
    assert!(status.success());
    assert!(said.ends_with("cut: 1\n"), "{said}");
}

#[test]
fn processes_end_with_the_one_that_started_them() {
    let mut server = Server::start("processes");
    let answer = rest(server.say("GET /waits HTTP/1.0\r\n\r\n"));
    assert!(answer.ends_with("/waits is done\n"), "{answer}");
    let children = server.children();
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    let late = Instant::now() + Duration::from_secs(10);
    let is_served = || TcpStream::connect(&server.address).is_ok();
    while is_served() && Instant::now() < late {
        thread::sleep(Duration::from_millis(20));
    }
    let is_left = is_served();
    for child in children.iter().filter(|_| is_left) {
        let _ = Command::new("kill").args(["-KILL", child]).status();
    }
    assert!(!is_left, "the port is still served");
}
