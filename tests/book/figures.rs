//! A figure says in words what it shows, to those who do not see it; it can be read on
//! light and on dark ground; and it asks for nothing from elsewhere.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

use crate::links::decode;
use crate::project::{Project, resolve};
use crate::report::Report;

/// A description that is shorter does not describe.
const SHORTEST: usize = 40;

pub fn check(project: &Project, report: &mut Report) {
    let mut shown = BTreeSet::new();
    for page in project.pages.values() {
        for link in page.links.iter().filter(|link| link.is_image) {
            shown.extend(resolve(page.folder(), &decode(&link.target)));
            if link.target.contains("://") {
                let text =
                    "A figure is a file beside its chapter; this one is elsewhere.";
                report.fail(&page.path, link.line, text);
            }
            let description = link.text.trim();
            let ends = description.ends_with(['.', '。', '?']);
            if description.chars().count() < SHORTEST || !ends {
                report.fail(
                    &page.path,
                    link.line,
                    format!(
                        "The figure {} lacks a description; say between `![` and `]` what \
                         it shows, every arrow of it, in whole sentences.",
                        link.target
                    ),
                );
            }
        }
    }
    for path in project.files(&["chapters"], "svg") {
        if !shown.contains(&path) {
            report.fail(&path, 1, "No page shows this figure; show it or remove it.");
        }
        if let Some(text) = project.text(&path, report) {
            check_svg(&path, &text, report);
        }
    }
}

fn check_svg(path: &str, text: &str, report: &mut Report) {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            return report.fail(path, error.pos().row as usize, format!("{error}."));
        }
    };
    let line =
        |node: &Node<'_, '_>| document.text_pos_at(node.range().start).row as usize;
    let svg = document.root_element();
    let mut fail = |node: &Node<'_, '_>, text: &str| report.fail(path, line(node), text);
    if svg.attribute("role") != Some("img") {
        fail(&svg, "The figure lacks `role=\"img\"` on its `<svg>`.");
    }
    for (name, shortest) in [("title", 2), ("desc", 20)] {
        let says = |node: Node<'_, '_>| {
            node.tag_name().name() == name
                && node.text().is_some_and(|text| text.trim().len() >= shortest)
        };
        if !svg.children().any(says) {
            fail(
                &svg,
                &format!(
                    "The figure lacks a `<{name}>` in its `<svg>`, or it says nothing."
                ),
            );
        }
    }
    if !text.contains("prefers-color-scheme") {
        fail(
            &svg,
            "The figure has one set of colours; give it those for dark ground too, in \
             `@media (prefers-color-scheme: dark)`.",
        );
    }
    for node in document.root().descendants() {
        if node.pi().is_some_and(|pi| pi.target == "xml-stylesheet") {
            fail(&node, "A figure has its style inside; put it into `<style>`.");
        }
        if node.tag_name().name().eq_ignore_ascii_case("script") {
            fail(&node, "A figure runs no script.");
        }
        for attribute in node.attributes() {
            if attribute.name().to_lowercase().starts_with("on") {
                fail(&node, "A figure runs no script.");
            }
            let is_link = ["href", "src"].contains(&attribute.name());
            let is_outside = is_link
                && !attribute.value().starts_with(['#'])
                && !attribute.value().starts_with("data:");
            if is_outside || asks_elsewhere(attribute.value()) {
                fail(&node, "A figure asks for nothing from elsewhere; draw it here.");
            }
        }
        let style = node.tag_name().name() == "style";
        if style && node.text().is_some_and(asks_elsewhere) {
            fail(&node, "A figure asks for nothing from elsewhere; draw it here.");
        }
    }
}

/// Whether a style refers to another file.
fn asks_elsewhere(style: &str) -> bool {
    let inside = ["#", "'#", "\"#", "data:", "'data:", "\"data:"];
    let mut urls = style.split("url(").skip(1);
    urls.any(|url| !inside.iter().any(|lead| url.trim_start().starts_with(lead)))
        || style.contains("@import")
}
