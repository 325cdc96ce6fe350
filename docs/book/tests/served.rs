//! `cargo book` as a command that serves: from the first build to Ctrl-C.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Lines, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

mod helpers;
#[path = "../../../tests/watchdog/mod.rs"]
mod watchdog;

use helpers::Folder;

const BOOK_TOML: &str = "
    book.src = 'chapters'
    [build]
    build-dir = 'target/book'
    create-missing = false
    use-default-preprocessors = false
    [preprocessor.links]
";

/// A book of one page, which links to its source.
fn a_small_book() -> Folder {
    let folder = Folder::new();
    folder.write("book.toml", BOOK_TOML);
    folder.write("chapters/SUMMARY.md", "[One](README.md)\n");
    folder.write("chapters/README.md", "# First\n\n[code](../src/lib.rs)\n");
    folder.write("src/lib.rs", "// first\n");
    folder
}

/// The command, which ends with the test.
struct Server {
    process: Child,
    says: Lines<BufReader<ChildStdout>>,
    complains: Lines<BufReader<ChildStderr>>,
    /// The address of its first page, without `http://`.
    host: String,
    path: String,
}

impl Server {
    fn start(mut command: Command) -> Self {
        watchdog::watch();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("it starts");
        let says = BufReader::new(process.stdout.take().unwrap()).lines();
        let complains = BufReader::new(process.stderr.take().unwrap()).lines();
        let [host, path] = [String::new(), String::new()];
        Self { process, says, complains, host, path }
    }

