//! The tool as a reader meets it, in a copy of `chapters/yours`: what it says, what it keeps,
//! and how it ends. It is slow, since cargo builds each state; `.ci/run yours` runs it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A clone of the book in which nothing is done. There is one, which the tests use one after
/// the other: what cargo has built in it stays.
struct Clone {
    root: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

const STEP_MD: &str = "\
# 5.1 Place: where a timer stands in the wheel

[A wheel for each digit](../../../05-timer-wheel/README.md#a-wheel-for-each-digit)

What is missing is `place`. It must *never* look at a clock.

## Hint

The first degree.

## Hint

The second degree.

## Now

The wheel knows where things stand.
";

const RIGHT: &str = "
    let (mut level, mut deadline, mut hand) = (0, deadline, hand);
    while deadline / 10 != hand / 10 {
        (level, deadline, hand) = (level + 1, deadline / 10, hand / 10);
    }
    10 * level + (deadline % 10) as usize";

impl Clone {
    fn new() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let book =
            Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("a book");
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clone");
        let chapters = root.join("chapters");
        let yours = chapters.join("yours");
        let _ = fs::remove_dir_all(&chapters);
        fs::create_dir_all(&yours).expect("a folder");
        for name in ["Cargo.toml", "Cargo.lock", "src", "tests"] {
            let _ = symlink(book.join(name), root.join(name)); // it may be there
        }
        for entry in fs::read_dir(book.join("chapters")).expect("chapters").flatten() {
            if entry.file_name() != "yours" {
                symlink(entry.path(), chapters.join(entry.file_name())).expect("a link");
            }
        }
        for part in fs::read_dir(book.join("chapters/yours")).expect("parts").flatten() {
            match part.file_name().to_str() {
                Some("tool" | "kept") => {}
                _ if part.path().is_dir() => {
                    copy(&part.path(), &yours.join(part.file_name()));
                }
                _ => drop(fs::copy(part.path(), yours.join(part.file_name()))),
            }
        }
        let steps = fs::read_dir(yours.join("steps")).expect("steps");
        for step in steps.flatten() {
            // Whoever runs these tests may have begun with some.
            let name = step.file_name().into_string().expect("UTF-8");
            let module = name.split_once('-').expect("a number").1.replace('-', "_");
            let file = yours.join("src").join(format!("{module}.rs"));
            fs::copy(step.path().join("handed_out.rs"), file).expect("a copy");
        }
        fs::write(yours.join("steps/5.1-place/step.md"), STEP_MD).expect("written");
        let program = root.join("target/yours/debug/yours");
        fs::create_dir_all(program.parent().expect("a folder")).expect("a folder");
        let _ = fs::remove_file(&program);
        fs::hard_link(env!("CARGO_BIN_EXE_yours"), &program).expect("a link");
        Self { root, _turn: turn }
    }

    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(self.root.join("target/yours/debug/yours"));
        command.args(words.split_whitespace()).current_dir(&self.root);
        command.env("CARGO_MANIFEST_DIR", self.root.join("chapters/yours/tool"));
        command.env_remove("COLUMNS").stdin(Stdio::null());
        command
    }

    fn yours(&self, words: &str) -> Said {
        Said::from(self.command(words).output().expect("it starts"))
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join("chapters/yours").join(path)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).expect("it can be written");
    }

    /// Writes the body of `place`.
    fn place(&self, body: &str) -> String {
        let handed_out = self.text("steps/5.1-place/handed_out.rs");
        let (head, _) = handed_out.split_once("    let _ =").expect("as handed out");
        let text = format!("{head}    {body}\n}}\n");
        self.write("src/place.rs", &text);
        text
    }

    /// Whether the check of a step runs.
    fn is_checking(&self) -> bool {
        let check = self.root.join("target/yours/debug/check");
        let processes = fs::read_dir("/proc").expect("/proc").flatten();
        let mut programs =
            processes.filter_map(|p| fs::read_link(p.path().join("exe")).ok());
        programs.any(|program| program == check)
    }

    fn kept(&self) -> Vec<String> {
        let files = fs::read_dir(self.path("kept")).into_iter().flatten().flatten();
        let names = files.map(|file| file.file_name().into_string().expect("UTF-8"));
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        match entry.path() {
            path if path.is_dir() => copy(&path, &to),
            path => drop(fs::copy(path, to).expect("a copy")),
        }
    }
}

