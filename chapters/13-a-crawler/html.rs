//! What a page leads to, and which places in it have a name.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// What a link checker wants to know of a page.
#[derive(Debug, Default)]
pub struct Page {
    /// As they stand there, without the space around them.
    pub links: Vec<String>,
    /// What links are relative to, if not to the page's own address.
    pub base: Option<String>,
    pub anchors: Anchors,
}

/// The named places of a page, each as a number of eight bytes: a crawl keeps those of every
/// page. That a name that is not there has the number of one that is, is not to be expected in
/// the life of a reader.
#[derive(Debug, Default)]
pub struct Anchors(HashSet<u64>);

impl Anchors {
    fn add(&mut self, name: &[u8]) {
        self.0.insert(number(name.trim_ascii()));
    }

    /// Whether a fragment leads somewhere: the top of the page is always there.
    pub fn has(&self, fragment: &str) -> bool {
        let (name, _) = fragment.split_once(":~:").unwrap_or((fragment, "")); // a search for text
        let decoded = percent_decoded(name);
        name.is_empty()
            || name.eq_ignore_ascii_case("top")
            || [name.as_bytes(), &decoded]
                .iter()
                .any(|name| self.0.contains(&number(name)))
    }
}

fn number(name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// `%20` as a space, and so on; what is no such sign stays as it is.
pub fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let sign = after.get(..2).filter(|_| byte == b'%').and_then(hexadecimal);
        decoded.push(sign.unwrap_or(byte));
        rest = if sign.is_some() { &after[2..] } else { after };
    }
    decoded
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(value(digits[0])? * 16 + value(digits[1])?).ok()
}

impl Page {
    /// Reads a page. There is no page that cannot be read: a tokenizer of HTML knows no errors
    /// that end it.
    pub fn read(bytes: &[u8]) -> Self {
        let mut page = Self::default();
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true); // what stands in a script is no tag
        for token in Tokenizer::new_with_emitter(bytes, emitter) {
            if let Ok(Token::StartTag(tag)) = token {
                page.read_tag(&tag);
            }
        }
        page
    }

    fn read_tag(&mut self, tag: &StartTag<()>) {
        let value = |name: &[u8]| tag.attributes.get(name).map(|value| &value.value[..]);
        value(b"id").into_iter().for_each(|id| self.anchors.add(id));
        let link = match &tag.name[..] {
            b"base" => {
                let base = value(b"href").map(text);
                return self.base = self.base.take().or(base);
            }
            b"a" => {
                value(b"name").into_iter().for_each(|name| self.anchors.add(name));
                value(b"href")
            }
            b"area" => value(b"href"),
            b"link" if !is_hint(value(b"rel")) => value(b"href"),
            b"img" => {
                self.links.extend(value(b"srcset").into_iter().flat_map(candidates));
                value(b"src")
            }
            b"script" | b"iframe" | b"embed" | b"source" | b"audio" | b"video"
            | b"track" => value(b"src"),
            b"object" => value(b"data"),
            _ => None,
        };
        self.links.extend(link.map(text));
    }
}

/// Whether a `<link>` names a host to be prepared for, and no page.
fn is_hint(relation: Option<&[u8]>) -> bool {
    let words = relation.unwrap_or_default().split(u8::is_ascii_whitespace);
    words.clone().any(|word| {
        word.eq_ignore_ascii_case(b"preconnect")
            || word.eq_ignore_ascii_case(b"dns-prefetch")
    })
}

/// The addresses in a `srcset`: `small.png 480w, large.png 2x`.
fn candidates(set: &[u8]) -> Vec<String> {
    let set = text(set);
    let first = |candidate: &str| candidate.split_whitespace().next().map(str::to_owned);
    set.split(',').filter_map(first).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.trim_ascii()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_names_of_a_page() {
        let page = Page::read(
            b"<!doctype html><base href=/b/><base href=/c/><a href=' one '>1</a>\
              <A HREF=two NAME=top2><p id=\"x y\"><img src=i srcset='j 1x, k 2x'>\
              <script>\"<a href=no>\"</script><!-- <a href=no> --><link rel=preconnect href=h>\
              <a href='a&amp;b'><a href=unclosed",
        );
        assert_eq!(page.links, ["one", "two", "j", "k", "i", "a&b"]);
        assert_eq!(page.base.as_deref(), Some("/b/"));
        for (fragment, is_there) in [
            ("", true),
            ("TOP", true),
            ("top2", true),
            ("x%20y", true),
            ("x%20y:~:text=x", true),
            ("x", false),
            ("%", false),
            ("%2", false),
        ] {
            assert_eq!(page.anchors.has(fragment), is_there, "{fragment}");
        }
    }

    /// Whatever the bytes are, they are read to their end.
    #[test]
    fn no_bytes_are_too_bad() {
        let mut random = fastrand::Rng::with_seed(1);
        let words =
            ["<a href=", "'", "\"", ">", "<!--", "-->", "\0", "&#x110000;", "</script"];
        for _ in 0..2_000 {
            let mut bytes = Vec::new();
            for _ in 0..random.usize(..60) {
                match random.u8(..3) {
                    0 => bytes.push(random.u8(..)),
                    _ => bytes.extend(words[random.usize(..words.len())].bytes()),
                }
            }
            let page = Page::read(&bytes);
            assert!(page.links.iter().all(|link| link.len() <= 3 * bytes.len()));
        }
    }
}
