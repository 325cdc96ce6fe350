//! The line above a block of code, which says what the block is:
//!
//! ```text
//! [src/wheel.rs](../../src/wheel.rs)
//! [src/wheel.rs](../../src/wheel.rs) · `Wheel`, `Wheel::{insert, cancel}`
//! [main.rs](main.rs) · output of `cargo run -- 5` · measured
//! [eat.py](eat.py) · `eat`
//! ```

/// A caption, taken apart.
#[derive(Debug, PartialEq)]
pub struct Caption {
    /// The text of the link, which is the file's path.
    pub label: String,
    /// Where the link leads.
    pub target: String,
    pub shows: Shows,
}

/// What a block shows of its file.
#[derive(Debug, PartialEq)]
pub enum Shows {
    File,
    /// The items with these names.
    Items(Vec<String>),
    /// What a command prints.
    Output {
        command: String,
        /// Its numbers are left open.
        measured: bool,
        /// It has to exit with an error; what it prints on stderr follows its stdout.
        fails: bool,
    },
}

/// Whether a paragraph is meant as a caption: a link to a file of Rust or Python and
/// nothing more, or ` · ` after it.
pub fn looks_like(paragraph: &str) -> bool {
    split_link(paragraph).is_some_and(|(label, _, rest)| {
        [".rs", ".py"].iter().any(|end| label.ends_with(end))
            && (rest.is_empty() || rest.starts_with('·'))
    })
}

/// Takes a caption apart, or says what is wrong with it.
pub fn parse(paragraph: &str) -> Result<Caption, String> {
    let (label, target, rest) =
        split_link(paragraph).ok_or("it does not begin with a link to a file")?;
    let shows = match rest.strip_prefix('·').map(str::trim) {
        None if rest.is_empty() => Shows::File,
        None => return Err(format!("` · ` is expected after the link, not `{rest}`")),
        Some(rest) => match rest.strip_prefix("output of ") {
            Some(output) => parse_output(output)?,
            None => Shows::Items(parse_items(rest)?),
        },
    };
    Ok(Caption { label: label.to_owned(), target: target.to_owned(), shows })
}

/// The text and the target of the link at the beginning, and what follows it.
fn split_link(paragraph: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = paragraph.strip_prefix('[')?.split_once("](")?;
    let (target, rest) = rest.split_once(')')?;
    (!label.contains(['[', ']', '\n'])).then_some((label, target, rest.trim()))
}

/// The names in `` `a`, `b` ``.
fn parse_items(text: &str) -> Result<Vec<String>, String> {
    let parts: Vec<&str> = text.split('`').collect();
    let separators = parts.iter().step_by(2);
    let well_formed = parts.len() % 2 == 1
        && separators.enumerate().all(|(n, part)| {
            let at_end = n == 0 || n == parts.len() / 2;
            part.trim() == if at_end { "" } else { "," }
        });
    let names = parts.iter().skip(1).step_by(2).flat_map(|name| expand(name));
    let names: Vec<String> = names.collect();
    if !well_formed || names.is_empty() {
        return Err(format!(
            "`{text}` is neither a list of items, each in backticks, with commas between, \
             nor an output of a command"
        ));
    }
    Ok(names)
}

/// `a::{b, c}` as `a::b`, `a::c`.
fn expand(name: &str) -> Vec<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    match name.strip_suffix('}').and_then(|name| name.split_once("::{")) {
        Some((prefix, names)) => names
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| format!("{prefix}::{name}"))
            .collect(),
        None => vec![name],
    }
}

/// A command in backticks, and ` · ` before each mark.
fn parse_output(text: &str) -> Result<Shows, String> {
    let (command, rest) = text
        .strip_prefix('`')
        .and_then(|text| text.split_once('`'))
        .ok_or("the command is not in backticks")?;
    let command = command.split_whitespace().collect::<Vec<_>>().join(" ");
    let (mut measured, mut fails) = (false, false);
    for mark in rest.split('·').map(str::trim).filter(|mark| !mark.is_empty()) {
        match mark {
            "measured" => measured = true,
            "fails" => fails = true,
            _ => return Err(format!("`{mark}` is neither `measured` nor `fails`")),
        }
    }
    Ok(Shows::Output { command, measured, fails })
}
