//! A page of Markdown, taken apart: its blocks of code, links, figures, anchors, words.
//!
//! The options of the parser, and the ids that headings get, are those of mdBook 0.5.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use pulldown_cmark::{
    BrokenLink, CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser,
    Tag, TagEnd,
};

use crate::caption;
use crate::html::tags;

/// A piece of text and the line where it begins.
#[derive(Clone, Debug)]
pub struct Located {
    pub line: usize,
    pub text: String,
}

/// A block of code.
#[derive(Debug)]
pub struct Block {
    /// The line of the opening fence.
    pub line: usize,
    /// What follows the fence; none for a block that is indented instead.
    pub info: Option<String>,
    pub text: String,
    /// Where in the page the lines between the fences lie; none if no fence closes it.
    pub body: Option<Range<usize>>,
    /// What stands before the fence: spaces in a list, `> ` in a quotation.
    pub margin: String,
    /// The paragraph above.
    pub above: Option<Located>,
}

/// A link or an image.
#[derive(Debug)]
pub struct Link {
    pub line: usize,
    pub target: String,
    /// What it says: of an image, the description.
    pub text: String,
    pub is_image: bool,
}

/// A piece in bold.
#[derive(Debug)]
pub struct Bold {
    pub line: usize,
    pub text: String,
    /// The id of the heading that it stands under.
    pub section: String,
    /// Whether it is a lead, which announces what follows: it stands at the beginning of a
    /// paragraph, an item or a cell, and a sign ends it.
    pub is_lead: bool,
}

/// A page, taken apart.
#[derive(Debug)]
pub struct Page {
    /// The path from the root of the project.
    pub path: String,
    pub text: String,
    pub blocks: Vec<Block>,
    pub links: Vec<Link>,
    /// The headings of the first level.
    pub titles: Vec<Located>,
    /// Every `#anchor` that a link to this page can name.
    pub anchors: BTreeSet<String>,
    /// What is bold, in the order of the page.
    pub bold: Vec<Bold>,
    /// The code inside paragraphs.
    pub spans: Vec<Located>,
    /// The words outside code, a line or less at a time.
    pub words: Vec<Located>,
    /// Raw HTML, a piece at a time.
    pub html: Vec<Located>,
    /// Lines that announce a block of code which does not follow.
    pub orphans: Vec<Located>,
    /// What Markdown would show otherwise than it is meant.
    pub faults: Vec<Located>,
}

impl Page {
    /// The folder of the page, from the root: empty for the root itself.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Takes a page apart.
    pub fn parse(path: &str, text: &str) -> Page {
        let mut faults = Vec::new();
        let parser = Parser::new_with_broken_link_callback(
            text,
            options(),
            Some(|link: BrokenLink<'_>| {
                let is_full =
                    matches!(link.link_type, LinkType::Reference | LinkType::Collapsed);
                if is_full {
                    let line = line_of(text, link.span.start);
                    let name = link.reference;
                    let text =
                        format!("`{name}` is not defined; Markdown leaves it as it is.");
                    faults.push(Located { line, text });
                }
                None::<(CowStr<'_>, CowStr<'_>)>
            }),
        );
        let mut reader = Reader::new(path, text);
        for (event, range) in parser.into_offset_iter() {
            reader.read(event, range);
        }
        reader.forget_paragraph();
        for Located { line, text } in &reader.notes {
            if !reader.referred.contains(text) {
                let text = format!("Nothing refers to the footnote `{text}`; remove it.");
                faults.push(Located { line: *line, text });
            }
        }
        reader.page.faults.extend(faults);
        reader.page
    }
}

/// The options that mdBook gives to the same parser.
pub fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_SMART_PUNCTUATION
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

/// The number of the line that holds the byte at `offset`.
pub fn line_of(text: &str, offset: usize) -> usize {
    1 + text[..offset].bytes().filter(|&byte| byte == b'\n').count()
}

/// A page that is being read, event by event.
struct Reader<'a> {
    source: &'a str,
    /// Where its lines end: counted once, for an event asks for its line.
    newlines: Vec<usize>,
    page: Page,
    /// The paragraph that has ended, if nothing has come since.
    paragraph: Option<Located>,
    /// The text of the heading that is open.
    heading: Option<String>,
    /// Its id, if it is written.
    explicit_id: Option<String>,
    in_block: bool,
    /// The id of the latest heading.
    section: String,
    /// Whether nothing has come yet in a paragraph, an item or a cell.
    is_beginning: bool,
    in_bold: bool,
    /// The links and images that are open, by their place in `page.links`.
    open_links: Vec<usize>,
    used_ids: HashSet<String>,
    /// The footnotes, and those that the text refers to.
    notes: Vec<Located>,
    referred: HashSet<String>,
}

