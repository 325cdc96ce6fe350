//! Where things lie: the clone of the book, and what is built in it.

use std::path::{Path, PathBuf};
use std::{env, fs};

pub struct Book {
    pub root: PathBuf,
    /// What is built: `target/yours`, where this program lies too.
    pub target: PathBuf,
}

impl Book {
    /// `cargo run` says where the package lies; a clone that was copied or moved with what
    /// was built in it is a book of its own.
    pub fn find() -> Result<Self, String> {
        let told = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let package = told.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = package.ancestors().nth(3).unwrap_or(&package).to_owned();
        if !root.join("chapters/yours/steps").is_dir() {
            return Err(format!(
                "there are no steps in {}.\nRun it from a clone of the book.",
                root.join("chapters/yours").display()
            ));
        }
        let program = env::current_exe().unwrap_or_default(); // target/yours/debug/yours
        let target = program.ancestors().nth(2).map(Path::to_owned);
        let target = target.unwrap_or_else(|| root.join("target/yours"));
        Ok(Self { root, target })
    }

    /// A file or a folder of the reader's package.
    pub fn yours(&self, path: &str) -> PathBuf {
        self.root.join("chapters/yours").join(path)
    }

    /// A program that cargo has built.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// The title of a page, as `SUMMARY.md` has it; `page` as from the folder `chapters`.
    pub fn title(&self, page: &str) -> Option<String> {
        let summary = fs::read_to_string(self.root.join("chapters/SUMMARY.md")).ok()?;
        let end = format!("]({page})");
        let line = summary.lines().find(|line| line.ends_with(&end))?;
        Some(line.strip_suffix(&end)?.split_once('[')?.1.to_owned())
    }

    /// The title of a chapter.
    pub fn chapter(&self, number: u32) -> String {
        let summary =
            fs::read_to_string(self.root.join("chapters/SUMMARY.md")).unwrap_or_default();
        let start = format!("]({number:02}-");
        let title = summary.lines().find_map(|line| {
            let at = line.find(&start)?;
            Some(line[..at].split_once('[')?.1.to_owned())
        });
        title.unwrap_or_default()
    }
}

/// A path as one would type it here.
pub fn typed(path: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// The text of a file, or a sentence that says why not.
pub fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", typed(path)))
}
