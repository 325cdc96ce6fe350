//! What holds for every program of the chapters: it refuses what it does not know, and it
//! ends quietly when nobody reads.

use std::ffi::OsStr;
use std::io::pipe;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::thread;

use toml::de::DeTable;

/// The launcher, and every program that `Cargo.toml` declares.
fn programs() -> &'static [PathBuf] {
    static PROGRAMS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let launcher = Path::new(env!("CARGO_BIN_EXE_mainspring"));
        let target = launcher.ancestors().nth(2).expect("target/debug/mainspring");
        let mut build = Command::new(env!("CARGO"));
        let profile = if cfg!(debug_assertions) { "test" } else { "release" };
        build.args(["build", "--quiet", "--examples", "--profile", profile]);
        build.arg("--target-dir").arg(target);
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(build.status().expect("cargo starts").success());
        let examples = launcher.with_file_name("examples");
        let names = names().into_iter().map(|name| examples.join(name));
        names.chain([launcher.to_owned()]).collect()
    })
}

/// The names of the examples.
fn names() -> Vec<String> {
    let manifest =
        DeTable::parse(include_str!("../Cargo.toml")).expect("cargo has read it");
    let examples = manifest.get_ref()["example"].get_ref().as_array().expect("blocks");
    let names = examples.iter().map(|block| block.get_ref()["name"].get_ref().as_str());
    names.map(|name| name.expect("a name").to_owned()).collect()
}

/// What is wrong with how the programs end, a line each. Several run at once, because some
/// of them mostly sleep.
fn complaints(check: impl Fn(Command) -> Result<(), String> + Sync) -> String {
    let complaint = |program: &PathBuf| {
        let problem = check(Command::new(program)).err()?;
        let name = program.file_name().expect("a name").to_string_lossy();
        Some(format!("{name}: {problem}\n"))
    };
    let check_some =
        |some: &[PathBuf]| some.iter().filter_map(complaint).collect::<String>();
    thread::scope(|scope| {
        let shares = programs().chunks(programs().len().div_ceil(4));
        let threads: Vec<_> =
            shares.map(|share| scope.spawn(|| check_some(share))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a check")).collect()
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it prints text")
}

/// Whether it was refused: nothing on stdout, exit code 2, and `word` in what it says.
fn refused(output: &Output, word: &str) -> Result<(), String> {
    let Output { status, stdout, stderr } = output;
    let (stdout, stderr) = (text(stdout), text(stderr));
    if status.code() == Some(2) && stdout.is_empty() && stderr.contains(word) {
        return Ok(());
    }
    Err(format!("`{word}` ends with {status}, {stdout:?}, {stderr:?}"))
}

#[test]
fn what_is_not_known_is_refused_with_what_is() {
    let wrong = complaints(|mut program| {
        let output = program.arg("--no-such-option").output().expect("it starts");
        refused(&output, "--no-such-option")?;
        match text(&output.stderr).trim_end().lines().count() {
            0 | 1 => Err("it does not say what it takes".to_owned()),
            _ => Ok(()),
        }
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_word_too_many_is_refused() {
    let wrong = complaints(|mut program| {
        refused(&program.arg("extra").output().expect("it starts"), "extra")
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn an_argument_that_is_not_utf8_is_refused() {
    let wrong = complaints(|mut program| {
        let output = program.arg(OsStr::from_bytes(b"--\xff")).output();
        refused(&output.expect("it starts"), "`--\u{fffd}` is not UTF-8")
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_refusal_keeps_its_exit_code_when_nobody_reads_it() {
    let wrong = complaints(|mut program| {
        let (reader, writer) = pipe().expect("descriptors are left");
        drop(reader);
        let status = program.arg("--no-such-option").stderr(writer).status();
        match status.expect("it starts").code() {
            Some(2) => Ok(()),
            code => Err(format!("ends with {code:?}")),
        }
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_program_that_nobody_reads_ends_quietly() {
    let wrong = complaints(|mut program| {
        let (reader, writer) = pipe().expect("descriptors are left");
        drop(reader);
        let output = program.stdout(writer).output().expect("it starts");
        let stderr = text(&output.stderr);
        if output.status.success() && !stderr.contains("panicked") {
            return Ok(());
        }
        Err(format!("ends with {}: {stderr}", output.status))
    });
    assert!(wrong.is_empty(), "{wrong}");
}
