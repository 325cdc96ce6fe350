//! A timeout looks at the clock first: what is done in the last moment is thrown away.

use super::runtime::Parts;

pub struct LimitFirst;

impl Parts for LimitFirst {
    fn limit_first() -> bool {
        true
    }
}
