//! The check of the check: on a small project that is right (`tests/book/fixture`), on
//! the same project with one fault at a time, and on a copy of the book with faults.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use crate::caption::{self, Caption, Shows};
use crate::measured::shape;
use crate::project::Setup;
use crate::report::Report;
use crate::source::Source;
use crate::{check, check_heavy, check_peers};

/// A copy of a project, to plant faults in.
struct Copy {
    setup: Setup,
}

impl Copy {
    /// Copies the small project; `name` is that of the test.
    fn of_fixture(name: &str) -> Copy {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/book/fixture");
        let root = empty_folder(name);
        copy(&fixture, &root);
        let mut setup = Setup::from_environment(&[]);
        // The programs are run from where they lie: a file that was written a moment ago
        // may still be open in another thread, and then cannot be run.
        setup.launcher = fixture.join("launcher");
        setup.cargo = fixture.join("cargo");
        setup.python = fixture.join("python3");
        Copy { setup: Setup { root, bless: false, only: None, ..setup } }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.setup.root.join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    fn write(&self, file: &str, text: &str) {
        fs::create_dir_all(self.path(file).parent().unwrap()).unwrap();
        fs::write(self.path(file), text).unwrap();
    }

    /// Replaces the one place in a file that reads so.
    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert_eq!(text.matches(from).count(), 1, "{file} has `{from}` once");
        self.write(file, &text.replace(from, to));
    }

    /// The number of the last line in a file that is this, whatever its indentation.
    fn line(&self, file: &str, line: &str) -> usize {
        let text = self.read(file);
        let last =
            text.lines().collect::<Vec<_>>().iter().rposition(|text| text.trim() == line);
        last.unwrap_or_else(|| panic!("{file} has no line `{line}`")) + 1
    }

    fn check(&self) -> Report {
        check(self.setup.clone())
    }

    /// Runs what the book has of other languages and runtimes.
    fn check_peers(&self) -> Report {
        check_peers(self.setup.clone())
    }

    /// Runs the programs that need crates of others.
    fn check_heavy(&self) -> Report {
        check_heavy(self.setup.clone())
    }

    fn bless(&self) -> Report {
        check(Setup { bless: true, ..self.setup.clone() })
    }
}

