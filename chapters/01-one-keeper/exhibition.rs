//! The arithmetic of the chess exhibition.

/// How long the master takes for a move, in seconds.
pub const MASTER: u32 = 5;
/// How long an opponent takes for a move, in seconds.
pub const OPPONENT: u32 = 55;

/// So many opponents, so many moves of each side in a game.
#[derive(Clone, Copy, Debug)]
pub struct Exhibition {
    pub opponents: u32,
    pub moves: u32,
}

impl Exhibition {
    /// How long it takes, one game after the other, in seconds.
    pub fn one_after_the_other(self) -> u64 {
        let game = u64::from(self.moves) * u64::from(MASTER + OPPONENT);
        u64::from(self.opponents) * game
    }

    /// How long the master takes for a move at every board, in seconds.
    fn at_the_boards(self) -> u64 {
        u64::from(self.opponents) * u64::from(MASTER)
    }

    /// How long it is from a move at the first board to the next there, in seconds: the round is
    /// over, and the opponent has answered.
    pub fn round(self) -> u64 {
        self.at_the_boards().max(u64::from(MASTER + OPPONENT))
    }

    /// How long it takes, all games at once, in seconds.
    pub fn all_at_once(self) -> u64 {
        u64::from(self.moves - 1) * self.round()
            + self.at_the_boards()
            + u64::from(OPPONENT)
    }
}

/// Seconds as hours, minutes and seconds.
pub fn hours(seconds: u64) -> String {
    format!("{} h {:02} min {:02} s", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
