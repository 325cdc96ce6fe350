//! The interval moves on before the wait: a wait that is dropped takes its tick along.

use mainspring::time::{Instant, sleep_until};

use super::interval::{Parts, State};

pub struct LosesItsTurn;

impl Parts for LosesItsTurn {
    async fn tick(state: &mut State) -> Instant {
        let due = state.due;
        state.due = Self::after(state, Instant::now().max(due));
        sleep_until(due).await;
        due
    }
}