/// An empty folder for the copy of a project.
fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// What is done to a file of the small project.
enum Plant {
    /// The one place that reads so is changed.
    Change(&'static str, &'static str),
    /// Text is added at the end.
    Add(&'static str),
    /// The file becomes this.
    Write(&'static str),
}

use Plant::{Add, Change, Write};

/// A fault, and the failure that has to follow: its file, the whole of its line without
/// the indentation, and a part of what it says.
struct Fault(&'static str, Plant, (&'static str, &'static str), &'static str);

const START: &str = "chapters/00-start/README.md";
const WHEEL: &str = "chapters/01-wheel/README.md";
const REACTOR: &str = "chapters/02-reactor/README.md";
const SVG: &str = "chapters/01-wheel/wheel.svg";
const GLOSSARY: &str = "chapters/glossary/README.md";
const YOURS: &str = "chapters/yours/README.md";
const STEP: &str = "chapters/yours/steps/1.1-turn/step.md";

/// Plants one fault after the other, each in a project of its own, and expects exactly
/// its failure.
fn expect_each(name: &str, faults: &[Fault]) {
    expect_each_by(Copy::check, name, faults);
}

fn expect_each_by(check: impl Fn(&Copy) -> Report, name: &str, faults: &[Fault]) {
    for (n, Fault(file, plant, (at, line), says)) in faults.iter().enumerate() {
        let copy = Copy::of_fixture(&format!("{name}-{n}"));
        match plant {
            Change(from, to) => copy.replace(file, from, to),
            Add(text) => copy.write(file, &(copy.read(file) + text)),
            Write(text) => copy.write(file, text),
        }
        let line = if line.is_empty() { 1 } else { copy.line(at, line) };
        expect(&check(&copy), at, line, says);
    }
}

/// The report has one failure, and it is this.
fn expect(report: &Report, file: &str, line: usize, says: &str) {
    let failures = report.failures.iter();
    let found: Vec<(&str, usize)> =
        failures.map(|failure| (failure.file.as_str(), failure.line)).collect();
    assert_eq!(found, [(file, line)], "for `{says}`:\n{report}");
    assert!(report.failures[0].text.contains(says), "`{says}` is not in:\n{report}");
}

#[test]
fn a_book_without_faults_passes() {
    let copy = Copy::of_fixture("good");
    let report = copy.check();
    assert!(report.failures.is_empty(), "{report}");
    let note = "src/ has 51 lines of code; 51 of them, 100.0 %, stand in the book.";
    assert_eq!(report.notes, [note]);
    let report = copy.check_peers();
    assert!(report.failures.is_empty(), "{report}");
    let report = copy.bless();
    assert!(report.failures.is_empty() && report.blessed.is_empty(), "{report}");
}

#[test]
fn a_quote_that_differs_from_its_file_is_found() {
    let differs = "The quote is not what the file says";
    expect_each(
        "quotes",
        &[
            Fault(
                "src/wheel.rs",
                Change("self.turns += 1; //", "self.turns += 2; //"),
                (WHEEL, "self.turns += 1; // There is no other way."),
                differs,
            ),
            Fault(
                "src/lib.rs",
                Change("#![deny(unsafe_code)]", "#![deny(unsafe_code, missing_docs)]"),
                (START, "#![deny(unsafe_code)]"),
                differs,
            ),
            Fault(
                WHEEL,
                Change("  12\n", "  13\n"),
                (WHEEL, "13"),
                "src/wheel.rs:54:         12",
            ),
            Fault(WHEEL, Change("        12\n", "       12\n"), (WHEEL, "12"), differs),
            // Comments, attributes and empty lines are part of the code.
            Fault(
                WHEEL,
                Change("      // Before the first turn.\n", ""),
                (WHEEL, "const START: u32 = 0;"),
                "// Before the first turn.",
            ),
            Fault(
                WHEEL,
                Change("#[derive(Debug)]\n", ""),
                (WHEEL, "pub struct Wheel {"),
                "#[derive(Debug)]",
            ),
            // Documentation stands there whole or not at all.
            Fault(
                WHEEL,
                Change("      /// A wheel that stands still.\n", ""),
                (WHEEL, "pub fn new() -> Self {"),
                "/// A wheel that stands still.",
            ),
            Fault(
                REACTOR,
                Change(
                    "    wheel::Wheel::turn(wheel);\n}\n",
                    "    wheel::Wheel::turn(wheel);\n",
                ),
                (REACTOR, "```"),
                "(the block ends)",
            ),
        ],
    );
}

#[test]
fn a_caption_that_names_no_code_is_found() {
    let quote = |caption: &'static str| (WHEEL, caption);
    expect_each(
        "captions",
        &[
            Fault(
                WHEEL,
                Add("\n[src/wheel.rs](../../src/wheel.rs) · `Weel`\n\n```rs\n```\n"),
                quote("[src/wheel.rs](../../src/wheel.rs) · `Weel`"),
                "src/wheel.rs has no item `Weel`; nearest are `Wheel`",
            ),
            Fault(
                WHEEL,
                Add(
                    "\n[src/wheel.rs](../../src/wheel.rs) · `Wheel::from`\n\n```rs\n```\n",
                ),
                quote("[src/wheel.rs](../../src/wheel.rs) · `Wheel::from`"),
                "`<Wheel as From<u16>>::from` at src/wheel.rs:47",
            ),
            Fault(
                WHEEL,
                Add("\n[src/lib.rs](../../src/wheel.rs) · `Wheel`\n\n```rs\n```\n"),
                quote("[src/lib.rs](../../src/wheel.rs) · `Wheel`"),
                "The text says src/lib.rs, the link leads to src/wheel.rs",
            ),
            Fault(
                WHEEL,
                Add("\n[other/x.rs](../../other/x.rs)\n\n```rs\n```\n"),
                quote("[other/x.rs](../../other/x.rs)"),
                "there is no other/x.rs",
            ),
            Fault(
                WHEEL,
                Add("\n[launcher.rs](../../launcher.rs)\n\n```rs\n```\n"),
                quote("[launcher.rs](../../launcher.rs)"),
                "Quotes are taken from",
            ),
            Fault(
                WHEEL,
                Add("\n[src/wheel.rs](../../src/wheel.rs) · Wheel\n\n```rs\n```\n"),
                quote("[src/wheel.rs](../../src/wheel.rs) · Wheel"),
                "`Wheel` is neither a list of items",
            ),
            Fault(
                WHEEL,
                Add("\n[src/wheel.rs](../../src/wheel.rs) · `Wheel`\n\nNo code.\n"),
                quote("[src/wheel.rs](../../src/wheel.rs) · `Wheel`"),
                "announces a block of code, and none follows",
            ),
        ],
    );
}

#[test]
fn a_block_of_no_kind_is_found() {
    let caption = "\n[src/wheel.rs](../../src/wheel.rs) · `Wheel`\n\n";
    assert!(caption::looks_like(caption.trim()));
    expect_each(
        "fences",
        &[
            Fault(
                WHEEL,
                Add("\n```python\n```\n"),
                (WHEEL, "```python"),
                "`python`: a block",
            ),
            Fault(
                WHEEL,
                Add("\nSo:\n\n```rs\n```\n"),
                (WHEEL, "```rs"),
                "is a quote: write",
            ),
            Fault(
                START,
                Add("\n```text\n```\n"),
                (START, "```text"),
                "is an output: write",
            ),
            Fault(START, Add("\n    code\n"), (START, "code"), "This block is indented"),
            Fault(START, Add("\n```sh\ncd .\n"), (START, "```sh"), "No fence closes"),
            Fault(
                START,
                Add("\n````py\ncd .\n```\n"),
                (START, "````py"),
                "No fence closes",
            ),
            Fault(
                START,
                Add("\n~~~py\ncd .\n```\n"),
                (START, "~~~py"),
                "No fence closes",
            ),
            Fault(
                "README.md",
                Add("\n```rust,ignore\n```\n"),
                ("README.md", "```rust,ignore"),
                "`ignore`: a `rust` block is whole and runs",
            ),
            Fault(
                START,
                Add("\n```rust\nassert!(true);\n```\n"),
                (START, "```rust"),
                "add `#[doc = include_str!(\"../chapters/00-start/README.md\")]`",
            ),
            Fault(
                START,
                Add("\n[src/wheel.rs](../../src/wheel.rs) · `Wheel`\n\n```text\n```\n"),
                (START, "```text"),
                "A quote is fenced as `rs`",
            ),
            Fault(
                START,
                Add("\n[main.rs](main.rs) · output of `cargo run`\n\n```rs\n```\n"),
                (START, "```rs"),
                "An output is fenced as `text`",
            ),
            Fault(
                START,
                Add("\n[src/wheel.rs](../../src/wheel.rs) · `Wheel`\n\n```sh\n```\n"),
                (START, "```sh"),
                "fenced as `sh`",
            ),
        ],
    );
}

#[test]
fn code_that_no_chapter_shows_is_found() {
    let nowhere = "stands in no chapter";
    expect_each(
        "coverage",
        &[
            Fault(
                "src/wheel.rs",
                Add("\n/// New.\npub fn oil() {}\n"),
                ("src/wheel.rs", "/// New."),
                "`oil` stands in no chapter",
            ),
            Fault(
                "src/wheel.rs",
                Change(
                    "    /// Turns it once.",
                    "    fn oil() {}\n\n    /// Turns it once.",
                ),
                ("src/wheel.rs", "fn oil() {}"),
                "`Wheel::oil` stands in no chapter",
            ),
            Fault(
                "src/wheel.rs",
                Change(
                    "impl From<u8>",
                    "impl Clone for Wheel {\n    fn clone(&self) -> Wheel {\n        todo!()\n    }\n}\n\nimpl From<u8>",
                ),
                ("src/wheel.rs", "impl Clone for Wheel {"),
                "`impl Clone for Wheel` stands in no chapter",
            ),
            Fault(
                "src/wheel.rs",
                Change("use std::cell", "#![allow(dead_code)]\n\nuse std::cell"),
                ("src/wheel.rs", "#![allow(dead_code)]"),
                nowhere,
            ),
            Fault(
                "src/wheel/spoke.rs",
                Write("//! A spoke.\n\npub fn spoke() {}\n"),
                ("src/wheel/spoke.rs", ""),
                "No `mod` declares this file",
            ),
            Fault(
                REACTOR,
                Write("# The reactor\n"),
                ("src/reactor.rs", "use crate::wheel::{self, Wheel};"),
                "The file stands in no chapter",
            ),
            Fault(
                "src/wheel/rim.rs",
                Write("fn rim( {\n"),
                ("src/wheel/rim.rs", ""),
                "cannot parse",
            ),
        ],
    );
    let mut copy = Copy::of_fixture("unwritten");
    copy.setup.unwritten = vec!["wheel".to_owned()];
    let line = copy.line("src/wheel.rs", "use std::cell::Cell;");
    expect(&copy.check(), "src/wheel.rs", line, "off the list of those to be written");
    copy.setup.unwritten = vec!["oil".to_owned()];
    copy.write("src/oil.rs", "//! Oil.\n\npub fn oil() {}\n");
    for file in [START, "src/lib.rs"] {
        copy.replace(file, "pub mod reactor;\n", "pub mod reactor;\nmod oil;\n");
    }
    assert!(copy.check().failures.is_empty(), "{}", copy.check());
    copy.write("src/oil.rs", "//! Oil.\n");
    expect(&copy.check(), "src/oil.rs", 1, "holds no code");
}

#[test]
fn a_quote_that_is_gone_leaves_its_code_nowhere() {
    let copy = Copy::of_fixture("gone");
    copy.replace(WHEEL, ", `cog::teeth`\n", "\n");
    copy.replace(
        WHEEL,
        "\nmod cog {\n    pub fn teeth() -> u32 {\n        12\n    }\n}\n",
        "",
    );
    let line = copy.line("src/wheel.rs", "mod cog {");
    expect(&copy.check(), "src/wheel.rs", line, "`mod cog` stands in no chapter");
}

#[test]
fn a_module_that_uses_a_later_one_is_found() {
    let later = "`wheel` uses `reactor`, which a later chapter builds";
    for (n, code) in [
        "use crate::reactor;",
        "use crate::{reactor, wheel};",
        "use super::reactor::wait;",
        "use crate::wait;",
        "fn oil() { println!(\"{:?}\", crate::reactor::wait) }",
        "mod oil { use super::super::reactor; }",
    ]
    .into_iter()
    .enumerate()
    {
        let copy = Copy::of_fixture(&format!("modules-{n}"));
        copy.replace(
            "src/lib.rs",
            "pub mod reactor;\n",
            "pub mod reactor;\npub use reactor::wait;\n",
        );
        copy.write("src/wheel.rs", &format!("{}\n{code}\n", copy.read("src/wheel.rs")));
        let report = copy.check();
        let line = copy.line("src/wheel.rs", code);
        let found = report
            .failures
            .iter()
            .any(|failure| failure.line == line && failure.text.starts_with(later));
        assert!(found, "for {code}:\n{report}");
    }
    let copy = Copy::of_fixture("modules-order");
    copy.replace(
        "src/lib.rs",
        "pub mod wheel;\npub mod reactor;",
        "pub mod reactor;\npub mod wheel;",
    );
    copy.replace("src/reactor.rs", "crate::wheel::", "std::wheel::");
    assert!(copy.bless().failures.iter().any(|failure| {
        failure.file == "src/lib.rs"
            && failure.text.contains("put the modules in the order of their chapters")
    }));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    expect_each(
        "links",
        &[
            Fault(
                START,
                Add("\n[x](../03-x/README.md)\n"),
                (START, "[x](../03-x/README.md)"),
                "there is no chapters/03-x/README.md",
            ),
            Fault(
                START,
                Add("\n[x](../../../x.md)\n"),
                (START, "[x](../../../x.md)"),
                "leaves the project",
            ),
            Fault(START, Add("\n[x](/x.md)\n"), (START, "[x](/x.md)"), "is not relative"),
            Fault(
                START,
                Add("\n[x](file:x.md)\n"),
                (START, "[x](file:x.md)"),
                "is not relative",
            ),
            Fault(START, Add("\n[x]()\n"), (START, "[x]()"), "leads nowhere"),
            Fault(
                START,
                Add("\n[x](../01-wheel)\n"),
                (START, "[x](../01-wheel)"),
                "leads to a folder",
            ),
            Fault(START, Add("\n[x](#oil)\n"), (START, "[x](#oil)"), "has no `#oil`"),
            Fault(
                START,
                Add("\n[x][oil]\n"),
                (START, "[x][oil]"),
                "`oil` is not defined",
            ),
            Fault(
                START,
                Add("\n<a href=\"oil.md\">x</a>\n"),
                (START, "<a href=\"oil.md\">x</a>"),
                "there is no",
            ),
            Fault(
                START,
                Add("\n[x](main.rs#L3)\n"),
                (START, "[x](main.rs#L3)"),
                "will move",
            ),
            Fault(
                WHEEL,
                Change("#left)", "#right)"),
                (
                    WHEEL,
                    "See [what is left](#right), [the start](../00-start/README.md) and [Linux](https://www.kernel.org/).",
                ),
                "it has these: #a-wheel, #a-wheel-1, #left",
            ),
            Fault(
                WHEEL,
                Change("{#left}", ""),
                (
                    WHEEL,
                    "See [what is left](#left), [the start](../00-start/README.md) and [Linux](https://www.kernel.org/).",
                ),
                "#what-is-left",
            ),
            Fault(START, Add("\n<a\nhref=oil.md>x</a>\n"), (START, "<a"), "there is no"),
            Fault(
                START,
                Add("\n<A HREF='oil.md'>x</A>\n"),
                (START, "<A HREF='oil.md'>x</A>"),
                "there is no",
            ),
            Fault(
                START,
                Add("\n[x](../../docs/notes.md)\n"),
                (START, "[x](../../docs/notes.md)"),
                "not in the book",
            ),
            Fault(
                START,
                Add("\n[x](../SUMMARY.md)\n"),
                (START, "[x](../SUMMARY.md)"),
                "not in the book",
            ),
            Fault(
                "README.md",
                Add("\n[x](.git/HEAD)\n"),
                ("README.md", "[x](.git/HEAD)"),
                "readers do not see",
            ),
            Fault(
                START,
                Add("\n[x](../../target/x.txt)\n"),
                (START, "[x](../../target/x.txt)"),
                "readers do not see",
            ),
            Fault(
                "docs/notes.md",
                Add("\n[x](x.md)\n"),
                ("docs/notes.md", "[x](x.md)"),
                "there is no docs/x.md",
            ),
        ],
    );
}

#[test]
fn html_that_hides_something_is_found() {
    let fault = |html: &'static str, says| {
        let line = html.trim().lines().next().unwrap();
        Fault(START, Add(html), (START, line), says)
    };
    expect_each(
        "html",
        &[
            fault("\n<pre>fn oil() {}</pre>\n", "`<pre"),
            fault("\nSo: <IMG SRC='wheel.svg'>\n", "![what it shows]"),
            fault("\n<svg></svg>\n", "![what it shows]"),
            fault("\n<script>oil()</script>\n", "a page is text"),
            fault("\n<kbd\nonclick='oil()'>x</kbd>\n", "takes no `onclick`"),
            fault("\n{{#include oil.md}}\n", "a command to mdBook"),
            fault("\n<!-- {{#include oil.md}} -->\n", "a command to mdBook"),
            fault("\n<!-- {{#title a}} {{#include oil.md}} -->\n", "a command to mdBook"),
            Fault(
                START,
                Add("\n<details>\n```sh\ncd .\n```\n</details>\n"),
                (START, "```sh"),
                "taken for HTML",
            ),
        ],
    );
    let copy = Copy::of_fixture("html-good");
    let html = "\n<details>\n<summary>A <kbd>b</kbd></summary>\n\nc<br/>\n\n</details>\n\
                <!-- <pre> -->\n\n<!-- {{#title Oil}} -->\n";
    copy.write(START, &(copy.read(START) + html));
    assert!(copy.check().failures.is_empty(), "{}", copy.check());
}

#[test]
fn a_chapter_by_two_names_is_found() {
    let row = "- [01 A wheel](chapters/01-wheel/README.md): `cargo run -- 1`";
    let map = |to: &'static str, line| {
        Fault("README.md", Change(row, to), ("README.md", line), "The map lacks the line")
    };
    let path = "chapters/01-wheel/README.md";
    assert_eq!(path, WHEEL);
    let number = "- [02 A wheel](chapters/01-wheel/README.md): `cargo run -- 1`";
    let title = "- [01 A cog](chapters/01-wheel/README.md): `cargo run -- 1`";
    let command = "- [01 A wheel](chapters/01-wheel/README.md): `cargo run -- 1 s1`";
    expect_each(
        "titles",
        &[
            map(number, number),
            map(title, title),
            map(command, command),
            Fault(REACTOR, Change("# The reactor", "# A cog"), (REACTOR, ""), "one name"),
            Fault(START, Add("\n# End\n"), (START, "# End"), "one heading of the first"),
            Fault(
                "chapters/SUMMARY.md",
                Add("- [Again](00-start/README.md)\n"),
                ("chapters/SUMMARY.md", "- [Again](00-start/README.md)"),
                "stands here twice",
            ),
        ],
    );
}

