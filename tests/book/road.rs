//! A road is one line of thought, short enough for one sitting, with something to run,
//! predict or write again and again. A chapter's own page is one, and so is each further
//! page but for the workshops, *The code of* something, where what is longer goes.
//!
//! What is folded does not count. A stretch is counted in words, a line of code as eight.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::page::{Page, line_of, options};
use crate::project::{Project, is_appendix, is_workshop};
use crate::report::Report;

const MOST_WORDS: usize = 3_200;
const MOST_LINES_OF_CODE: usize = 320;
const LONGEST_LISTING: usize = 40;
const LONGEST_STRETCH: usize = 1_300;
const WORDS_A_LINE: usize = 8;
const WORDS_A_MINUTE: usize = 200;
const MINUTES_A_PREDICTION: usize = 2;
const MINUTES_A_TURN: usize = 10;

pub fn check(project: &Project, report: &mut Report) {
    for path in &project.chapters {
        if let Some(page) = project.pages.get(path)
            && is_road(path)
        {
            check_page(page, report);
        }
    }
}

fn is_road(path: &str) -> bool {
    !is_appendix(path) && !is_workshop(path)
}

fn check_page(page: &Page, report: &mut Report) {
    let road = Road::measure(&page.text);
    let advice = "put something into a fold, or into a workshop";
    if road.words > MOST_WORDS {
        let text =
            format!("The road has {} words, at most {MOST_WORDS}; {advice}.", road.words);
        report.fail(&page.path, 1, text);
    }
    if road.lines > MOST_LINES_OF_CODE {
        let most = MOST_LINES_OF_CODE;
        let text = format!(
            "The road has {} lines of code, at most {most}; {advice}.",
            road.lines
        );
        report.fail(&page.path, 1, text);
    }
    for (line, length) in road.listings {
        if length > LONGEST_LISTING {
            let text = format!(
                "The listing has {length} lines, at most {LONGEST_LISTING}; show a part of it."
            );
            report.fail(&page.path, line, text);
        }
    }
    for (line, length) in road.stretches {
        if length > LONGEST_STRETCH {
            let text = format!(
                "From here on a reader has nothing to run, predict or write for {length} \
                 words, at most {LONGEST_STRETCH}, a line of code counted as {WORDS_A_LINE}."
            );
            report.fail(&page.path, line, text);
        }
    }
}

/// What there is to read on a page.
#[derive(Debug, Default)]
pub struct Road {
    words: usize,
    /// Of code, without those that are empty.
    lines: usize,
    /// Where a listing begins, and how long it is.
    listings: Vec<(usize, usize)>,
    /// Where something to do was last, and how much there is to read until the next.
    stretches: Vec<(usize, usize)>,
    folds: usize,
    /// Questions to answer before one goes on.
    predictions: usize,
    /// Pieces to write.
    turns: usize,
}

impl Road {
    /// How long it takes to read the page and to do what it says.
    pub fn minutes(&self) -> usize {
        let words = self.words + self.lines * WORDS_A_LINE;
        let doing = self.predictions * MINUTES_A_PREDICTION + self.turns * MINUTES_A_TURN;
        words.div_ceil(WORDS_A_MINUTE) + doing
    }

