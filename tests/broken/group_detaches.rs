//! A group that is dropped lets its children run on.

use mainspring::spawn;

use super::group::Parts;
use crate::suite::group::Job;

pub struct Detaches;

impl Parts for Detaches {
    fn leave(children: Vec<Job>) {
        for child in children {
            drop(spawn(child));
        }
    }
}
