//! What the dictionary's two programs in Rust have in common: they call the entries that
//! they are asked for, or all.

use crate::cli;

/// The name of an entry, and the function that shows what it does.
pub type Entry = (&'static str, fn());

/// Calls the entries that the arguments name, all if there are none. Above what one of
/// several prints stands its name.
pub fn call(entries: &[Entry]) {
    let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
    let wanted = cli::options(&names);
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    for (name, entry) in entries.iter().filter(|(name, _)| is_wanted(name)) {
        if wanted.len() != 1 {
            println!("# {name}");
        }
        entry();
    }
}
