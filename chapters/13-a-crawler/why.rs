//! Why a link is dead, or an attempt has failed.

use std::fmt;
use std::io;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    Status(u16),
    NoFile,
    NoAnchor,
    TooManyRedirects,
    BadRedirect,
    BadAddress(String),
    Https,
    TooLarge,
    TooSlow(Duration),
    /// The connection ended before the answer did.
    HungUp,
    Network(String),
    /// The host was asked for its `robots.txt`, and this came instead.
    NoRules(Box<Why>),
}

impl Why {
    /// What may be otherwise in a moment.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Status(429 | 502..=504) | Self::HungUp)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => {
                let status = hyper::StatusCode::from_u16(*code).ok();
                let reason = status.and_then(|status| status.canonical_reason());
                write!(f, "{code} {}", reason.unwrap_or("a status of its own"))
            }
            Self::NoFile => f.write_str("there is no such file"),
            Self::NoAnchor => f.write_str("the page has no such anchor"),
            Self::TooManyRedirects => f.write_str("it is redirected again and again"),
            Self::BadRedirect => f.write_str("it is redirected to nowhere"),
            Self::BadAddress(error) => write!(f, "no address: {error}"),
            Self::Https => f.write_str("https is not spoken here"),
            Self::TooLarge => {
                f.write_str("it does not end: it is larger than --max-size")
            }
            Self::TooSlow(limit) => write!(f, "no answer within {limit:?}"),
            Self::HungUp => f.write_str("the server hangs up before its answer ends"),
            Self::Network(error) => f.write_str(error),
            Self::NoRules(why) => write!(f, "not visited, for want of robots.txt: {why}"),
        }
    }
}

impl From<io::Error> for Why {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        match error.kind() {
            ConnectionReset | BrokenPipe | UnexpectedEof => Self::HungUp,
            _ => Self::Network(error.to_string()),
        }
    }
}

impl From<hyper::Error> for Why {
    fn from(error: hyper::Error) -> Self {
        if error.is_parse() {
            return Self::Network(error.to_string());
        }
        Self::HungUp
    }
}
