//! Do two trees have the same leaves? With callbacks, both are walked to the end.

mod tree;

use tree::{Tree, two_trees};

fn main() {
    let (a, b) = two_trees();
    let (mut left, mut right) = (vec![], vec![]);
    walk(&a, &mut |leaf| left.push(leaf));
    walk(&b, &mut |leaf| right.push(leaf));
    println!("the same leaves: {}", left == right);
    println!("leaves visited:  {}", left.len() + right.len());
}

fn walk(tree: &Tree, visit: &mut impl FnMut(u32)) {
    match tree {
        Tree::Leaf(number) => visit(*number),
        Tree::Fork(left, right) => {
            walk(left, visit);
            walk(right, visit);
        }
    }
}
