//! The maps say how many minutes a chapter takes: `45 + 60 min` are 45 for its roads and 60
//! for its workshops, by one rule for all, so that two chapters can be compared. A table row
//! that links to a chapter is one of a map. `24 + 8 hours` on such a page is what its rows add
//! up to.

use std::ops::Range;

use crate::page::{Page, line_of};
use crate::project::{Project, is_appendix, is_workshop, resolve};
use crate::report::Report;
use crate::road::Road;

const MAPS: [&str; 2] = ["README.md", "chapters/README.md"];

/// What a map has to say, and where it says that, or something else.
struct Claim {
    line: usize,
    place: Option<Range<usize>>,
    right: String,
}

pub fn check(project: &mut Project, report: &mut Report) {
    let mut edits = Vec::new();
    for map in MAPS {
        let Some(page) = project.pages.get(map) else { continue };
        for Claim { line, place, right } in claims(project, page) {
            match place {
                Some(place) if page.text[place.clone()] == right => {}
                Some(place) if project.setup.bless => edits.push((map, place, right)),
                _ => {
                    let text = format!(
                        "By the rule it is `{right}`; write that, or run BLESS=1."
                    );
                    report.fail(map, line, text);
                }
            }
        }
    }
    for (map, range, text) in edits {
        project.edit(map, range, text);
    }
}

/// One for each row, and one for what they add up to, if the page says that.
fn claims(project: &Project, page: &Page) -> Vec<Claim> {
    let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut claims = Vec::new();
    let mut sum = [0, 0];
    for link in &page.links {
        let Some(row) = row(&page.text, link.line) else { continue };
        let Some(chapter) = resolve(folder, &link.target) else { continue };
        if project.chapters.contains(&chapter) && !is_appendix(&chapter) {
            let right = minutes(project, &chapter);
            add(&mut sum, &right);
            let place = cell(&page.text[row.clone()])
                .map(|cell| row.start + cell.start..row.start + cell.end);
            claims.push(Claim { line: link.line, place, right });
        }
    }
    claims.extend(hours(&page.text).map(|place| Claim {
        line: line_of(&page.text, place.start),
        place: Some(place),
        right: sum.map(|minutes| ((minutes + 30) / 60).to_string()).join(" + "),
    }));
    claims
}

/// Where the row of a table is, if the line is one.
fn row(text: &str, line: usize) -> Option<Range<usize>> {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let length = text[start..].find('\n').unwrap_or(text.len() - start);
    text[start..].starts_with('|').then_some(start..start + length)
}

/// Where the cell that ends in `min` is in a row.
fn cell(row: &str) -> Option<Range<usize>> {
    let end = row.find(" min |")? + " min".len();
    let start = row[..end].rfind("| ")? + "| ".len();
    Some(start..end)
}

/// Adds the minutes of a cell such as `45 + 60 min`.
fn add(sum: &mut [usize; 2], cell: &str) {
    let numbers = cell.split(' ').filter_map(|word| word.parse::<usize>().ok());
    sum.iter_mut().zip(numbers).for_each(|(sum, minutes)| *sum += minutes);
}

/// Where `24 + 8` is, in front of `hours`.
fn hours(text: &str) -> Option<Range<usize>> {
    text.match_indices(" hours").find_map(|(end, _)| {
        let sum = |sign: char| sign.is_ascii_digit() || sign == '+' || sign == ' ';
        let start = text[..end].trim_end_matches(sum).len();
        let start = end - text[start..end].trim_start().len();
        text[start..end].contains(" + ").then_some(start..end)
    })
}

/// What the pages of a chapter take, those to follow and those to look things up in.
fn minutes(project: &Project, chapter: &str) -> String {
    let folder = chapter.strip_suffix("README.md").unwrap_or(chapter);
    let of = |workshops: bool| -> usize {
        let paths = project.chapters.iter().filter(|path| {
            path.starts_with(folder) && is_workshop(path.as_str()) == workshops
        });
        let pages = paths.filter_map(|path| project.pages.get(path));
        pages.map(of_page).sum::<usize>().next_multiple_of(5)
    };
    match (of(false), of(true)) {
        (roads, 0) => format!("{roads} min"),
        (roads, workshops) => format!("{roads} + {workshops} min"),
    }
}

fn of_page(page: &Page) -> usize {
    Road::measure(&page.text).minutes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_minutes_in_a_cell_of_their_own() {
        let row = "| [A](a.md) | what | 45 + 60 min | `cargo run` |";
        assert_eq!(cell(row).map(|range| &row[range]), Some("45 + 60 min"));
        assert_eq!(cell("| [A](a.md) | ten min or so |"), None);
    }

    #[test]
    fn what_the_rows_add_up_to_is_said_in_hours() {
        let mut sum = [0, 0];
        ["45 + 60 min", "10 min"].iter().for_each(|cell| add(&mut sum, cell));
        assert_eq!(sum, [55, 60]);
        let text = "In 3 hours, or in about 24 + 8 hours.";
        assert_eq!(hours(text).map(|range| &text[range]), Some("24 + 8"));
        assert_eq!(hours("twelve hours in 3 hours"), None);
    }
}
