//! `cargo book` as a command: where it can be run, what becomes of it when nobody reads, and what it serves until Ctrl-C.

use std::ffi::OsStr;
use std::io::pipe;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Output};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

fn cargo_book(arguments: &[&str], folder: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-book"));
    command.args(arguments).current_dir(folder);
    command
}

fn run(mut command: Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn the_book_is_built_from_any_folder_of_the_repository() {
    let (code, place, problem) =
        run(cargo_book(&["--build"], &format!("{FOLDER}/tests")));
    assert_eq!(code, Some(0), "{problem}");
    let root = FOLDER.strip_suffix("/docs/book").expect("the package's place");
    assert_eq!(place, format!("{root}/target/book/index.html\n"));
}

#[test]
fn outside_of_a_repository_it_says_where_to_go() {
    let (code, _, problem) = run(cargo_book(&["--build"], "/"));
    assert_eq!(code, Some(1));
    assert!(problem.contains("in the root of the repository"), "{problem}");
}

#[test]
fn nobody_has_to_read_what_it_says() {
    let (reader, writer) = pipe().expect("descriptors are left");
    drop(reader);
    let mut help = cargo_book(&["--help"], FOLDER);
    help.stdout(writer.try_clone().expect("descriptors are left"));
    let (code, _, problem) = run(help);
    assert_eq!((code, problem.as_str()), (Some(0), ""));

    let status = cargo_book(&["--opne"], FOLDER).stderr(writer).status();
    assert_eq!(status.expect("it starts").code(), Some(2));
}

#[test]
fn an_argument_that_is_not_utf8_is_an_unknown_one() {
    let mut command = cargo_book(&[], FOLDER);
    command.arg(OsStr::from_bytes(b"--\xff"));
    let (code, _, problem) = run(command);
    assert_eq!(code, Some(2));
    assert!(problem.contains("I do not know `--\u{fffd}`."), "{problem}");
}
