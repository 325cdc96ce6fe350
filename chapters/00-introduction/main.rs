//! The map of the book in the terminal, and the launcher of the chapters' programs.
//!
//! `cargo run` prints the map; `cargo run -- 3` runs the program of chapter 3, `cargo run
//! -- 3 s1` its first stage. What follows is passed on to the program. The map is read
//! from the chapters themselves, so it cannot go stale.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

mod cli;

const USAGE: &str = "\
usage: cargo run                             print the map of the book
       cargo run -- CHAPTER                  run a chapter's program
       cargo run -- CHAPTER STAGE            run one of its stages: s1, s2, ...
       cargo run -- CHAPTER [STAGE] --OPTION pass options on to the program
       cargo run --release -- CHAPTER        optimise: for programs that measure
       cargo run -- yours                    build your own executor, step by step";

/// A chapter of the book: its number, its title, and its programs.
struct Chapter {
    number: u32,
    title: String,
    programs: Vec<Program>,
}

/// A program of a chapter: an example of the crate, or a heavy one, which needs crates of
/// others and is a program of the package `chapters/web`.
struct Program {
    /// What the reader types after the number: nothing for the chapter's own program,
    /// `s1` for its first stage.
    stage: Option<String>,
    /// The first line of the program's documentation.
    about: String,
    /// The name that cargo knows it by.
    name: String,
    heavy: bool,
}

fn main() -> ExitCode {
    let args = cli::arguments();
    let chapters = match read_map(&root().join("chapters")) {
        Ok(chapters) => chapters,
        Err(error) => {
            return fail(
                1,
                &format!(
                    "cannot read the chapters: {error}\nRun it from a clone of the book."
                ),
            );
        }
    };
    match args.first().map(String::as_str) {
        None => print_map(&chapters),
        Some("-h" | "--help" | "help") => print(&format!("{USAGE}\n")),
        Some("yours") => run_yours(&args[1..]),
        Some(_) => match choose(&chapters, &args) {
            Ok((None, _)) => print_map(&chapters),
            Ok((Some(program), rest)) => run(program, rest),
            Err(problem) => fail(2, &problem),
        },
    }
}

/// Says what went wrong on stderr, and returns the exit code to leave with.
fn fail(code: u8, problem: &str) -> ExitCode {
    cli::fail(code, &format!("mainspring: {problem}"))
}

/// Where the book lies: `cargo run` says so. A clone that was copied with what was built in
/// it is a book of its own.
fn root() -> PathBuf {
    let told = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    told.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into())
}

/// Reads the chapters in the order of `SUMMARY.md`, each with the programs that lie in
/// its folder.
fn read_map(folder: &Path) -> io::Result<Vec<Chapter>> {
    let summary = fs::read_to_string(folder.join("SUMMARY.md"))?;
    let heavy = fs::read_to_string(folder.join("web/Cargo.toml"))?;
    summary
        .lines()
        .filter_map(chapter_link)
        .map(|(title, path)| read_chapter(title, &folder.join(path), &heavy))
        .collect()
}

/// The title and the folder of a chapter, from its line in `SUMMARY.md`: `-
/// [Generators](03-generators/README.md)`.
fn chapter_link(line: &str) -> Option<(&str, &str)> {
    let (title, rest) = line.split_once('[')?.1.split_once("](")?;
    let folder = rest.strip_suffix("/README.md)")?;
    folder.starts_with(|first: char| first.is_ascii_digit()).then_some((title, folder))
}

/// How long the number of a stage is: s9 comes before s10.
fn digits(file: &Path) -> usize {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name.chars().skip(1).take_while(char::is_ascii_digit).count()
}

/// Reads one chapter: `main.rs` first, then the stages in the order of their names. The
/// manifest of the heavy programs says which they are.
fn read_chapter(title: &str, folder: &Path, heavy: &str) -> io::Result<Chapter> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let number =
        name.split('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(0);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    files.sort_by_key(|file| (!file.ends_with("main.rs"), digits(file), file.clone()));
    let programs = files
        .iter()
        .filter_map(|file| read_program(number, file, heavy).transpose())
        .collect::<io::Result<_>>()?;
    Ok(Chapter { number, title: title.to_owned(), programs })
}

/// The program in a file of chapter `number`: `main.rs` or a stage such as
/// `s1_by_hand.rs`; other files are none.
fn read_program(number: u32, file: &Path, heavy: &str) -> io::Result<Option<Program>> {
    let Some(name) = file.file_name().and_then(|name| name.to_str()?.strip_suffix(".rs"))
    else {
        return Ok(None);
    };
    let stage = match name.split_once('_') {
        None if name == "main" => None,
        Some((stage, _)) if is_stage(stage) => Some(stage.to_owned()),
        _ => return Ok(None),
    };
    let source = fs::read_to_string(file)?;
    let about = source
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("//! "))
        .unwrap_or_default()
        .to_owned();
    let name = match &stage {
        None => format!("ch{number:02}"),
        Some(stage) => format!("ch{number:02}-{stage}"),
    };
    let named = format!("name = \"{name}\"");
    let heavy = heavy.lines().any(|line| line == named);
    Ok(Some(Program { stage, about, name, heavy }))
}

/// Whether a word names a stage: `s` and a number.
fn is_stage(word: &str) -> bool {
    word.strip_prefix('s').is_some_and(|digits| digits.parse::<u32>().is_ok())
}

