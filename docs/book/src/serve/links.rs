//! What the pages link to outside of the book: the sources, which are served beside it.

use percent_encoding::percent_decode_str;

/// The links of a page, as mdBook writes them.
pub fn links(page: &str) -> impl Iterator<Item = &str> {
    let attributes = page.split("href=\"").skip(1);
    attributes.filter_map(|rest| rest.split_once('"')).map(|(link, _)| link)
}

/// The name that `link` stands for on the page called `page`, if it may be a file of the same site.
pub fn name_of(page: &str, link: &str) -> Option<String> {
    let path = link.split(['#', '?']).next()?;
    if path.is_empty() || path.starts_with('/') || path.contains(':') {
        return None;
    }
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let mut segments: Vec<&str> = page.split('/').collect();
    segments.pop();
    for segment in path.split('/') {
        match segment {
            "." | "" => {}
            ".." => drop(segments.pop()?),
            _ => segments.push(segment),
        }
    }
    // What is hidden stays so, as in the mirror of src/book.rs.
    let is_hidden = segments.iter().any(|segment| segment.starts_with('.'));
    (!is_hidden).then(|| segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_and_followed() {
        let page = r#"<a id="x" href="../../src/a%20b.rs#L1">a</a> <link href="b.css"> <a href="open"#;
        assert_eq!(links(page).collect::<Vec<_>>(), ["../../src/a%20b.rs#L1", "b.css"]);
        let from = |link| name_of("book/01/README.html", link);
        assert_eq!(from("../../src/a%20b.rs#L1").as_deref(), Some("src/a b.rs"));
        assert_eq!(from("./../README.html?x").as_deref(), Some("book/README.html"));
        let elsewhere = ["#here", "https://example.org/", "/etc/passwd", "../../../x"];
        for link in elsewhere.into_iter().chain(["../../.git/config"]) {
            assert_eq!(from(link), None, "{link}");
        }
    }
}