/// What a command said, and how it ended.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let said = Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        for text in [&said.out, &said.err] {
            assert!(!text.contains('\x1b'), "no colour without a terminal: {text:?}");
            assert!(!text.contains("RUST_BACKTRACE"), "{text}");
        }
        said
    }
}

impl Said {
    #[track_caller]
    fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self
    }

    /// These pieces, in this order. Where lines are broken does not matter.
    #[track_caller]
    fn says(&self, pieces: &[&str]) -> &Self {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let all = words(&self.out) + " " + &words(&self.err);
        let mut rest = &*all;
        for piece in pieces {
            let at =
                rest.find(piece).unwrap_or_else(|| panic!("`{piece}` is not in\n{all}"));
            rest = &rest[at + piece.len()..];
        }
        self
    }

    #[track_caller]
    fn does_not_say(&self, piece: &str) -> &Self {
        assert!(!self.out.contains(piece), "{}", self.out);
        self
    }
}

#[test]
fn the_list_has_the_steps_and_what_comes_next() {
    let clone = Clone::new();
    let said = clone.yours("");
    said.ends(0).says(&[
        "0 of 19",
        "3 Generators",
        "› 3.1",
        "· 5.1 Place",
        "12 Blocking",
    ]);
    said.says(&["Next: 3.1", "chapters/yours/src/there_and_back.rs", "yours 3.1"]);
}

#[test]
fn a_step_says_what_is_missing_and_where_to_read() {
    let clone = Clone::new();
    clone.yours("5.1 --again").ends(0).says(&[
        "5.1 Place: where a timer stands in the wheel",
        "What is missing is `place`. It must *never* look at a clock.",
        "write chapters/yours/src/place.rs",
        "read A wheel for each digit, in The timer wheel chapters/05-timer-wheel/README.md",
        "check cargo run -- yours 5.1",
    ]);
}

#[test]
fn a_step_md_is_not_needed() {
    let clone = Clone::new();
    fs::remove_file(clone.path("steps/5.1-place/step.md")).expect("it was there");
    clone.yours("").ends(0).says(&["· 5.1 Place"]);
    clone.yours("5.1 --hint").ends(0).says(&["There is no hint", "5.1 --solution"]);
    clone.write("steps/5.1-place/step.md", "# 5.1 A title\n");
    clone.yours("").ends(0).says(&["· 5.1 A title"]);
    clone.write("steps/5.1-place/step.md", "## Hint\n\nAlone.");
    clone.yours("5.1 --hint").ends(0).says(&["Alone.", "5.1 --solution"]);
}

#[test]
fn what_is_typed_wrong_is_refused_with_what_there_is() {
    let clone = Clone::new();
    clone.yours("5.9").ends(2).says(&["no step `5.9`", "3.1", "5.1 Place", "12.1"]);
    let said = clone.yours("5");
    said.ends(2).says(&["no step `5`", "5.1 Place", "5.3 Cascade"]);
    assert!(!said.err.contains("3.1"), "{}", said.err);
    clone.yours("--hnit").ends(2).says(&["unknown argument `--hnit`", "usage:"]);
    clone.yours("5.1 5.2").ends(2).says(&["unknown argument `5.2`", "usage:"]);
    clone.yours("5.1 --hint --again").ends(2).says(&["one thing at a time"]);
    clone.yours("--help").ends(0).says(&["usage: cargo run -- yours"]);
}