#[test]
fn a_chapter_may_have_one_more_page() {
    const SUMMARY: &str = "chapters/SUMMARY.md";
    let wheel = "- [A wheel](01-wheel/README.md)\n";
    let inside = "- [Inside](01-wheel/inside.md)\n";
    let misplaced = [
        (format!("{wheel}{inside}"), "- [Inside](01-wheel/inside.md)"),
        (format!("  {inside}{wheel}"), "- [Inside](01-wheel/inside.md)"),
    ];
    for (n, (lines, line)) in misplaced.into_iter().enumerate() {
        let copy = Copy::of_fixture(&format!("one-more-{n}"));
        copy.write("chapters/01-wheel/inside.md", "# Inside\n");
        copy.replace(SUMMARY, wheel, &lines);
        expect(&copy.check(), SUMMARY, copy.line(SUMMARY, line), "one more page");
    }
    let copy = Copy::of_fixture("one-more-good");
    copy.write("chapters/01-wheel/inside.md", "# Inside\n");
    copy.replace(SUMMARY, wheel, &format!("{wheel}  {inside}"));
    assert!(copy.check().failures.is_empty(), "{}", copy.check());
}

#[test]
fn a_term_that_the_glossary_lacks_is_found() {
    let lacks = |text: &'static str, says: &'static str| {
        Fault(START, Add(text), (START, text.trim()), says)
    };
    expect_each(
        "terms",
        &[
            lacks("\nIn its middle is the **hub**.\n", "`hub` is bold and not in the"),
            lacks("\nAs for **the hub**: none.\n", "add `- **[the hub](../00-start/"),
            lacks("\nThis: **mind the hub.**\n", "write *mind the hub.*"),
            lacks("\n**Hub** and rim.\n", "a full stop, a colon or a question mark"),
            lacks("\n- **Hub** and rim.\n", "`Hub` is bold and not in the"),
            Fault(
                WHEEL,
                Add("\nThe **spokes** of a clock.\n"),
                (WHEEL, "The **spokes** of a clock."),
                "with a link to `../01-wheel/README.md#left`",
            ),
        ],
    );
    let copy = Copy::of_fixture("terms-good");
    let text = "\n**Mind the hub.** It\nturns.\n\n- **Hub**: none.\n- **Is it?** The *hub* is.\n\n\
                > **\"It turns.\"** A [**Wheel**](#start) does, with **spokes**.\n\n\
                | **Hub.** | x |\n|---|---|\n| **Hub:** | x |\n";
    copy.write(START, &(copy.read(START) + text));
    assert!(copy.check().failures.is_empty(), "{}", copy.check());
}

