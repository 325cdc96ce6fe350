//! Wrong: it ends in the step in which it arrives.

use std::pin::Pin;

use mainspring::generator::{Coroutine, CoroutineState};

pub enum UpAndDown {
    Up { place: u32, count: u32 },
    Down { place: u32, count: u32 },
    Done,
}

impl UpAndDown {
    pub fn new() -> Self {
        UpAndDown::Up { place: 0, count: 0 }
    }
}

impl Coroutine<u32> for UpAndDown {
    type Yield = u32;
    type Return = u32;

    fn resume(self: Pin<&mut Self>, sent: u32) -> CoroutineState<u32, u32> {
        let this = self.get_mut();
        let (place, count) = match *this {
            UpAndDown::Up { place, count } if sent > 0 => {
                *this = UpAndDown::Up { place: place + sent, count: count + 1 };
                return CoroutineState::Yielded(place + sent);
            }
            UpAndDown::Up { place, count } | UpAndDown::Down { place, count } => {
                (place, count)
            }
            UpAndDown::Done => panic!("this coroutine has ended"),
        };
        if place <= 1 {
            *this = UpAndDown::Done;
            return CoroutineState::Complete(count + place);
        }
        *this = UpAndDown::Down { place: place - 1, count: count + 1 };
        CoroutineState::Yielded(place - 1)
    }
}
