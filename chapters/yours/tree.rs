//! For build scripts, of the checks and of the race: puts an executor together.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `src/lib.rs`, a declaration each. The pieces that are named in `own` are
/// the reader's, the solutions stand in for the others. What lies in one of the folders
/// `instead`, the first that has it, stands in for whatever has its name.
pub fn modules(yours: &Path, own: &[&str], instead: &[PathBuf]) -> String {
    let lib = fs::read_to_string(yours.join("src/lib.rs")).expect("src/lib.rs is there");
    let mut modules = String::new();
    let mut elsewhere = None;
    for line in lib.lines() {
        if let Some(path) = line.strip_prefix("#[path = \"") {
            elsewhere = Some(yours.join("src").join(path.trim_end_matches("\"]")));
        } else if let Some(name) = line.strip_prefix("pub mod ") {
            let name = name.trim_end_matches(';');
            let mut files =
                instead.iter().map(|folder| folder.join(format!("{name}.rs")));
            let instead = files.find(|file| file.is_file());
            let solution = if own.contains(&name) { None } else { solution(yours, name) };
            let file = instead
                .or(elsewhere.take())
                .or(solution)
                .unwrap_or_else(|| yours.join("src").join(format!("{name}.rs")));
            writeln!(modules, "#[path = {file:?}]\npub mod {name};").expect("memory");
        }
    }
    modules
}

/// The solution of a piece: `steps/5.1-place/solution.rs` for `place`.
fn solution(yours: &Path, name: &str) -> Option<PathBuf> {
    let step = steps(yours).into_iter().find(|step| piece(step) == name)?;
    Some(step.join("solution.rs"))
}

/// The folders of the steps.
pub fn steps(yours: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(yours.join("steps")).expect("steps are there");
    let folders = folders.map(|folder| folder.expect("a folder").path());
    folders.filter(|folder| !piece(folder).is_empty()).collect()
}

/// The piece of a step: `take_turns` for `3.3-take-turns`.
pub fn piece(step: &Path) -> String {
    let folder = step.file_name().unwrap_or_default().to_string_lossy();
    folder.split_once('-').map_or(String::new(), |(_, name)| name.replace('-', "_"))
}