#[test]
fn an_entry_of_the_glossary_that_is_wrong_is_found() {
    const SPOKE: &str =
        "- **[spoke](../00-start/README.md#start)** 辐条: what holds the rim.";
    let spoke = |to: &'static str, says: &'static str| {
        Fault(GLOSSARY, Change(SPOKE, to), (GLOSSARY, to), says)
    };
    let add = |entry: &'static str, says: &'static str| {
        Fault(GLOSSARY, Add(entry), (GLOSSARY, entry.trim()), says)
    };
    expect_each(
        "glossary",
        &[
            spoke(
                "- **[spoke](../01-wheel/README.md#left)** 辐条: what holds the rim.",
                "not bold at `../01-wheel/README.md#left`, but here: `../00-start/README.md#start`",
            ),
            spoke(
                "- **[spoke](../00-start/README.md)** 辐条: what holds the rim.",
                "not bold at `../00-start/README.md#`, but here",
            ),
            spoke(
                "- **[spoke](../00-start/README.md#end)** 辐条: what holds the rim.",
                "has no `#end`",
            ),
            spoke(
                "- **[spoke](../00-start/README.md#start)** futiao: what holds the rim.",
                "lacks Chinese before the colon",
            ),
            spoke(
                "- **[spoke](../00-start/README.md#start)**: 辐条",
                "lacks Chinese before the colon",
            ),
            spoke("- **[spoke](../00-start/README.md#start)** 辐条", "lacks what it is"),
            spoke("- **spoke** 辐条: what holds the rim.", "lacks a link to where it is"),
            Fault(
                GLOSSARY,
                Change(
                    "- **[spoke](../00-start/README.md#start)** 辐条: what holds the rim.\n\
                     - **[`Tooth`](../00-start/README.md#start)** 齿: one of twelve.\n",
                    "- **[`Tooth`](../00-start/README.md#start)** 齿: one of twelve.\n\
                     - **[spoke](../00-start/README.md#start)** 辐条: what holds the rim.\n",
                ),
                (GLOSSARY, SPOKE),
                "`spoke` stands behind `Tooth`; put it before",
            ),
            add(
                "- **[wheels](../00-start/README.md#start)** 轮: again.\n",
                "an entry already",
            ),
            add(
                "- **[zeal](../00-start/README.md#start)** 热情: none.\n",
                "bold on no page",
            ),
            add("- 轮: what **turns**, [here](#glossary).\n", "lacks its term, in bold"),
            // One of two senses.
            Fault(
                GLOSSARY,
                Change(
                    " in a clock,\n  what [another drives](../01-wheel/README.md#a-wheel-1).",
                    "",
                ),
                (WHEEL, "> **Who turns it?** In a clock another **wheel** does."),
                "its entry in chapters/glossary/README.md leads elsewhere",
            ),
        ],
    );
}

#[test]
fn what_markdown_leaves_as_it_is_is_found() {
    expect_each(
        "markdown",
        &[
            Fault(START, Add("\nSee.[^oil]\n"), (START, "See.[^oil]"), "is not defined"),
            Fault(
                START,
                Add("\n[^oil]: Oil.\n"),
                (START, "[^oil]: Oil."),
                "Nothing refers to",
            ),
            Fault(
                START,
                Add("\n> [!HINT]\n> Oil.\n"),
                (START, "> [!HINT]"),
                "is not defined",
            ),
            Fault(WHEEL, Add("\n## End {#left}\n"), (WHEEL, "## End {#left}"), "twice"),
        ],
    );
    let copy = Copy::of_fixture("markdown-good");
    let text = "\nSee.[^oil]\n\n[^oil]: Oil.\n\n> [!NOTE]\n> Oil.\n";
    copy.write(START, &(copy.read(START) + text));
    assert!(copy.check().failures.is_empty(), "{}", copy.check());
}

#[test]
fn a_doctest_that_is_commented_out_is_found() {
    let copy = Copy::of_fixture("doctest");
    for file in [START, "src/lib.rs"] {
        copy.replace(file, "    #[doc = include", "    // #[doc = include");
    }
    let line = copy.line("README.md", "```rust");
    expect(&copy.check(), "README.md", line, "add `#[doc = include_str!");
}

#[test]
fn a_file_that_is_not_plain_text_is_found() {
    for (n, file) in [START, "src/wheel.rs", SVG, "Cargo.toml"].iter().enumerate() {
        let copy = Copy::of_fixture(&format!("plain-{n}"));
        let text = copy.read(file);
        copy.write(file, &text.replace('\n', "\r\n"));
        expect(&copy.check(), file, 1, "save it as plain UTF-8");
        copy.write(file, &format!("\u{feff}{text}"));
        expect(&copy.check(), file, 1, "save it as plain UTF-8");
    }
}

#[test]
fn a_figure_that_says_nothing_is_found() {
    let svg =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 80 40\" role=\"img\">";
    let elsewhere = "asks for nothing from elsewhere";
    expect_each(
        "figures",
        &[
            Fault(
                WHEEL,
                Change(
                    "![A wheel with twelve teeth; an arrow shows which way it turns.]",
                    "![A wheel.]",
                ),
                (WHEEL, "![A wheel.](wheel.svg)"),
                "lacks a description",
            ),
            Fault(
                WHEEL,
                Change("it turns.]", "it turns]"),
                (
                    WHEEL,
                    "![A wheel with twelve teeth; an arrow shows which way it turns](wheel.svg)",
                ),
                "lacks a description",
            ),
            Fault(
                WHEEL,
                Change("See ", "<img src=\"wheel.svg\">\n"),
                (WHEEL, "<img src=\"wheel.svg\">"),
                "![what it shows]",
            ),
            Fault(
                "chapters/00-start/oil.svg",
                Write(
                    "<svg role=\"img\"><title>Oil</title><desc>A drop of oil, falling.</desc><style>/* prefers-color-scheme */</style></svg>",
                ),
                ("chapters/00-start/oil.svg", ""),
                "No page shows",
            ),
            Fault(
                SVG,
                Change(" role=\"img\"", ""),
                (SVG, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 80 40\">"),
                "role=\"img\"",
            ),
            Fault(
                SVG,
                Change("<title>A wheel</title>", "<title> </title>"),
                (SVG, svg),
                "`<title>`",
            ),
            Fault(
                SVG,
                Change("  <desc>A wheel with twelve teeth.</desc>\n", ""),
                (SVG, svg),
                "`<desc>`",
            ),
            Fault(
                SVG,
                Change("prefers-color-scheme: dark", "print"),
                (SVG, svg),
                "one set of colours",
            ),
            Fault(
                SVG,
                Change("href=\"#tooth\"", "href=\"tooth.svg#tooth\""),
                (SVG, "<use href=\"tooth.svg#tooth\"/>"),
                elsewhere,
            ),
            Fault(
                SVG,
                Change("fill: #333;", "fill: url(tooth.svg#paint);"),
                (SVG, "<style>"),
                elsewhere,
            ),
            Fault(
                SVG,
                Change("<use", "<script/><use"),
                (SVG, "<script/><use href=\"#tooth\"/>"),
                "no script",
            ),
            Fault(
                SVG,
                Change("A wheel with twelve teeth.", "A"),
                (SVG, svg),
                "it says nothing",
            ),
            Fault(
                SVG,
                Change("<use", "<use onclick=\"oil()\""),
                (SVG, "<use onclick=\"oil()\" href=\"#tooth\"/>"),
                "no script",
            ),
            Fault(
                SVG,
                Change("<svg", "<?xml-stylesheet href=\"oil.css\"?>\n<svg"),
                (SVG, "<?xml-stylesheet href=\"oil.css\"?>"),
                "has its style inside",
            ),
            Fault(
                SVG,
                Change("</style>", "</stile>"),
                (SVG, "</stile>"),
                "expected 'style' tag, not 'stile'",
            ),
        ],
    );
}

