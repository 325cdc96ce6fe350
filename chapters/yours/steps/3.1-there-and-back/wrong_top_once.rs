//! Wrong: the top comes once.

pub enum ThereAndBack {
    There { next: u32, n: u32 },
    Back { left: u32 },
}

impl ThereAndBack {
    pub fn new(n: u32) -> Self {
        ThereAndBack::There { next: 0, n }
    }
}

impl Iterator for ThereAndBack {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            ThereAndBack::There { next, n } if *next < *n => {
                *next += 1;
                Some(*next - 1)
            }
            ThereAndBack::There { n, .. } => {
                *self = ThereAndBack::Back { left: n.saturating_sub(1) };
                self.next()
            }
            ThereAndBack::Back { left } => {
                *left = left.checked_sub(1)?;
                Some(*left)
            }
        }
    }
}
