//! What a site asks robots not to visit: its `robots.txt`, as RFC 9309 has it.

/// The rules for this robot.
#[derive(Debug, Default)]
pub struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: String,
    allows: bool,
}

/// More of a file than this is not read.
const MOST_LINES: usize = 10_000;

impl Rules {
    /// The rules of a file for a robot of this name, or for any robot if none are for this one.
    pub fn read(text: &str, robot: &str) -> Self {
        let (mut ours, mut anybodys) = (None, Vec::new());
        let (mut for_us, mut for_any, mut in_names) = (false, false, false);
        for line in text.lines().take(MOST_LINES) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if !in_names {
                        (for_us, for_any) = (false, false); // a new group begins
                    }
                    for_any |= value == "*";
                    if value.eq_ignore_ascii_case(robot) {
                        for_us = true;
                        ours.get_or_insert_with(Vec::new);
                    }
                    in_names = true;
                }
                "allow" | "disallow" => {
                    in_names = false;
                    let rule =
                        || Rule { pattern: value.to_owned(), allows: key == "allow" };
                    if value.is_empty() {
                        continue; // forbids nothing
                    }
                    if for_us {
                        ours.get_or_insert_with(Vec::new).push(rule());
                    }
                    if for_any {
                        anybodys.push(rule());
                    }
                }
                _ => {}
            }
        }
        Self(ours.unwrap_or(anybodys))
    }

    /// Whether a path, with its query, may be visited: the longest pattern that matches says so,
    /// and of two that are equally long the one that allows.
    pub fn allow(&self, path: &str) -> bool {
        let matching = self.0.iter().filter(|rule| matches(&rule.pattern, path));
        let longest = matching.max_by_key(|rule| (rule.pattern.len(), rule.allows));
        path == "/robots.txt" || longest.is_none_or(|rule| rule.allows)
    }
}

/// Whether a path begins as a pattern says. `*` stands for anything, `$` for the end.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, to_the_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let last = if to_the_end { pieces.pop() } else { None };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    match last {
        Some(last) => rest.ends_with(last),
        None => !to_the_end || rest.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path, does) in [
            ("/", "/", true),
            ("/a", "/abc", true),
            ("/a/", "/a", false),
            ("/*.pdf$", "/x/y.pdf", true),
            ("/*.pdf$", "/x/y.pdf?z", false),
            ("/*.pdf", "/x/y.pdf?z", true),
            ("/a*b*c", "/a--b--c--", true),
            ("/a*b*c", "/a--c--b--", false),
            ("/a$", "/a", true),
            ("/a$", "/ab", false),
            ("*", "/", true),
        ] {
            assert_eq!(matches(pattern, path), does, "{pattern} {path}");
        }
    }

    #[test]
    fn the_longest_of_our_own_group_counts() {
        let text = "User-agent: *\nDisallow: /\n\nUser-Agent: other\nuser-agent: Mine # me\n\
                    Disallow: /a\nAllow: /a/b\nDisallow:\nnonsense\n";
        let mine = Rules::read(text, "mine");
        assert!(mine.allow("/") && mine.allow("/a/b/c") && !mine.allow("/a/c"));
        let others = Rules::read(text, "nobody");
        assert!(!others.allow("/") && others.allow("/robots.txt"));
        assert!(Rules::read("", "mine").allow("/a"));
        assert!(Rules::read("Disallow: /", "mine").allow("/a"), "it is nobody's rule");
    }
}
