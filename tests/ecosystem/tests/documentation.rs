//! What the documentation of `mainspring::io` shows is what is tested here.

use std::fs;
use std::path::Path;

/// The blocks of Rust in the documentation of a module, in their order.
fn blocks(module: &str) -> Vec<String> {
    let docs: Vec<&str> =
        module.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let docs: Vec<&str> =
        docs.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let pieces = docs.split(|line| line.starts_with("```"));
    // Every second piece lies between two fences; which of them are Rust says the first fence.
    let fences = docs.iter().filter(|line| line.starts_with("```")).step_by(2);
    let inside = pieces.skip(1).step_by(2);
    let rust = fences.zip(inside).filter(|(fence, _)| **fence == "```ignore");
    rust.map(|(_, lines)| lines.join("\n")).collect()
}

#[test]
fn the_documentation_shows_what_is_tested() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let module = fs::read_to_string(here.join("../../src/io/mod.rs")).unwrap();
    let files = ["tls_client", "web_socket", "http_server"].map(|name| {
        let file = fs::read_to_string(here.join(format!("src/{name}.rs"))).unwrap();
        let (_title, code) = file.split_once("\n\n").unwrap();
        code.trim_end().to_owned()
    });
    assert_eq!(blocks(&module), files);
}