#[test]
fn outside_of_a_clone_and_without_cargo_it_says_so() {
    let clone = Clone::new();
    let mut lost = clone.command("");
    lost.env("CARGO_MANIFEST_DIR", "/nowhere/chapters/yours/tool");
    Said::from(lost.output().expect("it starts"))
        .ends(1)
        .says(&["no steps in /nowhere/chapters/yours", "from a clone"]);
    let mut without = clone.command("5.1");
    without.env("CARGO", "/nowhere/cargo");
    Said::from(without.output().expect("it starts"))
        .ends(1)
        .says(&["cannot start cargo"]);
}

#[test]
fn hints_come_by_degrees() {
    let clone = Clone::new();
    let first = clone.yours("5.1 --hint");
    first.ends(0).says(&["hint 1 of 2", "The first degree.", "yours 5.1 --hint"]);
    first.does_not_say("The second degree.");
    for _ in 0..2 {
        clone.yours("--hint place").ends(0).says(&[
            "The first degree.",
            "hint 2 of 2",
            "The second degree.",
            "Next is the solution",
            "yours 5.1 --solution",
        ]);
    }
}

#[test]
fn a_step_fails_with_a_story_until_it_is_right_and_then_it_is_kept() {
    let clone = Clone::new();
    clone.yours("5.1").ends(1).says(&[
        "3.1 to 4.2 are not done; their solutions stand in.",
        "5.1 is not right yet",
        "It should hold that a timer stands at the first digit",
        "1. the hand at 000, a timer for 001",
        "expected: level 0, slot 1",
        "happened: level 0, slot 0",
        "chapters/yours/src/place.rs",
    ]);
    assert_eq!(clone.kept(), [""; 0]);
    let first = clone.place(RIGHT);
    clone.yours("5.1").ends(0).says(&[
        "5.1 is right",
        "The wheel knows where things stand.",
        "1 of 19 steps is done, with 5 lines of yours.",
        "Next: 5.2 Insert",
        "yours 5.2",
    ]);
    assert_eq!(clone.text("kept/5.1-place.rs"), first);
    clone.yours("").ends(0).says(&["1 of 19", "✓ 5.1", "› 5.2"]);
    clone.yours("--diff").ends(0).says(&[
        "5.1 Place",
        "You added 5 lines",
        "- 0 // Yours.",
        "+ 10 * level",
        "What the solution has",
        "- 10 * level",
    ]);

    // What passed before stays.
    let second = clone.place(&format!("// Once more.{RIGHT}"));
    clone.yours("").ends(0).says(&["~ 5.1 Place changed since it was done"]);
    clone.yours("5.2").says(&["3.1 to 5.1 are not done", "You have changed 5.1"]);
    clone.yours("5.1").ends(0);
    assert_eq!(clone.kept(), ["5.1-place.2.rs", "5.1-place.rs"]);
    assert_eq!(clone.text("kept/5.1-place.2.rs"), first);
    assert_eq!(clone.text("kept/5.1-place.rs"), second);
    // To go back and forth makes no more copies than there are texts.
    for text in [&first, &second, &first, &second] {
        clone.write("src/place.rs", text);
        clone.yours("5.1").ends(0);
        assert_eq!(&clone.text("kept/5.1-place.rs"), text);
    }
    assert_eq!(clone.kept(), ["5.1-place.2.rs", "5.1-place.3.rs", "5.1-place.rs"]);
    assert_eq!(clone.text("kept/5.1-place.2.rs"), first);
    assert_eq!(clone.text("kept/5.1-place.3.rs"), second);
}

