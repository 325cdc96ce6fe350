//! The steps: a folder of `chapters/yours/steps` each, in the order of their numbers. What is
//! done is read from the reader's files and from the copies that were kept of them; there is
//! no other state.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fmt, fs};

use crate::Problem;
use crate::book::{Book, read};
use crate::keep;

/// 5.1: the first step of chapter 5.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Number {
    pub chapter: u32,
    part: u32,
}

impl Number {
    pub fn parse(text: &str) -> Option<Self> {
        let (chapter, part) = text.split_once('.')?;
        Some(Self { chapter: chapter.parse().ok()?, part: part.parse().ok()? })
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.chapter, self.part))
    }
}

/// A step, as its folder and its `step.md` describe it.
pub struct Step {
    pub number: Number,
    /// `5.1-place`.
    pub folder: String,
    /// `place`.
    pub module: String,
    /// `Place: where a timer stands in the wheel`.
    pub title: String,
    pub section: Option<Section>,
    /// What is missing, and what it must never do.
    pub missing: String,
    pub hints: Vec<String>,
    /// What it can do when the step is done, if `step.md` has a part `## Now`.
    pub now: String,
}

/// The section of the book that a step belongs to.
#[derive(PartialEq, Eq, Debug)]
pub struct Section {
    pub title: String,
    /// From the folder `chapters`: `05-timer-wheel/README.md`.
    pub page: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// A copy was kept when its check passed, and the file has not changed since.
    Done,
    /// It was done, and has changed since.
    Changed,
    /// The reader had the solution stand in.
    StandsIn,
    ToDo,
}

impl Step {
    /// What `steps/5.1-place` describes; a `step.md` without some part leaves that empty.
    fn read(folder: &Path) -> Option<Self> {
        let name = folder.file_name()?.to_str()?.to_owned();
        let (number, words) = name.split_once('-')?;
        let number = Number::parse(number)?;
        let mut step = Step {
            number,
            module: words.replace('-', "_"),
            title: capital(&words.replace('-', " ")),
            folder: name,
            section: None,
            missing: String::new(),
            hints: Vec::new(),
            now: String::new(),
        };
        step.describe(&fs::read_to_string(folder.join("step.md")).unwrap_or_default());
        Some(step)
    }

    /// Takes in the parts of a `step.md`.
    fn describe(&mut self, text: &str) {
        let text = format!("\n{text}");
        let mut parts = text.split("\n## ");
        let head = parts.next().unwrap_or_default();
        for paragraph in head.split("\n\n").map(str::trim) {
            if let Some(title) = paragraph.strip_prefix("# ") {
                let number = format!("{} ", self.number);
                self.title = title.strip_prefix(&number).unwrap_or(title).to_owned();
            } else if let (None, Some(section)) =
                (&self.section, Section::parse(paragraph))
            {
                self.section = Some(section);
            } else if !paragraph.is_empty() {
                self.missing += paragraph;
                self.missing += "\n\n";
            }
        }
        for part in parts {
            let (name, text) = part.split_once('\n').unwrap_or((part, ""));
            match name.trim() {
                "Hint" => self.hints.push(text.trim().to_owned()),
                "Now" => self.now = text.trim().to_owned(),
                _ => {}
            }
        }
    }

    /// `Place`, of `Place: where a timer stands in the wheel`.
    pub fn name(&self) -> &str {
        self.title.split_once(':').map_or(&*self.title, |(name, _)| name)
    }
}

