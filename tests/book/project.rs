//! The project that is checked: the pages, the sources and the manifest, read once.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use std::{env, fs, io};

use crate::manifest::{Manifest, WEB};
use crate::page::{Page, line_of};
use crate::report::Report;
use crate::source::Source;

/// The folders whose Rust files are read.
pub const SOURCES: &[&str] = &["src", "chapters", "tests", "docs", "benches"];

/// Where the project is, what its programs are run with, and what is to be done.
#[derive(Clone, Debug)]
pub struct Setup {
    pub root: PathBuf,
    pub cargo: PathBuf,
    pub python: PathBuf,
    /// The program behind `cargo run`.
    pub launcher: PathBuf,
    /// Whether to rewrite what differs.
    pub bless: bool,
    /// The chapter whose programs alone are run: `03`.
    pub only: Option<String>,
    /// How long a program may take; one that takes longer hangs.
    pub limit: Duration,
    /// The modules of `src/` whose chapters are still to be written.
    pub unwritten: Vec<String>,
    /// The operations of asyncio that the dictionary has to have.
    pub operations: Vec<String>,
}

/// The project that is checked.
#[derive(Debug)]
pub struct Project {
    pub setup: Setup,
    pub manifest: Manifest,
    /// The pages of the book, in the order of `chapters/SUMMARY.md`.
    pub chapters: Vec<String>,
    /// Every page by its path: `README.md`, and those of `chapters/` and `docs/`.
    pub pages: BTreeMap<String, Page>,
    /// Every Rust file of `SOURCES` by its path.
    pub sources: BTreeMap<String, Rc<Source>>,
    edits: HashMap<String, Vec<(Range<usize>, String)>>,
}

impl Project {
    /// Reads the project; what cannot be read is a failure.
    pub fn read(setup: Setup, report: &mut Report) -> Project {
        let mut project = Project {
            manifest: Manifest::default(),
            chapters: Vec::new(),
            pages: BTreeMap::new(),
            sources: BTreeMap::new(),
            edits: HashMap::new(),
            setup,
        };
        if let Some(text) = project.text("Cargo.toml", report) {
            project.manifest = Manifest::parse(&text, report);
        }
        let web = format!("{WEB}/Cargo.toml");
        if project.has_file(&web)
            && let Some(text) = project.text(&web, report)
        {
            project.manifest =
                std::mem::take(&mut project.manifest).with_heavy(&text, report);
        }
        let mut pages = vec!["README.md".to_owned()];
        pages.extend(project.files(&["chapters", "docs"], "md"));
        // What a coding assistant reads is no page.
        pages.retain(|path| !path.ends_with("/AGENTS.md"));
        for path in pages {
            if let Some(text) = project.text(&path, report) {
                let page = Page::parse(&path, &text);
                project.pages.insert(path, page);
            }
        }
        for path in project.files(SOURCES, "rs") {
            let Some(text) = project.text(&path, report) else { continue };
            match Source::read(&path, text) {
                Ok(source) => drop(project.sources.insert(path, source)),
                Err((line, error)) => report.fail(&path, line, format!("{error}.")),
            }
        }
        match project.pages.get("chapters/SUMMARY.md") {
            Some(summary) => {
                let links = summary.links.iter();
                let paths = links.filter_map(|link| resolve("chapters", &link.target));
                project.chapters = paths.collect();
            }
            None => report.fail("chapters/SUMMARY.md", 1, "The file is missing."),
        }
        project
    }

    /// The files with this extension under these folders, sorted, by their paths from
    /// the root. Folders of builds and packages are left out.
    pub fn files(&self, folders: &[&str], extension: &str) -> Vec<String> {
        let mut found = Vec::new();
        for folder in folders {
            // A folder that is not there has no files.
            let _ = collect(&self.setup.root, folder, extension, &mut found);
        }
        found.sort();
        found
    }

