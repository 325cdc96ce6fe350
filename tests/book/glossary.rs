//! Every term of the book stands in the glossary, and each entry leads to wherever the book
//! defines its term.
//!
//! What is bold on a page is a term where it is defined, unless it is a lead
//! (`Bold::is_lead`). Capitals and a plural in s make no other term of it. A term that is
//! bold in two sections has two senses, and its entry has a link for each.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::links::decode;
use crate::page::{Bold, Page, line_of, options};
use crate::project::{Project, resolve};
use crate::report::Report;

const GLOSSARY: &str = "chapters/glossary/README.md";

pub fn check(project: &Project, report: &mut Report) {
    let Some(glossary) = project.pages.get(GLOSSARY) else {
        report.fail(GLOSSARY, 1, "The file is missing.");
        return;
    };
    let pages = project.chapters.iter().filter_map(|path| project.pages.get(path));
    let pages = pages.filter(|page| page.path != GLOSSARY);
    let terms: Vec<Term<'_>> = pages.flat_map(Term::all).collect();
    let entries = Entry::all(glossary);
    check_order(&entries, report);
    for entry in &entries {
        for error in entry.errors(project, &terms) {
            report.fail(GLOSSARY, entry.line, error);
        }
    }
    for term in &terms {
        let error = match entries.iter().find(|entry| entry.key() == term.key()) {
            None => term.is_missing(),
            Some(entry) if entry.leads_to_terms(&terms) && !entry.leads_to(term) => {
                term.is_another_sense()
            }
            // It is there, or what is wrong with its entry is said where that stands.
            Some(_) => continue,
        };
        report.fail(&term.page.path, term.bold.line, error);
    }
}

/// What a term and its entry have in common, in whichever form they are written.
fn key(term: &str) -> String {
    let lower = term.to_lowercase();
    lower.strip_suffix('s').unwrap_or(&lower).to_owned()
}

/// A page, and the id of a heading on it.
type Place = (String, String);

/// A place as a link of the glossary.
fn link((page, section): &Place) -> String {
    format!("../{}#{section}", page.strip_prefix("chapters/").unwrap_or(page))
}

/// A term where a page defines it.
struct Term<'a> {
    page: &'a Page,
    bold: &'a Bold,
}

impl<'a> Term<'a> {
    fn all(page: &'a Page) -> impl Iterator<Item = Self> {
        let terms = page.bold.iter().filter(|bold| !bold.is_lead);
        terms.map(move |bold| Term { page, bold })
    }

    fn key(&self) -> String {
        key(&self.bold.text)
    }

    fn place(&self) -> Place {
        (self.page.path.clone(), self.bold.section.clone())
    }

    fn is_missing(&self) -> String {
        let (term, link) = (&self.bold.text, link(&self.place()));
        format!(
            "`{term}` is bold and not in the glossary. If it is a term that is defined here, \
             add `- **[{term}]({link})** 中文: what it is` to {GLOSSARY}. If not, write \
             *{term}*; bold at the beginning of a paragraph or an item is no term if a full \
             stop, a colon or a question mark ends it."
        )
    }

    fn is_another_sense(&self) -> String {
        let (term, link) = (&self.bold.text, link(&self.place()));
        format!(
            "`{term}` is bold here, and its entry in {GLOSSARY} leads elsewhere. If the word \
             has another sense here, say so in the entry, with a link to `{link}`; if not, \
             write it without bold."
        )
    }
}

/// An entry of the glossary, an item of its list: `- **[term](place)** 中文: what it is`.
#[derive(Default)]
struct Entry {
    line: usize,
    term: String,
    /// What follows it: the Chinese term, a colon, and what it is.
    rest: String,
    places: Vec<Place>,
}

