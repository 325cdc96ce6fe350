//! Every block of code is of a kind that `docs/writing.md` knows, and says which.

use proc_macro2::{TokenStream, TokenTree};

use crate::caption::{self, Shows};
use crate::page::{Block, Located, Page};
use crate::project::Project;
use crate::report::Report;

const QUOTE: &str = "write above it where its code lies, as a paragraph of its own: \
                     ``[src/wheel.rs](../../src/wheel.rs) · `Wheel::insert` ``. Code that is \
                     no quote is fenced as `rust`, and runs";
const OUTPUT: &str = "write above it which program prints it, as a paragraph of its own: \
                      ``[main.rs](main.rs) · output of `cargo run -- 3` ``";

/// What rustdoc may be told about a block that it compiles and runs.
const RUST_MARKS: [&str; 5] =
    ["rust", "no_run", "should_panic", "compile_fail", "edition2024"];

pub fn check(project: &Project, report: &mut Report) {
    for page in project.prose() {
        for block in &page.blocks {
            if let Err(error) = check_block(block) {
                let above = block.above.as_ref().filter(|_| error.caption);
                let line = above.map_or(block.line, |above| above.line);
                report.fail(&page.path, line, error.text);
            }
        }
        for orphan in &page.orphans {
            report.fail(
                &page.path,
                orphan.line,
                "This line announces a block of code, and none follows; write an empty \
                 one, fenced as `rs` (`text` for output), and let `BLESS=1` fill it in.",
            );
        }
        for html in &page.html {
            let Some((before, _)) = html.text.split_once("```") else { continue };
            let text = "A block of code between tags is taken for HTML; put an empty line \
                        before the block.";
            report.fail(&page.path, html.line + before.matches('\n').count(), text);
        }
        check_doctest(project, page, report);
    }
}

struct Problem {
    /// Whether the line above is wrong, not the block.
    caption: bool,
    text: String,
}

fn check_block(block: &Block) -> Result<(), Problem> {
    let wrong = |text: String| Err(Problem { caption: false, text });
    let Some(info) = &block.info else {
        return wrong(
            "This block is indented, so rustdoc takes it for Rust; fence it, and say after \
             the fence what it is."
                .to_owned(),
        );
    };
    if block.body.is_none() {
        return wrong("No fence closes this block; add one.".to_owned());
    }
    let marks: Vec<&str> = info.split(',').map(str::trim).collect();
    let above = block.above.as_ref().filter(|above| caption::looks_like(&above.text));
    match (marks[0], above) {
        ("rs" | "py" | "text", _) if marks.len() > 1 => {
            wrong(format!("Write `{}`, not `{info}`.", marks[0]))
        }
        ("rs", None) => wrong(format!("A block fenced as `rs` is a quote: {QUOTE}.")),
        ("text", None) => {
            wrong(format!("A block fenced as `text` is an output: {OUTPUT}."))
        }
        ("rs" | "py" | "text", Some(above)) => check_below(above, marks[0]),
        ("rust" | "sh", Some(_)) => wrong(format!(
            "Below a line that names a file stands a quote, fenced as `rs`, or an output, \
             fenced as `text`; this is fenced as `{info}`."
        )),
        ("sh" | "py", None) if marks.len() == 1 => Ok(()),
        ("rust", None) => match marks.iter().find(|mark| !is_rust_mark(mark)) {
            None => Ok(()),
            Some(mark) => wrong(format!(
                "`{mark}`: a `rust` block is whole and runs; it may be marked {}.",
                RUST_MARKS[1..].join(", ")
            )),
        },
        _ => wrong(format!(
            "`{info}`: a block is fenced as `rs` (a quote), `text` (an output), `rust` (a \
             doctest), `sh` (commands) or `py` (Python, to compare with)."
        )),
    }
}

/// A block below a line that names a file.
fn check_below(above: &Located, fence: &str) -> Result<(), Problem> {
    let caption = caption::parse(&above.text).map_err(|error| Problem {
        caption: true,
        text: format!("The line above a block: {error}."),
    })?;
    let (what, right) = match (&caption.shows, caption.label.ends_with(".py")) {
        (Shows::Output { .. }, _) => ("An output", "text"),
        (_, true) => ("A quote of Python", "py"),
        (_, false) => ("A quote", "rs"),
    };
    if fence == right {
        return Ok(());
    }
    let text = format!("{what} is fenced as `{right}`, not `{fence}`.");
    Err(Problem { caption: false, text })
}

fn is_rust_mark(mark: &str) -> bool {
    let is_error_code = |mark: &str| {
        mark.strip_prefix('E').is_some_and(|code| code.parse::<u16>().is_ok())
    };
    RUST_MARKS.contains(&mark) || is_error_code(mark)
}

/// A page with `rust` blocks is among those that `src/lib.rs` gives to rustdoc.
fn check_doctest(project: &Project, page: &Page, report: &mut Report) {
    let is_rust = |block: &&Block| {
        block.info.as_deref().is_some_and(|info| info.split(',').next() == Some("rust"))
    };
    let Some(first) = page.blocks.iter().find(is_rust) else { return };
    let include = format!("include_str!(\"../{}\")", page.path);
    let lib = project.sources.get("src/lib.rs");
    if !lib.is_some_and(|lib| has_attribute(&lib.tokens, &format!("doc={include}"))) {
        report.fail(
            &page.path,
            first.line,
            format!(
                "This block is not run; add `#[doc = {include}]` to the doctests of \
                 src/lib.rs."
            ),
        );
    }
}

/// Whether an attribute that reads so, without spaces, stands among the tokens.
fn has_attribute(tokens: &TokenStream, wanted: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => {
            let text: String = group.stream().to_string().split_whitespace().collect();
            text == wanted || has_attribute(&group.stream(), wanted)
        }
        _ => false,
    })
}
