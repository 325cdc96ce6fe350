//! 3.1 There and back: a function that can pause, as an enum.
//!
//! ```text
//! for i in range(n):            yield i
//! for i in reversed(range(n)):  yield i
//! ```

/// A variant for each place to pause at, with what lives across that pause.
pub enum ThereAndBack {
    // Yours.
    Done,
}

impl ThereAndBack {
    pub fn new(n: u32) -> Self {
        let _ = n;
        ThereAndBack::Done
    }
}

impl Iterator for ThereAndBack {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            ThereAndBack::Done => None,
        }
    }
}
