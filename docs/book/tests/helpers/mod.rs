//! What the tests of the server share: books without mdBook, and a client that says what one could not say by mistake.

// Each test binary uses the part it needs.
#![allow(dead_code)]

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use cargo_book::book::Book;
use mainspring::io::{AsyncRead, AsyncWrite, BufReader};

/// A folder that is gone when the test is over.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cargo-book {} {number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).expect("a name of its own");
        Self(folder.canonicalize().expect("it is there"))
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).unwrap();
        fs::write(path, text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What must not be read: it lies beside the repository, in it, and where links lead.
pub const SECRET: &str = "the secret";

/// A page that links to its source, and to what it must not bring along.
pub const PAGE: &str = r##"<html><body>
<a href="../../src/lib.rs#L1">code</a>
<a href="../../src/out.rs">out</a> <a href="../../src/up/secret">up</a>
<a href="../../../secret">beside</a> <a href="../../.git/secret">hidden</a>
<a href="/etc/passwd">absolute</a> <a href="../../src">folder</a> <a href="../../none.rs">nothing</a>
</body></html>"##;

/// A repository with a book as mdBook would have built it.
pub fn a_built_book() -> (Folder, Book) {
    let folder = Folder::new();
    folder.write("secret", SECRET);
    folder.write("root/secret.rs", SECRET);
    folder.write("root/src/lib.rs", "fn main() {}\n");
    folder.write("root/src/secret.rs", SECRET);
    folder.write("root/.git/secret", SECRET);
    folder.write("root/target/secret", SECRET);
    folder.write("root/target/book/index.html", "<html><body>first</body></html>");
    folder.write("root/target/book/01-one/README.html", PAGE);
    folder.write("root/target/book/01-one/a picture.svg", "<svg/>");
    folder.write("root/target/book/large.js", "0123456789".repeat(1_000_000));
    folder.write("root/target/book/.secret", SECRET);
    let root = folder.0.join("root");
    symlink("../../secret", root.join("src/out.rs")).unwrap();
    symlink("../..", root.join("src/up")).unwrap();
    let pages = root.join("target/book");
    for (name, leads_to) in [
        ("out.html", "../../../secret"),
        ("absolute.html", "/etc/passwd"),
        ("up", "../.."),
        ("01-one/loop", "."),
    ] {
        symlink(leads_to, pages.join(name)).unwrap();
    }
    let from = vec![root.join("book.toml")];
    (folder, Book { root, pages, from })
}

/// What a server has answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// The next line; "" at the end of the head, and where the connection ends.
async fn line(stream: &mut BufReader<impl AsyncRead>) -> io::Result<String> {
    Ok(stream.next_line().await?.unwrap_or_default())
}

/// Reads the head of an answer.
pub async fn head(stream: &mut BufReader<impl AsyncRead>) -> io::Result<Answer> {
    let status = line(stream).await?;
    let status = status.split(' ').nth(1).ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = status.parse().expect("a status is a number");
    let mut headers = HashMap::new();
    loop {
        let header = line(stream).await?;
        let Some((name, value)) = header.split_once(": ") else { break };
        headers.insert(name.to_owned(), value.to_owned());
    }
    Ok(Answer { status, headers, body: String::new() })
}

/// Sends `text` as it is.
pub async fn send(stream: &impl AsyncWrite, text: &str) -> io::Result<()> {
    let mut bytes = text.as_bytes();
    while !bytes.is_empty() {
        let count = stream.write(bytes).await?;
        bytes = &bytes[count..];
    }
    Ok(())
}

/// Sends `request` as it is, an empty line after it, and reads the answer, of whose body HEAD has none.
pub async fn exchange<S: AsyncRead + AsyncWrite>(
    stream: &mut BufReader<S>,
    request: &str,
) -> io::Result<Answer> {
    send(stream.get_ref(), &format!("{request}\r\n\r\n")).await?;
    let mut answer = head(stream).await?;
    if !request.starts_with("HEAD ") && answer.status != 304 {
        let length = answer.header("content-length").parse().expect("a length");
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        answer.body = String::from_utf8(body).expect("text");
    }
    Ok(answer)
}
