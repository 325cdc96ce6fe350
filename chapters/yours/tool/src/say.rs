//! How it speaks: in lines that fit the terminal, with colour where that is welcome.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::{env, process};

use crate::system;

/// Longer lines are hard to read.
const MOST: usize = 80;

/// Prints to stdout. A reader who has seen enough (`| head`) ends the program, which is no
/// error.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        process::exit(0);
    }
}

/// Says something on stderr, and does not mind if nobody reads it.
pub fn note(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Whether stdout is a terminal that understands more than text.
pub fn is_terminal() -> bool {
    static IS: OnceLock<bool> = OnceLock::new();
    *IS.get_or_init(|| {
        io::stdout().is_terminal()
            && env::var_os("TERM").is_none_or(|term| term != "dumb")
    })
}

pub fn has_colour() -> bool {
    is_terminal() && env::var_os("NO_COLOR").is_none_or(|word| word.is_empty())
}

/// How many columns a line may take.
pub fn width() -> usize {
    let told = || env::var("COLUMNS").ok()?.parse().ok();
    system::columns().or_else(told).unwrap_or(MOST).clamp(20, MOST)
}

/// A line that the next one takes the place of, for a terminal alone.
pub fn for_now(text: &str) {
    if is_terminal() {
        print(&format!("\r\x1b[2K{}", dim(text)));
    }
}

pub fn clear_line() {
    if is_terminal() {
        print("\r\x1b[2K");
    }
}

pub fn clear_screen() {
    print(if is_terminal() { "\x1b[H\x1b[2J" } else { "\n" });
}

fn paint(code: &str, text: &str) -> String {
    if has_colour() && !text.is_empty() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

pub fn bold(text: &str) -> String {
    paint("1", text)
}

pub fn dim(text: &str) -> String {
    paint("2", text)
}

pub fn green(text: &str) -> String {
    paint("32", text)
}

pub fn red(text: &str) -> String {
    paint("31", text)
}

pub fn yellow(text: &str) -> String {
    paint("33", text)
}

pub fn cyan(text: &str) -> String {
    paint("36", text)
}

/// How many columns a text takes: its escape sequences take none.
pub fn columns(text: &str) -> usize {
    plain(text).chars().count()
}

/// A text without its escape sequences.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\x1b' {
            letters.by_ref().find(|letter| letter.is_ascii_alphabetic());
        } else {
            plain.push(letter);
        }
    }
    plain
}

/// Breaks a text into lines that fit; the first begins with `first`, the others with so many
/// spaces. Ends with a line break.
pub fn hang(first: &str, indent: usize, text: &str) -> String {
    let mut lines = String::from(first);
    let mut column = columns(first);
    let mut empty = true;
    for word in text.split_whitespace() {
        let long = columns(word);
        if !empty && column + 1 + long > width() {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent));
            (column, empty) = (indent, true);
        }
        if !empty {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += long;
        empty = false;
    }
    lines.truncate(lines.trim_end().len());
    lines + "\n"
}

/// A sentence or two from the first column on.
pub fn wrap(text: &str) -> String {
    hang("", 0, text)
}

/// Paragraphs of Markdown, as `step.md` has them, so far to the right: code in colour, code
/// blocks as they are, links by their text.
pub fn markdown(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut said = String::new();
    let mut is_code = false;
    let mut paragraph = String::new();
    for line in text.trim().lines().chain([""]) {
        let fence = line.trim_start().starts_with("```");
        let item = line.starts_with("- ") || line.starts_with("* ");
        if (line.is_empty() || fence || item) && !paragraph.is_empty() && !is_code {
            said += &paragraph_of(&paragraph, indent);
            paragraph.clear();
        }
        if fence {
            is_code = !is_code;
        } else if is_code {
            said += &format!("{margin}  {}\n", cyan(line));
        } else if line.is_empty() {
            said += "\n";
        } else {
            paragraph += line;
            paragraph.push(' ');
        }
    }
    format!("{}\n", said.trim_end())
}

fn paragraph_of(text: &str, indent: usize) -> String {
    let hanging = if text.starts_with("- ") { indent + 2 } else { indent };
    let margin = " ".repeat(indent);
    hang(&margin, hanging, &inline(text))
}

/// Code, emphasis and links inside a paragraph.
fn inline(text: &str) -> String {
    let text = &without_links(text);
    if !has_colour() {
        return text.clone();
    }
    let mut said = String::new();
    for (at, part) in text.split('`').enumerate() {
        match at % 2 {
            1 => said += &words(part, cyan),
            _ => {
                for (at, part) in part.split('*').enumerate() {
                    let italics = |word: &str| paint("3", word);
                    said += &if at % 2 == 1 { words(part, italics) } else { part.into() };
                }
            }
        }
    }
    said
}

/// Paints each word for itself, so that a line break does not paint the margin.
fn words(text: &str, paint: impl Fn(&str) -> String) -> String {
    let words: Vec<String> = text.split(' ').map(paint).collect();
    words.join(" ")
}

fn without_links(text: &str) -> String {
    let mut said = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let parts = link
            .split_once("](")
            .and_then(|(title, link)| Some((title, link.split_once(')')?.1)));
        match parts {
            Some((title, after)) => {
                said += &format!("{before}{title}");
                rest = after;
            }
            None => {
                said += &format!("{before}[");
                rest = link;
            }
        }
    }
    said + rest
}