/// Finds the program that the arguments name; none for chapter 0, whose program is this
/// one. Also returns the arguments that are left for the program.
fn choose<'a>(
    chapters: &'a [Chapter],
    args: &'a [String],
) -> Result<(Option<&'a Program>, &'a [String]), String> {
    let wanted = &args[0];
    let chapter = chapters
        .iter()
        .find(|chapter| wanted.parse() == Ok(chapter.number))
        .ok_or_else(|| {
            format!(
                "there is no chapter `{wanted}`. These are there:\n{}\
                 `cargo run` lists their programs, too.",
                titles(chapters)
            )
        })?;
    let stage = args.get(1).filter(|word| is_stage(word));
    let program = chapter
        .programs
        .iter()
        .find(|program| program.stage.as_ref() == stage)
        .ok_or_else(|| no_program(chapter, stage))?;
    match (chapter.number, &args[1 + usize::from(stage.is_some())..]) {
        (0, []) => Ok((None, &[])),
        (0, [word, ..]) => Err(format!("unknown argument `{word}`\n{USAGE}")),
        (_, rest) => Ok((Some(program), rest)),
    }
}

/// The complaint about a program that the chapter does not have.
fn no_program(chapter: &Chapter, stage: Option<&String>) -> String {
    let programs = list_programs(chapter);
    match stage {
        Some(stage) => format!(
            "chapter {} has no stage `{stage}`. These are there:\n{programs}",
            chapter.number
        ),
        None => format!(
            "chapter {} has no program of its own. These are there:\n{programs}",
            chapter.number
        ),
    }
}

/// Becomes `cargo run --example ...`, so that signals, output and exit code are the
/// program's own.
fn run(program: &Program, args: &[String]) -> ExitCode {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--manifest-path"]);
    let builds = builds(program);
    if program.heavy {
        cargo.arg(root().join("chapters/web/Cargo.toml"));
        cargo.arg("--target-dir").arg(&builds).arg("--bin");
    } else {
        cargo.arg(root().join("Cargo.toml")).arg("--example");
    }
    cargo.arg(&program.name);
    // The first program takes a while to build; then cargo shows how far it is.
    if is_built(program, &builds) {
        cargo.arg("--quiet");
    }
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo.arg("--").args(args);
    fail(1, &format!("cannot start cargo: {}", cargo.exec()))
}

/// Becomes `yours`, a package of its own: the steps of the reader's executor.
fn run_yours(args: &[String]) -> ExitCode {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let launcher = env::current_exe().unwrap_or_default(); // target/debug/mainspring
    let builds = launcher.ancestors().nth(2).unwrap_or(Path::new("target")).join("yours");
    cargo.args(["run", "--manifest-path"]);
    cargo.arg(root().join("chapters/yours/tool/Cargo.toml"));
    cargo.arg("--target-dir").arg(&builds);
    if builds.join("debug/yours").is_file() {
        cargo.arg("--quiet");
    }
    cargo.arg("--").args(args);
    fail(1, &format!("cannot start cargo: {}", cargo.exec()))
}

/// The folder that a program is built in. Heavy ones have their own in it, so that to build
/// one kind never waits for the other.
fn builds(program: &Program) -> PathBuf {
    let launcher = env::current_exe().unwrap_or_default(); // target/debug/mainspring
    let target = launcher.ancestors().nth(2).unwrap_or(Path::new("target"));
    if program.heavy { target.join("ecosystem") } else { target.to_owned() }
}

/// Whether a program has been built before, by a launcher of the same profile.
fn is_built(program: &Program, builds: &Path) -> bool {
    let launcher = env::current_exe().unwrap_or_default();
    let profile = launcher.parent().and_then(Path::file_name).unwrap_or_default();
    let kind = if program.heavy { "" } else { "examples" };
    builds.join(profile).join(kind).join(&program.name).is_file()
}

/// Prints the whole map.
fn print_map(chapters: &[Chapter]) -> ExitCode {
    // The only one of the commands that does not work from the folders below.
    let root = root();
    let place = match env::current_dir() {
        Ok(folder) if folder == root => String::new(),
        _ => format!(", in {}", root.display()),
    };
    print(&format!(
        "Mainspring: an async executor, and the book that builds it.\n\n{}\n\
         cargo run -- yours  build your own executor, step by step\n\
         cargo book --open   read the book{place}\ncargo test          run every test\n",
        list(chapters)
    ))
}

/// Prints to stdout, where a reader who has seen enough (`cargo run | head -3`) is no
/// error.
fn print(text: &str) -> ExitCode {
    match io::Write::write_all(&mut io::stdout(), text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(1, &format!("cannot print: {error}"))
        }
        _ => ExitCode::SUCCESS,
    }
}

/// The chapters, a line each.
fn titles(chapters: &[Chapter]) -> String {
    let lines = chapters
        .iter()
        .map(|chapter| format!("  {:02} {}\n", chapter.number, chapter.title));
    lines.collect()
}

/// The chapters with their programs, a line each.
fn list(chapters: &[Chapter]) -> String {
    let lines = chapters.iter().map(|chapter| {
        format!("{:02} {}\n{}", chapter.number, chapter.title, list_programs(chapter))
    });
    lines.collect()
}

/// The programs of one chapter with the commands that run them, a line each.
fn list_programs(chapter: &Chapter) -> String {
    let lines = chapter.programs.iter().map(|program| {
        let command = match (&program.stage, chapter.number) {
            (_, 0) => "cargo run".to_owned(),
            (None, number) => format!("cargo run -- {number}"),
            (Some(stage), number) => format!("cargo run -- {number} {stage}"),
        };
        format!("  {command:<20}{}\n", hang(&program.about, 22, 78))
    });
    lines.collect()
}

/// Breaks a text into lines that end before column `width`; all but the first begin at
/// column `indent`, where the text itself begins.
fn hang(text: &str, indent: usize, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line");
        if line.is_empty() {
            line.push_str(word);
        } else if indent + line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join(&format!("\n{:indent$}", ""))
}
