//! From the path of a URL to a name of the site.

use percent_encoding::percent_decode_str;

/// The name that `path` spells: its segments, decoded once, with `/` between them. It ends with `/` if the path does,
/// and is empty for `/` itself.
///
/// Whatever could lead somewhere else has no name: `.` and `..`, what begins with a point at all, an empty segment, a
/// slash that hides in a segment, a backslash, a control character, what is not UTF-8. So a name stands for one place,
/// however it was spelled.
pub fn resolve(path: &str) -> Option<String> {
    let mut segments = path.strip_prefix('/')?.split('/').peekable();
    let mut name = String::new();
    while let Some(encoded) = segments.next() {
        let is_last = segments.peek().is_none();
        if is_last && encoded.is_empty() {
            break; // `/`, or the end of a folder
        }
        name.push_str(&segment(encoded)?);
        if !is_last {
            name.push('/');
        }
    }
    Some(name)
}

fn segment(encoded: &str) -> Option<String> {
    let segment = percent_decode_str(encoded).decode_utf8().ok()?;
    let leads_elsewhere = segment.is_empty()
        || segment.starts_with('.')
        || segment.contains(|c: char| c == '/' || c == '\\' || c.is_control());
    (!leads_elsewhere).then(|| segment.into_owned())
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path, PathBuf};

    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    /// What a server does that decodes the path and asks the file system: the place that it would open.
    fn naive(path: &str) -> Option<PathBuf> {
        let decoded = percent_decode_str(path).decode_utf8().ok()?.replace('\\', "/");
        let mut place = PathBuf::from("/root");
        for component in Path::new(decoded.trim_start_matches('/')).components() {
            match component {
                Component::ParentDir => drop(place.pop()),
                Component::Normal(name) => place.push(name),
                _ => {}
            }
        }
        Some(place)
    }

    const PIECES: &[&str] = &[
        "/",
        "//",
        "..",
        "../",
        "/..",
        ".",
        "%2e",
        "%2E%2e",
        "%2f",
        "%2F",
        "%252e%252e",
        "%252f",
        "\\",
        "%5c",
        "..\\",
        "%5C..",
        "%00",
        "\0",
        "%c0%ae",
        "%e2%80%a5",
        "%ff",
        "%",
        "%2",
        "book",
        "src",
        "etc/passwd",
        "a b",
        "%20",
        "é",
        "C:",
        "~",
        ".git",
        "..;",
        "...",
        "index.html",
    ];

    /// Paths that try to get out, spelled in all ways.
    fn attempts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => proptest::sample::select(PIECES).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        (any::<bool>(), proptest::collection::vec(piece, 0..8)).prop_map(
            |(is_rooted, pieces)| {
                format!("{}{}", if is_rooted { "/" } else { "" }, pieces.concat())
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn a_name_leads_where_a_naive_server_would_go_and_never_out(path in attempts()) {
            if let Some(name) = resolve(&path) {
                prop_assert_eq!(Some(Path::new("/root").join(&name)), naive(&path));
                let mut components = Path::new(&name).components();
                prop_assert!(components.all(|component| matches!(component, Component::Normal(_))));
            }
        }

        #[test]
        fn every_name_is_found_however_it_is_encoded(
            segments in proptest::collection::vec("[^./\\\\\\p{C}][^/\\\\\\p{C}]{0,6}", 0..5),
            is_folder: bool,
        ) {
            let mut name = segments.join("/");
            if is_folder && !name.is_empty() {
                name.push('/');
            }
            let encode = |segment: &str| utf8_percent_encode(segment, NON_ALPHANUMERIC).to_string();
            let path: Vec<_> = name.split('/').map(encode).collect();
            prop_assert_eq!(resolve(&format!("/{}", path.join("/"))), Some(name));
        }
    }

    #[test]
    fn a_path_is_decoded_once_and_has_no_empty_segments() {
        assert_eq!(resolve("/a/%2562.html").as_deref(), Some("a/%62.html"));
        assert_eq!(resolve("/").as_deref(), Some(""));
        assert_eq!(resolve("/a/").as_deref(), Some("a/"));
        for nothing in ["", "a", "//", "/a//", "/a//b", "//a"] {
            assert_eq!(resolve(nothing), None, "{nothing}");
        }
    }
}
