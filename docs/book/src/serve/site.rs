//! What is served, in memory: the pages of the book, and the sources that they link to.
//!
//! A request looks a name up in a table. So it waits for no disk, finds nothing that was not put there, and meets no
//! half of a build, though mdBook empties its folder before it writes: a new build is another site.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use hyper::body::Bytes;
use hyper::header::HeaderValue;

use super::kind::kind;
use super::links::{links, name_of};
use crate::book::Book;

/// What a folder shows: the first that it has.
const INDICES: [&str; 2] = ["index.html", "README.html"];

/// Reloads a page when there is another one.
const RELOAD: &str = include_str!("reload.js");

/// The book as it was when it was read.
#[derive(Debug)]
pub struct Site {
    /// The name of the book's folder. Pages are `book/...`, and sources lie beside it, as `src/...`: their links say so.
    home: String,
    files: HashMap<String, File>,
    /// Tells it from any other.
    version: String,
}

/// A file, and what the headers of an answer say of it.
#[derive(Debug)]
pub struct File {
    pub bytes: Bytes,
    pub kind: HeaderValue,
    /// The same for the same bytes, whenever they were written.
    pub tag: HeaderValue,
}

/// What is at a name.
#[derive(Debug)]
pub enum Found<'a> {
    File(&'a File),
    /// It is at this other name.
    Elsewhere(String),
}

/// Files by their names.
type Contents = HashMap<String, Vec<u8>>;

impl Site {
    /// Reads it from the disk. If it `reloads`, its pages find out when there is another one.
    ///
    /// # Errors
    ///
    /// When a file of the book cannot be read.
    pub fn load(book: &Book, reloads: bool) -> Result<Self> {
        let home = book.pages.file_name().context("the book has a folder of its own")?;
        let home = home.to_string_lossy().into_owned();
        let mut contents = Contents::new();
        read_folder(&book.pages, &home, &mut contents)
            .with_context(|| format!("could not read {}", book.pages.display()))?;
        let sources = read_sources(&book.root, &home, &contents);
        contents.extend(sources);
        let version = version(&contents);
        if reloads {
            add_scripts(&mut contents, &version);
        }
        let with_headers =
            |(name, bytes): (String, _)| (name.clone(), File::new(&name, bytes));
        let files = contents.into_iter().map(with_headers).collect();
        Ok(Self { home, files, version })
    }

    /// What is at `name`, which is as `resolve` has made it.
    pub fn find(&self, name: &str) -> Option<Found<'_>> {
        if name.is_empty() {
            return Some(Found::Elsewhere(self.home()));
        }
        if let Some(file) = self.files.get(name) {
            return Some(Found::File(file));
        }
        match name.strip_suffix('/') {
            Some(folder) => self.index(folder).map(Found::File),
            None => self.index(name).map(|_| Found::Elsewhere(format!("{name}/"))),
        }
    }

    /// The name of the book's folder, where its first page is.
    pub fn home(&self) -> String {
        format!("{}/", self.home)
    }

    /// Another one of the same version has the same files.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where the sources lie in the root of the repository: files and folders, some of them several times.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        let tops = self.files.keys().filter_map(|name| name.split('/').next());
        tops.filter(|top| *top != self.home)
    }

    fn index(&self, folder: &str) -> Option<&File> {
        INDICES.iter().find_map(|index| self.files.get(&format!("{folder}/{index}")))
    }
}

impl File {
    fn new(name: &str, bytes: Vec<u8>) -> Self {
        let tag = format!("\"{:016x}\"", hash(&bytes));
        Self {
            kind: kind(name, &bytes),
            tag: HeaderValue::try_from(tag).expect("digits are visible ASCII"),
            bytes: bytes.into(),
        }
    }
}

/// Reads every file below `folder`, whose name in the site is `name`. Symbolic links are left out, wherever they lead,
/// and so is what is hidden and what no URL can spell.
fn read_folder(folder: &Path, name: &str, contents: &mut Contents) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(own_name) = entry.file_name().into_string() else { continue };
        if own_name.starts_with('.') {
            continue;
        }
        let name = format!("{name}/{own_name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read_folder(&entry.path(), &name, contents)?;
        } else if kind.is_file() {
            contents.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// Reads what the pages link to outside of `home`, if it is a file of the repository, links followed. A page may link
/// to nothing: whoever follows that link is told.
fn read_sources(root: &Path, home: &str, pages: &Contents) -> Contents {
    let Ok(root) = root.canonicalize() else { return Contents::new() };
    let read = |name: String| {
        let place = root.join(&name).canonicalize().ok()?;
        let is_inside = place.starts_with(&root) && place.is_file();
        Some((name, fs::read(place).ok().filter(|_| is_inside)?))
    };
    linked(home, pages).into_iter().filter_map(read).collect()
}

/// The names outside of `home` that the pages link to.
fn linked(home: &str, pages: &Contents) -> std::collections::BTreeSet<String> {
    let pages = pages.iter().filter(|(name, _)| name.ends_with(".html"));
    let names = pages.flat_map(|(page, bytes)| {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        links(text).filter_map(|link| name_of(page, link))
    });
    names.filter(|name| name.split('/').next() != Some(home)).collect()
}

/// Has each page reload itself. What lies on the disk stays as mdBook wrote it.
fn add_scripts(contents: &mut Contents, version: &str) {
    let script = RELOAD.replace("VERSION", version);
    let script = format!("<script>\n{script}</script>\n");
    let end = b"</body>";
    for (_, page) in contents.iter_mut().filter(|(name, _)| name.ends_with(".html")) {
        let found = page.windows(end.len()).rposition(|window| window == end);
        let at = found.unwrap_or(page.len());
        page.splice(at..at, script.bytes());
    }
}

fn version(contents: &Contents) -> String {
    let mut contents: Vec<_> = contents.iter().collect();
    contents.sort_unstable();
    format!("{:016x}", hash(&contents))
}

fn hash(content: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}
