//! The trees whose leaves the stages of this chapter compare.

use std::ops::Range;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// A tree with a number at each leaf.
pub enum Tree {
    Leaf(u32),
    Fork(Box<Tree>, Box<Tree>),
}

impl Tree {
    /// Grows a tree over `leaves`, one `parts`-th of them on the left of each fork: 2 makes
    /// a balanced tree, 3 a lopsided one.
    pub fn grow(leaves: Range<u32>, parts: u32) -> Tree {
        let count = leaves.end - leaves.start;
        if count == 1 {
            return Tree::Leaf(leaves.start);
        }
        let middle = leaves.start + (count / parts).max(1);
        let left = Tree::grow(leaves.start..middle, parts);
        let right = Tree::grow(middle..leaves.end, parts);
        Tree::Fork(Box::new(left), Box::new(right))
    }
}

/// The two trees of the chapter, in different shapes. The leaves of the second begin at 1,
/// or with `--same` at 0, as those of the first do.
pub fn two_trees() -> (Tree, Tree) {
    let first = if cli::options(&["--same"]).is_empty() { 1 } else { 0 };
    (Tree::grow(0..65_536, 2), Tree::grow(first..first + 65_536, 3))
}