    /// Waits until it listens, and returns what it said before.
    fn listens(mut self) -> (Self, Vec<String>) {
        let mut said = Vec::new();
        loop {
            let Some(line) = self.says.next() else {
                panic!("it ended: {:?}", self.complains.by_ref().collect::<Vec<_>>())
            };
            let line = line.unwrap();
            if let Some((_, address)) = line.split_once("http://") {
                let (address, _) = address.split_once(' ').unwrap();
                let (host, path) = address.split_once('/').unwrap();
                (self.host, self.path) = (host.to_owned(), format!("/{path}"));
                return (self, said);
            }
            said.push(line);
        }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.host).expect("it listens")
    }

    /// The file at a path.
    fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, file) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.0 200 OK\r\n"), "{head}");
        file.to_owned()
    }

    /// Presses Ctrl-C, and returns the exit code.
    fn interrupt(mut self) -> Option<i32> {
        let signal = ["-INT", &self.process.id().to_string()].map(str::to_owned);
        assert!(Command::new("kill").args(signal).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn cargo_book(arguments: &[&str], book: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-book"));
    command.args(arguments).current_dir(&book.0);
    command
}

#[test]
fn it_serves_the_book_until_ctrl_c() {
    let book = a_small_book();
    let (server, _) = Server::start(cargo_book(&["--port", "0"], &book)).listens();
    let built = fs::read_to_string(book.0.join("target/book/index.html")).unwrap();
    assert_eq!(server.get(&server.path), built);
    assert_eq!(server.get("/src/lib.rs"), "// first\n");
    let silent = server.connect(); // it is not waited for
    assert_eq!(server.interrupt(), Some(0));
    drop(silent);
}

#[test]
fn a_port_that_is_taken_is_named_and_the_next_one_used() {
    let (one, two) = (a_small_book(), a_small_book());
    let (first, said) = Server::start(cargo_book(&["--port", "0"], &one)).listens();
    assert!(said.is_empty(), "{said:?}");
    let port = first.host.split_once(':').unwrap().1;
    let (second, said) = Server::start(cargo_book(&["--port", port], &two)).listens();
    assert_eq!(said, [format!("Port {port} is taken.")]);
    assert_ne!(first.host, second.host);
    assert!(second.get(&second.path).contains("First"));
}

#[test]
fn the_browser_is_given_the_served_page() {
    let book = a_small_book();
    book.write(
        "bin/xdg-open",
        "#!/bin/sh\necho \"$1\" > opened.part && mv opened.part opened\n",
    );
    let opener = book.0.join("bin/xdg-open");
    fs::set_permissions(opener, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = cargo_book(&["--open", "--port", "0"], &book);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", book.0.join("bin").display()));
    let (server, _) = Server::start(command).listens();
    let opened = loop {
        match fs::read_to_string(book.0.join("opened")) {
            Err(error) if error.kind() == ErrorKind::NotFound => std::thread::yield_now(),
            opened => break opened.unwrap(),
        }
    };
    assert_eq!(opened, format!("http://{}{}\n", server.host, server.path));
}

#[test]
fn without_a_browser_it_says_so_and_serves() {
    let book = a_small_book();
    let mut command = cargo_book(&["--open", "--port", "0"], &book);
    command.env("PATH", "/nowhere").env_remove("BROWSER");
    let (mut server, _) = Server::start(command).listens();
    let complaint = server.complains.next().unwrap().unwrap();
    assert!(complaint.starts_with("I found no browser"), "{complaint}");
    assert!(server.get(&server.path).contains("First"));
}

/// A page that hears of changes.
struct Tab(Lines<BufReader<TcpStream>>);

impl Tab {
    fn open(server: &Server) -> Self {
        let mut stream = server.connect();
        stream.write_all(b"GET /.changes HTTP/1.0\r\n\r\n").unwrap();
        Self(BufReader::new(stream).lines())
    }

    /// The version that it hears of next.
    fn version(&mut self) -> String {
        let mut lines = self.0.by_ref().map(Result::unwrap);
        lines.find_map(|line| Some(line.strip_prefix("data: ")?.to_owned())).unwrap()
    }

    /// Waits for the version in which the file at `path` contains `text`. There may be some before it: what is written
    /// is there in pieces.
    fn shows(&mut self, server: &Server, path: &str, text: &str) -> String {
        loop {
            let file = server.get(path);
            if file.contains(text) {
                return file;
            }
            self.version();
        }
    }
}

#[test]
fn a_page_is_reloaded_when_a_chapter_changes() {
    let book = a_small_book();
    let (server, _) =
        Server::start(cargo_book(&["--watch", "--port", "0"], &book)).listens();
    let mut tab = Tab::open(&server);
    assert!(server.get("/book/").contains(&tab.version()));
    book.write("chapters/README.md", "# Second\n\n[code](../src/lib.rs)\n");
    let page = tab.shows(&server, "/book/", "Second");
    assert!(page.contains("EventSource"));
    let built = fs::read_to_string(book.0.join("target/book/index.html")).unwrap();
    assert!(!built.contains("EventSource"));

    // An editor that replaces a file; a source; how the pages look.
    book.write("new.md", "# Third\n\n[code](../src/lib.rs)\n");
    fs::rename(book.0.join("new.md"), book.0.join("chapters/README.md")).unwrap();
    tab.shows(&server, "/book/", "Third");
    book.write("src/lib.rs", "// second\n");
    tab.shows(&server, "/src/lib.rs", "second");
    book.write(
        "book.toml",
        BOOK_TOML.replace("book.src", "book.title = 'A title'\nbook.src"),
    );
    tab.shows(&server, "/book/", "A title");
    assert_eq!(server.interrupt(), Some(0));
}

#[test]
fn a_build_that_fails_leaves_the_pages_as_they_were() {
    let book = a_small_book();
    let (mut server, _) =
        Server::start(cargo_book(&["--watch", "--port", "0"], &book)).listens();
    let page = server.get("/book/");
    book.write("chapters/README.md", "# Second\n\n<div>never closed\n\nmore\n");
    let complaints = server.complains.by_ref().map(Result::unwrap);
    let complaints = complaints.take_while(|line| line != "The pages stay as they were.");
    let complaints = complaints.collect::<Vec<_>>().join("\n");
    assert!(complaints.contains("unclosed HTML tag `<div>`"), "{complaints}");
    assert_eq!(server.get("/book/"), page);
    book.write("chapters/README.md", "# Third\n");
    Tab::open(&server).shows(&server, "/book/", "Third");
}

#[test]
fn without_descriptors_it_waits_for_some() {
    let book = a_small_book();
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_cargo-book");
    command.args(["-c", &format!("ulimit -n 40; exec '{program}' --port 0")]);
    command.current_dir(&book.0);
    let (server, _) = Server::start(command).listens();
    let crowd: Vec<_> = (0..100).map(|_| server.connect()).collect();
    let (mut last, mut answer) = (server.connect(), [0; 12]);
    last.write_all(b"GET /book/ HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    drop(crowd);
    last.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    assert_eq!(server.interrupt(), Some(0));
}

#[test]
fn a_book_with_a_fault_is_not_served() {
    let book = a_small_book();
    book.write("chapters/README.md", "# First\n\n{{#include nowhere.rs}}\n");
    let mut server = Server::start(cargo_book(&["--watch", "--port", "0"], &book));
    assert!(server.says.next().is_none());
    assert_eq!(server.process.wait().unwrap().code(), Some(1));
}
