//! After the first failure nobody is polled: errors of those who are ready, too, are missed.

use super::group::Parts;

pub struct StopsAtOnce;

impl Parts for StopsAtOnce {
    const STOPS_AT_ONCE: bool = true;
}