#[test]
fn the_solution_stands_in_and_nothing_is_lost() {
    let clone = Clone::new();
    let solution = clone.text("steps/5.1-place/solution.rs");
    let handed_out = clone.text("steps/5.1-place/handed_out.rs");
    let mine = clone.place("deadline as usize + hand as usize // I thought so");
    clone.yours("5.1 --solution").ends(0).says(&[
        "The solution of 5.1 is in chapters/yours/src/place.rs, and stands in.",
        "What you wrote is kept: chapters/yours/kept/5.1-place.draft.rs.",
        "Next: ",
    ]);
    assert_eq!(clone.text("src/place.rs"), solution);
    assert_eq!(clone.text("kept/5.1-place.draft.rs"), mine);
    clone.yours("").ends(0).says(&["0 of 19", "= 5.1 Place", "the solution stands in"]);
    clone.yours("5.1").ends(0).says(&["5.1 is right", "stands in for yours", "--again"]);
    assert!(!clone.path("kept/5.1-place.rs").exists(), "it is not the reader's");

    let again = clone.yours("5.1 --again");
    again.ends(0).says(&["as it was handed out"]).does_not_say("is kept");
    assert_eq!(clone.text("src/place.rs"), handed_out);
    let other = clone.place("deadline as usize * hand as usize // or so");
    clone.yours("5.1 --again").ends(0).says(&["is kept", "5.1-place.draft.2.rs"]);
    assert_eq!(clone.text("kept/5.1-place.draft.2.rs"), other);
    assert_eq!(clone.text("kept/5.1-place.draft.rs"), mine);
    clone.write("src/place.rs", &mine);
    clone.yours("5.1 --again").ends(0).says(&["is kept", "5.1-place.draft.rs"]);
    assert!(!clone.path("kept/5.1-place.draft.3.rs").exists(), "there is a copy");
    clone.yours("5.1 --mine").ends(0).says(&["place.rs is what you wrote before"]);
    assert_ne!(clone.text("src/place.rs"), handed_out);
    clone.yours("5.2 --mine").ends(1).says(&["nothing else of yours is kept of 5.2"]);

    // Whoever writes the very same by hand has solved it.
    clone.write("src/place.rs", &solution);
    clone.yours("5.1").ends(0).says(&["1 of 19 steps is done"]);
    clone.yours("--diff 5.1").ends(0).says(&["The solution is the same"]);
    clone.yours("5.1 --again").ends(0).says(&["is kept", "5.1-place.rs", "5.1 --mine"]);
    clone.yours("5.1 --mine").ends(0).says(&["from chapters/yours/kept/5.1-place.rs"]);
    assert_eq!(clone.text("src/place.rs"), solution);
}

#[test]
fn a_deleted_file_comes_back() {
    let clone = Clone::new();
    fs::remove_file(clone.path("src/place.rs")).expect("it was there");
    clone.yours("5.1").ends(1).says(&[
        "chapters/yours/src/place.rs was missing. It is there again, as handed out.",
        "5.1 is not right yet",
    ]);
    fs::remove_file(clone.path("src/wheel.rs")).expect("it was there");
    clone.yours("5.1").ends(1).says(&[
        "chapters/yours/src/wheel.rs is missing",
        "git checkout -- chapters/yours/src/wheel.rs",
    ]);
}

#[test]
fn what_does_not_compile_is_said_by_the_compiler() {
    let clone = Clone::new();
    clone.place("deadlin");
    let said = clone.yours("5.1");
    said.ends(1).says(&["cannot find value `deadlin`", "place.rs:8:5"]);
    said.says(&["5.1 does not compile yet", "5.1 --hint"]);
    said.does_not_say("could not compile");
    let wheel = clone.text("src/wheel.rs");
    clone.write("src/wheel.rs", &format!("{wheel}\nfn more(\n"));
    clone.yours("5.1").ends(1).says(&["place.rs, but in chapters/yours/src/wheel.rs"]);
}

#[test]
fn every_bad_end_is_said_in_a_sentence() {
    let clone = Clone::new();
    for (body, pieces) in [
        (
            "panic!(\"no {deadline} after {hand}\")",
            &[
                "5.1 is not right yet",
                "expected: no panic",
                "Your code panicked",
                "src/place.rs, line",
            ][..],
        ),
        ("place(deadline, hand) + place(hand, 0)", &["5.1 calls itself without an end"]),
        (
            "let mut all = vec![hand]; loop { all.push(deadline); all.reverse(); all.extend_from_within(..) }",
            &["5.1 asks for more and more memory"],
        ),
        (
            "let _ = (deadline, hand); std::process::abort()",
            &["5.1 was ended by the system", "Signal 6"],
        ),
        (
            "println!(\"{deadline}!\"); 8 + hand as usize",
            &["Your code printed", "0!", "5.1 is not right yet"],
        ),
    ] {
        clone.place(body);
        let began = Instant::now();
        clone.yours("5.1").ends(1).says(pieces).does_not_say("panicked at");
        assert!(began.elapsed() < Duration::from_secs(60), "{body}");
    }
}

