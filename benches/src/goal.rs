//! What is to be reached.

use crate::peers::Name;

/// What a row is held against.
#[derive(Clone, Copy)]
pub enum Goal {
    /// The same work on the peers.
    Ratio(Targets),
    /// One point of a curve.
    Flat {
        /// The name of the curve.
        curve: &'static str,
        /// How many tasks or timers there are.
        size: usize,
        /// So many times its first point may the last point of the curve be.
        growth: f64,
    },
}

/// Mainspring's share, at most, of what each column needs. A column without a target is
/// measured and not judged.
#[derive(Clone, Copy, Default)]
pub struct Targets {
    tokio: Option<f64>,
    smol: Option<f64>,
    monoio: Option<f64>,
    limit: Option<f64>,
    futures: Option<f64>,
    /// So many times what mainspring needs for another row, and the name of that row.
    pub own: Option<(f64, &'static str)>,
}

/// Begins the targets of a row; all rows have one against tokio.
pub fn tokio(share: f64) -> Targets {
    Targets { tokio: Some(share), ..Targets::default() }
}

impl Targets {
    pub fn smol(self, share: f64) -> Self {
        Self { smol: Some(share), ..self }
    }

    /// On either driver.
    pub fn monoio(self, share: f64) -> Self {
        Self { monoio: Some(share), ..self }
    }

    pub fn limit(self, share: f64) -> Self {
        Self { limit: Some(share), ..self }
    }

    pub fn futures(self, share: f64) -> Self {
        Self { futures: Some(share), ..self }
    }

    pub fn at_most(self, times: f64, row: &'static str) -> Self {
        Self { own: Some((times, row)), ..self }
    }

    pub fn of(&self, column: Name) -> Option<f64> {
        match column {
            Name::Mainspring => None,
            Name::Tokio => self.tokio,
            Name::Smol => self.smol,
            Name::Monoio | Name::MonoioUring => self.monoio,
            Name::Limit => self.limit,
            Name::Futures => self.futures,
        }
    }
}

/// Whether a ratio reaches its target: both are printed with two digits, and compared as
/// printed.
pub fn is_reached(ratio: f64, target: f64) -> bool {
    (ratio * 100.0).round() <= (target * 100.0).round()
}
