//! Your own executor, piece by piece along the chapters. `cargo run -- yours` shows the steps.
//!
//! A file whose first line has a number is a piece of yours; the others are given.

pub mod take_turns;
pub mod there_and_back;
pub mod up_and_down;

pub mod drain;
pub mod look;

pub mod cascade;
pub mod insert;
pub mod place;
pub mod wheel;

pub mod handle;
pub mod inbox;
pub mod lock;
pub mod poll;
pub mod task_waker;
pub mod tasks;

pub mod block_on;
pub mod clock;
pub mod runtime;
pub mod sleep;
pub mod timeout;
pub mod turn;

pub mod net;
pub mod operation;
pub mod source;

pub mod join;
pub mod poll_woken;

#[path = "../../11-taking-turns/line.rs"]
pub mod line;
pub mod mutex;

#[path = "../../12-blocking-work/pool.rs"]
pub mod pool;
pub mod rules;