#[test]
fn what_never_ends_is_told_from_what_sleeps() {
    let clone = Clone::new();
    let hangs = &["5.1 does not come to an end", "stopped after ten seconds"][..];
    clone.place("loop { std::hint::black_box((deadline, hand)); }");
    let said = clone.yours("5.1");
    said.ends(1)
        .says(hangs)
        .says(&["It was busy", "does not come to its end: 1. the hand"]);
    clone.place("let _ = (deadline, hand); loop { std::thread::park() }");
    clone.yours("5.1").ends(1).says(hangs).says(&["It slept all the time"]);
}

#[test]
fn it_fits_forty_columns() {
    let clone = Clone::new();
    for words in ["", "5.1", "5.1 --hint", "5.1 --again", "5.1 --solution", "5.1"] {
        let output = clone.command(words).env("COLUMNS", "40").output();
        let said = Said::from(output.expect("it starts"));
        for line in said.out.lines() {
            assert!(line.chars().count() <= 40, "`{line}` of `yours {words}`");
        }
    }
}

#[test]
fn programs_and_the_race_are_passed_on() {
    let clone = Clone::new();
    clone.yours("run").ends(0);
    clone.yours("run no-such-program").ends(2).says(&["no program `no-such-program`"]);
    // A file that does not compile is in nobody's way who does not need it.
    clone.place("no such thing");
    clone
        .yours("run exhibition")
        .ends(1)
        .says(&["5.1: does not compile yet", "needs 3.3"]);
    clone.yours("run alarms").ends(1).says(&[
        "needs 5.1",
        "does not compile",
        "place.rs",
    ]);
    clone.yours("run exhibition --stand-in").ends(0);
    // The line that is proposed is the reader's own, and works in any order.
    let proposed = "cargo run -- yours run echo --serve no --stand-in";
    clone.yours("run echo --serve no").ends(1).says(&[proposed]);
    for words in ["echo --serve no --stand-in", "echo --stand-in --serve no"] {
        clone.yours(&format!("run {words}")).ends(2).says(&["`no` is no port"]);
    }
    let race = clone.command("race --short").env("CARGO", "echo").output();
    let race = Said::from(race.expect("it starts"));
    race.ends(0).says(&[
        "run --release --manifest-path",
        "benches/Cargo.toml --target-dir",
        "target/peers --bin race -- --short",
    ]);
}

/// A watch, and what it says, line by line.
struct Watched {
    watch: Child,
    lines: Receiver<String>,
}

impl Watched {
    fn start(clone: &Clone, words: &str) -> Self {
        let mut command = clone.command(words);
        let mut watch = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let out = BufReader::new(watch.stdout.take().expect("a pipe"));
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        Self { watch, lines }
    }

    /// Reads until a line has this in it.
    #[track_caller]
    fn hears(&self, piece: &str) {
        let mut all = String::new();
        loop {
            match self.lines.recv_timeout(Duration::from_secs(120)) {
                Ok(line) if line.contains(piece) => return,
                Ok(line) => all += &format!("{line}\n"),
                Err(error) => panic!("`{piece}` does not come ({error}):\n{all}"),
            }
        }
    }

    fn interrupt(&mut self) {
        let id = self.watch.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().expect("kill");
        assert!(sent.success());
        assert_eq!(self.watch.wait().expect("it ends").signal(), Some(2));
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.watch.kill();
        let _ = self.watch.wait();
    }
}

