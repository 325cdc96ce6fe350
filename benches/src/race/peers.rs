//! Who runs.

#[path = "../peers/mainspring.rs"]
mod mainspring;
#[path = "../peers/peer.rs"]
mod peer;
#[path = "../peers/tokio.rs"]
mod tokio;
#[path = "../peers/yours.rs"]
mod yours;

pub use mainspring::Mainspring;
pub use peer::Peer;
pub use tokio::Tokio;
pub use yours::*;

/// The reader's executor, those that it is measured beside, and the reader's with savings:
/// each has those that come before it in its chain, in `build.rs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    Yours,
    Mainspring,
    Tokio,
    Slab,
    Home,
    Spare,
    Kernel,
    Bits,
    Array,
    Clock,
    Read,
}

impl Name {
    const ALL: [Self; 11] = [
        Self::Yours,
        Self::Mainspring,
        Self::Tokio,
        Self::Slab,
        Self::Home,
        Self::Spare,
        Self::Kernel,
        Self::Bits,
        Self::Array,
        Self::Clock,
        Self::Read,
    ];

    /// As it is written in the table; of a saving, the section that tells it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Yours => "yours",
            Self::Mainspring => "the library",
            Self::Tokio => "tokio",
            Self::Slab => "6 The key",
            Self::Home => "6 A wake at home",
            Self::Spare => "6 A waker serves again",
            Self::Kernel => "7 The kernel, in passing",
            Self::Bits => "5 A bit for each place",
            Self::Array => "5 All timers in one array",
            Self::Clock => "7 A comparison instead of a search",
            Self::Read => "8 A read in two",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.text() == text)
    }

    /// What a saving spares.
    pub fn spares(self) -> &'static str {
        match self {
            Self::Slab => "the search for a task in a tree",
            Self::Home => "locks, and a letter for each wake",
            Self::Spare => "the allocation of a waker",
            Self::Kernel => "epoll asked every 61 polls",
            Self::Bits => "a search, and divisions",
            Self::Array => "an allocation for each",
            Self::Clock => "asking the clock",
            Self::Read => "the read that finds nothing",
            Self::Yours | Self::Mainspring | Self::Tokio => "",
        }
    }
}

/// The page on which the savings of a chapter are told.
pub fn page(chapter: &str) -> &'static str {
    match chapter {
        "5" => "chapters/05-timer-wheel/the-code-of-the-wheel.md",
        "6" => "chapters/06-tasks-wakers/the-code-of-tasks.md",
        "7" => "chapters/07-event-loop/the-code-of-the-loop.md",
        _ => "chapters/08-sockets/the-code-of-sockets.md",
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, page};

    #[test]
    fn the_sections_are_there() {
        for saving in &Name::ALL[3..] {
            let (chapter, title) = saving.text().split_once(' ').expect("a chapter");
            let path = format!("../{}", page(chapter));
            let text = std::fs::read_to_string(&path).expect("the page is there");
            let heading = format!("# {title}\n");
            let lead = format!("**{title}.**");
            assert!(text.contains(&heading) || text.contains(&lead), "{path}: {title}");
        }
    }
}
