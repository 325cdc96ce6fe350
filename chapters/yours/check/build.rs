//! Puts an executor together: the pieces that are named in `YOURS_OWN` are the reader's, the
//! solutions stand in for the others.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=YOURS_OWN");
    println!("cargo::rerun-if-env-changed=YOURS_CHAPTER");
    println!("cargo::rerun-if-changed=../src/lib.rs");
    println!("cargo::rerun-if-changed=../steps");
    let own = env::var("YOURS_OWN").unwrap_or_default();
    let own: Vec<&str> = own.split_whitespace().collect();
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it lies in `yours`");
    let lib = fs::read_to_string(root.join("src/lib.rs")).expect("src/lib.rs is there");
    let mut tree = String::new();
    let mut elsewhere = None;
    for line in lib.lines() {
        if let Some(path) = line.strip_prefix("#[path = \"") {
            elsewhere = Some(root.join("src").join(path.trim_end_matches("\"]")));
        } else if let Some(name) = line.strip_prefix("pub mod ") {
            let name = name.trim_end_matches(';');
            let file = elsewhere
                .take()
                .unwrap_or_else(|| root.join("src").join(format!("{name}.rs")));
            let file = match solution(root, name) {
                Some(solution) if !own.contains(&name) => solution,
                _ => file,
            };
            writeln!(tree, "#[path = {file:?}]\npub mod {name};").expect("memory");
        }
    }
    let chapter = env::var("YOURS_CHAPTER").ok().and_then(|chapter| chapter.parse().ok());
    let chapter: u32 = chapter.unwrap_or(3);
    let checks = root.join(format!("check/src/ch{chapter:02}.rs"));
    writeln!(tree, "#[path = {checks:?}]\nmod chapter;").expect("memory");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("tree.rs"), tree).expect("OUT_DIR can be written to");
}

/// The solution of a piece: `steps/5.1-place/solution.rs` for `place`.
fn solution(root: &Path, name: &str) -> Option<std::path::PathBuf> {
    let ending = format!("-{}", name.replace('_', "-"));
    let steps = fs::read_dir(root.join("steps")).expect("steps are there");
    steps
        .map(|step| step.expect("a folder").path())
        .find(|step| {
            step.to_string_lossy().ends_with(&ending) && {
                let folder =
                    step.file_name().unwrap_or_default().to_string_lossy().into_owned();
                folder
                    .split_once('-')
                    .is_some_and(|(_, rest)| format!("-{rest}") == ending)
            }
        })
        .map(|step| step.join("solution.rs"))
}
