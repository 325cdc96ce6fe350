//! What the link checker says in the end.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::checker::Checker;
use crate::links::{Address, Dead};

/// Why a crawl ended before all was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    Interrupted,
    Pages,
}

#[derive(Debug)]
pub struct Report {
    /// What all addresses of a folder begin with.
    root: String,
    pub pages: usize,
    pub files: usize,
    pub links: usize,
    pub unchecked: usize,
    pub forbidden: usize,
    pub dead: Vec<Dead>,
    /// Addresses that were known and not visited.
    pub left: Vec<Address>,
    pub stopped: Option<Stopped>,
}

impl Report {
    pub fn new(checker: &Checker, left: Vec<Address>, stopped: Option<Stopped>) -> Self {
        let mut links = checker.links.borrow_mut();
        let mut dead = std::mem::take(&mut links.dead);
        dead.sort();
        dead.dedup();
        Self {
            root: checker.root().to_owned(),
            pages: links.pages(),
            files: links.others(),
            links: links.checked,
            unchecked: links.unchecked + links.open(),
            forbidden: checker.forbidden.get(),
            dead,
            left,
            stopped,
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self.stopped {
            Some(Stopped::Interrupted) => 130, // as a shell says of what Ctrl-C has ended
            None if self.dead.is_empty() && !self.is_empty() => 0,
            _ => 1,
        }
    }

    /// Whether nothing was seen: where it begins must not be visited, or leads elsewhere.
    fn is_empty(&self) -> bool {
        self.pages + self.files == 0
    }

    /// For a terminal: page by page, then the sums.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut on = None;
        for dead in &self.dead {
            if on != Some(&dead.on) {
                let place = dead.on.as_deref().unwrap_or("where it begins");
                let _ = writeln!(text, "{}", self.short(place));
                on = Some(&dead.on);
            }
            let _ = writeln!(text, "  {}: {}", self.short(&dead.to), dead.why);
        }
        let _ = writeln!(
            text,
            "{}, {}; {}, {} of them dead; {} not checked",
            count(self.pages, "page"),
            count(self.files, "other file"),
            count(self.links, "link"),
            self.dead.len(),
            self.unchecked
        );
        if self.is_empty() && self.dead.is_empty() && self.stopped.is_none() {
            text.push_str("nothing was checked: it begins with what is not checked\n");
        }
        if self.forbidden > 0 {
            let forbidden = count(self.forbidden, "address");
            let _ = writeln!(text, "{forbidden} forbidden by robots.txt");
        }
        let stopped = match self.stopped {
            Some(Stopped::Interrupted) => "interrupted",
            Some(Stopped::Pages) => "stopped by --pages",
            None => return text,
        };
        let are = if self.left.len() == 1 { "is" } else { "are" };
        let left = count(self.left.len(), "address");
        let _ = writeln!(text, "{stopped}: {left} {are} left");
        text
    }

    /// Files of a folder are named from there.
    fn short<'a>(&self, address: &'a str) -> &'a str {
        let root = Some(&*self.root).filter(|root| root.starts_with("file:"));
        root.and_then(|root| address.strip_prefix(root)).unwrap_or(address)
    }

    pub fn json(&self) -> Value {
        let dead = self.dead.iter().map(|dead| {
            json!({ "on": dead.on.as_deref(), "to": dead.to, "why": dead.why.to_string() })
        });
        json!({
            "pages": self.pages,
            "files": self.files,
            "links": self.links,
            "unchecked": self.unchecked,
            "forbidden": self.forbidden,
            "dead": dead.collect::<Vec<_>>(),
            "left": self.left.iter().map(|address| &**address).collect::<Vec<_>>(),
            "interrupted": self.stopped == Some(Stopped::Interrupted),
        })
    }
}

/// So many of something, in words.
fn count(number: usize, name: &str) -> String {
    let plural = if name.ends_with('s') { "es" } else { "s" };
    format!("{number} {name}{}", if number == 1 { "" } else { plural })
}
