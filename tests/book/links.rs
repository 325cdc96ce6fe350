//! Every link leads to a file of the project, and every anchor to a place in it.

use crate::html::tags;
use crate::page::{Located, Page};
use crate::project::{Project, resolve};
use crate::report::Report;

pub fn check(project: &Project, report: &mut Report) {
    for page in project.pages.values() {
        for link in &page.links {
            if let Err(error) = check_link(project, page, &link.target) {
                report.fail(&page.path, link.line, error);
            }
        }
        for Located { line, text } in &page.html {
            for tag in tags(text) {
                for (_, target) in
                    tag.attributes.iter().filter(|(name, _)| name == "href")
                {
                    if let Err(error) = check_link(project, page, target) {
                        report.fail(&page.path, line + tag.line, error);
                    }
                }
            }
        }
        for Located { line, text } in &page.faults {
            report.fail(&page.path, *line, text.clone());
        }
    }
}

fn check_link(project: &Project, page: &Page, target: &str) -> Result<(), String> {
    if ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme))
    {
        return Ok(());
    }
    if target.starts_with('/') || has_scheme(target) {
        return Err(format!(
            "The link `{target}` is not relative; write the way from this page to the file."
        ));
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(decode(anchor))),
        None => (target, None),
    };
    if path.is_empty() && anchor.is_none() {
        return Err("A link leads nowhere; give it a target.".to_owned());
    }
    let path = match path {
        "" => page.path.clone(),
        path => resolve(page.folder(), &decode(path))
            .ok_or_else(|| format!("The link `{target}` leaves the project."))?,
    };
    if path.starts_with('.') || path.contains("/.") || path.starts_with("target/") {
        return Err(format!(
            "The link `{target}` leads to what readers do not see; name the file as code."
        ));
    }
    let in_book = page.path.starts_with("chapters/");
    if !project.has_file(&path) {
        return match project.setup.root.join(&path).is_dir() {
            true if !in_book => Ok(()),
            true => Err(format!(
                "The link `{target}` leads to a folder, which the book cannot show; link \
                 to a file in it."
            )),
            false => {
                Err(format!("The link `{target}` leads nowhere: there is no {path}."))
            }
        };
    }
    if in_book && path.ends_with(".md") && !project.chapters.contains(&path) {
        return Err(format!(
            "The link `{target}` leads to a page that is not in chapters/SUMMARY.md, and \
             so not in the book; name {path} as code."
        ));
    }
    match (anchor, project.pages.get(&path)) {
        (None, _) => Ok(()),
        (Some(anchor), Some(to)) if to.anchors.contains(&anchor) => Ok(()),
        (Some(anchor), Some(to)) => {
            let anchors: Vec<String> =
                to.anchors.iter().map(|anchor| format!("#{anchor}")).collect();
            let anchors = anchors.join(", ");
            Err(format!("{path} has no `#{anchor}`; it has these: {anchors}."))
        }
        (Some(anchor), None) => Err(format!(
            "`#{anchor}`: a place in a file that is no page will move; link to the file."
        )),
    }
}

/// Whether a link begins with a scheme, such as `file:`.
fn has_scheme(target: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    target.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme))
}

/// Decodes `%20` and its like.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        (rest, _) = match (first, code) {
            (b'%', Some(code)) => (&tail[2..], bytes.push(code)),
            _ => (tail, bytes.push(*first)),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
