//! The suites on machines that are broken on purpose: each bug has to be found, within
//! the default number of cases, and shrunk to a story of a few steps.
//!
//! `cargo test --test broken -- --nocapture` prints the stories.

mod suite;
