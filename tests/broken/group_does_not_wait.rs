//! The children that are left are aborted, and nobody waits for their end.

use mainspring::spawn;

use super::group::Parts;
use crate::suite::group::Job;

pub struct DoesNotWait;

impl Parts for DoesNotWait {
    fn abort(children: Vec<Job>) {
        for child in children {
            spawn(child).abort();
        }
    }
}
