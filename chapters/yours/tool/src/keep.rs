//! What is kept: every state that passed its check, and whatever the reader wrote before
//! something else takes its place. Nothing here is ever overwritten.
//!
//! `chapters/yours/kept/5.1-place.rs` is the last that passed; `5.1-place.2.rs` and so on were
//! before it; `5.1-place.draft.rs` never did. `5.1-place.hints` says how many hints were given.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::book::{read, typed};
use crate::steps::{Step, Steps};

/// What stands in the file of hints when the solution was asked for.
const SOLUTION: &str = "solution";

fn folder(steps: &Steps) -> PathBuf {
    steps.book.yours("kept")
}

/// The copy that was made when the check passed.
pub fn passed(steps: &Steps, step: &Step) -> PathBuf {
    folder(steps).join(format!("{}.rs", step.folder))
}

/// Keeps what passes; what passed before stays, too.
pub fn keep_passed(steps: &Steps, step: &Step) -> Result<(), String> {
    let written = read(&steps.file(step))?;
    let copy = passed(steps, step);
    if fs::read_to_string(&copy).is_ok_and(|kept| kept == written) {
        return Ok(());
    }
    if copy.exists() {
        let older = read(&copy)?;
        if !is_older_copy(steps, step, &older) {
            new_copy(steps, &step.folder, 2, &older)?;
        }
    }
    replace(&copy, &written)
}

/// Keeps what the reader wrote, before something else takes its place. Returns where it is;
/// `None` if nothing would be lost.
pub fn keep_draft(steps: &Steps, step: &Step) -> Result<Option<PathBuf>, String> {
    let file = steps.file(step);
    let Ok(written) = fs::read(&file) else { return Ok(None) };
    let is = |path: &PathBuf| fs::read(path).is_ok_and(|text| text == written);
    if let Some(copy) = copies(steps, step).into_iter().find(is) {
        return Ok(Some(copy));
    }
    let given = ["handed_out", "solution"].map(|which| steps.given(step, which));
    if given.iter().any(is) {
        return Ok(None);
    }
    let written = String::from_utf8_lossy(&written);
    new_copy(steps, &format!("{}.draft", step.folder), 1, &written).map(Some)
}

/// The last copy that is not what the file has.
pub fn last_copy(steps: &Steps, step: &Step) -> Option<PathBuf> {
    let written = fs::read(steps.file(step)).ok();
    let mut others = copies(steps, step);
    others.retain(|copy| fs::read(copy).ok() != written);
    others
        .into_iter()
        .max_by_key(|copy| fs::metadata(copy).and_then(|of| of.modified()).ok())
}

/// All copies of a step.
fn copies(steps: &Steps, step: &Step) -> Vec<PathBuf> {
    let start = format!("{}.", step.folder);
    let entries = fs::read_dir(folder(steps)).into_iter().flatten().flatten();
    let names = entries.filter(|entry| {
        let name = entry.file_name();
        name.to_str()
            .is_some_and(|name| name.starts_with(&start) && name.ends_with(".rs"))
    });
    names.map(|entry| entry.path()).collect()
}

fn is_older_copy(steps: &Steps, step: &Step, text: &str) -> bool {
    let last = passed(steps, step);
    let mut older = copies(steps, step).into_iter().filter(|copy| *copy != last);
    older.any(|copy| fs::read_to_string(copy).is_ok_and(|kept| kept == text))
}

/// A copy under the first name that is free: `NAME.rs`, `NAME.2.rs`, ...
fn new_copy(
    steps: &Steps,
    name: &str,
    first: u32,
    text: &str,
) -> Result<PathBuf, String> {
    let folder = folder(steps);
    let fault = |path: &Path, error: io::Error| {
        format!("cannot keep a copy in {}: {error}", typed(path))
    };
    fs::create_dir_all(&folder).map_err(|error| fault(&folder, error))?;
    for number in first.. {
        let path = match number {
            1 => folder.join(format!("{name}.rs")),
            _ => folder.join(format!("{name}.{number}.rs")),
        };
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).map_err(|error| fault(&path, error))?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(fault(&path, error)),
        }
    }
    unreachable!("some name is free")
}

/// Lays a given text over the reader's file, whose own text has been kept.
pub fn lay(steps: &Steps, step: &Step, which: &str) -> Result<(), String> {
    replace(&steps.file(step), &read(&steps.given(step, which))?)
}

/// Lays a copy over the reader's file, whose own text has been kept.
pub fn lay_copy(steps: &Steps, step: &Step, copy: &Path) -> Result<(), String> {
    replace(&steps.file(step), &read(copy)?)
}

/// Brings a file back that was deleted. Whether it had to.
pub fn restore(steps: &Steps, step: &Step) -> Result<bool, String> {
    let missing = !steps.file(step).exists();
    if missing {
        lay(steps, step, "handed_out")?;
    }
    Ok(missing)
}

/// Writes a file as a whole: a reader, or cargo, sees the old text or the new one.
fn replace(path: &Path, text: &str) -> Result<(), String> {
    let fault = |error: io::Error| format!("cannot write {}: {error}", typed(path));
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(fault)?;
    let beside = path.with_extension("new");
    fs::write(&beside, text).map_err(fault)?;
    fs::rename(&beside, path).map_err(fault)
}

fn hints_file(steps: &Steps, step: &Step) -> PathBuf {
    folder(steps).join(format!("{}.hints", step.folder))
}

fn remembered(steps: &Steps, step: &Step) -> String {
    let text = fs::read_to_string(hints_file(steps, step)).unwrap_or_default();
    text.trim().to_owned()
}

/// How many hints were given.
pub fn hints(steps: &Steps, step: &Step) -> usize {
    match &*remembered(steps, step) {
        SOLUTION => step.hints.len(),
        number => number.parse().unwrap_or(0),
    }
}

pub fn has_seen_the_solution(steps: &Steps, step: &Step) -> bool {
    remembered(steps, step) == SOLUTION
}

pub fn remember_hints(steps: &Steps, step: &Step, number: usize) -> Result<(), String> {
    replace(&hints_file(steps, step), &format!("{number}\n"))
}

pub fn remember_the_solution(steps: &Steps, step: &Step) -> Result<(), String> {
    replace(&hints_file(steps, step), &format!("{SOLUTION}\n"))
}