#[test]
fn a_program_or_a_command_that_does_not_exist_is_found() {
    expect_each(
        "programs",
        &[
            Fault(
                "chapters/01-wheel/s2_fast.rs",
                Write("//! Fast.\n\nfn main() {}\n"),
                ("chapters/01-wheel/s2_fast.rs", ""),
                "name = \"ch01-s2\"",
            ),
            Fault(
                "chapters/01-wheel/s1_other.rs",
                Write("//! Other.\n\nfn main() {}\n"),
                ("chapters/01-wheel/s1_other.rs", ""),
                "is another file",
            ),
            Fault(
                "chapters/web/Cargo.toml",
                Add("\n[[bin]]\nname = \"oil\"\npath = \"../oil.rs\"\n"),
                ("chapters/web/Cargo.toml", "name = \"oil\""),
                "there is no chapters/oil.rs",
            ),
            Fault(
                START,
                Add("\nRun `cargo run --example ch02-s1`.\n"),
                (START, "Run `cargo run --example ch02-s1`."),
                "is a program of chapters/web",
            ),
            Fault(
                "Cargo.toml",
                Add("\n[[example]]\nname = \"oil\"\npath = \"oil.rs\"\n"),
                ("Cargo.toml", "name = \"oil\""),
                "there is no oil.rs",
            ),
            Fault(
                "chapters/01-wheel/main.rs",
                Change("wheel.\n", "wheel\n"),
                ("chapters/01-wheel/main.rs", ""),
                "one whole sentence",
            ),
            Fault(
                START,
                Add("\nRun `cargo run -- 7`.\n"),
                (START, "Run `cargo run -- 7`."),
                "no example `ch07`",
            ),
            Fault(
                START,
                Add("\nRun `cargo run -- 1 s9 --x`.\n"),
                (START, "Run `cargo run -- 1 s9 --x`."),
                "no example `ch01-s9`",
            ),
            Fault(
                START,
                Add("\nRun `cargo run -- oil`.\n"),
                (START, "Run `cargo run -- oil`."),
                "no number of a chapter",
            ),
            Fault(
                START,
                Add("\nRun `cargo run -- yours 9.9`.\n"),
                (START, "Run `cargo run -- yours 9.9`."),
                "no step `9.9`",
            ),
            Fault(
                START,
                Add("\n```sh\ncd .\nX=1 cargo run --example ch02\n```\n"),
                (START, "X=1 cargo run --example ch02"),
                "no example `ch02`",
            ),
            Fault(
                START,
                Add("\n`cargo test --test oil`\n"),
                (START, "`cargo test --test oil`"),
                "there is no tests/oil.rs",
            ),
            Fault(
                START,
                Add("\n`cargo test --test wheel oil`\n"),
                (START, "`cargo test --test wheel oil`"),
                "no test there has `oil`",
            ),
            Fault(
                "README.md",
                Change("- [02 The reactor](chapters/02-reactor/README.md)\n", ""),
                ("README.md", ""),
                "The map lacks a link to chapters/02-reactor",
            ),
            Fault(
                START,
                Add("\n```sh\ncd .\nA=1 oil --all\n```\n"),
                (START, "A=1 oil --all"),
                "is no command that the book uses",
            ),
            Fault(
                START,
                Add("\n```sh\ncd \\\n    .\ncargo test \\\n    --test oil\n```\n"),
                (START, "cargo test \\"),
                "there is no tests/oil.rs",
            ),
            Fault(
                START,
                Add("\nLook into `src/oil.rs`.\n"),
                (START, "Look into `src/oil.rs`."),
                "There is no `src/oil.rs`",
            ),
            Fault(
                "chapters/03-oil/README.md",
                Write("# Oil\n"),
                ("chapters/03-oil/README.md", ""),
                "in no line of chapters/SUMMARY.md",
            ),
        ],
    );
    let placeholders = Copy::of_fixture("placeholders");
    let text = "\n`cargo run -- N`, `cargo run -- CHAPTER STAGE`, `cargo run -- …`, `cargo book`\n";
    placeholders.write(START, &(placeholders.read(START) + text));
    placeholders.write("chapters/yours/steps/1.1-oil/step.md", "# 1.1 Oil: what it is\n");
    assert!(placeholders.check().failures.is_empty());
}

#[test]
fn prose_that_we_do_not_write_is_found() {
    expect_each(
        "prose",
        &[
            Fault(
                START,
                Add("\nIt simply turns.\n"),
                (START, "It simply turns."),
                "`simply`",
            ),
            Fault(START, Add("\nJust turn it.\n"), (START, "Just turn it."), "`Just`"),
            Fault(START, Add("\nIt turns!\n"), (START, "It turns!"), "exclamation mark"),
        ],
    );
    let copy = Copy::of_fixture("prose-good");
    let text = "\nA just-in-time wheel; `just()`, `a!`, “Hello!”, a != b.\n";
    copy.write(START, &(copy.read(START) + text));
    assert!(copy.check().failures.is_empty(), "{}", copy.check());
    copy.write(
        START,
        &(copy.read(START) + &format!("\n{}/x\n", copy.setup.root.display())),
    );
    let line = copy.read(START).lines().count();
    expect(&copy.check(), START, line, "a folder of one machine");
}

#[test]
fn a_promise_that_no_test_holds_is_found() {
    const NOTES: &str = "docs/notes.md";
    expect_each(
        "held",
        &[
            Fault(
                NOTES,
                Change("`a_wheel_turns` |", "`a_wheel_turns`, `a_wheel_stops` |"),
                (NOTES, "| it turns | `a_wheel_turns`, `a_wheel_stops` |"),
                "no test `a_wheel_stops`",
            ),
            Fault(
                NOTES,
                Change("| it turns | `a_wheel_turns` |", "| it turns | |"),
                (NOTES, "| it turns | |"),
                "names no test",
            ),
            Fault(
                "tests/wheel.rs",
                Change("#[test]\n", ""),
                (NOTES, "| it turns | `a_wheel_turns` |"),
                "no test `a_wheel_turns`",
            ),
        ],
    );
}

#[test]
fn a_step_that_lacks_something_is_found() {
    const ROW: &str =
        "| 1.1 | Turn: once more | [A wheel](../01-wheel/README.md#a-wheel-1) | 2 |";
    const ROW_OF_3: &str =
        "| 1.1 | Turn: once more | [A wheel](../01-wheel/README.md#a-wheel-1) | 3 |";
    expect_each(
        "steps",
        &[
            Fault(YOURS, Change("| 2 |", "| 3 |"), (YOURS, ROW_OF_3), "has to say here"),
            Fault(
                YOURS,
                Add("| 1.2 | Stop | [A wheel](../01-wheel/README.md) | 1 |\n"),
                (YOURS, "| 1.2 | Stop | [A wheel](../01-wheel/README.md) | 1 |"),
                "There is no step for",
            ),
            Fault(
                "chapters/yours/steps/1.1-turn/solution.rs",
                Change("*turns = before", "println!();\n    *turns = before"),
                (YOURS, ROW),
                "| 3 |",
            ),
            Fault(
                "chapters/yours/steps/1.1-turn/solution.rs",
                Change("//! 1.1 Turn: once more.", "//! Turn: once more."),
                ("chapters/yours/steps/1.1-turn/solution.rs", ""),
                "begins with `//! 5.1 Title.`",
            ),
            Fault(
                STEP,
                Change("# 1.1 Turn: once", "# 1.1 Stop: once"),
                (STEP, ""),
                "begin the title of the step with `1.1 Turn:`",
            ),
            Fault(STEP, Change("## Hint\n\nOn", "On"), (STEP, ""), "two hints"),
            Fault(
                WHEEL,
                Change("Now `cargo run -- yours 1.1`.", "Now."),
                (STEP, "[A wheel](../../../01-wheel/README.md#a-wheel-1)"),
                "has no `cargo run -- yours 1.1`",
            ),
        ],
    );
    let copy = Copy::of_fixture("steps-missing");
    fs::remove_file(copy.path(STEP)).unwrap();
    let row = "| 1.1 | Turn: once more | — | 2 |";
    copy.replace(YOURS, ROW, row);
    expect(&copy.check(), STEP, 1, "has no step.md");
    let copy = Copy::of_fixture("steps-blessed");
    copy.replace(YOURS, ROW, "| 3.1 | x | x | 1 |\n| 9.9 | y | y | 2 |");
    assert_eq!(copy.bless().blessed, [format!("{YOURS}:5: rewritten")]);
    assert!(copy.check().failures.is_empty() && copy.read(YOURS).contains(ROW));
}

#[test]
fn output_that_is_stale_is_found() {
    expect_each(
        "outputs",
        &[
            Fault(
                WHEEL,
                Change("\n1 turns\n", "\n3 turns\n"),
                (WHEEL, "3 turns"),
                "printed:  1 turns",
            ),
            Fault(
                WHEEL,
                Change("\n2 turns\n", "\n2 turns\n4 turns\n"),
                (WHEEL, "4 turns"),
                "(the output ends)",
            ),
            Fault(
                WHEEL,
                Change("all   1,024 µs", "each  1,024 µs"),
                (WHEEL, "each  1,024 µs  ████████"),
                "all      1.2 ms",
            ),
            Fault(
                WHEEL,
                Change("\nstuck\n", "\nfree\n"),
                (WHEEL, "free"),
                "printed:  stuck",
            ),
            Fault(
                WHEEL,
                Change("--stuck` · fails", "--stuck`"),
                (
                    WHEEL,
                    "[s1_slow.rs](s1_slow.rs) · output of `cargo run -- 1 s1 --stuck`",
                ),
                "add ` · fails` if it has to",
            ),
            Fault(
                WHEEL,
                Change("`cargo run -- 1`\n", "`cargo run -- 1` · fails\n"),
                (WHEEL, "[main.rs](main.rs) · output of `cargo run -- 1` · fails"),
                "ends well",
            ),
            Fault(
                WHEEL,
                Change(
                    "[main.rs](main.rs) · output of `cargo run -- 1`",
                    "[s1_slow.rs](s1_slow.rs) · output of `cargo run -- 1`",
                ),
                (WHEEL, "[s1_slow.rs](s1_slow.rs) · output of `cargo run -- 1`"),
                "runs chapters/01-wheel/main.rs",
            ),
            Fault(
                WHEEL,
                Change("`cargo run -- 1`\n", "`cargo test`\n"),
                (WHEEL, "[main.rs](main.rs) · output of `cargo test`"),
                "is not run here",
            ),
        ],
    );
}

