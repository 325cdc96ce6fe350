//! Blocks that show code: each is held against the file it is taken from.

use std::collections::{BTreeMap, BTreeSet};

use crate::caption::{self, Caption, Shows};
use crate::page::{Block, Located, Page};
use crate::project::{Project, SOURCES, resolve};
use crate::report::Report;
use crate::source::Source;

/// The lines of each file that stand in the book, by the chapter that shows them.
#[derive(Debug, Default)]
pub struct Shown {
    /// By the path of the file: for each line, the first chapter (its place in
    /// `Project::chapters`) that shows it.
    pub lines: BTreeMap<String, BTreeMap<usize, usize>>,
}

/// A line that a block should have, and its number in the file.
struct Line<'a> {
    number: usize,
    text: &'a str,
}

/// A quote in a page, and the file it is taken from.
struct Quote<'a> {
    page: &'a Page,
    block: &'a Block,
    /// The line of the caption.
    line: usize,
    shows: Shows,
    source: &'a Source,
}

/// Holds every quote against its file, and collects what the chapters show.
pub fn check(project: &mut Project, report: &mut Report) -> Shown {
    let mut shown = Shown::default();
    let mut edits = Vec::new();
    for quote in quotes(project, report) {
        let lines = match lines_shown(quote.source, &quote.shows) {
            Ok(lines) => lines,
            Err(error) => {
                report.fail(&quote.page.path, quote.line, format!("{error}."));
                continue;
            }
        };
        if let Some(chapter) = project.chapters.iter().position(|p| *p == quote.page.path)
        {
            let of_file = shown.lines.entry(quote.source.path.clone()).or_default();
            for line in &lines {
                of_file.entry(line.number).or_insert(chapter);
            }
        }
        let expected = choose_docs(&quote, lines);
        let Some((line, difference)) = compare(&quote, &expected) else { continue };
        let page = &quote.page.path;
        match rewrite(quote.block, expected.iter().map(|line| line.text)) {
            Err(error) => report.fail(page, quote.block.line, error),
            Ok((range, text)) if project.setup.bless => {
                edits.push((page.clone(), range, text));
            }
            Ok(_) => report.fail_blessable(page, line, difference),
        }
    }
    for (page, range, text) in edits {
        project.edit(&page, range, text);
    }
    shown
}

/// The blocks that show code. What is wrong with a caption itself, `fences` says.
fn quotes<'a>(project: &'a Project, report: &mut Report) -> Vec<Quote<'a>> {
    let mut quotes = Vec::new();
    for page in project.prose() {
        for block in
            page.blocks.iter().filter(|block| block.info.as_deref() == Some("rs"))
        {
            let Some(above) = &block.above else { continue };
            let Ok(caption) = caption::parse(&above.text) else { continue };
            if matches!(caption.shows, Shows::Output { .. }) {
                continue;
            }
            let Some(path) = file_of(project, page, above, &caption, report) else {
                continue;
            };
            let (line, shows) = (above.line, caption.shows);
            match project.sources.get(&path) {
                Some(source) => quotes.push(Quote { page, block, line, shows, source }),
                None => check_is_source(&path, &page.path, line, report),
            }
        }
    }
    quotes
}

/// The path from the root of the file that a caption names.
pub fn file_of(
    project: &Project,
    page: &Page,
    above: &Located,
    caption: &Caption,
    report: &mut Report,
) -> Option<String> {
    let path = resolve(page.folder(), &caption.target)?;
    let from_page = resolve(page.folder(), &caption.label);
    if caption.label != path && from_page.as_ref() != Some(&path) {
        report.fail(
            &page.path,
            above.line,
            format!(
                "The text says {}, the link leads to {path}; make them the same file.",
                caption.label
            ),
        );
        return None;
    }
    // A link to a file that is not there is a failure of its own.
    project.has_file(&path).then_some(path)
}

/// A file that could not be taken apart is a failure of its own; other files are no
/// sources of quotes.
fn check_is_source(path: &str, page: &str, line: usize, report: &mut Report) {
    if !SOURCES.iter().any(|folder| path.starts_with(&format!("{folder}/"))) {
        let text =
            format!("Quotes are taken from {}; {path} is not.", SOURCES.join(", "));
        report.fail(page, line, text);
    }
}

/// The lines that a caption promises, with all their documentation.
fn lines_shown<'a>(source: &'a Source, shows: &Shows) -> Result<Vec<Line<'a>>, String> {
    let number_all = source.lines.iter().enumerate();
    match shows {
        Shows::Items(names) => {
            let mut places = Vec::new();
            for name in names {
                places.extend(source.find(name)?);
            }
            Ok(lines_of_items(source, &places))
        }
        _ => Ok(number_all.map(|(n, text)| Line { number: n + 1, text }).collect()),
    }
}

