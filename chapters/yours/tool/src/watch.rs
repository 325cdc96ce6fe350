//! `--watch`: checks at each save, and goes on to the next step by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;
use std::{fs, mem};

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecursiveMode, Watcher as _};

use crate::book::typed;
use crate::check::{self, Manner};
use crate::steps::{Step, Steps};
use crate::{End, Problem, list, say};

/// An editor saves in several strokes: it is over when there was none for so long.
const QUIET: Duration = Duration::from_millis(60);

/// Every file of the reader's, by its path.
type Texts = BTreeMap<PathBuf, Vec<u8>>;

pub fn watch(steps: &Steps, named: Option<&Step>) -> Result<End, Problem> {
    let folder = steps.book.yours("src");
    let (tell, told) = mpsc::channel();
    let cannot = |error: notify::Error| {
        Problem::Fault(format!("cannot watch {}: {error}", folder.display()))
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<_>| {
        if event.is_ok_and(|event: notify::Event| is_change(event.kind)) {
            let _ = tell.send(()); // nobody listens when the program ends
        }
    })
    .map_err(cannot)?;
    watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(cannot)?;
    match named.or_else(|| steps.next(None)) {
        Some(step) => Watch { steps, step, told, texts: read(steps) }.go_on(),
        None => Ok(the_end(steps)),
    }
}

/// Where the reader is, and what was on the screen.
struct Watch<'a> {
    steps: &'a Steps,
    step: &'a Step,
    told: Receiver<()>,
    /// What was checked last.
    texts: Texts,
}

impl Watch<'_> {
    /// From step to step, until none is left.
    fn go_on(mut self) -> Result<End, Problem> {
        self.introduce();
        say::print(&format!("\n{}", list::write_and_read(self.steps, self.step)));
        // The reader may have begun with it before the watch.
        let mut may_wait = self.steps.is_as_handed_out(self.step);
        loop {
            if may_wait {
                say::print(&foot(self.steps, self.step));
                self.wait_for_a_save()?;
                self.introduce();
            }
            say::print("\n");
            may_wait = match self.answer()? {
                End::NotYet => true,
                End::Stale => {
                    self.wait_for_a_save()?; // there was one
                    self.introduce();
                    false
                }
                End::Right => {
                    let Some(next) = self.steps.next(Some(self.step)) else {
                        say::print("\n");
                        return Ok(the_end(self.steps));
                    };
                    self.step = next;
                    let next = list::describe(self.steps, next, "Next: ");
                    let read = list::write_and_read(self.steps, self.step);
                    say::print(&format!("\n{next}\n{read}"));
                    self.steps.is_as_handed_out(self.step)
                }
            };
        }
    }

    /// Clears the screen, and says how far the reader is and what is missing.
    fn introduce(&self) {
        say::clear_screen();
        say::print(&format!("{}\n\n", how_far(self.steps)));
        say::print(&list::describe(self.steps, self.step, ""));
    }

    /// Checks the step. Cargo without a network, or a file that was deleted, does not end the
    /// watch.
    fn answer(&mut self) -> Result<End, Problem> {
        let Watch { steps, step, .. } = *self;
        let before_praise = || {
            if say::is_terminal() {
                say::clear_screen();
                say::print(&format!("{}\n\n", how_far(steps)));
            }
        };
        let end = check::prepare(steps, step).and_then(|()| {
            let file = steps.file(step);
            if let (false, Ok(text)) = (self.texts.contains_key(&file), fs::read(&file)) {
                self.texts.insert(file, text); // brought back, and not by the reader
            }
            // A step that never ends need not be waited for when it has been mended.
            let is_stale = || self.told.try_recv().is_ok() && read(steps) != self.texts;
            let manner = Manner { before_praise: &before_praise, is_stale: &is_stale };
            check::answer(steps, step, &manner)
        });
        match end {
            Err(Problem::Fault(text)) => {
                say::print(&format!("{text}\n"));
                Ok(End::NotYet)
            }
            other => other,
        }
    }

    /// Waits until some file has another text than before. The step whose file that is, is the
    /// one that the reader is at.
    fn wait_for_a_save(&mut self) -> Result<(), Problem> {
        let gone = || Problem::Fault("the watcher of files has ended".to_owned());
        loop {
            while match self.told.recv_timeout(QUIET) {
                Ok(()) => true,
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => return Err(gone()),
            } {}
            let saved = self.take_in();
            if let [file] = &saved[..] {
                let steps = self.steps.all.iter();
                let mut of_it = steps.filter(|step| self.steps.file(step) == *file);
                self.step = of_it.next().unwrap_or(self.step);
            }
            if !saved.is_empty() {
                return Ok(());
            }
            self.told.recv().map_err(|_| gone())?;
        }
    }

    /// Takes in what there is now; returns the files that differ.
    fn take_in(&mut self) -> Vec<PathBuf> {
        let before = mem::replace(&mut self.texts, read(self.steps));
        let files: BTreeSet<_> = before.keys().chain(self.texts.keys()).collect();
        let differs = |file: &&&PathBuf| before.get(**file) != self.texts.get(**file);
        files.iter().filter(differs).map(|file| (*file).clone()).collect()
    }
}

fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

fn how_far(steps: &Steps) -> String {
    list::progress(steps.done().len(), steps.all.len())
}

fn foot(steps: &Steps, step: &Step) -> String {
    let file = typed(&steps.file(step));
    let text = format!("Checks when you save {file}. Ctrl-C ends it.");
    let words: Vec<String> = text.split(' ').map(say::dim).collect();
    format!("\n{}", say::wrap(&words.join(" ")))
}

/// The end, without another word of the steps.
fn the_end(steps: &Steps) -> End {
    list::show_the_end(steps);
    End::Right
}

/// The files of Rust; what an editor lays beside them for a moment is none.
fn read(steps: &Steps) -> Texts {
    let entries = fs::read_dir(steps.book.yours("src")).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".rs") && !name.starts_with('.')
    });
    files.filter_map(|path| Some((path.clone(), fs::read(path).ok()?))).collect()
}