/// To check the book compiles nothing of others; a test of its own does, and blesses.
#[test]
fn heavy_programs_are_built_and_run_by_a_test_of_their_own() {
    let copy = Copy::of_fixture("heavy");
    let right = copy.read(REACTOR);
    copy.replace(REACTOR, "\nheavy\n", "\nlight\n");
    assert!(copy.check().failures.is_empty());
    assert!(!copy.read("built.txt").contains("ch02"));
    expect(&copy.check_heavy(), REACTOR, copy.line(REACTOR, "light"), "printed:  heavy");
    let built = copy.read("built.txt");
    let built = built.lines().last().expect("it was built");
    assert!(built.starts_with("build --quiet --manifest-path chapters/web/Cargo.toml"));
    assert!(built.ends_with("/ecosystem --bin ch02-s1"), "{built}");
    let bless = Setup { bless: true, ..copy.setup.clone() };
    assert!(check_heavy(bless).failures.is_empty());
    assert_eq!(copy.read(REACTOR), right);
    assert!(copy.check_heavy().failures.is_empty());
}

const DICTIONARY: &str = "chapters/dictionary/README.md";
const IN_ASYNCIO: &str = "chapters/dictionary/in_asyncio.py";
const IN_MAINSPRING: &str = "chapters/dictionary/in_mainspring.rs";
const IN_TOKIO: &str = "chapters/dictionary/in_tokio.rs";

#[test]
fn a_dictionary_that_its_programs_do_not_bear_out_is_found() {
    let mainspring =
        "- **mainspring**: `let (one, two) = join((wheel(), wheel())).await;`";
    let tie = "- **mainspring**: `turn().await;` → `one turn` `in time`";
    let none = "- **tokio**: none; there is `tick`.";
    expect_each(
        "dictionary",
        &[
            // A line that is not the program's, on either side.
            Fault(
                DICTIONARY,
                Change("`let (one, two) = join", "`let (two, one) = join"),
                (
                    DICTIONARY,
                    "- **mainspring**: `let (two, one) = join((wheel(), wheel())).await;`",
                ),
                "is no line of `gather` in chapters/dictionary/in_mainspring.rs",
            ),
            Fault(
                IN_MAINSPRING,
                Change("join((wheel(), wheel()))", "join((wheel(), cog()))"),
                (DICTIONARY, mainspring),
                "is no line of `gather`",
            ),
            Fault(
                IN_TOKIO,
                Change("tokio::join!(wheel(), wheel())", "tokio::join!(wheel())"),
                (DICTIONARY, "- **tokio**: `let (one, two) ="),
                "is no line of `gather` in chapters/dictionary/in_tokio.rs",
            ),
            // A part of a line, or lines in another order.
            Fault(
                DICTIONARY,
                Change("`turn().await;`", "`turn()`"),
                (DICTIONARY, "- **mainspring**: `turn()` → `one turn` `in time`"),
                "`turn()` is no line of `a_tie_0`",
            ),
            Fault(
                DICTIONARY,
                Change(
                    "`async with asyncio.timeout(0):`\\\n  `await turn()`",
                    "`await turn()`\\\n  `async with asyncio.timeout(0):`",
                ),
                (DICTIONARY, "- **asyncio**: `await turn()`\\"),
                "or not in this order",
            ),
            Fault(
                IN_TOKIO,
                Change("fn gather", "fn scatter"),
                (DICTIONARY, "- **tokio**: `let (one, two) ="),
                "in_tokio.rs has no function `gather`",
            ),
            // An operation, or a dialect of it, that is missing.
            Fault(
                DICTIONARY,
                Change(mainspring, ""),
                (DICTIONARY, "### gather"),
                "The entry lacks mainspring",
            ),
            Fault(
                "chapters/dictionary/mainspring.txt",
                Add("# turn\nit turns\n"),
                (IN_MAINSPRING, ""),
                "`turn` has no entry",
            ),
            Fault(
                DICTIONARY,
                Add("\n### gather\n\n\
                     - **asyncio**: `print(one, two)`\n\
                     - **mainspring**: `println!(\"{one} {two}\");`\n\
                     - **tokio**: `println!(\"{one} {two}\");`\n"),
                (DICTIONARY, "### gather"),
                "two entries for `gather`",
            ),
            Fault(
                DICTIONARY,
                Change("is `tick`.\n", "is `tick`.\n- **trio**: none.\n"),
                (DICTIONARY, "- **trio**: none."),
                "one item a dialect",
            ),
            // An arrow that is wrong, alone, or says no difference.
            Fault(
                "chapters/dictionary/mainspring.txt",
                Change("in time", "too late"),
                (DICTIONARY, tie),
                "printed:  `one turn` `too late`",
            ),
            Fault(
                DICTIONARY,
                Change(" → `too late`", ""),
                (DICTIONARY, "### a tie(0)"),
                "Say of each dialect what it prints",
            ),
            Fault(
                DICTIONARY,
                Change("→ `too late`", "→ `one turn` `in time`"),
                (DICTIONARY, "### a tie(0)"),
                "all say the same",
            ),
            Fault(
                "chapters/dictionary/mainspring.txt",
                Change("# gather\none two\n", ""),
                (DICTIONARY, mainspring),
                "prints nothing for `gather`",
            ),
        ],
    );
    expect_each_by(
        Copy::check_peers,
        "dialects",
        &[
            // A line of ours, or of tokio's, that does something else.
            Fault(
                "chapters/dictionary/mainspring.txt",
                Change("one two", "two one"),
                (DICTIONARY, mainspring),
                "do not do the same",
            ),
            Fault(
                "chapters/dictionary/tokio.txt",
                Change("one two", "two one"),
                (DICTIONARY, "- **tokio**: `let (one, two) ="),
                "do not do the same",
            ),
            // An expected output that has changed.
            Fault(
                "chapters/dictionary/asyncio.txt",
                Change("too late", "in time"),
                (DICTIONARY, "- **asyncio**: `async with asyncio.timeout(0):`\\"),
                "printed:  `in time`",
            ),
            Fault(
                DICTIONARY,
                Change("`one turn` `in time`", "`two turns` `in time`"),
                (DICTIONARY, "- **mainspring**: `turn().await;` → `two turns` `in time`"),
                "printed:  `one turn` `in time`",
            ),
            Fault(
                "chapters/dictionary/asyncio.txt",
                Change("# a_tie_0\ntoo late\n", ""),
                (DICTIONARY, "- **asyncio**: `async with asyncio.timeout(0):`\\"),
                "prints nothing for `a_tie_0`",
            ),
            Fault(
                "chapters/dictionary/tokio.txt",
                Add("# a_tie_0\nin time\n"),
                (DICTIONARY, none),
                "There is something",
            ),
            Fault(
                "chapters/dictionary/asyncio.txt",
                Add("# turn\nit turns\n"),
                (IN_ASYNCIO, ""),
                "`turn` has no entry",
            ),
            Fault(
                DICTIONARY,
                Change("```text\none two\n", "```text\ntwo one\n"),
                (DICTIONARY, "two one"),
                "printed:  one two",
            ),
        ],
    );
    let mut copy = Copy::of_fixture("operations");
    copy.setup.operations =
        ["asyncio.gather(", "asyncio.wait("].map(str::to_owned).into();
    expect(&copy.check(), DICTIONARY, 1, "No line of asyncio has `asyncio.wait(`");
}

