//! Puts an executor together: the pieces that are named in `YOURS_OWN` are the reader's, the
//! solutions stand in for the others.

use std::path::Path;
use std::{env, fs};

#[path = "../tree.rs"]
mod tree;

fn main() {
    println!("cargo::rerun-if-env-changed=YOURS_OWN");
    println!("cargo::rerun-if-env-changed=YOURS_CHAPTER");
    println!("cargo::rerun-if-env-changed=YOURS_SAVINGS");
    println!("cargo::rerun-if-env-changed=YOURS_ROOT"); // a clone that was moved
    println!("cargo::rerun-if-changed=../tree.rs");
    println!("cargo::rerun-if-changed=../src/lib.rs");
    println!("cargo::rerun-if-changed=../steps");
    println!("cargo::rerun-if-changed=../savings");
    let own = env::var("YOURS_OWN").unwrap_or_default();
    let own: Vec<&str> = own.split_whitespace().collect();
    // Where the package is now: a clone that was copied with what was built in it moves.
    let here = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let root = Path::new(&here).parent().expect("it lies in `yours`");
    // For maintainers: the suites are for the savings of the race, too.
    let savings = env::var("YOURS_SAVINGS").unwrap_or_default();
    let savings = savings.split_whitespace();
    let savings: Vec<_> = savings.map(|name| root.join("savings").join(name)).collect();
    let pieces = tree::modules(root, &own, &savings);
    let chapter = env::var("YOURS_CHAPTER").ok().and_then(|chapter| chapter.parse().ok());
    let chapter: u32 = chapter.unwrap_or(3);
    let checks = root.join(format!("check/src/ch{chapter:02}.rs"));
    let tree = format!("{pieces}#[path = {checks:?}]\nmod chapter;\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    let write = |name, text| fs::write(Path::new(&out).join(name), text);
    write("pieces.rs", pieces).expect("OUT_DIR can be written to");
    write("tree.rs", tree).expect("OUT_DIR can be written to");
}
