//! A signal that came in the middle of a call is an error like others, it says.

use std::io;

use super::stream::Parts;

pub struct PassesSignalsOn;

impl Parts for PassesSignalsOn {
    fn tries_again(_error: &io::Error) -> bool {
        false
    }
}
