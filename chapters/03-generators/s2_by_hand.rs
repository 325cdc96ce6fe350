//! The walk as a state machine, written by hand: it stops at each leaf.

mod tree;

use tree::{Tree, two_trees};

/// A walk, wherever it stands.
enum Walk<'a> {
    /// It has not begun.
    Start(&'a Tree),
    /// It is in the left branch. The right one comes after.
    Left(Box<Walk<'a>>, &'a Tree),
    /// It is in the right branch.
    Right(Box<Walk<'a>>),
    /// It has ended.
    Done,
}

impl Iterator for Walk<'_> {
    type Item = u32;

    /// Goes on from where it stands to the next leaf.
    fn next(&mut self) -> Option<u32> {
        loop {
            match self {
                Walk::Start(Tree::Leaf(number)) => {
                    let number = *number;
                    *self = Walk::Done;
                    return Some(number);
                }
                Walk::Start(Tree::Fork(left, right)) => {
                    *self = Walk::Left(Box::new(Walk::Start(left)), right);
                }
                Walk::Left(walk, right) => match walk.next() {
                    Some(number) => return Some(number),
                    None => *self = Walk::Right(Box::new(Walk::Start(right))),
                },
                Walk::Right(walk) => match walk.next() {
                    Some(number) => return Some(number),
                    None => *self = Walk::Done,
                },
                Walk::Done => return None,
            }
        }
    }
}

fn main() {
    let (a, b) = two_trees();
    let mut visited = 0;
    let same = Walk::Start(&a).inspect(|_| visited += 1).eq(Walk::Start(&b));
    println!("the same leaves: {same}");
    println!("leaves visited:  {}", 2 * visited);
}