    pub fn measure(text: &str) -> Road {
        let mut road = Road { stretches: vec![(1, 0)], ..Road::default() };
        let mut paragraph = String::new();
        let mut code: Option<String> = None;
        for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => road.fold(&html),
                Event::Start(Tag::CodeBlock(kind)) => {
                    code = Some(match kind {
                        CodeBlockKind::Fenced(info) => info.into_string(),
                        CodeBlockKind::Indented => String::new(),
                    });
                    paragraph.clear();
                }
                Event::End(TagEnd::CodeBlock) => {
                    let info = code.take().unwrap_or_default();
                    road.listing(text, &range, &info, &paragraph);
                    paragraph.clear();
                }
                Event::Text(piece) | Event::Code(piece) => paragraph.push_str(&piece),
                Event::SoftBreak | Event::HardBreak => paragraph.push(' '),
                Event::End(
                    TagEnd::Paragraph
                    | TagEnd::Heading(_)
                    | TagEnd::Item
                    | TagEnd::TableCell
                    | TagEnd::Image,
                ) => {
                    road.paragraph(text, &range, &paragraph);
                    paragraph.clear();
                }
                _ => {}
            }
        }
        road
    }

    fn fold(&mut self, html: &str) {
        self.folds += html.matches("<details").count();
        self.folds = self.folds.saturating_sub(html.matches("</details").count());
    }

    fn listing(&mut self, text: &str, range: &Range<usize>, info: &str, code: &str) {
        if self.folds > 0 {
            return;
        }
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        self.lines += lines;
        self.listings.push((line_of(text, range.start), lines));
        self.walk(lines * WORDS_A_LINE);
        if info == "sh" {
            self.something_to_do(text, range);
        }
    }

    fn paragraph(&mut self, text: &str, range: &Range<usize>, paragraph: &str) {
        if self.folds > 0 {
            return;
        }
        let words = paragraph.split_whitespace().count();
        self.words += words;
        self.walk(words);
        let lower = paragraph.to_lowercase();
        self.predictions += usize::from(lower.starts_with("predict"));
        self.turns += usize::from(lower.starts_with("your turn"));
        let commands = ["cargo run", "cargo test", "cargo book", "your turn"];
        if lower.starts_with("predict") || commands.iter().any(|it| lower.contains(it)) {
            self.something_to_do(text, range);
        }
    }

    fn walk(&mut self, words: usize) {
        if let Some((_, length)) = self.stretches.last_mut() {
            *length += words;
        }
    }

    fn something_to_do(&mut self, text: &str, range: &Range<usize>) {
        self.stretches.push((line_of(text, range.start), 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(text: &str) -> Vec<String> {
        let mut report = Report::default();
        check_page(&Page::parse("chapters/99-road/README.md", text), &mut report);
        report.failures.iter().map(|it| format!("{}: {}", it.line, it.text)).collect()
    }

    fn words(count: usize) -> String {
        "word ".repeat(count)
    }

    fn listing(lines: usize) -> String {
        format!("```rs\n{}```\n\n", "let x = 1;\n".repeat(lines))
    }

    #[test]
    fn the_limits_are_for_roads_and_their_further_parts() {
        for (path, limited) in [
            ("chapters/99-road/README.md", true),
            ("chapters/99-road/its-next-part.md", true),
            ("chapters/99-road/the-code-of-roads.md", false),
            ("chapters/glossary/README.md", false),
        ] {
            assert_eq!(is_road(path), limited, "{path}");
        }
    }

    #[test]
    fn a_road_within_its_limits_is_right() {
        let part =
            format!("{}\n\n{}```sh\ncargo run -- 8\n```\n\n", words(600), listing(40));
        assert_eq!(failures(&part.repeat(5)), Vec::<String>::new());
    }

    #[test]
    fn too_many_words_are_found_and_those_in_a_fold_are_not_counted() {
        let part = format!("{}\n\nPredict what it prints.\n\n", words(1_100));
        let found = failures(&part.repeat(3));
        assert!(found.len() == 1 && found[0].contains("3312 words"), "{found:?}");
        let folded = format!("<details>\n\n{}\n\n</details>\n\n", words(2_000));
        assert_eq!(
            failures(&format!("{folded}{}", part.repeat(2))),
            Vec::<String>::new()
        );
    }

    #[test]
    fn minutes_are_for_reading_and_for_what_there_is_to_do() {
        let text = format!("{}\n\n{}", words(360), listing(5));
        assert_eq!(Road::measure(&text).minutes(), 2);
        let text = format!("{text}> **Predict.** What?\n\n**Your turn.** Write it.\n\n");
        assert_eq!(Road::measure(&text).minutes(), 3 + 2 + 10);
        let text = format!("{text}<details>\n\n{}\n\n</details>", words(10_000));
        assert_eq!(Road::measure(&text).minutes(), 3 + 2 + 10);
    }

    #[test]
    fn too_much_code_and_a_listing_that_is_too_long_are_found() {
        let part = format!("{}Your turn.\n\n", listing(39));
        let found = failures(&part.repeat(9));
        assert!(found.len() == 1 && found[0].contains("351 lines of code"), "{found:?}");
        let found = failures(&listing(41));
        assert!(found.len() == 1 && found[0].contains("has 41 lines"), "{found:?}");
    }

    #[test]
    fn a_stretch_without_anything_to_do_is_found_where_it_begins() {
        let text =
            format!("Run `cargo run -- 8`.\n\n{}\n\n{}", words(1_000), listing(38));
        let found = failures(&text);
        assert!(found.len() == 1 && found[0].starts_with("1: "), "{found:?}");
        assert!(found[0].contains("1304 words"), "{found:?}");
    }
}
