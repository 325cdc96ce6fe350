//! The checks of chapter 4's pieces.

use std::io;
use std::time::Duration;

use mainspring::reactor::{Reactor, Readiness};

use super::drain::drain;
use super::look::look;
use crate::suite::Outcome;
use crate::suite::look::{self as suite, Drain, Look, Script};

pub fn check(step: &str) -> Option<Outcome> {
    Some(match step {
        "4.1" => suite::tells_everybody_once::<Yours>(),
        "4.2" => suite::drains::<Yours>(),
        _ => return None,
    })
}

struct Yours;

impl Look for Yours {
    fn look(
        reactor: &mut Reactor<usize>,
        timeout: Option<Duration>,
    ) -> io::Result<Vec<(usize, Readiness)>> {
        look(reactor, timeout)
    }
}

impl Drain for Yours {
    fn drain(source: &mut Script, bytes: &mut Vec<u8>) -> io::Result<bool> {
        drain(source, bytes)
    }
}