impl<'a> Reader<'a> {
    fn new(path: &str, source: &'a str) -> Self {
        let page = Page {
            path: path.to_owned(),
            text: source.to_owned(),
            blocks: Vec::new(),
            links: Vec::new(),
            anchors: BTreeSet::new(),
            bold: Vec::new(),
            spans: Vec::new(),
            words: Vec::new(),
            html: Vec::new(),
            orphans: Vec::new(),
            faults: Vec::new(),
            titles: Vec::new(),
        };
        Reader {
            source,
            newlines: source.match_indices('\n').map(|(at, _)| at).collect(),
            page,
            paragraph: None,
            heading: None,
            explicit_id: None,
            in_block: false,
            section: String::new(),
            is_beginning: false,
            in_bold: false,
            open_links: Vec::new(),
            used_ids: HashSet::new(),
            notes: Vec::new(),
            referred: HashSet::new(),
        }
    }

    fn read(&mut self, event: Event<'_>, range: Range<usize>) {
        let line = 1 + self.newlines.partition_point(|&at| at < range.start);
        match event {
            Event::Start(tag) => self.open(tag, range, line),
            Event::End(tag) => self.close(tag, range, line),
            Event::Text(text) => {
                let begins = format!("{}{text}", self.opening_bracket(range.start));
                if !self.in_block && ["[^", "[!"].iter().any(|mark| begins.contains(mark))
                {
                    let text = "This footnote or alert is not defined; Markdown leaves it as \
                                it is.";
                    self.page.faults.push(Located { line, text: text.to_owned() });
                }
                self.read_text(line, &text);
            }
            Event::Code(text) => {
                self.read_bold(&text);
                self.read_link(&text);
                if let Some(heading) = &mut self.heading {
                    heading.push_str(&text);
                }
                self.page.spans.push(Located { line, text: text.into_string() });
            }
            Event::SoftBreak | Event::HardBreak => self.read_text(line, " "),
            Event::InlineHtml(text) => self.read_html(line, &text),
            Event::FootnoteReference(name) => {
                self.referred.insert(name.into_string());
            }
            Event::Rule => self.forget_paragraph(),
            _ => {}
        }
    }

    /// The bracket right before a place, if there is one.
    fn opening_bracket(&self, at: usize) -> &str {
        if self.source[..at].ends_with('[') { "[" } else { "" }
    }

