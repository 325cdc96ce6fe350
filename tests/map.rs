//! The launcher, `cargo run`: its map, its errors, and the programs it becomes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the launcher with these words.
fn launch(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mainspring"))
        .args(words)
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0") // the programs as `cargo test` builds them
        .output()
        .expect("it starts")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("it prints text")
}

#[test]
fn the_map_lists_every_chapter_and_fits_a_terminal() {
    for words in [&[][..], &["0"], &["00"]] {
        let output = launch(words);
        let map = text(&output.stdout);
        assert!(output.status.success());
        let summary = include_str!("../chapters/SUMMARY.md");
        // One more page of a chapter, further in, is no chapter, nor is an appendix, at
        // the end.
        let (chapters, _) = summary.split_once("\n---\n").unwrap_or((summary, ""));
        let lines = chapters.lines().filter(|line| !line.starts_with(' '));
        for chapter in lines.filter_map(|line| line.split_once('[')?.1.split_once(']')) {
            assert!(map.contains(chapter.0), "`{}` is missing in:\n{map}", chapter.0);
        }
        assert!(map.lines().all(|line| line.chars().count() <= 80), "{map}");
    }
}

#[test]
fn what_does_not_exist_is_an_error_that_lists_what_does() {
    let no_chapter = ["99", "-1", "three", "3.0", "--release", ""];
    for word in no_chapter {
        let output = launch(&[word]);
        assert_eq!(output.status.code(), Some(2), "`{word}`");
        assert!(output.stdout.is_empty());
        let problem = text(&output.stderr);
        assert!(problem.contains(&format!("there is no chapter `{word}`")), "{problem}");
        assert!(problem.contains("  03 Generators\n"), "{problem}");
        assert!(
            !problem.contains("cargo run --"),
            "their titles, no programs: {problem}"
        );
    }
    let output = launch(&["3", "s99"]);
    assert_eq!(output.status.code(), Some(2));
    let problem = text(&output.stderr);
    assert!(problem.contains("chapter 3 has no stage `s99`"), "{problem}");
    assert!(problem.contains("cargo run -- 3 s1"), "{problem}");
    assert!(
        !problem.contains("cargo run -- 2"),
        "only the chapter's own programs: {problem}"
    );
}

#[test]
fn from_a_folder_below_the_map_says_where_the_book_is_built() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut map = Command::new(env!("CARGO_BIN_EXE_mainspring"));
    let output = map.current_dir(format!("{root}/chapters")).output().expect("it starts");
    let line = format!("cargo book --open   read the book, in {root}\n");
    assert!(text(&output.stdout).contains(&line), "{}", text(&output.stdout));
    assert!(!text(&launch(&[]).stdout).contains(root), "but not in the root");
}

#[test]
fn the_map_takes_no_options() {
    let output = launch(&["0", "--foo"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let problem = text(&output.stderr);
    assert!(problem.contains("unknown argument `--foo`\nusage:"), "{problem}");
}

/// `CARGO` names a program that says what it was called with.
#[test]
fn the_readers_executor_has_a_tool_of_its_own() {
    let map = launch(&[]);
    assert!(text(&map.stdout).contains("\ncargo run -- yours"), "{}", text(&map.stdout));
    let mut launcher = Command::new(env!("CARGO_BIN_EXE_mainspring"));
    let output = launcher.args(["yours", "5.1", "--hint"]).env("CARGO", "echo").output();
    let called = text(&output.expect("it starts").stdout).replace(" --quiet", "");
    let root = env!("CARGO_MANIFEST_DIR");
    let (package, rest) = called.split_once(" --target-dir ").expect("a folder");
    assert_eq!(
        package,
        format!("run --manifest-path {root}/chapters/yours/tool/Cargo.toml")
    );
    let words = rest.split_once("/yours ").expect("a folder of its own").1;
    assert_eq!(words, "-- 5.1 --hint\n");
}

#[test]
fn help_is_no_error() {
    for word in ["--help", "-h", "help"] {
        let output = launch(&[word]);
        assert!(output.status.success());
        assert!(text(&output.stdout).starts_with("usage: cargo run"));
    }
}

#[test]
fn a_program_that_is_built_starts_without_a_word_of_cargo() {
    launch(&["1", "--help"]); // builds it, if this test is run alone in a new folder
    let output = launch(&["1", "--help"]);
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn while_a_program_is_built_cargo_shows_how_far_it_is() {
    // A launcher that finds no programs beside itself.
    let lonely = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mainspring");
    let _ = fs::remove_file(&lonely);
    // A link, because a copy may still be open for writing in a process another test forks.
    fs::hard_link(env!("CARGO_BIN_EXE_mainspring"), &lonely).expect("it can be linked");
    let output = Command::new(lonely).args(["1", "--help"]).output().expect("it starts");
    assert!(output.status.success());
    assert_eq!(output.stdout, launch(&["1", "--help"]).stdout);
    assert!(text(&output.stderr).contains("Finished"), "{}", text(&output.stderr));
}

#[test]
fn options_and_the_exit_code_are_the_programs_own() {
    let output = launch(&["2", "--no-such-option"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--no-such-option"));
}

/// `CARGO` names a program that says what it was called with.
#[test]
fn a_heavy_program_is_one_of_another_package() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("heavy");
    fs::create_dir_all(folder.join("chapters/web")).expect("a folder");
    fs::create_dir_all(folder.join("chapters/13-a-crawler")).expect("a folder");
    let write = |path: &str, text: &str| {
        fs::write(folder.join(path), text).expect("it can be written");
    };
    write("chapters/SUMMARY.md", "- [A crawler](13-a-crawler/README.md)\n");
    write("chapters/web/Cargo.toml", "[[bin]]\nname = \"ch13\"\npath = \"..\"\n");
    for file in ["main.rs", "s1_light.rs"] {
        write(&format!("chapters/13-a-crawler/{file}"), "//! Crawls.\n");
    }
    let called_with = |words: &[&str]| {
        let mut launcher = Command::new(env!("CARGO_BIN_EXE_mainspring"));
        launcher.args(words).env("CARGO", "echo").env("CARGO_MANIFEST_DIR", &folder);
        let output = launcher.output().expect("it starts");
        text(&output.stdout).replace(" --quiet", "").replace(" --release", "")
    };
    let root = folder.display();
    let heavy = called_with(&["13", "http://a.example/", "--width", "3"]);
    let (package, program) = heavy.split_once(" --target-dir ").expect("a folder");
    assert_eq!(package, format!("run --manifest-path {root}/chapters/web/Cargo.toml"));
    let program = program.split_once("/ecosystem ").expect("a folder of its own").1;
    assert_eq!(program, "--bin ch13 -- http://a.example/ --width 3\n");
    let light =
        format!("run --manifest-path {root}/Cargo.toml --example ch13-s1 -- --x\n");
    assert_eq!(called_with(&["13", "s1", "--x"]), light);
}
