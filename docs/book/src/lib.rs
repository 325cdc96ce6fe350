//! `cargo book`: builds the book into `target/book` and serves it, by mainspring itself.
//!
//! The book is a stock mdBook, and `mdbook build` makes the same pages. This program is here so that a reader has to
//! install nothing, and so that no warning of mdBook goes unread: any of them fails the build.
//!
//! | module | what is in it |
//! |---|---|
//! | `options`, `say` | the arguments; what is printed |
//! | `book`, `warnings` | the build, and what mdBook says about it |
//! | `serve` | the pages over HTTP |
//! | `watch` | hears when a file changes |
//! | `live` | all of it: a server, and builds beside it |
//! | `browser` | opens the page |

pub mod book;
pub mod browser;
pub mod live;
pub mod options;
pub mod say;
pub mod serve;
mod warnings;
pub mod watch;
