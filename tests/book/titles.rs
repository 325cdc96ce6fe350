//! A chapter goes by one name: in `SUMMARY.md`, over its page, and on the map of
//! `README.md`, which also says how to run it.

use crate::page::{Link, Page};
use crate::project::{Project, is_further_page, resolve};
use crate::report::Report;

const SUMMARY: &str = "chapters/SUMMARY.md";

pub fn check(project: &Project, report: &mut Report) {
    for page in project.prose().filter(|page| page.path != SUMMARY) {
        if let Some(second) = page.titles.get(1) {
            let text =
                "A page has one heading of the first level, its title; write `##`.";
            report.fail(&page.path, second.line, text);
        }
    }
    let Some(summary) = project.pages.get(SUMMARY) else { return };
    for (n, link) in summary.links.iter().enumerate() {
        let earlier = &summary.links[..n];
        if earlier.iter().any(|earlier| earlier.target == link.target) {
            let text = format!("{} stands here twice; once is enough.", link.target);
            report.fail(SUMMARY, link.line, text);
            continue;
        }
        let path = resolve("chapters", &link.target).unwrap_or_default();
        if let Some(page) = project.pages.get(&path) {
            check_title(page, link, report);
            if is_further_page(&path) {
                check_place(summary, n, report);
            } else {
                check_map(project, &path, link, report);
            }
        }
    }
}

/// One more page of a chapter stands below it and further in, so that mdBook shows it as
/// a part of the chapter.
fn check_place(summary: &Page, n: usize, report: &mut Report) {
    let folder =
        |link: &Link| link.target.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let link = &summary.links[n];
    let before = n.checked_sub(1).and_then(|before| folder(&summary.links[before]));
    let line = summary.text.lines().nth(link.line - 1).unwrap_or_default();
    if before != folder(link) || !line.starts_with(' ') {
        let text = format!(
            "{} is one more page of a chapter; put its line below the chapter's, two \
             spaces further in.",
            link.target
        );
        report.fail(SUMMARY, link.line, text);
    }
}

fn check_title(page: &Page, link: &Link, report: &mut Report) {
    let title = page.titles.first().map_or("(none)", |title| title.text.trim());
    if title != link.text {
        let text = format!(
            "SUMMARY.md calls the page `{}`, its title is `{title}`; give both one name.",
            link.text
        );
        report.fail(&page.path, 1, text);
    }
}

/// The map has a line with the number of the chapter, its title and its command.
fn check_map(project: &Project, path: &str, chapter: &Link, report: &mut Report) {
    let Some(readme) = project.pages.get("README.md") else { return };
    let number = path.strip_prefix("chapters/").and_then(|path| path.split_once('-'));
    let Some((digits, number)) =
        number.and_then(|(digits, _)| Some((digits, digits.parse::<u32>().ok()?)))
    else {
        return;
    };
    let name = format!("{digits} {}", chapter.text);
    let has_program = project.manifest.program(&format!("ch{number:02}")).is_some();
    let command = match number {
        0 => "`cargo run`".to_owned(),
        _ if !has_program => String::new(),
        number => format!("`cargo run -- {number}`"),
    };
    let mut links = readme.links.iter().filter(|link| link.target == path);
    let line = |link: &Link| readme.text.lines().nth(link.line - 1).unwrap_or_default();
    let is_there = links.clone().next().is_some();
    if is_there
        && !links.clone().any(|link| link.text == name && line(link).contains(&command))
    {
        let text = format!(
            "The map lacks the line of {path}: `[{name}]({path})` and {command}."
        );
        report.fail("README.md", links.next().map_or(1, |link| link.line), text);
    }
}
