//! HTML in pages: the few tags that Markdown has no sign for, and nothing that would hide
//! code, figures or text from the other checks.

use crate::project::Project;
use crate::report::Report;

const TAGS: [&str; 7] = ["details", "summary", "a", "kbd", "sub", "sup", "br"];
const ATTRIBUTES: [&str; 4] = ["href", "id", "name", "open"];

/// A tag that opens an element.
#[derive(Debug)]
pub struct Tag {
    /// The line, counted from that of the HTML.
    pub line: usize,
    /// In small letters, as the names of attributes are.
    pub name: String,
    pub attributes: Vec<(String, String)>,
}

pub fn check(project: &Project, report: &mut Report) {
    for page in project.prose() {
        for html in &page.html {
            for tag in tags(&html.text) {
                if let Some(problem) = problem(&tag) {
                    report.fail(&page.path, html.line + tag.line, problem);
                }
            }
        }
        for (n, line) in page.text.lines().enumerate() {
            if line.contains("{{#") && !is_title(line) {
                let text = "`{{#` is a command to mdBook, in code too; quote a file by \
                            `[src/wheel.rs](../../src/wheel.rs)` above a block.";
                report.fail(&page.path, n + 1, text);
            }
        }
    }
}

/// Whether the line says nothing but what the browser's tab is called, which Markdown cannot,
/// and shows nothing on a code host.
fn is_title(line: &str) -> bool {
    let title =
        line.strip_prefix("<!-- {{#title ").and_then(|it| it.strip_suffix("}} -->"));
    title.is_some_and(|title| !title.contains("{{") && !title.contains("-->"))
}

/// What is wrong with a tag, and what to write instead.
fn problem(tag: &Tag) -> Option<String> {
    let name = tag.name.as_str();
    let instead = match name {
        name if TAGS.contains(&name) => {
            let known = |name: &String| ATTRIBUTES.contains(&name.as_str());
            let (unknown, _) = tag.attributes.iter().find(|(name, _)| !known(name))?;
            return Some(format!("`<{name}>` takes no `{unknown}` here; leave it out."));
        }
        "pre" | "code" | "samp" => "a fenced block, or backticks in a line",
        "img" | "picture" | "object" | "svg" | "embed" | "video" => {
            "a figure: `![what it shows](figure.svg)`"
        }
        "script" | "style" | "iframe" | "link" => "nothing: a page is text",
        _ => "Markdown",
    };
    Some(format!("`<{name}>` is not used in pages; write {instead}."))
}

/// The tags in a piece of HTML that open something, without those in comments.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((before, inside)) = rest.split_once('<') {
        let line = html[..html.len() - rest.len() + before.len()].matches('\n').count();
        if let Some(comment) = inside.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        rest = inside;
        let name = take_name(&mut rest);
        if !name.is_empty() {
            let attributes = take_attributes(&mut rest);
            found.push(Tag { line, name, attributes });
        }
    }
    found
}

fn take_attributes(rest: &mut &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    loop {
        *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "/=".contains(c));
        if rest.is_empty() || rest.starts_with('>') {
            return attributes;
        }
        let name = take_name(rest);
        let value = match rest.trim_start().strip_prefix('=') {
            Some(after) => {
                *rest = after.trim_start();
                take_value(rest)
            }
            None => String::new(),
        };
        attributes.push((name, value));
    }
}

/// A value, in quotes or without.
fn take_value(rest: &mut &str) -> String {
    let quote = rest.chars().next().filter(|c| "\"'".contains(*c));
    let (value, after) = match quote {
        Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
        None => {
            let ends = |c: char| c.is_whitespace() || c == '>';
            rest.split_at(rest.find(ends).unwrap_or(rest.len()))
        }
    };
    *rest = after;
    value.to_owned()
}

fn take_name(rest: &mut &str) -> String {
    let ends = |c: char| c.is_whitespace() || "=>/".contains(c);
    let (name, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
    *rest = after;
    name.to_lowercase()
}