    fn open(&mut self, tag: Tag<'_>, range: Range<usize>, line: usize) {
        let goes_on = matches!(
            tag,
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. }
        );
        self.is_beginning |= !goes_on;
        match tag {
            Tag::Strong => self.open_bold(line),
            Tag::CodeBlock(kind) => self.open_block(kind, range, line),
            Tag::Heading { id, .. } => {
                self.forget_paragraph();
                self.heading = Some(String::new());
                self.explicit_id = id.map(CowStr::into_string);
            }
            Tag::Link { dest_url, .. } => {
                self.open_link(line, dest_url.into_string(), false);
            }
            Tag::Image { dest_url, .. } => {
                self.open_link(line, dest_url.into_string(), true);
            }
            Tag::FootnoteDefinition(name) => {
                self.forget_paragraph();
                self.notes.push(Located { line, text: name.into_string() });
            }
            Tag::HtmlBlock => {
                self.forget_paragraph();
                self.read_html(line, &self.source[range]);
            }
            Tag::Emphasis | Tag::Strikethrough => {}
            _ => self.forget_paragraph(),
        }
    }

    fn close(&mut self, tag: TagEnd, range: Range<usize>, line: usize) {
        match tag {
            TagEnd::Paragraph => {
                let text = self.source[range].trim().to_owned();
                self.paragraph = Some(Located { line, text });
            }
            TagEnd::Strong => self.close_bold(range.end),
            TagEnd::CodeBlock => self.in_block = false,
            TagEnd::Heading(level) => {
                let text = self.heading.take().unwrap_or_default();
                let id = self.explicit_id.take().unwrap_or_else(|| {
                    unique_id(&id_from_content(&text), &mut self.used_ids)
                });
                self.section.clone_from(&id);
                if level == HeadingLevel::H1 {
                    self.page.titles.push(Located { line, text });
                }
                if !self.page.anchors.insert(id.clone()) {
                    let text = format!("The page has `#{id}` twice; name one otherwise.");
                    self.page.faults.push(Located { line, text });
                }
            }
            TagEnd::Link | TagEnd::Image => {
                self.open_links.pop();
            }
            TagEnd::Item | TagEnd::List(_) | TagEnd::BlockQuote(_) => {
                self.forget_paragraph();
            }
            _ => {}
        }
    }

    fn open_block(&mut self, kind: CodeBlockKind<'_>, range: Range<usize>, line: usize) {
        self.in_block = true;
        let info = match kind {
            CodeBlockKind::Fenced(info) => Some(info.into_string()),
            CodeBlockKind::Indented => None,
        };
        let start =
            self.source[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
        let margin = self.source[start..range.start]
            .chars()
            .map(|c| if c == '>' { '>' } else { ' ' })
            .collect();
        let body = info.is_some().then(|| body(self.source, range)).flatten();
        let above = self.paragraph.take();
        let text = String::new();
        self.page.blocks.push(Block { line, info, text, body, margin, above });
    }

    fn read_text(&mut self, line: usize, text: &str) {
        if self.in_block {
            if let Some(block) = self.page.blocks.last_mut() {
                block.text.push_str(text);
            }
            return;
        }
        self.read_bold(text);
        self.read_link(text);
        if let Some(heading) = &mut self.heading {
            heading.push_str(text);
        }
        self.page.words.push(Located { line, text: text.to_owned() });
    }

    fn read_link(&mut self, text: &str) {
        for &link in &self.open_links {
            self.page.links[link].text.push_str(text);
        }
    }

    fn open_bold(&mut self, line: usize) {
        let (text, section) = (String::new(), self.section.clone());
        self.page.bold.push(Bold { line, text, section, is_lead: self.is_beginning });
        self.in_bold = true;
    }

    fn read_bold(&mut self, text: &str) {
        self.is_beginning = false;
        if let Some(bold) = self.page.bold.last_mut().filter(|_| self.in_bold) {
            bold.text.push_str(text);
        }
    }

    /// The sign that ends a lead is its last one, before a quotation mark, or comes after it.
    fn close_bold(&mut self, end: usize) {
        self.in_bold = false;
        let ends = |text: &str| text.ends_with(['.', ':', '?']);
        let next = self.source[end..].chars().next();
        if let Some(bold) = self.page.bold.last_mut() {
            let text = bold.text.trim_end_matches(['”', '"']);
            bold.is_lead &= ends(text) || next.is_some_and(|c| ends(&c.to_string()));
        }
    }

    fn open_link(&mut self, line: usize, target: String, is_image: bool) {
        self.open_links.push(self.page.links.len());
        self.page.links.push(Link { line, target, text: String::new(), is_image });
    }

    fn read_html(&mut self, line: usize, text: &str) {
        for (name, value) in tags(text).into_iter().flat_map(|tag| tag.attributes) {
            if ["id", "name"].contains(&name.as_str()) {
                self.page.anchors.insert(value);
            }
        }
        self.page.html.push(Located { line, text: text.to_owned() });
    }

    /// Something else has come after the last paragraph. If that announced a block of
    /// code, the block is missing.
    fn forget_paragraph(&mut self) {
        let announces = |paragraph: &Located| caption::looks_like(&paragraph.text);
        self.page.orphans.extend(self.paragraph.take().filter(announces));
    }
}

/// The lines between the fences of the block at `range`; none if no fence closes it.
fn body(source: &str, range: Range<usize>) -> Option<Range<usize>> {
    let text = &source[range.clone()];
    let first = text.find('\n')? + 1;
    let text = text.trim_end_matches('\n');
    let last = text.rfind('\n')? + 1;
    let closing = text[last..].trim_matches([' ', '>', '\t']);
    // The fence that closes is made of the same sign, and is not shorter.
    let sign = if source[range.start..].starts_with('~') { '~' } else { '`' };
    let opening = source[range.start..].chars().take_while(|&c| c == sign).count();
    let closes = closing.len() >= opening && closing.chars().all(|c| c == sign);
    closes.then_some(range.start + first..range.start + last)
}

/// The id of a heading with this text (mdBook 0.5.4, `mdbook-html/src/utils.rs`).
pub fn id_from_content(text: &str) -> String {
    let keep = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    };
    text.trim().to_lowercase().chars().filter_map(keep).collect()
}

/// The id itself the first time, then `id-1`, `id-2`.
fn unique_id(id: &str, used: &mut HashSet<String>) -> String {
    let numbered = (1..).map(|n| format!("{id}-{n}"));
    let mut candidates = std::iter::once(id.to_owned()).chain(numbered);
    candidates.find(|id| used.insert(id.clone())).unwrap_or_default()
}
