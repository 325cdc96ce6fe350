//! The error of the body comes before those of the children.

use super::group::Parts;

pub struct BodyFirst;

impl Parts for BodyFirst {
    const BODY_FIRST: bool = true;
}
