//! *Mainspring* is a single-threaded async executor, built from scratch, and the book
//! that builds it.
//!
//! Every module is built by one chapter of the book and uses only modules of earlier
//! chapters; the list below is in the book's order. `cargo book --open` opens the book,
//! `cargo run` lists the programs of its chapters.
//!
//! With the feature `futures-io` crates for TLS, WebSockets and HTTP run on its sockets: the
//! module [`io`](io#the-crates-of-others) shows how.

#![deny(unsafe_code, missing_docs)]
#![warn(missing_debug_implementations)]
#![cfg_attr(not(target_os = "linux"), allow(unused))]

// Elsewhere the modules that need Linux are left out, so that this is all the compiler says.
#[cfg(not(target_os = "linux"))]
compile_error!(
    "mainspring waits by epoll and eventfd, which only Linux has. Run it in a Linux virtual \
     machine, in WSL 2 on Windows (`wsl --install`), or in a container \
     (`docker run -it -v .:/code -w /code rust`)."
);

// The `rust` blocks of the prose run as documentation tests: one line a page.
#[cfg(doctest)]
#[rustfmt::skip]
mod prose {
    #[doc = include_str!("../README.md")] mod readme {}
    #[doc = include_str!("../chapters/00-introduction/README.md")] mod introduction {}
    #[doc = include_str!("../chapters/03-generators/README.md")] mod generators {}
    #[doc = include_str!("../chapters/04-reactor/callback-hell.md")] mod callback_hell {}
    #[doc = include_str!("../chapters/06-tasks-wakers/four-rules.md")] mod four_rules {}
    #[doc = include_str!("../chapters/06-tasks-wakers/what-you-can-rely-on.md")] mod rely {}
    #[doc = include_str!("../chapters/07-event-loop/README.md")] mod event_loop {}
    #[doc = include_str!("../chapters/08-sockets/README.md")] mod sockets {}
    #[doc = include_str!("../chapters/09-time/README.md")] mod time {}
    #[doc = include_str!("../chapters/10-many-at-once/README.md")] mod many_at_once {}
    #[doc = include_str!("../chapters/10-many-at-once/a-scope.md")] mod a_scope {}
    #[doc = include_str!("../chapters/11-taking-turns/README.md")] mod taking_turns {}
    #[doc = include_str!("../chapters/11-taking-turns/passing-things-on.md")] mod passing {}
    #[doc = include_str!("../chapters/11-taking-turns/the-code-of-turns.md")] mod turns {}
    #[doc = include_str!("../chapters/12-blocking-work/README.md")] mod blocking_work {}
    #[doc = include_str!("../chapters/14-two-ways-to-serve/README.md")] mod two_ways {}
    #[doc = include_str!("../chapters/corrections/README.md")] mod corrections {}
}

pub mod generator;

// The system calls: the only module where `unsafe` is allowed.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod sys;

#[cfg(target_os = "linux")]
pub mod reactor;

pub mod wheel;

pub mod task;

#[cfg(target_os = "linux")]
pub mod runtime;

#[cfg(target_os = "linux")]
pub mod time;

#[cfg(target_os = "linux")]
pub mod io;

#[cfg(target_os = "linux")]
pub mod net;

#[cfg(target_os = "linux")]
pub mod join;

#[cfg(target_os = "linux")]
pub mod group;

#[cfg(target_os = "linux")]
pub mod sync;

#[cfg(target_os = "linux")]
pub mod blocking;

#[cfg(target_os = "linux")]
pub mod signal;

#[cfg(target_os = "linux")]
pub use blocking::spawn_blocking;
#[cfg(target_os = "linux")]
pub use group::task_group;
#[cfg(target_os = "linux")]
pub use join::{join, join_all, try_join_all};
#[cfg(target_os = "linux")]
pub use runtime::block_on;
pub use task::spawn;