#[test]
fn python_that_a_page_gets_wrong_is_found() {
    let output = "[in_asyncio.py](in_asyncio.py) · output of `python3 chapters/dictionary/in_asyncio.py gather`";
    expect_each(
        "python",
        &[
            Fault(
                IN_ASYNCIO,
                Change("print(one, two)", "print(two, one)"),
                (DICTIONARY, "print(one, two)"),
                "in_asyncio.py:     print(two, one)",
            ),
            Fault(
                DICTIONARY,
                Change("@timed\n", ""),
                (DICTIONARY, "def a_tie_0():"),
                "in_asyncio.py: @timed",
            ),
            Fault(
                DICTIONARY,
                Change("`gather`, `a_tie_0`", "`gather`, `a_tie`"),
                (DICTIONARY, "[in_asyncio.py](in_asyncio.py) · `gather`, `a_tie`"),
                "has no function `a_tie`",
            ),
            Fault(
                DICTIONARY,
                Change("```py\nasync", "```rs\nasync"),
                (DICTIONARY, "```rs"),
                "A quote of Python is fenced as `py`",
            ),
            Fault(
                DICTIONARY,
                Change(
                    "of `python3 chapters/dictionary/in_asyncio.py gather`",
                    "of `python3 chapters/dictionary/README.md`",
                ),
                (
                    DICTIONARY,
                    "[in_asyncio.py](in_asyncio.py) · output of `python3 chapters/dictionary/README.md`",
                ),
                "does not run chapters/dictionary/in_asyncio.py",
            ),
            Fault(
                START,
                Add("\n```sh\npython3 chapters/gather.py\n```\n"),
                (START, "python3 chapters/gather.py"),
                "there is no chapters/gather.py",
            ),
        ],
    );
    let mut copy = Copy::of_fixture("python-old");
    copy.write("python-version.txt", "Python 3.9.18\n");
    let report = copy.check_peers();
    assert!(report.to_string().contains("`Python 3.9.18`. Python 3.11"), "{report}");
    copy.setup.python = copy.path("no-python");
    let report = copy.check_peers();
    assert!(report.to_string().contains("Python 3.11 or later is needed"), "{report}");
    let copy = Copy::of_fixture("python-fails");
    copy.replace(DICTIONARY, "in_asyncio.py gather`", "in_asyncio.py scatter`");
    let output = output.replace("gather", "scatter");
    expect(&copy.check_peers(), DICTIONARY, copy.line(DICTIONARY, &output), "unknown: ");
}

#[test]
fn programs_run_in_an_environment_of_their_own() {
    let copy = Copy::of_fixture("environment");
    let block = "\n[main.rs](main.rs) · output of `cargo run -- 1 --environment`\n\n```text\n1 C.UTF-8 unset unset\n```\n";
    copy.write(WHEEL, &(copy.read(WHEEL) + block));
    let report = copy.check();
    assert!(report.failures.is_empty(), "{report}");
}

#[test]
fn a_program_that_hangs_is_found() {
    let mut copy = Copy::of_fixture("hangs");
    let path = "../01-wheel/s1_slow.rs";
    let caption = format!("[{path}]({path}) · output of `cargo run -- 1 s1 --hang`");
    let page = copy.read(REACTOR) + "\n" + &caption + "\n\n```text\nbefore\n```\n";
    copy.write(REACTOR, &page);
    copy.setup.only = Some("02".to_owned());
    copy.setup.limit = Duration::from_millis(300);
    expect(&copy.check(), REACTOR, copy.line(REACTOR, &caption), "it hangs");
}

#[test]
fn one_chapter_alone_has_its_programs_run() {
    let mut copy = Copy::of_fixture("only");
    copy.replace(WHEEL, "\n1 turns\n", "\n3 turns\n");
    copy.setup.only = Some("02".to_owned());
    assert!(copy.check().failures.is_empty());
    copy.setup.only = Some("01".to_owned());
    assert_eq!(copy.check().failures.len(), 1);
    copy.setup.only = Some("99".to_owned());
    expect(&copy.check(), "chapters/SUMMARY.md", 1, "`CHAPTER=99` names no chapter");
}

/// Blessing gives back every byte of the book without faults, whatever has become of its
/// blocks, and touches nothing else.
#[test]
fn blessing_fills_in_quotes_and_outputs() {
    let copy = Copy::of_fixture("bless");
    let right = copy.read(WHEEL);
    let mut wrong = right.clone();
    for (from, to) in [
        ("#[derive(Debug)]\npub struct Wheel {\n    turns: u32,\n}\n", ""),
        ("      // Before the first turn.\n      const START: u32 = 0;\n\n", ""),
        (
            "    pub fn teeth() -> u32 {\n        12",
            "    pub fn teeth() -> u64 {\n        13",
        ),
        ("\n1 turns\n", "\n"),
        ("\n2 turns\n", "\nx\ny\n"),
        ("before\nthread", "thread"),
    ] {
        assert_eq!(wrong.matches(from).count(), 1, "{from}");
        wrong = wrong.replace(from, to);
    }
    copy.write(WHEEL, &wrong);
    let report = copy.check();
    assert_eq!(report.failures.len(), 6, "{report}");
    assert!(
        report
            .to_string()
            .ends_with("`BLESS=1 cargo test --test book` rewrites 6 of them.\n")
    );
    assert_eq!(copy.read(WHEEL), wrong, "a check alone writes nothing");
    let report = copy.bless();
    assert!(report.failures.is_empty(), "{report}");
    assert_eq!(report.blessed.len(), 6, "{report}");
    assert_eq!(copy.read(WHEEL), right);
    assert!(copy.check().failures.is_empty());
}

#[test]
fn blessing_leaves_documentation_out_unless_it_was_there() {
    let copy = Copy::of_fixture("bless-docs");
    let quote = "\n[src/reactor.rs](../../src/reactor.rs)\n\n```rs\n```\n";
    copy.write(WHEEL, &(copy.read(WHEEL) + quote));
    copy.write(
        REACTOR,
        &copy.read(REACTOR).replace("    wheel::Wheel::turn(wheel);\n", ""),
    );
    copy.write(
        "src/reactor.rs",
        &copy.read("src/reactor.rs").replace("&mut Wheel", "&mut self::Wheel"),
    );
    assert!(copy.bless().failures.is_empty());
    let bare = "```rs\nuse crate::wheel::{self, Wheel};\n\npub fn wait(wheel: &mut self::Wheel) {\n    wheel::Wheel::turn(wheel);\n}\n```\n";
    assert!(copy.read(WHEEL).ends_with(bare), "{}", copy.read(WHEEL));
    let documented = bare.replace("pub fn", "/// Waits for nothing.\npub fn");
    assert!(copy.read(REACTOR).ends_with(&documented), "{}", copy.read(REACTOR));
}

/// A measured output is written as the command measures it, in the optimised build, and
/// only when its shape is another.
#[test]
fn blessing_measures_again_only_what_has_another_shape() {
    let copy = Copy::of_fixture("bless-measured");
    let right = copy.read(WHEEL);
    assert!(copy.bless().blessed.is_empty());
    copy.replace(WHEEL, "all   1,024 µs  ████████\n", "");
    let report = copy.bless();
    assert!(report.failures.is_empty() && report.blessed.len() == 1, "{report}");
    let measured = right.replace(
        "a turn   12 ns  ████\nall   1,024 µs  ████████",
        "a turn   7 ns  ██\nall    900 µs  ███",
    );
    assert_eq!(copy.read(WHEEL), measured);
    let built = copy.read("built.txt");
    assert!(built.ends_with("--bins --release --example ch01-s1\n"), "{built}");
}

#[test]
fn what_blessing_cannot_mend_still_fails() {
    let copy = Copy::of_fixture("bless-rest");
    copy.write(START, &(copy.read(START) + "\n[x](#oil)\n"));
    copy.replace(WHEEL, "\n1 turns\n", "\n3 turns\n");
    let report = copy.bless();
    assert_eq!(report.blessed.len(), 1);
    expect(&report, START, copy.line(START, "[x](#oil)"), "has no `#oil`");
}