impl Entry {
    fn all(glossary: &Page) -> Vec<Entry> {
        let text = &glossary.text;
        let (mut entries, mut open, mut in_term) = (Vec::new(), None, false);
        for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
            if let Event::Start(Tag::Item) = event {
                open =
                    Some(Entry { line: line_of(text, range.start), ..Entry::default() });
            }
            let Some(entry) = &mut open else { continue };
            match event {
                Event::Start(Tag::Strong) => in_term = entry.rest.is_empty(),
                Event::End(TagEnd::Strong) => in_term = false,
                Event::Start(Tag::Link { dest_url, .. }) => entry.add_place(&dest_url),
                Event::Text(text) | Event::Code(text) if in_term => {
                    entry.term.push_str(&text);
                }
                Event::Text(text) | Event::Code(text) => entry.rest.push_str(&text),
                Event::End(TagEnd::Item) => entries.extend(open.take()),
                _ => {}
            }
        }
        entries
    }

    fn add_place(&mut self, target: &str) {
        let (path, section) = target.split_once('#').unwrap_or((target, ""));
        let path = resolve("chapters/glossary", &decode(path)).unwrap_or_default();
        self.places.push((path, decode(section)));
    }

    fn key(&self) -> String {
        key(&self.term)
    }

    fn errors(&self, project: &Project, terms: &[Term<'_>]) -> Vec<String> {
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let (chinese, meaning) = self.rest.split_once(':').unwrap_or((&self.rest, ""));
        let lacks = if self.term.is_empty() {
            "its term, in bold at the beginning"
        } else if !chinese.chars().any(is_chinese) {
            "Chinese before the colon"
        } else if meaning.trim().is_empty() {
            "what it is, behind a colon"
        } else if self.places.is_empty() {
            "a link to where it is defined"
        } else {
            return self.wrong_places(project, terms);
        };
        vec![format!(
            "An entry is `- **[task](../06-tasks-wakers/README.md#who-calls-wake)** 任务: \
             what it is`; this one lacks {lacks}."
        )]
    }

    /// Where its term is defined.
    fn right_places(&self, terms: &[Term<'_>]) -> Vec<Place> {
        let of_it = terms.iter().filter(|term| term.key() == self.key());
        of_it.map(Term::place).collect()
    }

    fn leads_to(&self, term: &Term<'_>) -> bool {
        self.places.contains(&term.place())
    }

    /// Whether it leads to its term, and to nothing else.
    fn leads_to_terms(&self, terms: &[Term<'_>]) -> bool {
        let right = self.right_places(terms);
        !self.places.is_empty() && self.places.iter().all(|place| right.contains(place))
    }

    fn wrong_places(&self, project: &Project, terms: &[Term<'_>]) -> Vec<String> {
        let (term, right) = (&self.term, self.right_places(terms));
        if right.is_empty() {
            return vec![format!(
                "`{term}` is bold on no page. Make it bold where it is defined, or strike \
                 out its entry."
            )];
        }
        let links: Vec<String> =
            right.iter().map(|place| format!("`{}`", link(place))).collect();
        let wrong = self.places.iter().filter(|place| !right.contains(place));
        wrong
            .filter(|place| exists(project, place))
            .map(|place| {
                let (link, links) = (link(place), links.join(", "));
                format!("`{term}` is not bold at `{link}`, but here: {links}.")
            })
            .collect()
    }
}

/// Whether there is such a place: a link that leads nowhere is a failure of its own.
fn exists(project: &Project, (page, section): &Place) -> bool {
    let page = project.pages.get(page);
    page.is_some_and(|page| section.is_empty() || page.anchors.contains(section))
}

/// The entries stand in the order of the alphabet, each once.
fn check_order(entries: &[Entry], report: &mut Report) {
    let named: Vec<&Entry> =
        entries.iter().filter(|entry| !entry.term.is_empty()).collect();
    for (n, entry) in named.iter().enumerate() {
        let (term, before) = (&entry.term, &named[..n]);
        let error = match before.last() {
            _ if before.iter().any(|other| other.key() == entry.key()) => {
                format!("`{term}` has an entry already; make one of the two.")
            }
            Some(last) if entry.term.to_lowercase() < last.term.to_lowercase() => {
                let last = &last.term;
                format!(
                    "`{term}` stands behind `{last}`; put it before, as in the alphabet."
                )
            }
            _ => continue,
        };
        report.fail(GLOSSARY, entry.line, error);
    }
}
