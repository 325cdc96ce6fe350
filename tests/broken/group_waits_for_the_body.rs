//! A failure of a child does not end the body.

use super::group::Parts;

pub struct WaitsForTheBody;

impl Parts for WaitsForTheBody {
    const WAITS_FOR_THE_BODY: bool = true;
}