#[test]
fn the_watch_checks_at_each_save_and_goes_on() {
    let clone = Clone::new();
    let mut watched = Watched::start(&clone, "--watch 5.1");
    watched.hears("What is missing is `place`");
    watched.hears("Ctrl-C ends it");
    clone.place("deadlin");
    watched.hears("5.1 does not compile yet");
    watched.hears("Ctrl-C ends it");
    clone.place("(deadline + hand) as usize");
    watched.hears("5.1 is not right yet");
    watched.hears("Ctrl-C ends it");
    let began = Instant::now();
    clone.place(RIGHT);
    watched.hears("5.1 is right");
    println!("from save to answer: {:?}", began.elapsed());
    watched.hears("Next: 5.2 Insert");
    watched.hears("Ctrl-C ends it");
    // A file that is not the step's own: the reader is there now.
    let drain = clone.text("src/drain.rs");
    clone.write("src/drain.rs", &format!("{drain}\n// A thought.\n"));
    watched.hears("4.2 is not right yet");
    watched.hears("Ctrl-C ends it");
    // An editor takes the file away and lays a new one in its place.
    let file = clone.path("src/insert.rs");
    let beside = clone.path("src/insert.rs~");
    fs::rename(&file, &beside).expect("renamed");
    fs::copy(clone.path("steps/5.2-insert/solution.rs"), &file).expect("copied");
    fs::remove_file(&beside).expect("removed");
    watched.hears("5.2 is right");
    watched.hears("Ctrl-C ends it");
    watched.interrupt();
}

#[test]
fn the_watch_ends_with_what_was_built() {
    let clone = Clone::new();
    let steps = fs::read_dir(clone.path("steps")).expect("steps").flatten();
    let names: Vec<String> =
        steps.map(|step| step.file_name().into_string().expect("UTF-8")).collect();
    fs::create_dir_all(clone.path("kept")).expect("a folder");
    for name in names.iter().filter(|name| *name != "5.1-place") {
        let solution = clone.text(&format!("steps/{name}/solution.rs"));
        let module = name.split_once('-').expect("a number").1.replace('-', "_");
        clone.write(&format!("src/{module}.rs"), &solution);
        clone.write(&format!("kept/{name}.rs"), &solution);
    }
    let mut watched = Watched::start(&clone, "--watch");
    watched.hears("5.1 Place");
    watched.hears("Ctrl-C ends it");
    clone.place(RIGHT);
    watched.hears("5.1 is right");
    watched.hears("This is your executor.");
    watched.hears("19 of 19 steps are done");
    assert!(watched.watch.wait().expect("it ends").success());
    clone.yours("next").ends(0).says(&["This is your executor."]);
}

#[test]
fn ctrl_c_ends_what_the_watch_has_started() {
    let clone = Clone::new();
    let mut watched = Watched::start(&clone, "--watch 5.1");
    watched.hears("Ctrl-C ends it");
    clone.place("loop { std::hint::black_box((deadline, hand)); }");
    let check = clone.root.join("target/yours/debug/check");
    let is_running = || {
        let processes = fs::read_dir("/proc").expect("/proc").flatten();
        let mut programs =
            processes.filter_map(|p| fs::read_link(p.path().join("exe")).ok());
        programs.any(|program| program == check)
    };
    wait_until("the check runs", is_running);
    watched.interrupt();
    wait_until("the check has ended", || !is_running());
}

#[test]
fn a_loop_that_was_mended_is_not_waited_for() {
    let clone = Clone::new();
    let mut watched = Watched::start(&clone, "--watch 5.1");
    watched.hears("Ctrl-C ends it");
    clone.place("loop { std::hint::black_box((deadline, hand)); }");
    wait_until("the check runs", || clone.is_checking());
    clone.place(RIGHT);
    for line in watched.lines.iter() {
        assert!(!line.contains("does not come to an end"), "it was mended");
        if line.contains("5.1 is right") {
            break;
        }
    }
    fs::remove_file(clone.path("src/insert.rs")).expect("it was there");
    watched.hears("insert.rs was missing. It is there again");
    watched.hears("5.2 is not right yet");
    watched.hears("Ctrl-C ends it");
    watched.interrupt();
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(120), "not in two minutes: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
