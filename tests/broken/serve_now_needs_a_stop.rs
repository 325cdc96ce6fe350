//! Told to end now, and not told to stop before, it goes on accepting: it looks at `now` in the
//! drain alone.

use super::serve::{Desk, Parts};

pub struct NowNeedsAStop;

impl Parts for NowNeedsAStop {
    async fn told(desk: &Desk) {
        desk.stop.cancelled().await;
    }
}