#[test]
fn captions_are_taken_apart() {
    let shows = |text: &str| caption::parse(text).map(|Caption { shows, .. }| shows);
    let items = |names: &[&str]| {
        Shows::Items(names.iter().map(|&name| name.to_owned()).collect())
    };
    assert_eq!(shows("[a.rs](a.rs)"), Ok(Shows::File));
    assert_eq!(
        shows("[a.rs](a.rs) · `a`,\n`B::{c, d}`"),
        Ok(items(&["a", "B::c", "B::d"]))
    );
    assert_eq!(shows("[a.rs](a.rs) · `<A as B>::{c}`"), Ok(items(&["<A as B>::c"])));
    let command = "cargo run -- 3".to_owned();
    assert_eq!(
        shows("[a.rs](a.rs) · output of `cargo run -- 3` · fails · measured"),
        Ok(Shows::Output { command, measured: true, fails: true })
    );
    for wrong in [
        "[a.rs](a.rs) `a`",
        "[a.rs](a.rs) · a",
        "[a.rs](a.rs) · `a` `b`",
        "[a.rs](a.rs) · ",
        "[a.rs](a.rs) · output of cargo run",
        "[a.rs](a.rs) · output of `cargo run` · quick",
    ] {
        assert!(caption::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn items_are_found_by_the_names_that_people_give_them() {
    let text = "
        use a::b;
        macro_rules! oil { () => {} }
        const N: u8 = 1;
        struct Sleep<'a, T>(&'a T);
        impl<'a, T: Fn() -> u8> Sleep<'a, T> { fn new() {} }
        impl<'a, T> core::future::Future for Sleep<'a, T> { fn poll() {} type Output = T; }
        impl<'a, T> Drop for Sleep<'a, T> { fn drop(&mut self) {} }
        impl<T> From<T> for Wheel { fn new() {} }
        trait Turn { fn turn(); }
        extern \"C\" { fn epoll(); }
        mod wheel;
        fn wheel() {}
        #[cfg(a)]
        fn two() {}
        #[cfg(not(a))]
        fn two() {}
    ";
    let source = Source::parse("a.rs", text).unwrap();
    let found = |name: &str| {
        let places = source.find(name)?;
        Ok::<_, String>(
            places.iter().map(|&place| source.items[place].start).collect::<Vec<_>>(),
        )
    };
    for (line, names) in [
        (2, vec!["use", "use a::b"]),
        (3, vec!["oil!", "macro_rules! oil"]),
        (4, vec!["N", "const N"]),
        (5, vec!["Sleep", "struct Sleep"]),
        (6, vec!["Sleep::new", "impl Sleep", "impl Sleep<'a, T>"]),
        (
            7,
            vec![
                "Sleep::poll",
                "Sleep::Output",
                "<Sleep as Future>::poll",
                "impl Future for Sleep",
                "<Sleep<'a, T> as core::future::Future>::poll",
                "impl core::future::Future for Sleep",
                "impl<'a, T> core::future::Future for Sleep<'a, T>",
            ],
        ),
        (8, vec!["Sleep::drop", "impl Drop for Sleep", "<Sleep as Drop>::drop"]),
        (9, vec!["impl From<T> for Wheel", "impl<T> From<T> for Wheel", "Wheel::new"]),
        (10, vec!["Turn::turn"]),
        (11, vec!["extern \"C\"", "epoll"]),
        (12, vec!["mod wheel", "mod"]),
        (13, vec!["fn wheel"]),
    ] {
        for name in names {
            assert_eq!(found(name), Ok(vec![line]), "{name}");
        }
    }
    assert_eq!(found("two"), Ok(vec![14, 16]));
    assert!(found("wheel").unwrap_err().contains("`mod wheel` at a.rs:12"));
    assert!(found("Sleep::pol").unwrap_err().contains("nearest are `Sleep::poll`"));
    assert!(found("").is_err());
}

#[test]
fn the_shape_of_a_line_is_what_does_not_change() {
    for (a, b) in [
        ("spawn     75 ns", "spawn  1,024.5 µs"),
        ("│   7 │", "│ 123 │"),
        ("12.5 %", "3 %"),
        ("a: 3ms, b: 12s", "a: 900µs, b: 1min"),
        ("x  ██████▌ 4", "x  █ 17"),
        ("x   0", "x ▏ 17"),
        ("drift -0.25", "drift +12"),
        ("1_000 tasks", "10 tasks"),
        ("|-------| 3 KiB/s", "|---------------| 30.1 MiB/s"),
    ] {
        assert_eq!(shape(a), shape(b));
    }
    for (a, b) in [
        ("spawn 75 ns", "yield 75 ns"),
        ("3 sheep", "3 shops"),
        ("3 of 4", "3"),
        ("s1", "s2"),
        ("1.5x", "1.5"),
        ("a - b", "a b"),
    ] {
        assert_ne!(shape(a), shape(b));
    }
}

#[test]
fn headings_have_the_ids_that_mdbook_gives_them() {
    use crate::page::Page;
    let text = "# `Waker`: who calls *wake*?\n## 中文 標題\n## It's a -- b_c\n## Twice\n## Twice\n\
                ## Own {#id}\n## Twice-1\n<a id=\"here\"></a>\n";
    let page = Page::parse("a.md", text);
    let ids: Vec<&str> = page.anchors.iter().map(String::as_str).collect();
    assert_eq!(
        ids,
        [
            "here",
            "id",
            "its-a--b_c",
            "twice",
            "twice-1",
            "twice-1-1",
            "waker-who-calls-wake",
            "中文-標題"
        ]
    );
}

/// The faults of the issue that this check answers to, in a copy of the book as it is.
#[test]
fn faults_in_the_book_itself_are_found() {
    const HOURS: &str = "chapters/README.md";
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = empty_folder("book");
    for name in ["Cargo.toml", "README.md", "src", "chapters", "docs", "tests"] {
        copy(&root.join(name), &folder.join(name));
    }
    let setup = Setup {
        root: folder,
        bless: false,
        only: Some("00".to_owned()),
        ..Setup::from_environment(crate::UNWRITTEN)
    };
    let copy = Copy { setup };
    let sound = copy.check();
    // What is wrong with the book today, the check of the book says.
    let known = sound.failures;
    let fails = |file: &str, line: &str, says: &str| {
        let report = copy.check();
        let line = copy.line(file, line);
        let found = report.failures.iter().any(|failure| {
            !known.contains(failure)
                && failure.file == file
                && failure.line == line
                && failure.text.contains(says)
        });
        assert!(found, "{file}:{line} does not say `{says}`:\n{report}");
    };
    // The chapter that shows the crate's root, wherever that is.
    let lib = "src/lib.rs";
    let pages = fs::read_dir(copy.path("chapters")).unwrap();
    let mut pages = pages.map(|page| {
        format!("chapters/{}/README.md", page.unwrap().file_name().to_string_lossy())
    });
    let shows_lib = |page: &String| {
        copy.path(page).exists()
            && copy.read(page).contains("[src/lib.rs](../../src/lib.rs)\n\n```rs")
    };
    let chapter = pages.find(shows_lib).expect("a chapter quotes src/lib.rs whole");
    let chapter = chapter.as_str();
    let (prose, code) = (copy.read(chapter), copy.read(lib));

    copy.write(lib, &code.replace("deny(unsafe_code", "allow(unsafe_code"));
    fails(chapter, "#![deny(unsafe_code, missing_docs)]", "is not what the file says");
    copy.write(lib, &code);

    copy.write(chapter, &prose.replace("missing_debug", "found_debug"));
    fails(chapter, "#![warn(found_debug_implementations)]", "is not what the file says");
    copy.write(chapter, "# Introduction\n");
    fails(lib, "#![deny(unsafe_code, missing_docs)]", "stands in no chapter");
    copy.write(chapter, &prose);

    let first = "chapters/00-introduction/README.md";
    let prose = copy.read(first);
    for (text, line, says) in [
        ("\n[x](#nowhere)\n", "[x](#nowhere)", "has no `#nowhere`"),
        ("\n[x](nowhere.md)\n", "[x](nowhere.md)", "there is no"),
        ("\n![](nowhere.svg)\n", "![](nowhere.svg)", "lacks a description"),
        ("\nThis is **unheard of**.\n", "This is **unheard of**.", "not in the glossary"),
        (
            "\n[main.rs](main.rs) · output of `cargo run`\n\n```text\nstale\n```\n",
            "stale",
            "prints something else",
        ),
    ] {
        copy.write(first, &(prose.clone() + text));
        fails(first, line, says);
    }
    copy.write(first, &prose);

    for (map, what) in
        [("README.md", " min |"), ("chapters/README.md", " min |"), (HOURS, " hours")]
    {
        let text = copy.read(map);
        let line = text.lines().find(|line| line.contains(what)).expect("a map has it");
        let wrong = line.replacen(what, &format!("0{what}"), 1);
        copy.write(map, &text.replace(line, &wrong));
        fails(map, &wrong, "By the rule it is");
        copy.write(map, &text);
    }
}
