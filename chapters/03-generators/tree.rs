//! The trees whose leaves the stages of this chapter compare.

use std::ops::Range;

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
