//! Puts the reader's executor together, for the race: as it is, and once for each saving of
//! `chapters/yours/savings`, on top of those that come before it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "../chapters/yours/tree.rs"]
mod tree;

const CHAINS: [&[&str]; 3] =
    [&["slab", "home", "spare", "kernel"], &["bits", "array", "clock"], &["read"]];

fn main() {
    println!("cargo::rerun-if-env-changed=YOURS_OWN");
    for path in ["tree.rs", "src/lib.rs", "steps", "savings"] {
        println!("cargo::rerun-if-changed=../chapters/yours/{path}");
    }
    let own = env::var("YOURS_OWN").unwrap_or_default();
    let own: Vec<&str> = own.split_whitespace().collect();
    let here = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let yours = Path::new(&here).join("../chapters/yours");
    let yours = yours.canonicalize().expect("the reader's executor is there");
    let steps = tree::steps(&yours);
    let written = steps.iter().filter(|step| own.contains(&tree::piece(step).as_str()));
    println!("cargo::rustc-env=YOURS_PIECES={} of {}", written.count(), steps.len());
    let mut trees = String::new();
    let mut add = |name: &str, instead: &[PathBuf]| {
        let modules = tree::modules(&yours, &own, instead);
        writeln!(trees, "pub mod {name} {{\n{modules}}}").expect("memory");
    };
    add("plain", &[]);
    for chain in CHAINS {
        let mut folders = Vec::new();
        for name in chain {
            folders.insert(0, yours.join("savings").join(name));
            add(name, &folders);
        }
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("yours.rs"), trees)
        .expect("OUT_DIR can be written to");
}
