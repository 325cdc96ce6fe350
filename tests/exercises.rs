//! The suites on your own code: what you write in a chapter's `exercise.rs` and
//! `repair.rs`.
//!
//! `cargo test --test exercises generator -- --ignored` runs those of one chapter. They
//! are ignored otherwise, because before you have solved them they fail.

mod suite;