    /// The text of a file of the project.
    pub fn text(&self, path: &str, report: &mut Report) -> Option<String> {
        match fs::read_to_string(self.setup.root.join(path)) {
            Ok(text) if text.contains(['\r', '\u{feff}']) => {
                let what = "The file has a byte order mark, or lines that end in CR LF; \
                            save it as plain UTF-8 with LF.";
                report.fail(path, 1, what);
                // The other checks read it as it should be.
                Some(text.replace(['\r', '\u{feff}'], ""))
            }
            Ok(text) => Some(text),
            Err(error) => {
                report.fail(path, 1, format!("The file cannot be read: {error}."));
                None
            }
        }
    }

    pub fn has_file(&self, path: &str) -> bool {
        self.setup.root.join(path).is_file()
    }

    /// The pages that readers read: those of the book, and `README.md`.
    pub fn prose(&self) -> impl Iterator<Item = &Page> {
        let under = |page: &&Page| !page.path.starts_with("docs/");
        self.pages.values().filter(under)
    }

    /// Remembers that `BLESS=1` is to write `text` in the place of `range`.
    pub fn edit(&mut self, page: &str, range: Range<usize>, text: String) {
        self.edits.entry(page.to_owned()).or_default().push((range, text));
    }

    /// Writes what was remembered, and nothing else.
    pub fn write_edits(&mut self, report: &mut Report) {
        for (path, mut edits) in self.edits.drain() {
            let mut text = self.pages[&path].text.clone();
            edits.sort_by_key(|(range, _)| range.start);
            for (range, new) in edits.iter().rev() {
                let line = line_of(&text, range.start);
                report.blessed.push(format!("{path}:{line}: rewritten"));
                text.replace_range(range.clone(), new);
            }
            if let Err(error) = fs::write(self.setup.root.join(&path), text) {
                report.fail(&path, 1, format!("The page cannot be written: {error}."));
            }
        }
        report.blessed.sort();
    }
}

impl Setup {
    /// The project that this test belongs to, and what the environment asks for:
    /// `BLESS=1`, `CHAPTER=3`.
    pub fn from_environment(unwritten: &[&str]) -> Setup {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let number = |chapter: String| format!("{chapter:0>2}");
        Setup {
            root: env!("CARGO_MANIFEST_DIR").into(),
            cargo: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).into(),
            python: env::var_os("PYTHON").unwrap_or_else(|| "python3".into()).into(),
            launcher: env!("CARGO_BIN_EXE_mainspring").into(),
            bless: set("BLESS").is_some_and(|value| value != "0"),
            only: set("CHAPTER").map(number),
            limit: Duration::from_secs(180),
            unwritten: unwritten.iter().map(|name| (*name).to_owned()).collect(),
            operations: Vec::new(),
        }
    }
}

/// Adds the files under `folder` to `found`.
fn collect(
    root: &Path,
    folder: &str,
    extension: &str,
    found: &mut Vec<String>,
) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if entry.file_type()?.is_dir() {
            if name != "target" && name != "node_modules" && !name.starts_with('.') {
                collect(root, &path, extension, found)?;
            }
        } else if Path::new(&name).extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether a page of the book is one more page of a chapter: it lies beside the chapter's
/// `README.md`, which the map names.
pub fn is_further_page(path: &str) -> bool {
    let folder_and_file = path.strip_prefix("chapters/").and_then(|p| p.rsplit_once('/'));
    folder_and_file.is_some_and(|(_, file)| file != "README.md")
}

/// Whether a further page has the library's code as it is, and not one line of thought.
pub fn is_workshop(path: &str) -> bool {
    is_further_page(path) && path.contains("/the-code-of-")
}

/// Whether a page of the book lies in a folder without a chapter's number, as an appendix
/// does, and the first page.
pub fn is_appendix(path: &str) -> bool {
    let is_numbered = |path: &str| path.starts_with(|c: char| c.is_ascii_digit());
    path.strip_prefix("chapters/").is_some_and(|path| !is_numbered(path))
}

/// The path from the root that a relative link in a file of `folder` leads to; none if
/// it leaves the project.
pub fn resolve(folder: &str, target: &str) -> Option<String> {
    let mut segments: Vec<&str> = folder.split('/').filter(|s| !s.is_empty()).collect();
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()?),
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}
