//! The runtimes that are compared, behind one trait.
//!
//! A workload is written once, generic over [`Peer`], and compiled against each: no call
//! goes through a table, so that each runtime is inlined as its users would have it.

mod mainspring;
mod monoio;
mod peer;
mod smol;
mod tokio;

pub use mainspring::Mainspring;
pub use monoio::{Monoio, MonoioUring};
pub use peer::Peer;
pub use smol::Smol;
pub use tokio::Tokio;

/// The columns of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    Mainspring,
    Tokio,
    Smol,
    Monoio,
    MonoioUring,
    /// No runtime: the same system calls in a bare loop.
    Limit,
    /// The crate `futures` on mainspring: another library on the same runtime.
    Futures,
}

impl Name {
    pub const ALL: [Self; 7] = [
        Self::Mainspring,
        Self::Tokio,
        Self::Smol,
        Self::Monoio,
        Self::MonoioUring,
        Self::Limit,
        Self::Futures,
    ];

    /// As it is written in tables and on the command line.
    pub fn text(self) -> &'static str {
        match self {
            Self::Mainspring => "mainspring",
            Self::Tokio => "tokio",
            Self::Smol => "smol",
            Self::Monoio => "monoio",
            Self::MonoioUring => "io_uring",
            Self::Limit => "limit",
            Self::Futures => "futures",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.text() == text)
    }
}