/// The lines of items, one after the other, each inside the heads and closing braces of
/// the blocks that it stands in; neighbours share theirs. An empty line stands between
/// two, unless they follow one another without one in the file.
fn lines_of_items<'a>(source: &'a Source, places: &[usize]) -> Vec<Line<'a>> {
    let mut text = Assembly { source, lines: Vec::new(), open: Vec::new() };
    for &place in places {
        let mut around = Vec::new();
        let mut parent = source.items[place].parent;
        while let Some(outer) = parent {
            around.insert(0, outer);
            parent = source.items[outer].parent;
        }
        text.close_to(&around);
        text.open(&around);
        let item = &source.items[place];
        text.part_from(item.first);
        text.push(item.first, item.last);
    }
    text.close_to(&[]);
    text.lines
}

/// A quote that is being put together.
struct Assembly<'a> {
    source: &'a Source,
    lines: Vec<Line<'a>>,
    /// The blocks whose heads have been written and whose closing braces have not.
    open: Vec<usize>,
}

impl Assembly<'_> {
    fn push(&mut self, first: usize, last: usize) {
        for number in first..=last {
            self.lines.push(Line { number, text: &self.source.lines[number - 1] });
        }
    }

    /// Writes an empty line, unless the quote begins here, or a block does, or the line
    /// before is the last one.
    fn part_from(&mut self, first: usize) {
        let Some(last) = self.lines.last() else { return };
        let number = last.number;
        let opened = self
            .open
            .last()
            .is_some_and(|&place| self.source.items[place].opens == Some(number));
        if !opened && number + 1 != first {
            self.lines.push(Line { number, text: "" });
        }
    }

    fn close_to(&mut self, around: &[usize]) {
        while !around.starts_with(&self.open) {
            if let Some(place) = self.open.pop() {
                let last = self.source.items[place].last;
                self.push(last, last);
            }
        }
    }

    fn open(&mut self, around: &[usize]) {
        for &place in &around[self.open.len()..] {
            let block = &self.source.items[place];
            let head = block.opens.unwrap_or(block.start);
            self.part_from(block.start);
            self.push(block.start, head);
            self.open.push(place);
        }
    }
}

/// Leaves the documentation out as far as the block does: all of it, or of a whole file
/// that of the file itself.
fn choose_docs<'a>(quote: &Quote<'_>, mut lines: Vec<Line<'a>>) -> Vec<Line<'a>> {
    let starts_with = |leads: &[&str]| {
        let line_does =
            |line: &str| leads.iter().any(|lead| line.trim_start().starts_with(lead));
        quote.block.text.lines().any(line_does)
    };
    let of_file = starts_with(&["//!", "/*!", "#![doc"]);
    let of_items = starts_with(&["///", "/**", "#[doc"]);
    let left_out: &BTreeSet<usize> = match (of_file, of_items) {
        (true, _) => return lines,
        (_, true) if matches!(quote.shows, Shows::Items(_)) => return lines,
        (_, true) => &quote.source.file_docs,
        _ => &quote.source.docs,
    };
    lines.retain(|line| line.text.is_empty() || !left_out.contains(&line.number));
    let begin = lines.iter().position(|line| !line.text.is_empty());
    lines.split_off(begin.unwrap_or(lines.len()))
}

/// Where the block first differs from what it should be: the line of the page, and both
/// sides.
fn compare(quote: &Quote<'_>, expected: &[Line<'_>]) -> Option<(usize, String)> {
    let found: Vec<&str> = quote.block.text.lines().collect();
    let longest = found.len().max(expected.len());
    let differs = |n: &usize| found.get(*n).copied() != expected.get(*n).map(|l| l.text);
    let n = (0..longest).find(differs)?;
    let line = quote.block.line + 1 + n;
    let here = found.get(n).copied().unwrap_or("(the block ends)");
    let there = expected.get(n).map_or("(the quote ends)", |line| line.text);
    let number = expected.get(n).or(expected.last()).map_or(1, |line| line.number);
    let (page, path) = (&quote.page.path, &quote.source.path);
    let text = format!(
        "The quote is not what the file says.\n      {page}:{line}: {here}\n      \
         {path}:{number}: {there}"
    );
    Some((line, text))
}

/// The edit that gives a block these lines.
pub fn rewrite<'a>(
    block: &Block,
    lines: impl Iterator<Item = &'a str>,
) -> Result<(std::ops::Range<usize>, String), String> {
    let Some(range) = block.body.clone() else {
        return Err("No fence closes this block; add one.".to_owned());
    };
    let mut text = String::new();
    for line in lines {
        if line.trim_start().starts_with("```") {
            return Err(
                "A line looks like the fence that closes the block, so it cannot \
                        stand in it; change the line."
                    .to_owned(),
            );
        }
        text.push_str(format!("{}{line}", block.margin).trim_end_matches(' '));
        text.push('\n');
    }
    Ok((range, text))
}
