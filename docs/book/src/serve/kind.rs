//! Content types.

use hyper::header::HeaderValue;
use mime_guess::mime::{CSS, HTML, JAVASCRIPT, TEXT};

/// The content type of the file `name`.
///
/// Text that a browser has no use for but to show it or to save it, as `text/x-rust`, is plain text: so it is shown.
pub fn kind(name: &str, bytes: &[u8]) -> HeaderValue {
    let guess = mime_guess::from_path(name).first();
    let is_plain = match &guess {
        Some(kind) => {
            kind.type_() == TEXT && ![CSS, HTML, JAVASCRIPT].contains(&kind.subtype())
        }
        None => std::str::from_utf8(bytes).is_ok(),
    };
    let kind = match &guess {
        _ if is_plain => "text/plain",
        Some(kind) => kind.essence_str(),
        None => "application/octet-stream",
    };
    let charset = if kind.starts_with("text/") { "; charset=utf-8" } else { "" };
    let kind = format!("{kind}{charset}");
    HeaderValue::try_from(kind).expect("a content type is visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_shows_pages_and_sources() {
        for (name, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("css/book.css", "text/css; charset=utf-8"),
            ("book.js", "text/javascript; charset=utf-8"),
            ("src/lib.rs", "text/plain; charset=utf-8"),
            ("feed.py", "text/plain; charset=utf-8"),
            ("Cargo.toml", "text/plain; charset=utf-8"),
            ("README.md", "text/plain; charset=utf-8"),
            ("LICENSE-MIT", "text/plain; charset=utf-8"),
            ("wheel.svg", "image/svg+xml"),
            ("font.woff2", "font/woff2"),
        ] {
            assert_eq!(kind(name, b"x"), expected, "{name}");
        }
        assert_eq!(kind("core", b"\xff\x00"), "application/octet-stream");
    }
}