impl Section {
    /// A paragraph that is a link to a page, and nothing else.
    fn parse(paragraph: &str) -> Option<Self> {
        let (title, link) = paragraph.strip_prefix('[')?.split_once("](")?;
        let link = link.strip_suffix(')')?.trim_start_matches("../");
        let page = link.split_once('#').map_or(link, |(page, _)| page);
        page.ends_with(".md")
            .then(|| Section { title: title.to_owned(), page: page.to_owned() })
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// All steps, and where they lie.
pub struct Steps {
    pub book: Book,
    pub all: Vec<Step>,
}

impl Steps {
    pub fn read(book: Book) -> Result<Self, String> {
        let folder = book.yours("steps");
        let entries = fs::read_dir(&folder)
            .map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
        let mut all: Vec<Step> =
            entries.flatten().filter_map(|entry| Step::read(&entry.path())).collect();
        all.sort_by_key(|step| step.number);
        if all.is_empty() {
            return Err(format!("there are no steps in {}", folder.display()));
        }
        Ok(Self { book, all })
    }

    /// The step that a word names: `5.1`, `place`, `5.1-place`.
    pub fn find(&self, word: &str) -> Result<&Step, Problem> {
        let named = |step: &&Step| {
            Number::parse(word) == Some(step.number)
                || step.folder == word
                || step.module == word.replace('-', "_")
        };
        self.all.iter().find(named).ok_or_else(|| {
            let of_chapter = |step: &&Step| word.parse() == Ok(step.number.chapter);
            let some = self.all.iter().any(|step| of_chapter(&step));
            let near = self.all.iter().filter(|step| !some || of_chapter(step));
            let lines = near.map(|step| format!("\n  {:<5}{}", step.number, step.name()));
            let lines: String = lines.collect();
            Problem::Use(format!("there is no step `{word}`. These are there:{lines}"))
        })
    }

    /// The reader's file.
    pub fn file(&self, step: &Step) -> PathBuf {
        self.book.yours("src").join(format!("{}.rs", step.module))
    }

    /// `handed_out` or `solution`.
    pub fn given(&self, step: &Step, which: &str) -> PathBuf {
        self.book.yours("steps").join(&step.folder).join(format!("{which}.rs"))
    }

    pub fn state(&self, step: &Step) -> State {
        let Ok(written) = fs::read(self.file(step)) else { return State::ToDo };
        let is = |path: &Path| fs::read(path).is_ok_and(|text| text == written);
        let kept = keep::passed(self, step);
        if is(&kept) {
            State::Done
        } else if keep::has_seen_the_solution(self, step)
            && is(&self.given(step, "solution"))
        {
            State::StandsIn
        } else if kept.exists() && !is(&self.given(step, "handed_out")) {
            State::Changed
        } else {
            State::ToDo
        }
    }

    pub fn is_done(&self, step: &Step) -> bool {
        self.state(step) == State::Done
    }

    /// Whether the reader has not begun with it.
    pub fn is_as_handed_out(&self, step: &Step) -> bool {
        match (fs::read(self.file(step)), fs::read(self.given(step, "handed_out"))) {
            (Ok(written), Ok(handed_out)) => written == handed_out,
            (written, _) => written.is_err(),
        }
    }

    pub fn done(&self) -> Vec<&Step> {
        self.all.iter().filter(|step| self.is_done(step)).collect()
    }

    /// The modules of those that are done, as `YOURS_OWN` names them.
    pub fn own(&self) -> Vec<&str> {
        self.done().iter().map(|step| &*step.module).collect()
    }

    /// The modules in which the reader has written something, right or not.
    pub fn written(&self) -> Vec<&Step> {
        let theirs = |step: &&Step| {
            self.state(step) != State::StandsIn && !self.is_as_handed_out(step)
        };
        self.all.iter().filter(theirs).collect()
    }

    /// The given files that differ from what is committed, if git can tell.
    pub fn changed_given(&self) -> Vec<String> {
        let mut git = Command::new("git");
        git.arg("-C").arg(self.book.yours("src"));
        git.args(["diff", "--name-only", "--relative", "HEAD", "--", "."]);
        let names = git.stderr(Stdio::null()).output().map(|output| output.stdout);
        let names = String::from_utf8_lossy(&names.unwrap_or_default()).into_owned();
        let is_given = |name: &&str| {
            self.all.iter().all(|step| name.strip_suffix(".rs") != Some(&*step.module))
        };
        names.lines().filter(is_given).map(str::to_owned).collect()
    }

    /// The step to go on with: the first that is left behind `last`, or behind the furthest
    /// that is done; else the first that was passed over.
    pub fn next(&self, last: Option<&Step>) -> Option<&Step> {
        let states: Vec<State> = self.all.iter().map(|step| self.state(step)).collect();
        let left = |at: &usize| !matches!(states[*at], State::Done | State::StandsIn);
        let behind = match last {
            Some(last) => self.all.iter().position(|step| step.number == last.number),
            None => states.iter().rposition(|state| *state == State::Done),
        };
        let from = behind.map_or(0, |at| at + 1);
        let next = (from..states.len()).chain(0..from).find(left)?;
        Some(&self.all[next])
    }

    /// What is missing of the given files: one that was deleted.
    pub fn lost(&self) -> Vec<PathBuf> {
        let modules = read(&self.book.yours("src/lib.rs")).unwrap_or_default();
        let mut elsewhere = false;
        let mut lost = Vec::new();
        for line in modules.lines() {
            if line.starts_with("#[path") {
                elsewhere = true;
            } else if let Some(name) = line.strip_prefix("pub mod ") {
                let name = name.trim_end_matches(';');
                let file = self.book.yours("src").join(format!("{name}.rs"));
                let is_step = self.all.iter().any(|step| step.module == name);
                if !elsewhere && !is_step && !file.exists() {
                    lost.push(file);
                }
                elsewhere = false;
            }
        }
        if modules.is_empty() {
            lost.push(self.book.yours("src/lib.rs"));
        }
        lost
    }
}
