//! Plays a chess exhibition in scaled time: one game after the other, then all at once.

mod exhibition;
mod program;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use exhibition::{Exhibition, MASTER, OPPONENT, hours};
use program::{Options, Problem};

const USAGE: &str = "\
usage: cargo run -- 1 s4 [OPTION VALUE]...
  --opponents N   how many opponents, 1 to 1000 (24)
  --moves N       how many moves each side makes in a game, 1 to 1000 (30)
  --scale N       how many microseconds a second of chess takes, 1 to 10000 (50)";

fn main() -> ExitCode {
    program::run(USAGE, &["opponents", "moves", "scale"], |options| {
        let exhibition = Exhibition {
            opponents: options.number("opponents", 24, 1..=1000)?,
            moves: options.number("moves", 30, 1..=1000)?,
        };
        play(exhibition, options)
    })
}

/// Plays both ways, and prints what was measured beside the arithmetic.
fn play(exhibition: Exhibition, options: &Options) -> Result<(), Problem> {
    let scale = options.number("scale", 50, 1..=10_000)?;
    let second = Duration::from_micros(scale.into());
    let Exhibition { opponents, moves } = exhibition;
    program::print(&format!(
        "{opponents} opponents, {moves} moves each; the master takes {MASTER} s a move, \
         an opponent {OPPONENT} s.\n\
         A second of chess takes {scale} microseconds here.\n\n\
         {:<20}{:>28}{:>13}{:>17}\n",
        "", "by arithmetic", "played in", "as chess"
    ))?;
    let line = |name: &str, seconds: u64, played: Duration| {
        let as_chess = played.as_secs_f64() / second.as_secs_f64();
        let played = played.as_secs_f64();
        program::print(&format!(
            "{name:<20}{:>28}{played:>11.3} s{as_chess:>15.0} s\n",
            format!("{seconds} s = {}", hours(seconds))
        ))
    };
    let played = one_after_the_other(exhibition, second);
    line("one after the other", exhibition.one_after_the_other(), played)?;
    let (played, longest_wait) = all_at_once(exhibition, second);
    line("all at once", exhibition.all_at_once(), played)?;
    let wait = longest_wait.as_secs_f64() / second.as_secs_f64();
    program::print(&format!(
        "\nAll at once, no answer waited for the master longer than {wait:.0} s. \
         A round is {} s.\n",
        exhibition.round()
    ))
}

/// One game after the other. Every move has its appointment, counted from the one
/// before: what the clock oversleeps is not handed on from move to move.
fn one_after_the_other(exhibition: Exhibition, second: Duration) -> Duration {
    let start = Instant::now();
    let mut appointment = start;
    for _ in 0..exhibition.opponents * exhibition.moves {
        for thinking in [MASTER, OPPONENT] {
            appointment += second * thinking;
            sleep_until(appointment);
        }
    }
    start.elapsed()
}

/// A game: all that the master has to remember about it.
struct Board {
    moves: u32,
    /// When the opponent has answered.
    ready_at: Instant,
}

/// All games at once: the master goes to the board that has waited longest. Also returns
/// the longest time that an answer waited for the master.
fn all_at_once(exhibition: Exhibition, second: Duration) -> (Duration, Duration) {
    let start = Instant::now();
    let mut longest_wait = Duration::ZERO;
    let board = || Board { moves: exhibition.moves, ready_at: start };
    let mut boards: Vec<Board> = (0..exhibition.opponents).map(|_| board()).collect();
    let mut appointment = start;
    while let Some(next) = boards
        .iter_mut()
        .filter(|board| board.moves > 0)
        .min_by_key(|board| board.ready_at)
    {
        if next.moves < exhibition.moves {
            let wait = appointment.saturating_duration_since(next.ready_at);
            longest_wait = longest_wait.max(wait);
        }
        appointment = appointment.max(next.ready_at) + second * MASTER;
        sleep_until(appointment);
        next.moves -= 1;
        next.ready_at = appointment + second * OPPONENT;
    }
    sleep_until(appointment + second * OPPONENT);
    (start.elapsed(), longest_wait)
}

/// Waits until `then`; not at all if that is past.
fn sleep_until(then: Instant) {
    thread::sleep(then.saturating_duration_since(Instant::now()));
}
