//! Reads and writes share one readiness: a read that finds nothing shuts the door for writes.

use crate::suite::stream::Direction;

use super::stream::{Parts, Side};

pub struct OneSide;

impl Parts for OneSide {
    fn side(sides: &[Side; 2], _direction: Direction) -> &Side {
        &sides[0]
    }
}
