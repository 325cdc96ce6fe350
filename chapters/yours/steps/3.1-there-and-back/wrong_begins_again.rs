//! Wrong: what has ended begins again.

pub enum ThereAndBack {
    There { next: u32, n: u32 },
    Back { left: u32, n: u32 },
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
                *self = ThereAndBack::Back { left: *n, n: *n };
                self.next()
            }
            ThereAndBack::Back { left: 0, n } => {
                *self = ThereAndBack::There { next: 0, n: *n };
                None
            }
            ThereAndBack::Back { left, .. } => {
                *left -= 1;
                Some(*left)
            }
        }
    }
}
